// Many orders at once.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const { test, group } = require('./harness');
const { sql, transaction, value } = require('./server');
const { oneCallAtATime, lookedAt } = require('./lines');
const { PEOPLE } = require('./world');

const [FIRST, SECOND] = PEOPLE;
const FIFTY = Array.from({ length: 50 }, (_, i) => i);

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
