// Tenants are held apart, whatever is granted: the walk through every object with every role, what
// one tenant does leaves no trace for another, and leaks that are planted are found.
'use strict';
const assert = require('assert');
const { test } = require('./harness');
const { people } = require('./stack');
const { refused } = require('./calls');
const { Walk } = require('./walk/visit');
const { VIEWERS, populate, marks } = require('./walk/viewers');

const show = (findings) => findings.slice(0, 40).map((one) => `${one.viewer}: ${one.where}: ${one.what}`).join('\n');
const viewer = (name) => VIEWERS.find((one) => one.name === name);

// Each makes one hole; 'object' is looked at through the eyes of 'eyes'.
const PLANTED = [
  ['a view that reads as its owner', 'operator-east', 'planted',
    'CREATE VIEW strike.planted AS SELECT job_id FROM strike.eco_views; GRANT SELECT ON strike.planted TO strike_operator'],
  ['a view for nobody in particular', 'nobody', 'planted',
    "CREATE VIEW strike.planted AS SELECT 'noc-west'::text AS who; GRANT SELECT ON strike.planted TO PUBLIC"],
  ['a function that forgets to ask whose order it is', 'contractor-north', 'planted',
    `CREATE FUNCTION strike.planted(eco_id uuid) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT description FROM strike.eco_views v WHERE v.eco_id = $1';
     GRANT EXECUTE ON FUNCTION strike.planted(uuid) TO strike_contractor`],
  ['an error that says whose it is', 'operator-west', 'planted',
    `CREATE FUNCTION strike.planted(eco_id uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
       'BEGIN IF EXISTS (SELECT FROM strike.events e WHERE e.stream_id = $1) THEN RAISE ''not your order''; END IF; RAISE ''no such order''; END';
     GRANT EXECUTE ON FUNCTION strike.planted(uuid) TO strike_operator`],
  ['a yes or no about other people\'s orders', 'operator-west', 'planted',
    `CREATE FUNCTION strike.planted(request_id uuid) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS 'SELECT EXISTS (SELECT FROM strike.eco_requests r WHERE r.request_id = $1)';
     GRANT EXECUTE ON FUNCTION strike.planted(uuid) TO strike_operator`],
  ['a tenant\'s existence', 'contractor-fibre', 'planted',
    `CREATE FUNCTION strike.planted(osp_tenant text) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS 'SELECT EXISTS (SELECT FROM strike.tenants t WHERE t.code = $1)';
     GRANT EXECUTE ON FUNCTION strike.planted(text) TO strike_contractor`],
  ['a granted column with an internal status', 'operator-east', 'eco_views',
    'GRANT SELECT (render_status) ON strike.eco_views TO strike_operator; CREATE POLICY planted ON strike.eco_views TO strike_operator USING (noc_tenant = strike.strike_caller_tenant())'],
  ['telephone numbers for operators', 'operator-east', 'contact_refs', 'GRANT SELECT (phone) ON strike.contact_refs TO strike_operator'],
  ["a provider's words", 'operator-east', 'planted',
    `CREATE FUNCTION strike.planted() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS $$ SELECT payload->>'error' FROM strike.events WHERE payload ? 'error' $$;
     GRANT EXECUTE ON FUNCTION strike.planted() TO strike_operator`],
  ['lists of other contractors', 'contractor-fibre', 'pager_contacts', 'CREATE POLICY planted ON strike.pager_contacts FOR SELECT TO strike_contractor USING (true)'],
  ['other contractors\' regions that can be changed', 'contractor-fibre', 'pager_regions',
    'CREATE POLICY planted ON strike.pager_regions FOR UPDATE TO strike_contractor USING (true) WITH CHECK (true); CREATE POLICY planted_too ON strike.pager_regions FOR SELECT TO strike_contractor USING (true)'],
  ['credentials for administrators', 'admin', 'twilio_accounts', 'GRANT SELECT ON strike.twilio_accounts TO strike_admin'],
  ['the gateway reading a table', 'gateway', 'tenants', 'GRANT SELECT ON strike.tenants TO strike_gateway'],
  ['an argument nobody told the walk about', 'operator-east', 'planted',
    `CREATE FUNCTION strike.planted(shape circle) RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION strike.planted(circle) TO strike_operator`],
];

// One more order of other tenants, as it stands when all workers have seen it
const ANOTHER_ORDER = `
  WITH old AS (SELECT * FROM strike.eco_views WHERE noc_tenant = $1 AND osp_tenant = $2 ORDER BY created_at LIMIT 1), key AS (SELECT gen_random_uuid() AS eco, gen_random_uuid() AS run),
  event AS (INSERT INTO strike.events SELECT k.eco, e.version, e.stream_type, e.event_type, e.payload || '{"job_id": "W1-77777-2026"}', e.metadata, e.occurred_at, e.hash, nextval('strike.event_position')
    FROM strike.events e, old o, key k WHERE e.stream_id = o.eco_id),
  request AS (INSERT INTO strike.eco_requests SELECT o.noc_tenant, gen_random_uuid(), k.eco, '{}' FROM old o, key k),
  page AS (INSERT INTO strike.pager_process_state SELECT (jsonb_populate_record(p, jsonb_build_object('eco_id', k.eco, 'run_id', k.run, 'status', 'RUNNING', 'outcome', null, 'deadline_at', now()))).*
    FROM strike.pager_process_state p, old o, key k WHERE p.eco_id = o.eco_id AND p.run_no = 1)
  INSERT INTO strike.eco_views SELECT (jsonb_populate_record(v, jsonb_build_object('eco_id', k.eco, 'job_id', 'W1-77777-2026', 'needs_attention', true))).*
  FROM strike.eco_views v, old o, key k WHERE v.eco_id = o.eco_id`;

const NOBODY = '00000000-0000-4000-8000-000000000404';

module.exports = async () => {
  await test("lists over HTTP: another contractor's people and regions can't be read, changed, taken, or joined", async () => {
    const { east, fibre, north } = people();
    const [his] = (await fibre.get('/pager_contacts?order=name&limit=1')).body;
    const [own] = (await north.get('/pager_contacts?order=name&limit=1')).body;
    assert.ok(his && own && his.region_id !== own.region_id);
    const give = { Prefer: 'return=representation' };
    const one = `/pager_contacts?contact_id=eq.${his.contact_id}`;
    assert.deepStrictEqual((await north.get(one)).body, []);
    assert.deepStrictEqual((await north.ask('PATCH', one, { name: 'mine now' }, give)).body, []);
    assert.deepStrictEqual((await north.ask('DELETE', one, undefined, give)).body, []);
    const person = { position: 99, name: 'A spy', phone: '+15125550199' };
    const foreign = await north.ask('POST', '/pager_contacts', { ...person, region_id: his.region_id }, give);
    const absent = await north.ask('POST', '/pager_contacts', { ...person, region_id: NOBODY }, give);
    assert.ok(foreign.status >= 400, foreign.text);
    assert.strictEqual(foreign.text.split(his.region_id).join('x'), absent.text.split(NOBODY).join('x'));
    assert.ok((await north.ask('PATCH', `/pager_contacts?contact_id=eq.${own.contact_id}`, { region_id: his.region_id }, give)).status >= 400);
    assert.ok((await north.ask('POST', '/pager_contacts', { ...his, name: 'mine now' }, { Prefer: 'resolution=merge-duplicates,return=representation' })).status >= 400);
    assert.ok((await north.ask('POST', '/pager_regions', { osp_tenant: 'osp-fibre', name: 'Ours' }, give)).status >= 400);
    assert.ok((await north.ask('PATCH', `/pager_regions?region_id=eq.${own.region_id}`, { osp_tenant: 'osp-fibre' }, give)).status >= 400);
    assert.deepStrictEqual((await fibre.get(one)).body, [his]);
    assert.deepStrictEqual((await north.get(`/pager_contacts?contact_id=eq.${own.contact_id}`)).body, [own]);
    for (const where of ['/pager_contacts', '/pager_regions', '/pager_duty']) for (const method of ['GET', 'DELETE']) refused(await east.ask(method, where), 403, '42501');
    for (const embedded of ['tenants(*)', 'pager_contacts(*,contact_refs(*))', 'render_instances(*)', 'twilio_accounts(*)'])
      assert.ok((await north.get(`/pager_regions?select=name,${embedded}`)).status >= 400, embedded);
  });

  let walk;
  const ready = async () => {
    if (walk) return;
    await populate();
    walk = await Walk.open(await marks());
  };
  await test('the walk: nothing of other tenants, no internal status, no number, through any granted object with any role', async () => {
    await ready();
    const findings = await walk.look(VIEWERS);
    console.log(`# the walk: ${walk.calls} statements, ${VIEWERS.length} viewers, ${(await walk.relations()).length} tables and views`);
    assert.strictEqual(findings.length, 0, `${findings.length} findings\n${show(findings)}`);
  });

  await test('the walk goes everywhere: each granted function, and each granted column, was asked', async () => {
    await ready();
    for (const one of VIEWERS) assert.ok((await walk.functions(one.role)).length > 0 || one.role === 'strike_worker', one.name);
    const operator = (await walk.functions('strike_operator')).map((one) => one.name);
    for (const name of ['strike_create_eco', 'strike_eco_timeline', 'strike_response_report', 'strike_reassign_eco']) assert.ok(operator.includes(name), name);
  });

  for (const [name, eyes, object, statements] of PLANTED)
    await test(`the walk finds a leak: ${name}`, async () => {
      await ready();
      await walk.client.query('SAVEPOINT planted');
      await walk.client.query(statements);
      const findings = await walk.look([viewer(eyes)], object);
      await walk.client.query('ROLLBACK TO SAVEPOINT planted');
      assert.ok(findings.length > 0, 'nothing was found');
    });

  for (const [eyes, noc, osp] of [['operator-east', 'noc-west', 'osp-fibre'], ['operator-of-a-contractor', 'noc-east', 'osp-fibre'], ['contractor-of-a-noc', 'noc-east', 'osp-fibre'], ['contractor-fibre', 'noc-east', 'osp-north'], ['operator-without-tenant', 'noc-east', 'osp-north'], ['nobody', 'noc-east', 'osp-fibre']])
    await test(`what others do leaves no trace: all that ${eyes} can read is the same with one more order of ${noc} and ${osp}`, async () => {
      await ready();
      const still = await Walk.open(walk.known, 'REPEATABLE READ');
      const before = await still.observe(viewer(eyes));
      await still.client.query(ANOTHER_ORDER, [noc, osp]);
      const after = await still.observe(viewer(eyes));
      // and the measure itself measures: an administrator sees it
      const [{ seen }] = await still.rows("SELECT count(*)::int AS seen FROM strike.noc_ecos WHERE job_id = 'W1-77777-2026'");
      await still.close();
      assert.strictEqual(seen, 1);
      assert.ok(before.size > 0);
      for (const [what, text] of before) {
        const [a, b] = [text, after.get(what)];
        const at = [...a].findIndex((letter, i) => letter !== b[i]);
        assert.ok(a === b, `${what}: …${a.slice(at - 100, at + 200)} <> …${b.slice(at - 100, at + 200)}`);
      }
    });
  if (walk) await walk.close();
};
