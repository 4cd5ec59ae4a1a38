// Many orders at once.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const { test, group } = require('./harness');
const { sql, transaction, value } = require('./server');
const { PEOPLE } = require('./world');

const [FIRST, SECOND] = PEOPLE;
const FIFTY = Array.from({ length: 50 }, (_, i) => i);

// No number had two calls at the same time, as the telephone service saw it.
async function oneCallAtATime(orders) {
  const calls = (await Promise.all(orders.map((order) => order.mock.eco(order.subsector)))).flatMap((eco) => eco.calls);
  calls.sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  const last = new Map();
  for (const call of calls) {
    const before = last.get(call.to);
    if (before && before.sid === call.sid) continue; // one call, several orders
    assert(!before || Date.parse(before.ended_at) <= Date.parse(call.created_at), `two calls at once to ${call.to}`);
    last.set(call.to, call);
  }
}

// A line that the provider hasn't given free yet is looked at and tried again, which stands in the
// journal with either order and rings nobody.
const lookedAt = ['context', 'ask', 'end'].flatMap((what) => PEOPLE.map((name) => `${what} ${name} 200`)).concat(PEOPLE.map((name) => `call ${name} 409`));

test('fifty orders at once ask for one token, and each gets its task and its yes', async (open) => {
  const noc = await open({ regions: FIFTY.map(() => [FIRST]) });
  await noc.mock.control('faults', { provider: 'oauth', latency_ms: 1500 }); // they all wait for it
  noc.announce('token 200');
  const orders = await Promise.all(FIFTY.map((region) => noc.callsOut(`Storm damage ${region}`, { region })));
  const ids = orders.map((order) => order.jobId);
  assert.strictEqual(new Set(ids).size, 50);
  assert(ids.every((id) => /^E2-\d{5}-\d{4}$/.test(id)));
  await Promise.all(orders.map(async (order) => {
    await order.tasked();
    await order.ringing(FIRST);
    await order.pressing(FIRST, 1);
    await order.dispatched(FIRST);
    await order.nobodyElseWasCalled();
  }));
  const tasks = await Promise.all(orders.map(async (order) => (await order.render()).project_task_id));
  assert.strictEqual(new Set(tasks).size, 50);
});

test('a supervisor who is on the telephone for one order is waited for by the next', async (open) => {
  const noc = await open({ byHand: true });
  noc.announce('token 200');
  const one = await noc.callsOut('the first');
  await one.tasked();
  await one.ringing(FIRST);
  const two = await noc.callsOut('the second');
  for (const order of [one, two]) order.mayHear(...lookedAt);
  await two.tasked();
  await two.until('it waits for the line', async () => (await two.run()).waiting_for === (await one.attempts())[0].attempt_id);
  assert.deepStrictEqual(await two.attempts(), [], 'nobody is called instead');
  await one.pressing(FIRST, 2);
  await noc.mock.control('advance', { seconds: 10 }); // he is told that it was recorded
  await two.ringing(FIRST);
  await two.pressing(FIRST, 1);
  await two.dispatched(FIRST);
  await one.ringing(SECOND);
  await one.pressing(SECOND, 1);
  await one.dispatched(SECOND);
  await oneCallAtATime([one, two]);
  await Promise.all([one.nobodyElseWasCalled(), two.nobodyElseWasCalled()]);
});

test('a supervisor of two contractors, each with a telephone account of its own, is called for one order at a time', async (open) => {
  const [one, two] = [await open({ byHand: true }), await open({ byHand: true })];
  const [number] = [...one.numbers.keys()];
  two.numbers.set(number, FIRST);
  await sql(
    "UPDATE strike.pager_contacts c SET phone = $1 FROM strike.pager_regions r WHERE r.region_id = c.region_id AND r.osp_tenant = $2 AND c.position = 1",
    number, two.osp
  );
  const first = await one.callsOut('the first');
  await first.tasked();
  await first.ringing(FIRST);
  const second = await two.callsOut('the second');
  await second.tasked();
  await second.until('it waits for the line', async () => (await second.run()).waiting_for === (await first.attempts())[0].attempt_id);
  assert.deepStrictEqual(await second.attempts(), [], 'nobody is called instead');
  await first.pressing(FIRST, 1);
  await first.dispatched(FIRST);
  await second.ringing(FIRST);
  await second.pressing(FIRST, 1);
  await second.dispatched(FIRST);
  await Promise.all([first.nobodyElseWasCalled(), second.nobodyElseWasCalled()]);
});

test('one request sent ten times at once is one order, one task, one page', async (open) => {
  const noc = await open();
  const request = crypto.randomUUID();
  const order = await noc.callsOut('Fiber cut on Main St', { request });
  const again = await Promise.all(Array.from({ length: 10 }, () => noc.asks('Fiber cut on Main St', { request })));
  assert.deepStrictEqual([...new Set(again.map((row) => row.eco_id))], [order.ecoId]);
  await order.tasked();
  await order.ringing(FIRST);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});

test('an order that is rolled back was never called out', async (open) => {
  const noc = await open();
  const gone = new Error('rolled back');
  let id;
  await assert.rejects(transaction(async (ask) => {
    id = (await noc.asks('never', {}, ask)).eco_id;
    throw gone;
  }), gone);
  // a later one has gone all the way: nothing of the first was ahead of it
  const order = await noc.callsOut('Fiber cut on Main St');
  await order.tasked();
  await order.ringing(FIRST);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
  assert.strictEqual(Number(await value('SELECT count(*) FROM strike.events WHERE stream_id = $1', id)), 0);
  assert.deepStrictEqual(await sql('SELECT * FROM strike.eco_views WHERE eco_id = $1', id), []);
});

group('fifty orders, three people');
test('fifty orders need the same three people: one call at a time to each, several orders in one, nobody is skipped', async (open) => {
  const noc = await open({ scenario: 'pager-exhausted', speed: 40 });
  noc.announce('token 200');
  const orders = await Promise.all(FIFTY.map((i) => noc.callsOut(`Storm damage ${i}`)));
  await Promise.all(orders.map((order) => order.exhausted()));
  for (const order of orders) {
    const attempts = await order.attempts();
    assert.deepStrictEqual(attempts.map((one) => one.name).sort(), [...PEOPLE].sort(), 'everybody was asked once');
    assert(attempts.every((one) => one.state === 'DECLINED' && !one.possible_repeat));
    order.mayHear(...lookedAt);
    order.announce('task 201');
    order.mayHear(...PEOPLE.map((name) => `${name} CALLING 204`));
    for (const { name, call_of: shared } of attempts) order.announce(...(shared ? [] : [`call ${name} 201`]), `${name} DECLINED 200`);
    await order.nobodyElseWasCalled();
  }
  const attempts = (await Promise.all(orders.map((order) => order.attempts()))).flat();
  assert(attempts.some((one) => one.call_of !== null), 'who waits for the same telephone shares a call');
  await oneCallAtATime(orders);
});
