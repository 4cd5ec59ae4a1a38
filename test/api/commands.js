// The operator's commands over HTTP: what they do, who did it, how they are refused.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const { test } = require('./harness');
const { sql, value, people, scenario } = require('./stack');
const { AUSTIN, callOut, order, reaches, refused } = require('./calls');

const NOBODY = '00000000-0000-4000-8000-000000000404';

// Each command with arguments that would do.
const COMMANDS = {
  strike_retry_render: 'reason', strike_repage: 'reason', strike_take_over: 'reason', strike_cancel_eco: 'reason',
  strike_reopen_eco: 'reason', strike_settle_tasks: 'reason', strike_acknowledge: 'note', strike_add_note: 'note',
};

module.exports = async () => {
  const { anybody, east, west, fibre, admin } = people();
  const create = (changes, person = east) =>
    person.rpc('strike_create_eco', { noc_tenant: 'noc-east', osp_tenant: 'osp-fibre', job_type: 'CMR', description: 'x', location: AUSTIN, ...changes });

  await test('an order is created and seen on to its dispatch', async () => {
    const made = await callOut(east, { scenario: 'happy-path', description: 'Fiber cut on Main St, 12 fibres' });
    assert.match(made.job_id, /^E2-\d{5}-\d{4}$/);
    assert.deepStrictEqual(
      [made.noc_tenant, made.osp_tenant, made.job_type, made.description, made.location, made.status, made.display_status, made.needs_attention, made.version],
      ['noc-east', 'osp-fibre', 'CMR', 'Fiber cut on Main St, 12 fibres', AUSTIN, 'OPEN', 'Pending', false, 1]
    );
    const seen = await reaches(east, made.eco_id, 'dispatched', (one) => one.dispatched_at);
    assert.match(seen.phase, /^contractor dispatched · J\. Reyes/);
    assert.deepStrictEqual([seen.pager_status, seen.accepted_by], ['accepted', 'J. Reyes']);
    assert.deepStrictEqual(Object.keys(seen).sort(), Object.keys(made).sort());
    assert.deepStrictEqual(await order(fibre, made.eco_id), seen);
    assert.deepStrictEqual(await order(admin, made.eco_id), seen);
  });

  await test('the contractor is found from the place; several or none are named', async () => {
    const made = await create({ osp_tenant: null });
    assert.deepStrictEqual([made.status, made.body.osp_tenant], [200, 'osp-fibre']);
    refused(await create({ osp_tenant: null, location: { type: 'Point', coordinates: [10, 10] } }), 400, '22023', "no contractor's region covers this location");
  });

  await test('a POST sent twice is one order, also at the same moment; its request_id is for nothing else', async () => {
    const request_id = crypto.randomUUID();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => create({ request_id, description: 'twice' })));
    assert.deepStrictEqual(answers.map((one) => one.status), [200, 200, 200, 200, 200]);
    assert.strictEqual(new Set(answers.map((one) => one.body.eco_id)).size, 1);
    refused(await create({ request_id, description: 'something else' }), 409, 'PT409', 'request_id was used for another order');
    assert.strictEqual((await east.get('/noc_ecos?description=eq.twice')).body.length, 1);
    // another NOC's request_ids are its own affair
    const west_answer = await create({ request_id, noc_tenant: 'noc-west', description: 'something else' }, west);
    assert.strictEqual(west_answer.status, 200, west_answer.text);
  });

  await test('what can not be an order is refused, each cause in its own words', async () => {
    const point = (...coordinates) => ({ type: 'Point', coordinates });
    const causes = [
      [{ description: '' }, /description/], [{ description: '   ' }, /description/], [{ description: 'x'.repeat(2001) }, /description/],
      [{ description: null }, /description/], [{ job_type: 'cmr' }, /job type/], [{ job_type: null }, /job_type/],
      [{ osp_tenant: 'osp-nobody' }, /unknown tenant/], [{ osp_tenant: 'noc-west' }, /not of kind OSP/],
      [{ location: null }, /location/], [{ location: {} }, /geometry/], [{ location: 'POINT(1 2)' }, /geometry/], [{ location: [] }, /geometry/],
      [{ location: { type: 'Polygon', coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] } }, /geometry type|Point or|geometry/],
      [{ location: point(-197, 30) }, /range|longitude|coordinates/], [{ location: point(30, 97) }, /range|latitude|coordinates/],
      [{ location: { ...point(-97.74, 30.27), crs: { type: 'name', properties: { name: 'EPSG:99999999' } } } }, /WGS 84/],
      [{ location: point('a', 'b') }, /geometry/], [{ location: { type: 'LineString', coordinates: [[0, 0]] } }, /geometry|point/i],
      [{ location: { type: 'LineString', coordinates: Array.from({ length: 10001 }, (_, i) => [i / 1000, 1]) } }, /points|long/],
    ];
    const words = new Set();
    for (const [change, message] of causes) {
      const answer = await create(change);
      refused(answer, 400, '22023', message);
      words.add(answer.body.message);
    }
    assert.ok(words.size >= 10, [...words].join(' / '));
    assert.strictEqual((await create({ job_type: undefined })).status, 404); // no such function without it
    assert.strictEqual((await east.ask('POST', '/rpc/strike_create_eco', '{"noc_tenant":')).status, 400);
    assert.strictEqual((await create({ request_id: 'not a uuid' })).status, 400);
  });

  await test('a place is kept as longitude and latitude: no heights, no other members, no endless numbers; and it is on the board', async () => {
    const places = [
      [{ type: 'Point', coordinates: [-97.74, 30.27, 151.5] }, { type: 'Point', coordinates: [-97.74, 30.27] }],
      [{ type: 'LineString', coordinates: [[-97.74, 30.27, 1], [-97.73, 30.28]], bbox: [1, 2] }, { type: 'LineString', coordinates: [[-97.74, 30.27], [-97.73, 30.28]] }],
      [{ type: 'Point', coordinates: [-97.74, 30.27], padding: 'x'.repeat(100000) }, AUSTIN],
    ];
    for (const [given, kept] of places) {
      for (const osp_tenant of ['osp-fibre', null]) {
        const answer = await create({ location: given, osp_tenant });
        assert.deepStrictEqual([answer.status, answer.body.location], [200, kept], answer.text.slice(0, 300));
        const seen = await reaches(east, answer.body.eco_id, 'on the board', () => true);
        assert.deepStrictEqual(seen.location, kept);
        await east.rpc('strike_cancel_eco', { eco_id: answer.body.eco_id, reason: 'a test' });
      }
    }
    const endless = JSON.stringify({ noc_tenant: 'noc-east', osp_tenant: 'osp-fibre', job_type: 'CMR', description: 'endless', location: { type: 'Point', coordinates: ['LON', 30.27] } }).replace('"LON"', `-97.74${'1'.repeat(10000)}`);
    const answer = await east.ask('POST', '/rpc/strike_create_eco', endless);
    assert.strictEqual(answer.status, 200, answer.text.slice(0, 300));
    assert.ok(Number(await value('SELECT octet_length(payload::text) FROM strike.events WHERE stream_id = $1 AND version = 1', answer.body.eco_id)) < 1000);
    assert.deepStrictEqual(await sql("SELECT * FROM strike.delivery_failure"), []);
  });

  await test('who may not, may not: 401 without a token, 403 with the wrong one, and no word about what exists', async () => {
    assert.strictEqual((await create({}, anybody)).status, 401);
    assert.strictEqual((await anybody.get('/noc_ecos')).status, 401);
    const existing = await create({ noc_tenant: 'noc-west' });
    const missing = await create({ noc_tenant: 'noc-nowhere' });
    refused(existing, 403, '42501');
    assert.strictEqual(existing.text, missing.text);
    refused(await create({}, fibre), 403, '42501');
    for (const name of Object.keys(COMMANDS)) refused(await fibre.rpc(name, { eco_id: NOBODY, [COMMANDS[name]]: 'x' }), 403, '42501');
  });

  await test('an order of another NOC is as unknown as one that was never made, to each command', async () => {
    const made = await callOut(west, { scenario: 'happy-path' });
    for (const [name, words] of Object.entries(COMMANDS)) {
      const foreign = await east.rpc(name, { eco_id: made.eco_id, [words]: 'x' });
      refused(foreign, 404, 'PT404', 'unknown order');
      assert.strictEqual(foreign.text, (await east.rpc(name, { eco_id: NOBODY, [words]: 'x' })).text);
    }
    for (const name of ['strike_eco_timeline', 'strike_eco_state']) refused(await east.rpc(name, { eco_id: made.eco_id }), 404, 'PT404');
  });

  await test('each command wants a reason: not null, not blank, not a novel', async () => {
    const made = await callOut(east, { scenario: 'happy-path' });
    for (const [name, words] of Object.entries(COMMANDS)) {
      for (const bad of [null, '', ' \n\t', 'x'.repeat(2001)]) refused(await east.rpc(name, { eco_id: made.eco_id, [words]: bad }), 400, '22023');
      refused(await east.rpc(name, { eco_id: null, [words]: 'x' }), 400, '22023', 'eco_id is null');
      assert.strictEqual((await east.rpc(name, { eco_id: 'not-a-uuid', [words]: 'x' })).status, 400);
    }
  });

  await test('retry: an order that could not be sent is sent again, and the NOC is calm', async () => {
    const made = await callOut(east, { scenario: 'render-fails' });
    const stuck = await reaches(east, made.eco_id, 'needs attention', (one) => one.needs_attention);
    assert.strictEqual(stuck.phase, "can't reach Fibre Co's work system: act now");
    await fetch(`${require('./stack').mock}/control/scenario`, { method: 'POST', body: JSON.stringify({ scenario: 'happy-path', subsector: `ECO-${made.job_id}` }) });
    const again = await east.rpc('strike_retry_render', { eco_id: made.eco_id, reason: 'they say it works again' });
    assert.deepStrictEqual([again.status, again.body.needs_attention, again.body.phase], [200, false, 'sending to Fibre Co']);
    await reaches(east, made.eco_id, 'dispatched', (one) => one.dispatched_at);
    refused(await east.rpc('strike_retry_render', { eco_id: made.eco_id, reason: 'x' }), 409, 'PT409');
  });

  await test('page again, and take over: refused where they would make two pages', async () => {
    const made = await callOut(east, { scenario: 'pager-exhausted' });
    const exhausted = await reaches(east, made.eco_id, 'exhausted', (one) => one.pager_status === 'exhausted');
    assert.deepStrictEqual([exhausted.phase, exhausted.needs_attention], ['nobody answered: act now', true]);
    const silent = await east.rpc('strike_acknowledge', { eco_id: made.eco_id, note: 'seen, calling round' });
    assert.deepStrictEqual([silent.status, silent.body.needs_attention], [200, false]);
    await reaches(east, made.eco_id, 'silent', (one) => !one.needs_attention);
    const again = await east.rpc('strike_repage', { eco_id: made.eco_id, reason: 'somebody must hear it' });
    assert.deepStrictEqual([again.status, again.body.pager_status], [200, 'queued']);
    refused(await east.rpc('strike_repage', { eco_id: made.eco_id, reason: 'impatient' }), 409, 'PT409', 'a page is running');
    const taken = await east.rpc('strike_take_over', { eco_id: made.eco_id, reason: 'I know somebody near' });
    assert.deepStrictEqual([taken.status, taken.body.phase, taken.body.needs_attention], [200, 'handled by ann@east', false]);
    assert.strictEqual((await east.rpc('strike_take_over', { eco_id: made.eco_id, reason: 'pressed twice' })).status, 200);
  });

  await test('cancel, reopen, note: each is in the timeline with its reason and the name in the token', async () => {
    const made = await callOut(east, { scenario: 'happy-path' });
    assert.strictEqual((await east.rpc('strike_add_note', { eco_id: made.eco_id, note: 'a second caller' })).status, 200);
    const canceled = await east.rpc('strike_cancel_eco', { eco_id: made.eco_id, reason: 'false alarm' });
    assert.deepStrictEqual([canceled.status, canceled.body.status, canceled.body.phase], [200, 'CANCELED', 'canceled: false alarm']);
    refused(await east.rpc('strike_repage', { eco_id: made.eco_id, reason: 'x' }), 409, 'PT409');
    const reopened = await east.rpc('strike_reopen_eco', { eco_id: made.eco_id, reason: 'no false alarm after all' });
    assert.deepStrictEqual([reopened.status, reopened.body.status], [200, 'IN_PROGRESS']);
    refused(await east.rpc('strike_reopen_eco', { eco_id: made.eco_id, reason: 'x' }), 409, 'PT409');
    const lines = (await east.rpc('strike_eco_timeline', { eco_id: made.eco_id })).body;
    for (const words of ['a second caller', 'canceled: false alarm', 'reopened: no false alarm after all'])
      assert.ok(lines.some((one) => one.summary.includes(words) && one.actor === 'ann@east'), `${words}: ${JSON.stringify(lines.map((one) => one.summary))}`);
    const actors = await sql("SELECT DISTINCT metadata->>'actor' AS actor, metadata->>'v' AS v FROM strike.events WHERE stream_id = $1 AND metadata->>'actor' NOT LIKE 'strike:%'", made.eco_id);
    assert.deepStrictEqual(actors, [{ actor: 'ann@east', v: '1' }]);
  });
  await test('everything pressed at once on one order: each press is done or refused, none is an error, and the record holds', async () => {
    const made = await callOut(east, { scenario: 'pager-timeout' });
    const eco_id = made.eco_id;
    const presses = [];
    for (let round = 0; round < 6; round++)
      for (const [name, words] of Object.entries(COMMANDS)) presses.push(east.rpc(name, { eco_id, [words]: `${name} ${round}` }));
    for (let round = 0; round < 6; round++) presses.push(east.rpc('strike_reassign_eco', { eco_id, osp_tenant: 'osp-north', reason: `reassign ${round}` }));
    const answers = await Promise.all(presses);
    for (const answer of answers) if (answer.status !== 200) refused(answer, 409, 'PT409');
    const notes = await sql("SELECT count(*)::int AS n FROM strike.events WHERE stream_id = $1 AND event_type IN ('NoteAddedEvent', 'AcknowledgedEvent')", eco_id);
    assert.strictEqual(notes[0].n, 12, 'a note that was answered 200 is kept');
    assert.deepStrictEqual(await sql('SELECT * FROM strike.strike_verify_events($1)', eco_id), []);
    // never two pages at once, and what replaced it was made as often as it was reassigned
    const open = await sql("SELECT count(*)::int AS n FROM strike.pager_process_state WHERE eco_id = $1 AND status <> 'COMPLETED'", eco_id);
    assert.ok(open[0].n <= 1);
    const [{ gone, made_again }] = await sql(
      `SELECT (SELECT count(*)::int FROM strike.events WHERE stream_id::text = $1::text AND event_type = 'ReassignedEvent') AS gone,
         (SELECT count(*)::int FROM strike.events WHERE event_type = 'ECOCreatedEvent' AND payload->>'reassigned_from' = $1::text) AS made_again`, eco_id);
    assert.strictEqual(gone, made_again);
    for (const { id } of await sql("SELECT stream_id AS id FROM strike.events WHERE event_type = 'ECOCreatedEvent' AND (payload->>'reassigned_from' = $1::text OR stream_id::text = $1::text)", eco_id))
      await east.rpc('strike_cancel_eco', { eco_id: id, reason: 'the test is over' });
  });
  await scenario('happy-path');
};
