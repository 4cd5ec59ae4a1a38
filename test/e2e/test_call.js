// A contractor tries whether his people can be reached.  A page always comes first.
'use strict';
const assert = require('assert');
const { test, until } = require('./harness');
const { sql, value } = require('./server');
const { Order } = require('./order');
const { PEOPLE } = require('./world');

const [FIRST, SECOND] = PEOPLE;

const contactOf = (noc, name) =>
  value('SELECT c.contact_id FROM strike.pager_contacts c JOIN strike.pager_regions r USING (region_id) WHERE r.osp_tenant = $1 AND c.name = $2', noc.osp, name);

// A test call as a conversation: its run has no order, and its own key stands for one.
async function testCalls(noc, name) {
  const id = await value('SELECT strike.strike_test_call($1)', await contactOf(noc, name));
  const call = new Order(noc, { eco_id: id, job_id: `TEST-${id.slice(0, 8).toUpperCase()}` }, { description: '' });
  call.message = `Strike: this is a test call for ${noc.name}. Nobody has to go out`;
  noc.orders.push(call);
  return call;
}
const last = async (noc, name) => (await sql('SELECT * FROM strike.strike_test_calls($1)', await contactOf(noc, name)))[0];
const ends = (call, outcome) => call.until(`the test call ends as ${outcome}`, async () => (await call.run()).outcome === outcome);

test('a test call rings, says that it is one, and 1 confirms it; no order is made', async (open) => {
  const noc = await open({ byHand: true });
  const call = await testCalls(noc, FIRST);
  await call.ringing(FIRST);
  assert.strictEqual((await last(noc, FIRST)).result, 'ringing');
  const [attempt] = await call.attempts();
  // whoever presses hears what it was
  const answer = await noc.reports(`/twilio/studio/${attempt.attempt_id}`, { Event: 'ACCEPTED', Digits: '1' });
  assert.deepStrictEqual([answer.status, JSON.parse(answer.body)], [200, { say: 'Thank you. The test call has arrived.' }]);
  call.mayHear(`${FIRST} ACCEPTED 200`);
  await call.presses(FIRST, 1);
  await ends(call, 'DISPATCHED');
  const said = await last(noc, FIRST);
  assert.deepStrictEqual([said.result, said.confirmed, said.contact_name, said.by], ['pressed 1', true, FIRST, 'postgres']);
  assert(said.begun_at <= said.rung_at && said.rung_at <= said.answered_at && said.answered_at <= said.ended_at, JSON.stringify(said));
  assert.deepStrictEqual(await call.view(), {});
  assert.deepStrictEqual((await call.storedEvents()).map((one) => one.stream_type), Array((await call.storedEvents()).length).fill('TestCall'));
  await until('the outbox is empty', async () => (await sql('SELECT FROM strike.outbox LIMIT 1')).length === 0);
  assert.deepStrictEqual(await sql('SELECT * FROM strike.delivery_failure WHERE stream_id = $1', call.ecoId), []);
  const [health] = await sql("SELECT ok, value FROM strike.strike_health() WHERE check_name = 'proof_call'");
  assert.strictEqual(health.ok, true);
  assert.match(health.value, /^just now$|ago$/);
  await call.nobodyElseWasCalled();
});

test('a test call that nobody answers is told so, is not confirmed, and nobody else is called', async (open) => {
  const noc = await open({ byHand: true });
  const call = await testCalls(noc, FIRST);
  await call.ringing(FIRST);
  await call.notAnswering(FIRST);
  await ends(call, 'EXHAUSTED');
  const said = await last(noc, FIRST);
  assert.deepStrictEqual([said.result, said.confirmed], ['no answer', false]);
  await call.nobodyElseWasCalled();
});

test('a test call to somebody who is not active, and off duty, is made', async (open) => {
  const noc = await open({ byHand: true });
  const contact = await contactOf(noc, SECOND);
  await sql("UPDATE strike.pager_contacts SET active = false, time_zone = 'UTC' WHERE contact_id = $1", contact);
  await sql("INSERT INTO strike.pager_duty (contact_id, weekdays, from_time, to_time) VALUES ($1, ARRAY[(extract(isodow FROM strike.strike_now() AT TIME ZONE 'UTC')::int + 2) % 7 + 1], '00:00', '24:00')", contact);
  const call = await testCalls(noc, SECOND);
  await call.ringing(SECOND);
  await call.pressing(SECOND, 2);
  await ends(call, 'EXHAUSTED');
  assert.strictEqual((await last(noc, SECOND)).result, 'pressed 2');
  await call.nobodyElseWasCalled();
});

test('test calls: one at a time for a contractor, and after its end the next', async (open) => {
  const noc = await open({ byHand: true });
  const call = await testCalls(noc, FIRST);
  await call.ringing(FIRST);
  for (const name of [FIRST, SECOND]) await assert.rejects(testCalls(noc, name), { code: 'PT409', message: 'a test call is running' });
  await call.pressing(FIRST, 1);
  await ends(call, 'DISPATCHED');
  await call.quiet();
  const next = await testCalls(noc, SECOND);
  await next.ringing(SECOND);
  await next.pressing(SECOND, 1);
  await ends(next, 'DISPATCHED');
});

test('a page needs the telephone: the test call is hung up, and the page rings it', async (open) => {
  const noc = await open({ byHand: true });
  const call = await testCalls(noc, FIRST);
  await call.ringing(FIRST);
  const order = await noc.callsOut();
  await order.tasked();
  call.announce(`end ${FIRST} 200`);
  await ends(call, 'CANCELED');
  assert.strictEqual((await last(noc, FIRST)).result, 'hung up: a page needs this telephone');
  await order.ringing(FIRST);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  assert.deepStrictEqual((await order.attempts()).map((one) => [one.name, one.state]), [[FIRST, 'ACCEPTED']], 'nobody was passed over');
  await order.nobodyElseWasCalled();
});

test('a page rings the telephone: a test call is not made', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  const call = await testCalls(noc, FIRST);
  await ends(call, 'CANCELED');
  assert.deepStrictEqual(await call.attempts(), []);
  assert.strictEqual((await last(noc, FIRST)).result, 'not called: this telephone is needed for a page');
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});

test('the only line of the account is wanted for a page: the test call is hung up', async (open) => {
  const noc = await open({ byHand: true });
  await sql('UPDATE strike.twilio_accounts SET max_calls = 1 WHERE osp_tenant = $1', noc.osp);
  const call = await testCalls(noc, SECOND);
  await call.ringing(SECOND);
  const order = await noc.callsOut();
  await order.tasked();
  call.announce(`end ${SECOND} 200`);
  await ends(call, 'CANCELED');
  await order.ringing(FIRST);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});

test('a test call to a number that the provider refuses: that is said, and Strike is no less well', async (open) => {
  const noc = await open({ byHand: true });
  await noc.mock.control('faults', { provider: 'twilio', error_rate: 1, status: 400 });
  const call = await testCalls(noc, FIRST);
  call.announce(`call ${FIRST} 400`);
  await ends(call, 'FAILED');
  const said = await last(noc, FIRST);
  assert.deepStrictEqual([said.result, said.confirmed], ['refused by the telephone provider: is the number right?', false]);
  assert.strictEqual(await value("SELECT ok FROM strike.strike_health() WHERE check_name = 'proof_call'"), true);
  await call.nobodyElseWasCalled();
});

test('test calls: thirty an hour for a contractor, and no more', async (open) => {
  const noc = await open({ byHand: true });
  const contact = await contactOf(noc, FIRST);
  const past = (n, age) =>
    sql(
      `INSERT INTO strike.pager_process_state (run_id, eco_id, test_of, run_no, status, outcome, contact_count, osp_tenant, job_id, message, created_at, completed_at, updated_at)
       SELECT id, id, $1, 1, 'COMPLETED', 'CANCELED', 1, $2, 'TEST', 'earlier', at, at, at
       FROM (SELECT gen_random_uuid() AS id, strike.strike_now() - $4::interval AS at FROM generate_series(1, $3)) g`,
      contact, noc.osp, n, age
    );
  await past(100, '61 minutes');
  await past(30, '1 minute');
  await assert.rejects(testCalls(noc, FIRST), { code: 'PT409', message: 'too many test calls' });
  await sql("DELETE FROM strike.pager_process_state WHERE run_id = (SELECT run_id FROM strike.pager_process_state WHERE osp_tenant = $1 AND created_at > strike.strike_now() - interval '10 minutes' LIMIT 1)", noc.osp);
  const call = await testCalls(noc, FIRST);
  await call.ringing(FIRST);
  await call.pressing(FIRST, 1);
  await ends(call, 'DISPATCHED');
});
