// Another contractor: one order ends and one begins, and each says so.
'use strict';
const assert = require('assert');
const { test } = require('./harness');
const { sql, people, scenario } = require('./stack');
const { callOut, order, reaches, refused } = require('./calls');

const DALLAS = { type: 'Point', coordinates: [-96.8, 32.8] };

module.exports = async () => {
  const { anybody, east, west, fibre, north, admin } = people();
  const reassign = (person, eco_id, osp_tenant = 'osp-north', reason = 'they are nearer') =>
    person.rpc('strike_reassign_eco', { eco_id, osp_tenant, reason });

  await test('reassign: the old order is canceled, the new contractor is paged, and each order names the other', async () => {
    const old = await callOut(east, { scenario: 'pager-timeout', location: DALLAS, description: 'Pole hit' });
    await reaches(east, old.eco_id, 'paged in vain: no region of theirs', (one) => one.pager_status === 'failed' || one.pager_status === 'calling');
    await scenario('happy-path');
    const answer = await reassign(east, old.eco_id);
    assert.strictEqual(answer.status, 200, answer.text);
    const made = answer.body;
    assert.deepStrictEqual(
      [made.osp_tenant, made.noc_tenant, made.job_type, made.description, made.location, made.status],
      ['osp-north', 'noc-east', old.job_type, 'Pole hit', DALLAS, 'OPEN']
    );
    assert.notStrictEqual(made.job_id, old.job_id);
    const ended = await reaches(east, old.eco_id, 'canceled', (one) => one.status === 'CANCELED');
    assert.deepStrictEqual([ended.phase, ended.needs_attention], ['canceled: they are nearer', false]);
    await reaches(east, made.eco_id, 'dispatched', (one) => one.accepted_by === 'T. Okafor');

    const links = await sql(
      `SELECT a.payload->>'reassigned_to' AS there, b.payload->>'reassigned_from' AS back, a.metadata->>'actor' AS actor
       FROM strike.events a, strike.events b WHERE a.stream_id = $1 AND a.event_type = 'ReassignedEvent' AND b.stream_id = $2 AND b.version = 1`,
      old.eco_id, made.eco_id
    );
    assert.deepStrictEqual(links, [{ there: made.eco_id, back: old.eco_id, actor: 'ann@east' }]);
    const lines = async (person, id) => (await person.rpc('strike_eco_timeline', { eco_id: id })).body;
    const told = (await lines(east, old.eco_id)).find((one) => one.event_type === 'ReassignedEvent');
    assert.deepStrictEqual([told.summary, told.detail], [`reassigned to Northern Lines as ${made.job_id}: they are nearer`, { osp_tenant: 'osp-north', reassigned_to: made.eco_id }]);
    const born = (await lines(east, made.eco_id))[0];
    assert.deepStrictEqual([born.summary, born.detail.reassigned_from], [`order ${made.job_id} created for Northern Lines, in place of ${old.job_id}: Pole hit`, old.eco_id]);

    // each contractor sees his own half, and not who the other one is
    const left = (await lines(fibre, old.eco_id)).find((one) => one.event_type === 'ReassignedEvent');
    assert.deepStrictEqual([left.summary, left.detail], ['reassigned to another contractor: they are nearer', {}]);
    const got = (await lines(north, made.eco_id))[0];
    assert.deepStrictEqual([got.summary, got.detail.reassigned_from], [`order ${made.job_id} created for Northern Lines: Pole hit`, undefined]);
    assert.deepStrictEqual([await order(fibre, made.eco_id), await order(north, old.eco_id)], [undefined, undefined]);

    const both = async (person) => (await person.rpc('strike_reassignments', { eco_ids: [old.eco_id, made.eco_id, '00000000-0000-4000-8000-000000000404'] })).body
      .map((one) => [one.eco_id, one.direction, one.reason, one.other_eco_id, one.other_job_id, one.other_osp_tenant, one.other_osp_name]);
    assert.deepStrictEqual((await both(east)).sort(), [[old.eco_id, 'to', 'they are nearer', made.eco_id, made.job_id, 'osp-north', 'Northern Lines'],
      [made.eco_id, 'from', null, old.eco_id, old.job_id, 'osp-fibre', 'Fibre Co']].sort());
    assert.deepStrictEqual(await both(fibre), [[old.eco_id, 'to', 'they are nearer', null, null, null, null]]);
    assert.deepStrictEqual([await both(north), await both(west)], [[], []]);
    assert.deepStrictEqual((await both(admin)).length, 2);
    refused(await east.rpc('strike_reassignments', { eco_ids: null }), 400, '22023');
    refused(await east.rpc('strike_reassignments', { eco_ids: Array(2001).fill(old.eco_id) }), 400, '22023');
  });

  await test('reassign pressed twice, or five times at once, is one new order', async () => {
    const old = await callOut(east, { scenario: 'happy-path' });
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => reassign(east, old.eco_id)));
    assert.deepStrictEqual(answers.map((one) => one.status), [200, 200, 200, 200, 200], answers.map((one) => one.text).join('\n'));
    assert.strictEqual(new Set(answers.map((one) => one.body.eco_id)).size, 1);
    const again = await reassign(east, old.eco_id);
    assert.deepStrictEqual([again.status, again.body.eco_id], [200, answers[0].body.eco_id]);
    const [counted] = await sql("SELECT count(*)::int AS n FROM strike.events WHERE payload->>'reassigned_from' = $1", old.eco_id);
    assert.strictEqual(counted.n, 1);
    assert.deepStrictEqual(await sql('SELECT * FROM strike.job_numbers n WHERE NOT EXISTS (SELECT FROM strike.events e WHERE e.stream_id = n.eco_id)'), []);
  });

  await test('reassign after a reopening makes another order; after a plain cancel it is refused', async () => {
    const old = await callOut(east, { scenario: 'happy-path' });
    const first = (await reassign(east, old.eco_id)).body;
    const given = async () => (await east.rpc('strike_reassignments', { eco_ids: [old.eco_id] })).body.map((one) => one.other_eco_id);
    assert.deepStrictEqual(await given(), [first.eco_id]);
    assert.strictEqual((await east.rpc('strike_reopen_eco', { eco_id: old.eco_id, reason: 'they came after all' })).status, 200);
    assert.deepStrictEqual(await given(), [], 'it goes on by itself');
    const second = await reassign(east, old.eco_id, 'osp-north', 'they left again');
    assert.strictEqual(second.status, 200, second.text);
    assert.notStrictEqual(second.body.eco_id, first.eco_id);
    assert.deepStrictEqual(await given(), [second.body.eco_id]);
    await east.rpc('strike_reopen_eco', { eco_id: old.eco_id, reason: 'once more' });
    await east.rpc('strike_cancel_eco', { eco_id: old.eco_id, reason: 'false alarm' });
    refused(await reassign(east, old.eco_id), 409, 'PT409');
  });

  await test('reassign is refused like every command: unknown, foreign, not a contractor, the same one, no reason', async () => {
    const old = await callOut(east, { scenario: 'happy-path' });
    refused(await reassign(west, old.eco_id), 404, 'PT404', 'unknown order');
    refused(await reassign(east, '00000000-0000-4000-8000-000000000404'), 404, 'PT404', 'unknown order');
    refused(await reassign(east, null), 400, '22023', 'eco_id is null');
    refused(await reassign(east, old.eco_id, null), 400, '22023', 'osp_tenant is null');
    refused(await reassign(east, old.eco_id, 'osp-nobody'), 400, '22023', /unknown tenant/);
    refused(await reassign(east, old.eco_id, 'noc-west'), 400, '22023', /not of kind OSP/);
    refused(await reassign(east, old.eco_id, 'osp-fibre'), 400, '22023', /is the order's contractor/);
    refused(await reassign(east, old.eco_id, 'osp-north', ' '), 400, '22023', 'reason is empty');
    refused(await reassign(fibre, old.eco_id), 403, '42501');
    assert.strictEqual((await reassign(anybody, old.eco_id)).status, 401);
    assert.strictEqual((await order(east, old.eco_id)).status, 'OPEN');
    await sql("INSERT INTO strike.tenants (code, name, kind) VALUES ('osp-third', 'Third', 'OSP') ON CONFLICT DO NOTHING");
    await reassign(east, old.eco_id);
    refused(await reassign(east, old.eco_id, 'osp-third'), 409, 'PT409', /has been reassigned/);
  });
};
