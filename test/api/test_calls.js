// A contractor's test calls over HTTP: his own people alone, one at a time, told in words.
'use strict';
const assert = require('assert');
const { test, until } = require('./harness');
const { sql, people, scenario } = require('./stack');
const { refused } = require('./calls');

const NOBODY = '00000000-0000-4000-8000-000000000404';

module.exports = async () => {
  const { anybody, east, fibre, north, admin } = people();
  const contactOf = async (person) => (await person.get('/pager_contacts?order=name&limit=1')).body[0];
  const ended = (person, contact_id) =>
    until('the test call to end', async () => {
      const [one] = (await person.rpc('strike_test_calls', { contact_id })).body;
      return one && one.ended_at && one;
    });

  // an earlier test's pages and calls would be in the way
  await until('nobody is being called', async () => (await sql("SELECT FROM strike.pager_process_state WHERE status <> 'COMPLETED' UNION ALL SELECT FROM strike.pager_attempts WHERE line IS NOT NULL")).length === 0);

  await test('a test call is confirmed by a key, and is an event with the name of who asked for it', async () => {
    await scenario('happy-path');
    const contact = await contactOf(fibre);
    const answer = await fibre.rpc('strike_test_call', { contact_id: contact.contact_id });
    assert.strictEqual(answer.status, 200, answer.text);
    const told = await ended(fibre, contact.contact_id);
    assert.deepStrictEqual([told.test_id, told.contact_name, told.by, told.result, told.confirmed], [answer.body, contact.name, 'xia@fibre', 'pressed 1', true]);
    const [event] = await sql("SELECT metadata->>'actor' AS actor, payload FROM strike.events WHERE stream_id = $1 AND event_type = 'TestCallStartedEvent'", answer.body);
    assert.deepStrictEqual([event.actor, event.payload.contact_id, event.payload.osp_tenant], ['xia@fibre', contact.contact_id, 'osp-fibre']);
    assert.ok(!JSON.stringify(event.payload).includes(contact.name) && !JSON.stringify(event.payload).includes(contact.phone));
    const health = (await anybody.rpc('strike_health')).body.find((one) => one.check_name === 'proof_call');
    assert.ok(health.ok && /^just now$| ago$/.test(health.value), JSON.stringify(health));
    // nothing of it is an order
    assert.deepStrictEqual((await admin.get(`/noc_ecos?eco_id=eq.${answer.body}`)).body, []);
    assert.ok(!(await admin.rpc('strike_response_report', { from_time: '-infinity', to_time: 'infinity' })).text.includes(answer.body));
  });

  await test("nobody calls, or hears of, another contractor's people; operators call nobody", async () => {
    const contact = await contactOf(fibre);
    const foreign = await north.rpc('strike_test_call', { contact_id: contact.contact_id });
    refused(foreign, 404, 'PT404', 'unknown contact');
    assert.strictEqual(foreign.text, (await north.rpc('strike_test_call', { contact_id: NOBODY })).text);
    assert.deepStrictEqual((await north.rpc('strike_test_calls', { contact_id: contact.contact_id })).body, []);
    assert.ok((await admin.rpc('strike_test_calls')).body.some((one) => one.contact_id === contact.contact_id));
    for (const name of ['strike_test_call', 'strike_test_calls']) {
      refused(await east.rpc(name, { contact_id: contact.contact_id }), 403, '42501');
      assert.strictEqual((await anybody.rpc(name, { contact_id: contact.contact_id })).status, 401);
    }
  });

  await test('a second one while one is running is refused; the provider refusing it is bad health', async () => {
    const contact = await contactOf(north);
    await scenario('pager-timeout');
    assert.strictEqual((await north.rpc('strike_test_call', { contact_id: contact.contact_id })).status, 200);
    refused(await north.rpc('strike_test_call', { contact_id: contact.contact_id }), 409, 'PT409', 'a test call is running');
    // the simulation takes its scenario when it first hears of a call
    await until('it is placed', async () => (await sql('SELECT FROM strike.pager_attempts a JOIN strike.pager_process_state p USING (run_id) WHERE p.test_of = $1 AND a.sent_at IS NOT NULL', contact.contact_id)).length > 0);
    await scenario('happy-path');
    assert.strictEqual((await ended(north, contact.contact_id)).confirmed, false);
    await sql("UPDATE strike.twilio_accounts SET auth_token = 'wrong'");
    const proof = async () => (await anybody.rpc('strike_health')).body.find((one) => one.check_name === 'proof_call');
    assert.strictEqual((await proof()).ok, true, 'nobody answering says nothing about Strike');
    assert.strictEqual((await north.rpc('strike_test_call', { contact_id: contact.contact_id })).status, 200);
    const told = await ended(north, contact.contact_id);
    await sql("UPDATE strike.twilio_accounts SET auth_token = 'twilio-secret-word'");
    assert.deepStrictEqual([told.confirmed, (await proof()).ok], [false, false]);
    assert.strictEqual(told.result, 'not placed: the telephone account is refused');
    assert.strictEqual((await north.rpc('strike_test_call', { contact_id: contact.contact_id })).status, 200);
    assert.strictEqual((await ended(north, contact.contact_id)).confirmed, true);
    assert.strictEqual((await proof()).ok, true);
  });
};
