// The server, or one of its workers, dies in the middle of it.
'use strict';
const assert = require('assert');
const { group, test, until } = require('./harness');
const { sql, restart, workers, gateway } = require('./server');
const { any, some } = require('./transcript');
const { PEOPLE } = require('./world');

const FIRST = PEOPLE[0];
const backAgain = () => until('the gateway reaches the database', async () => (await fetch(`${gateway.url}/healthz`)).status === 200);

async function crash() {
  await restart('immediate');
  await workers();
  await backAgain();
}

async function kill(role) {
  const before = (await workers())[role];
  process.kill(before, 'SIGKILL');
  await until(`another ${role} worker`, async () => {
    const rows = await sql('SELECT pid FROM strike.workers WHERE worker = $1', role);
    return rows.length === 1 && rows[0].pid !== null && rows[0].pid !== before;
  });
  await workers();
  await backAgain();
}

// While the telephone rings; then the first contact says yes, and nobody else was called.
async function whileItRings(open, disaster) {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  await disaster();
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  assert.deepStrictEqual((await order.attempts()).map((a) => `${a.name} ${a.state} ${a.requests}`), [`${FIRST} ACCEPTED 1`]);
  await order.nobodyElseWasCalled();
}

group('the server crashes while the telephone rings');
test('the page completes after an immediate restart, and nobody is called twice', (open) => whileItRings(open, crash));

for (const role of ['outbox', 'render', 'pager']) {
  group(`kill -9 of the ${role} worker`);
  test(`the page completes after a kill -9 of the ${role} worker, and nobody is called twice`, (open) => whileItRings(open, () => kill(role)));
}

group('a crash at the very beginning');
test('an order that was committed a moment before a crash is dispatched', async (open) => {
  const noc = await open();
  const order = await noc.callsOut();
  await restart('immediate');
  await workers();
  noc.announce(some('token 200'));
  order.announce(any('task 201', 'task list 200', `call ${FIRST} 201`, `call ${FIRST} 409`, `context ${FIRST} 200`, `ask ${FIRST} 200`, `${FIRST} CALLING 204`, `${FIRST} ACCEPTED 204`, `${FIRST} CALLING 503`, `${FIRST} ACCEPTED 503`));
  await order.dispatched(FIRST);
  const lines = (await noc.heard()).get(order.subsector).map((entry) => entry.line);
  assert.strictEqual(lines.filter((line) => line === 'task 201').length, 1);
  assert.strictEqual(lines.filter((line) => /^call .* 201$/.test(line)).length, 1);
  await order.nobodyElseWasCalled();
});

group('a crash while Render works');
test('the task that Render made meanwhile is found, not made twice', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.hears('task 201');
  await crash();
  noc.announce('token 200', 'token 200');
  order.announce('task 201', some('task list 200'));
  await order.event('RenderIntegrationStatusUpdatedEvent PENDING > TASKED');
  await order.ringing(FIRST);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});
