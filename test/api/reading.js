// Reading over HTTP: filters, pages, formats, the timeline, any moment, the report, the plan, health.
'use strict';
const assert = require('assert');
const { test, until } = require('./harness');
const stack = require('./stack');
const { sql, value, people, person, scenario } = stack;
const { AUSTIN, callOut, order, reaches, refused } = require('./calls');

const LINE = { type: 'LineString', coordinates: [[-97.74, 30.27], [-97.73, 30.28], [-97.72, 30.28]] };

module.exports = async () => {
  const { anybody, east, west, fibre, north, admin } = people();
  const person_of = (tenant) => person({ role: 'strike_contractor', sub: 'x', tenant });

  await test('orders are filtered, sorted, counted and paged', async () => {
    for (let i = 0; i < 7; i++) await callOut(west, { description: `paged ${i}`, scenario: 'happy-path' });
    await until('they are listed', async () => (await west.get('/noc_ecos?description=like.paged*')).body.length === 7);
    const ask = async (query, headers) => west.get(`/noc_ecos?description=like.paged*&${query}`, headers);
    const words = (answer) => answer.body.map((one) => one.description);
    assert.deepStrictEqual(words(await ask('order=created_at.desc&limit=2')), ['paged 6', 'paged 5']);
    const page = await ask('order=job_id.asc&limit=3&offset=3&select=job_id,description', { Prefer: 'count=exact' });
    assert.deepStrictEqual([page.status, page.headers.get('content-range'), words(page)], [206, '3-5/7', ['paged 3', 'paged 4', 'paged 5']]);
    const range = await ask('order=job_id', { Range: '0-1', 'Range-Unit': 'items', Prefer: 'count=exact' });
    assert.deepStrictEqual([range.status, range.headers.get('content-range')], [206, '0-1/7']);
    assert.strictEqual((await ask('status=eq.OPEN&needs_attention=is.false&job_type=in.(CMR,MFR)')).body.length, 7);
    assert.strictEqual((await ask('or=(pager_status.eq.exhausted,task_count.gt.5)')).body.length, 0);
    assert.strictEqual((await ask(`created_at=gte.${encodeURIComponent(page.body[0].created_at || '2020-01-01T00:00:00Z')}`)).status, 200);
    assert.deepStrictEqual((await ask('description=eq.paged 2&select=noc_tenant,location->>type,location->coordinates')).body, [{ noc_tenant: 'noc-west', type: 'Point', coordinates: AUSTIN.coordinates }]);
    assert.strictEqual((await west.get('/noc_ecos?colour=eq.red')).status, 400);
    assert.strictEqual((await west.get('/noc_ecos?eco_id=eq.red')).status, 400);
    assert.strictEqual((await west.get('/noc_ecos?limit=1&offset=1000', { Prefer: 'count=exact' })).status, 416);
  });

  await test('db-max-rows cuts an answer, says so when counted, and the rest comes by offset', async () => {
    const url = await stack.postgrest('short', { 'jwt-secret': stack.SECRET, 'db-max-rows': 3 });
    const short = person(west.claims, url);
    const seen = [];
    for (let total = Infinity; seen.length < total; ) {
      const page = await short.get(`/noc_ecos?description=like.paged*&order=created_at,eco_id&offset=${seen.length}`, { Prefer: 'count=exact' });
      const [, from, to, all] = /^(\d+)-(\d+)\/(\d+)$/.exec(page.headers.get('content-range'));
      assert.deepStrictEqual([Number(from), Number(to) - Number(from) + 1], [seen.length, page.body.length]);
      assert.ok(page.body.length <= 3);
      seen.push(...page.body.map((one) => one.description));
      total = Number(all);
    }
    assert.deepStrictEqual(seen, [0, 1, 2, 3, 4, 5, 6].map((i) => `paged ${i}`));
    const period = { from_time: '-infinity', to_time: 'infinity' };
    const report = await short.ask('POST', '/rpc/strike_response_report?order=created_at,job_id&offset=3', period, { Prefer: 'count=exact' });
    assert.strictEqual(report.body.length, 3);
    assert.match(report.headers.get('content-range'), /^3-5\/\d+$/);
  });

  await test('one order as an object, as CSV, or as a map', async () => {
    const made = await callOut(east, { description: 'along, the "road"', location: LINE, scenario: 'happy-path' });
    await until('it is listed', () => order(east, made.eco_id));
    const where = `/noc_ecos?eco_id=eq.${made.eco_id}`;
    const object = await east.get(where, { Accept: 'application/vnd.pgrst.object+json' });
    assert.deepStrictEqual([object.status, object.body.eco_id, object.body.location], [200, made.eco_id, LINE]);
    assert.strictEqual((await east.get('/noc_ecos?job_id=eq.none', { Accept: 'application/vnd.pgrst.object+json' })).status, 406);
    const csv = await east.get(`${where}&select=job_id,description`, { Accept: 'text/csv' });
    assert.strictEqual(csv.text, `job_id,description\n${made.job_id},"along, the ""road"""`);
    for (const select of ['', '&select=job_id,location', '&select=location', '&select=job_id,phase,place:location']) {
      const map = await east.get(where + select, { Accept: 'application/geo+json' });
      assert.deepStrictEqual([map.status, map.headers.get('content-type').split(';')[0], map.body.type, map.body.features.length], [200, 'application/geo+json', 'FeatureCollection', 1], map.text);
      const [feature] = map.body.features;
      assert.deepStrictEqual([feature.type, feature.geometry, 'location' in feature.properties], ['Feature', LINE, false]);
      if (select.includes('job_id')) assert.strictEqual(feature.properties.job_id, made.job_id);
    }
    assert.deepStrictEqual((await east.get('/noc_ecos?job_id=eq.none', { Accept: 'application/geo+json' })).body, { type: 'FeatureCollection', features: [] });
    // what a contractor draws: his regions, areas and those without one
    const regions = await fibre.get('/pager_regions?select=name,area', { Accept: 'application/geo+json' });
    if (regions.status === 200) assert.deepStrictEqual([...new Set(regions.body.features.map((one) => one.geometry && one.geometry.type))], ['MultiPolygon'], regions.text);
  });

  await test('nobody is shown a plan, a count of others, or a way to run up the bill', async () => {
    // also the planner's guess is one of the caller's own
    await sql('ANALYZE strike.eco_views');
    const everybodys = await value('SELECT count(*)::int FROM strike.eco_views');
    assert.ok(everybodys > 10);
    for (const person of [north, person_of('osp-nobody')]) {
      const total = async (kind) => Number((await person.get('/noc_ecos?select=job_id', { Prefer: `count=${kind}` })).headers.get('content-range').split('/')[1]);
      const own = (await person.get('/noc_ecos?select=job_id')).body.length;
      assert.strictEqual(await total('exact'), own);
      for (const kind of ['planned', 'estimated']) assert.ok((await total(kind)) <= 2 * own + 1, `${kind}: ${await total(kind)} of ${own}, ${everybodys} in all`);
    }
    assert.ok([406, 415].includes((await east.get('/noc_ecos', { Accept: 'application/vnd.pgrst.plan+json' })).status));
    for (const where of ['/events', '/feed', '/tenants', '/contact_refs', '/render_tasks', '/pager_attempts', '/eco_views', '/twilio_accounts', '/job_numbers'])
      refused(await east.get(where), 403, '42501');
    for (const where of ['/noc_ecos', '/eco_views'])
      for (const method of ['PATCH', 'DELETE', 'POST']) {
        const answer = await east.ask(method, `${where}?job_id=eq.x`, method === 'DELETE' ? undefined : { phase: 'x' });
        assert.ok([400, 401, 403, 405].includes(answer.status), `${method} ${where}: ${answer.status} ${answer.text}`);
      }
  });

  await test('the timeline reads alone, in order; any moment can be asked for', async () => {
    const made = await callOut(east, { scenario: 'second-accepts', description: 'told in lines' });
    const done = await reaches(east, made.eco_id, 'dispatched', (one) => one.dispatched_at);
    const lines = (await east.rpc('strike_eco_timeline', { eco_id: made.eco_id })).body;
    assert.deepStrictEqual(Object.keys(lines[0]), ['at', 'source', 'event_type', 'actor', 'summary', 'detail']);
    assert.deepStrictEqual([...lines].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map((one) => one.at), lines.map((one) => one.at));
    const summaries = lines.map((one) => one.summary).join('\n');
    for (const words of ['created for Fibre Co: told in lines', ' pressed 2: declined', ' pressed 1: accepted', 'Fibre Co dispatched']) assert.ok(summaries.includes(words), summaries); // whose telephone is free: orders of other tests call the same people
    assert.deepStrictEqual((await fibre.rpc('strike_eco_timeline', { eco_id: made.eco_id })).body.map((one) => one.summary), lines.map((one) => one.summary));
    const at = (as_of) => east.rpc('strike_eco_state', { eco_id: made.eco_id, as_of });
    const now = await at(null);
    assert.deepStrictEqual(Object.keys(now.body).sort(), Object.keys(done).sort());
    assert.strictEqual(now.body.phase, done.phase);
    assert.strictEqual((await at(made.created_at)).body.phase, 'sending to Fibre Co');
    assert.strictEqual((await at('2020-01-01')).body, null);
    const inside = (await admin.rpc('strike_eco_state', { eco_id: made.eco_id })).body;
    assert.strictEqual(inside.render_status, 'DISPATCHED');
    // by GET too, since it changes nothing
    assert.strictEqual((await east.get(`/rpc/strike_eco_timeline?eco_id=x`)).status, 400);
    assert.strictEqual((await east.get(`/rpc/strike_eco_timeline?eco_id=${made.eco_id}&summary=like.*accepted*`)).body.length, 1);
    assert.strictEqual((await east.get(`/rpc/strike_take_over?eco_id=${made.eco_id}&reason=x`)).status, 405);
  });

  await test('the response report: who was notified, when, how quickly; CSV for those who want it', async () => {
    const made = await callOut(east, { scenario: 'second-accepts', description: 'reported' });
    await reaches(east, made.eco_id, 'dispatched', (one) => one.dispatched_at);
    const report = (person, more = {}) => person.rpc('strike_response_report', { from_time: '-infinity', to_time: 'infinity', ...more });
    const row = (await report(east)).body.find((one) => one.eco_id === made.eco_id);
    assert.deepStrictEqual(
      [row.job_id, row.noc_tenant, row.osp_tenant, row.job_type, row.created_at, row.seconds_to_field_work, row.seconds_to_completion],
      [made.job_id, 'noc-east', 'osp-fibre', 'CMR', made.created_at, null, null]
    );
    assert.deepStrictEqual(row.notified.map((one) => [Object.keys(one).sort().join(), one.name, one.result]), [['answer_at,at,name,result,ring_at', 'J. Reyes', 'DECLINED'], ['answer_at,at,name,result,ring_at', 'A. Ortiz', 'ACCEPTED']]);
    for (const one of row.notified) assert.ok(one.at <= one.ring_at && one.ring_at <= one.answer_at, JSON.stringify(one));
    assert.ok(row.seconds_to_task > 0 && row.seconds_to_task < row.seconds_to_first_ring && row.seconds_to_first_ring < row.seconds_to_acceptance, JSON.stringify(row));
    // what is told is what the events say
    const told = await value(
      `SELECT round(extract(epoch FROM (SELECT min(e.occurred_at) FROM strike.pager_process_state p JOIN strike.events e ON e.stream_id = p.run_id
         WHERE p.eco_id = $1 AND e.payload->>'state' = 'ACCEPTED') - (SELECT occurred_at FROM strike.events WHERE stream_id = $1 AND version = 1)), 3)::float8`, made.eco_id);
    assert.strictEqual(row.seconds_to_acceptance, told);

    assert.ok((await report(fibre)).body.some((one) => one.eco_id === made.eco_id));
    for (const other of [west, north]) assert.ok(!(await report(other)).body.some((one) => one.eco_id === made.eco_id));
    assert.deepStrictEqual((await report(east, { tenant: 'noc-west' })).body, []);
    assert.deepStrictEqual((await report(east, { tenant: 'osp-north' })).body.filter((one) => one.osp_tenant !== 'osp-north'), []);
    assert.ok((await report(admin, { tenant: 'noc-west' })).body.every((one) => one.noc_tenant === 'noc-west'));
    assert.deepStrictEqual((await report(east, { to_time: made.created_at })).body.filter((one) => one.eco_id === made.eco_id), []);
    assert.strictEqual((await report(east, { from_time: made.created_at })).body[0].eco_id, made.eco_id);
    refused(await report(east, { from_time: null }), 400, '22023');
    refused(await report(east, { from_time: '2026-01-02', to_time: '2026-01-01' }), 400, '22023');
    assert.match((await east.rpc('strike_response_report', { from_time: made.created_at, to_time: 'infinity' }, { Accept: 'text/csv' })).text, /^eco_id,job_id,noc_tenant,/);
    assert.strictEqual((await report(anybody)).status, 401);
  });

  await test('an order that went all the way, and one that was opened again, in the report; the erased are shown as such', async () => {
    await scenario('happy-path');
    // the field work as the workers would write it
    const [{ eco }] = await sql("SELECT (strike.strike_create_eco('noc-east', 'osp-fibre', 'FNOL', 'by hand', '{\"type\": \"Point\", \"coordinates\": [-97.7, 30.5]}')).eco_id AS eco");
    await until('it is paged', () => value("SELECT run_id FROM strike.pager_process_state WHERE eco_id = $1 AND status = 'COMPLETED'", eco));
    const seconds = async () => {
      await until('all is delivered', async () => (await sql('SELECT FROM strike.outbox LIMIT 1')).length === 0);
      const row = (await admin.rpc('strike_response_report', { from_time: '-infinity', to_time: 'infinity', tenant: 'osp-fibre' })).body.find((one) => one.eco_id === eco);
      return [row.seconds_to_field_work !== null, row.seconds_to_completion !== null];
    };
    const step = (from, to) =>
      sql(`SELECT strike.strike_append($1, 'ECO', null, jsonb_build_array(jsonb_build_object('type', 'StatusUpdatedEvent', 'payload', jsonb_build_object('from', $2::text, 'to', $3::text, 'reason', 'by hand'))))`, eco, from, to);
    await step('OPEN', 'IN_PROGRESS');
    assert.deepStrictEqual(await seconds(), [true, false]);
    await step('IN_PROGRESS', 'COMPLETED');
    assert.deepStrictEqual(await seconds(), [true, true]);
    await step('COMPLETED', 'IN_PROGRESS');
    assert.deepStrictEqual(await seconds(), [true, false]);
    await step('IN_PROGRESS', 'COMPLETED');
    await step('COMPLETED', 'HARD_COMPLETE');
    assert.deepStrictEqual(await seconds(), [true, true]);
    const who = await value("SELECT contact_id FROM strike.pager_contacts WHERE name = 'L. Novak'");
    assert.strictEqual((await admin.rpc('strike_erase_contact', { contact: who, reason: 'asked to be forgotten' })).status, 200);
    const row = (await east.rpc('strike_response_report', { from_time: '-infinity', to_time: 'infinity' })).body.find((one) => one.eco_id === eco);
    assert.deepStrictEqual([...new Set(row.notified.map((one) => one.name))], ['erased']);
    const everything = [await order(east, eco), (await east.rpc('strike_eco_timeline', { eco_id: eco })).body, (await east.rpc('strike_eco_state', { eco_id: eco })).body];
    assert.ok(!JSON.stringify(everything).includes('Novak'), JSON.stringify(everything));
  });

  await test('the page plan: who would be called, also before there is an order', async () => {
    const plan = (person, more = {}) => person.rpc('strike_page_plan', { osp_tenant: 'osp-fibre', location: AUSTIN, ...more });
    const rows = (await plan(east)).body;
    assert.deepStrictEqual(rows.map((one) => [one.position, one.contact_name]), [[1, 'J. Reyes'], [2, 'A. Ortiz'], [3, 'M. Chan']]);
    assert.deepStrictEqual((await plan(fibre)).body.map((one) => one.contact_name), rows.map((one) => one.contact_name));
    refused(await plan(north), 403, '42501');
    assert.strictEqual((await plan(north)).text, (await plan(north, { osp_tenant: 'osp-nobody' })).text);
    refused(await plan(east, { osp_tenant: 'osp-nobody' }), 400, '22023');
    refused(await plan(east, { location: { type: 'Point', coordinates: [500, 0] } }), 400, '22023');
  });

  await test('who worked a task is told as it was at each moment', async () => {
    const made = await callOut(east, { scenario: 'happy-path', description: 'worked by two' });
    const work = async (more) => {
      const answer = await fetch(`${stack.mock}/control/task`, { method: 'POST', body: JSON.stringify({ subsector: `ECO-${made.job_id}`, ...more }) });
      assert.strictEqual(answer.status, 200, await answer.text());
    };
    const tasks = async (as_of, who = east) => (await who.rpc('strike_eco_tasks', { eco_id: made.eco_id, ...(as_of ? { as_of } : {}) })).body.map((one) => [one.task_no, one.assignee, one.crew]);
    const become = (expected) => until(() => `${JSON.stringify(expected)}`, async () => JSON.stringify(await tasks()) === JSON.stringify(expected));
    await until('its first look', () => value("SELECT 1 FROM strike.events WHERE stream_id = $1 AND event_type = 'TasksObservedEvent'", made.eco_id));
    const nobody = await value('SELECT strike.strike_now()');
    await work({ status: 'allocated', assignee: 'D. Mwangi', crew: 'crew 7' });
    await become([[1, 'D. Mwangi', 'crew 7']]);
    const first = await value('SELECT strike.strike_now()');
    await work({ status: 'released', assignee: 'E. Okoro', crew: 'crew 9' });
    await become([[1, 'E. Okoro', 'crew 9']]);
    const second = await value('SELECT strike.strike_now()');
    await work({ clone: true });
    await until('its clone', async () => (await tasks()).length === 2);
    for (const who of [east, fibre]) {
      assert.deepStrictEqual(await tasks(nobody, who), [[1, null, null]]);
      assert.deepStrictEqual(await tasks(first, who), [[1, 'D. Mwangi', 'crew 7']]);
      assert.deepStrictEqual(await tasks(second, who), [[1, 'E. Okoro', 'crew 9']]);
      assert.deepStrictEqual((await tasks('infinity', who))[0], [1, 'E. Okoro', 'crew 9']);
      assert.deepStrictEqual(await tasks('-infinity', who), []);
    }
    refused(await west.rpc('strike_eco_tasks', { eco_id: made.eco_id, as_of: first }), 404, 'PT404');
    // an erased person has no name, at no moment
    const ref = await value("SELECT payload->'changed'->'assignee'->>'to' FROM strike.events WHERE stream_id = $1 AND payload->'changed' ? 'assignee' ORDER BY version LIMIT 1", made.eco_id);
    assert.strictEqual((await admin.rpc('strike_erase_contact', { contact: ref, reason: 'asked to be forgotten' })).status, 200);
    assert.deepStrictEqual(await tasks(first), [[1, 'somebody (erased)', 'crew 7']]);
    assert.deepStrictEqual((await tasks(second))[0], [1, 'E. Okoro', 'crew 9']);
  });

  await test('health is for everybody, and names nobody', async () => {
    for (const person of [anybody, east, fibre, admin]) {
      const rows = (await person.rpc('strike_health')).body;
      for (const name of ['workers', 'feed_lag', 'overdue_deadlines', 'parked', 'providers', 'clock', 'live_host', 'proof_call'])
        assert.ok(rows.some((one) => one.check_name === name && typeof one.ok === 'boolean'), `${name}: ${JSON.stringify(rows)}`);
    }
    assert.strictEqual((await anybody.get('/rpc/strike_health')).status, 200);
  });
};
