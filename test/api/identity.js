// Who is who: tokens with a shared secret, with keys of an identity provider, and what isn't one.
'use strict';
const assert = require('assert');
const { generateKeyPairSync } = require('crypto');
const { test } = require('./harness');
const stack = require('./stack');
const { hs256, rs256, unsigned } = require('./token');
const { AUSTIN, callOut, refused } = require('./calls');

const ANN = { role: 'strike_operator', sub: 'ann@east', tenant: 'noc-east' };

module.exports = async () => {
  const status = async (token, url) => (await stack.person(ANN, url, token).get('/noc_ecos?limit=1')).status;

  await test('HS256: the right secret opens, everything else is 401', async () => {
    assert.strictEqual(await status(hs256(stack.SECRET, ANN)), 200);
    const bad = {
      'another secret': hs256('another-secret-that-is-long-enough-too', ANN), unsigned: unsigned(ANN), rubbish: 'rubbish', empty: '',
      expired: hs256(stack.SECRET, { ...ANN, exp: 1 }), 'not yet valid': hs256(stack.SECRET, { ...ANN, nbf: 4e9 }),
      'signature cut off': hs256(stack.SECRET, ANN).replace(/\.[^.]*$/, '.'),
      'claims exchanged': hs256(stack.SECRET, ANN).replace(/\.[^.]*\./, `.${Buffer.from(JSON.stringify({ ...ANN, role: 'strike_admin' })).toString('base64url')}.`),
    };
    for (const [name, token] of Object.entries(bad)) assert.strictEqual(await status(token), 401, name);
  });

  await test('a token takes on the four roles of people, and no other', async () => {
    for (const role of ['strike_operator', 'strike_contractor', 'strike_admin']) assert.strictEqual(await status(hs256(stack.SECRET, { ...ANN, role })), 200, role);
    for (const role of ['strike_owner', 'strike_worker', 'strike_gateway', 'postgres', 'pg_read_all_data', 'pg_execute_server_program', 'nobody', '"; SET ROLE postgres; --'])
      assert.ok([400, 401, 403].includes(await status(hs256(stack.SECRET, { ...ANN, role }))), role);
    // no role: as good as no token
    assert.strictEqual(await status(hs256(stack.SECRET, { sub: 'x', tenant: 'noc-east' })), 401);
  });

  await test('a token without a tenant, or with one that is no name, sees nothing and makes nothing', async () => {
    const made = await callOut(stack.people().east);
    for (const tenant of [undefined, null, '', ' ', 'noc-EAST', 'noc-east ', ['noc-east'], { code: 'noc-east' }, true, 1, "noc-east' OR true --", '%', 'osp-nobody']) {
      const person = stack.person({ ...ANN, tenant });
      const list = await person.get('/noc_ecos');
      assert.deepStrictEqual([list.status, list.body], [200, []], JSON.stringify(tenant));
      refused(await person.rpc('strike_create_eco', { noc_tenant: 'noc-east', osp_tenant: 'osp-fibre', job_type: 'CMR', description: 'x', location: AUSTIN }), 403, '42501');
      refused(await person.rpc('strike_add_note', { eco_id: made.eco_id, note: 'x' }), 404, 'PT404');
      assert.deepStrictEqual((await person.rpc('strike_response_report', { from_time: '-infinity', to_time: 'infinity' })).body, [], JSON.stringify(tenant));
    }
  });

  await test("a token whose role doesn't fit its tenant sees nothing and commands nothing", async () => {
    const made = await callOut(stack.people().east);
    for (const claims of [{ role: 'strike_operator', tenant: 'osp-fibre' }, { role: 'strike_contractor', tenant: 'noc-east' }, { role: 'strike_operator' }, { role: 'strike_contractor' }]) {
      const person = stack.person({ ...claims, sub: 'x' });
      for (const [where, args] of [['/noc_ecos'], ['/pager_regions'], ['/pager_contacts'], ['/pager_duty'], ['strike_me', {}], ['strike_contractors', {}], ['strike_contractors', { location: AUSTIN }], ['strike_region_outlines', {}],
        ['strike_calls', {}], ['strike_response_report', { from_time: '-infinity', to_time: 'infinity' }], ['strike_response_report', { from_time: '-infinity', to_time: 'infinity', tenant: claims.tenant }]]) {
        const answer = args ? await person.rpc(where, args) : await person.get(where);
        // lists are no table of an operator's
        if (/pager/.test(where) && claims.role === 'strike_operator') refused(answer, 403, '42501');
        else assert.deepStrictEqual([answer.status, answer.body], [200, []], `${JSON.stringify(claims)} ${where}`);
      }
      refused(await person.rpc('strike_page_plan', { osp_tenant: 'osp-fibre', location: AUSTIN }), 403, '42501');
      for (const name of ['strike_eco_timeline', 'strike_eco_calls', 'strike_eco_tasks', 'strike_record_check', 'strike_grace_plan', 'strike_eco_state'])
        refused(await person.rpc(name, { eco_id: made.eco_id }), 404, 'PT404');
    }
    for (const claims of [{ role: 'strike_operator', tenant: 'osp-fibre' }, { role: 'strike_contractor', tenant: 'noc-east' }]) {
      const person = stack.person({ ...claims, sub: 'x' });
      for (const [name, words] of [['strike_cancel_eco', 'reason'], ['strike_add_note', 'note'], ['strike_take_over', 'reason'], ['strike_reassign_eco', 'reason']]) {
        const answer = await person.rpc(name, { eco_id: made.eco_id, [words]: 'x', ...(name === 'strike_reassign_eco' ? { osp_tenant: 'osp-north' } : {}) });
        assert.ok(['PT404', '42501'].includes(answer.body.code), `${name}: ${answer.text}`);
      }
      refused(await person.rpc('strike_eco_state', { eco_id: made.eco_id }), 404, 'PT404');
      refused(await person.rpc('strike_create_eco', { noc_tenant: claims.tenant, osp_tenant: 'osp-fibre', job_type: 'CMR', description: 'x', location: AUSTIN }), claims.role === 'strike_operator' ? 400 : 403, claims.role === 'strike_operator' ? '22023' : '42501');
    }
  });

  await test('metadata.actor is the sub of the token, whatever else a caller says he is', async () => {
    const made = await callOut(stack.people().east);
    const subs = ['ann@east', 'Ünïcode — 光纤', "x'; DROP TABLE strike.events; --", 'strike-team@east', 'strikes', 'contact@east', 'x'.repeat(255)];
    for (const sub of subs) {
      const person = stack.person({ ...ANN, sub });
      assert.strictEqual((await person.rpc('strike_add_note', { eco_id: made.eco_id, note: `by ${sub}` }, { 'X-Actor': 'somebody', Prefer: 'actor=x' })).status, 200);
    }
    const rows = await stack.sql("SELECT payload->>'note' AS note, metadata->>'actor' AS actor FROM strike.events WHERE stream_id = $1 AND event_type = 'NoteAddedEvent' ORDER BY version", made.eco_id);
    for (const row of rows) {
      assert.strictEqual(row.note, `by ${row.actor}`);
    }
    assert.strictEqual(rows.length, subs.length);
    // nobody writes in the name of a worker, of a contact's key press, or as more than one line
    for (const sub of ['strike:pager', 'strike:render', 'Strike:Pager', 'STRIKE', 'strike', 'contact:7c2d', 'Contact:x', 'two\nlines', 'x'.repeat(256)]) {
      const reason = /the token's sub can't stand in the record/;
      const person = stack.person({ ...ANN, sub });
      refused(await person.rpc('strike_add_note', { eco_id: made.eco_id, note: 'not his' }), 403, '42501', reason);
      refused(await person.rpc('strike_create_eco', { noc_tenant: 'noc-east', osp_tenant: 'osp-fibre', job_type: 'CMR', description: 'not his', location: AUSTIN }), 403, '42501', reason);
      refused(await stack.person({ role: 'strike_contractor', tenant: 'osp-fibre', sub }).ask('POST', '/pager_regions', { osp_tenant: 'osp-fibre', name: 'Not his' }), 403, '42501', reason);
      // reading is nobody's hand
      assert.strictEqual((await person.rpc('strike_eco_state', { eco_id: made.eco_id })).status, 200);
    }
    // what PostgREST itself takes for no sub, another front may pass on
    for (const sub of [' strike:pager', '\tstrike:x', '\n contact:x', ' strike'])
      await assert.rejects(stack.sql("WITH c AS MATERIALIZED (SELECT set_config('request.jwt.claims', $1, true)) SELECT strike.strike_add_note($2, 'not his') FROM c", JSON.stringify({ ...ANN, sub }), made.eco_id), { code: '42501' }, sub);
    assert.deepStrictEqual(await stack.sql("SELECT 1 FROM strike.pager_regions WHERE name = 'Not his' UNION ALL SELECT 1 FROM strike.eco_views WHERE description = 'not his'"), []);
    assert.strictEqual((await stack.sql("SELECT FROM strike.events WHERE stream_id = $1 AND event_type = 'NoteAddedEvent'", made.eco_id)).length, subs.length);
    const settings = await stack.person(ANN).get('/noc_ecos?limit=1', { 'request.jwt.claims': '{"tenant":"noc-west"}' });
    assert.ok(settings.body.every((one) => one.noc_tenant === 'noc-east'));
  });

  const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = (key, kid) => ({ ...key.publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256', key_ops: ['verify'] });
  const first = pair();
  const second = pair();

  await test('RS256: PostgREST knows the public key alone', async () => {
    const url = await stack.postgrest('rs256', { 'jwt-secret': JSON.stringify(jwk(first, 'one')) });
    assert.strictEqual(await status(rs256(first.privateKey, ANN), url), 200);
    assert.strictEqual(await status(rs256(second.privateKey, ANN), url), 401);
    assert.strictEqual(await status(hs256(stack.SECRET, ANN), url), 401);
    assert.strictEqual(await status(unsigned(ANN), url), 401);
    // the public key, which everybody has, is no shared secret
    for (const text of [first.publicKey.export({ format: 'pem', type: 'spki' }), JSON.stringify(jwk(first, 'one')), jwk(first, 'one').n])
      assert.strictEqual(await status(hs256(text, ANN), url), 401);
    const made = await callOut(stack.person(ANN, url, rs256(first.privateKey, { ...ANN, sub: 'signed@elsewhere' })));
    const actor = await stack.value("SELECT metadata->>'actor' FROM strike.events WHERE stream_id = $1 AND version = 1", made.eco_id);
    assert.strictEqual(actor, 'signed@elsewhere');
  });

  await test('a set of keys: the old and the new one count while keys are exchanged', async () => {
    const url = await stack.postgrest('jwks', { 'jwt-secret': JSON.stringify({ keys: [jwk(first, 'old'), jwk(second, 'new')] }), 'jwt-aud': 'strike' });
    const claims = { ...ANN, aud: 'strike' };
    for (const [key, kid] of [[first, 'old'], [second, 'new']]) assert.strictEqual(await status(rs256(key.privateKey, claims, { kid }), url), 200, kid);
    assert.strictEqual(await status(rs256(pair().privateKey, claims, { kid: 'old' }), url), 401);
    assert.strictEqual(await status(rs256(first.privateKey, { ...ANN, aud: 'another-product' }, { kid: 'old' }), url), 401);
  });
};
