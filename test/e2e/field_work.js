// The field work after the page, on the virtual clock: looked at, completed, observed, closed.
'use strict';
const assert = require('assert');
const { group, test } = require('./harness');
const { sql, value, reset } = require('./server');
const { any } = require('./transcript');
const { PEOPLE } = require('./world');

const [FIRST, SECOND] = PEOPLE;
const technician = (order, what) => order.mock.control('task', { subsector: order.subsector, ...what });
const status = (order, wanted) => order.until(`the order is ${wanted}`, async () => (await order.view()).status === wanted);
const seen = (order, text) => order.until(`the timeline says ${text}`, async () => (await order.summaries()).some((line) => line.includes(text)));
const advance = (interval) => sql(`SELECT strike.strike_clock_advance('${interval}')`);
// Time goes on, minute by minute, until the look has shown it.
const look = async (order, condition) => {
  await order.until('a look at the field work', async () => {
    await advance('30 seconds');
    return condition();
  });
};

async function dispatchedOrder(open) {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  noc.announce(any('token 200'));
  await order.tasked();
  await order.ringing(FIRST);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  order.announce(any('task list 200'));
  order.watched = true;
  return order;
}

// One after the other: the clock is everybody's.
async function virtualClock() {
  if ((await value('SHOW strike.virtual_clock')) !== 'on') await reset({ 'strike.virtual_clock': 'on', 'strike.poll_interval': '60s' });
}

group('from dispatch to hard complete', virtualClock);
test('from dispatch to hard complete: work, late clone, completion, grace, close', async (open) => {
  const order = await dispatchedOrder(open);
  const [own] = (await order.mock.eco(order.subsector)).tasks;
  await look(order, async () => (await order.view()).task_count === 1);
  assert.strictEqual((await order.view()).display_status, 'Pending');
  assert.strictEqual((await order.events()).includes('TaskChangedEvent'), false, 'the first look makes no noise');

  await technician(order, { status: 'allocated' });
  await look(order, async () => (await order.view()).display_status === 'Assigned');
  await technician(order, { status: 'released', assignee: 'R. Field' });
  await look(order, async () => (await order.view()).status === 'IN_PROGRESS');
  assert.strictEqual((await order.view()).phase, 'in progress: 0 of 1 tasks complete');

  await technician(order, { project_task_id: own.projectTaskId, clone: true });
  await look(order, async () => (await order.view()).task_count === 2);
  assert((await order.events()).includes('LateCloneDetectedEvent'));
  await technician(order, { project_task_id: own.projectTaskId, status: 'completed' });
  await look(order, async () => (await order.view()).completed_count === 1);
  assert.strictEqual((await order.view()).status, 'IN_PROGRESS');

  const clone = (await order.mock.eco(order.subsector)).tasks.find((task) => task.projectTaskId !== own.projectTaskId);
  await technician(order, { project_task_id: clone.projectTaskId, status: 'completed' });
  await look(order, async () => (await order.view()).status === 'COMPLETED');
  const before = await order.view();
  assert(before.grace_until > before.completed_at);
  assert.match(before.phase, /^done, under observation until \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);

  // new work in the grace period brings it back
  await technician(order, { project_task_id: clone.projectTaskId, clone: true });
  await look(order, async () => (await order.view()).status === 'IN_PROGRESS');
  assert.strictEqual((await order.view()).phase, 'back in progress: new work found');
  const third = (await order.mock.eco(order.subsector)).tasks[2];
  await technician(order, { project_task_id: third.projectTaskId, status: 'completed' });
  await look(order, async () => (await order.view()).status === 'COMPLETED');

  await advance('25 hours'); // a look that was asked for before doesn't close it
  await look(order, async () => (await order.view()).status === 'HARD_COMPLETE');
  await seen(order, 'closed');
  assert.strictEqual((await order.view()).phase, 'closed');
  assert.strictEqual((await order.render()).next_poll_at, null);
  const text = JSON.stringify((await order.storedEvents()).map((event) => event.payload));
  assert(!text.includes('R. Field'), 'who works the task stands in no event');
  assert.strictEqual(await value("SELECT count(*) FROM strike.contact_refs WHERE name = 'R. Field'"), '1');
});

group('nothing new', virtualClock);
test('a look that finds nothing writes no event', async (open) => {
  const order = await dispatchedOrder(open);
  await look(order, async () => (await order.view()).task_count === 1);
  const events = await order.events();
  const asked = async () => (await order.world.heard()).get(order.subsector).filter((entry) => entry.line === 'task list 200').length;
  const count = await asked();
  await look(order, async () => (await asked()) >= count + 3);
  assert.deepStrictEqual(await order.events(), events);
});

group('a task vanishes', virtualClock);
test('a task that vanishes is an event, and never completed; one that comes back is one, too', async (open) => {
  const order = await dispatchedOrder(open);
  const [own] = (await order.mock.eco(order.subsector)).tasks;
  await look(order, async () => (await order.view()).task_count === 1);
  await technician(order, { project_task_id: own.projectTaskId, clone: true });
  await look(order, async () => (await order.view()).task_count === 2);
  const clone = (await order.mock.eco(order.subsector)).tasks[1];
  await technician(order, { project_task_id: clone.projectTaskId, delete: true });
  await technician(order, { project_task_id: own.projectTaskId, status: 'completed' });
  await look(order, async () => (await order.events()).includes('TaskVanishedEvent') && (await order.view()).completed_count === 1);
  assert.strictEqual((await order.view()).status, 'IN_PROGRESS');
});

group('Render is away', virtualClock);
test('Render is away: the looks fail, are counted, and go on afterwards', async (open) => {
  const order = await dispatchedOrder(open);
  await order.mock.control('faults', { status: 503, error_rate: 1, provider: 'render' });
  order.announce(any('task list 503', 'task list 200'));
  await look(order, async () => (await order.render()).poll_failures >= 2);
  await order.mock.control('faults', {});
  await look(order, async () => (await order.render()).poll_failures === 0 && (await order.view()).task_count === 1);
});

group('nobody has accepted', () => reset({ 'strike.virtual_clock': 'on', 'strike.poll_interval': '60s', 'strike.pager_deadline': '5min' }));
test('nobody has accepted: the work is followed all the same, also while the list is called again', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  for (const name of PEOPLE) {
    await order.ringing(name);
    await order.notAnswering(name);
  }
  await order.exhausted();
  order.mayHear('task list 200');
  order.watched = true;
  await look(order, async () => (await order.view()).task_count === 1);
  assert.strictEqual((await order.view()).needs_attention, true, 'still nobody is on his way');
  await technician(order, { status: 'allocated' });
  await look(order, async () => (await order.view()).display_status === 'Assigned');

  await sql("SELECT strike.strike_repage($1, 'they must be awake by now')", order.ecoId);
  await order.ringing(FIRST);
  await technician(order, { status: 'released', assignee: 'R. Field' });
  await advance('61 seconds'); // the contact has five minutes
  await status(order, 'IN_PROGRESS');
  await order.pressing(FIRST, 1);
  await order.until('it is dispatched', async () => (await order.view()).render_status === 'DISPATCHED');
  const view = await order.view();
  assert.deepStrictEqual([view.status, view.accepted_by, view.needs_attention], ['IN_PROGRESS', FIRST, false]);
  const [own] = (await order.mock.eco(order.subsector)).tasks;
  await technician(order, { project_task_id: own.projectTaskId, status: 'completed' });
  await look(order, async () => (await order.view()).status === 'COMPLETED');
  await advance('25 hours'); // a look that was asked for before doesn't close it
  await look(order, async () => (await order.view()).status === 'HARD_COMPLETE');
});

group('the work is done meanwhile', () => reset({ 'strike.virtual_clock': 'on', 'strike.poll_interval': '60s', 'strike.pager_deadline': '5min' }));
test('the work is done while the list is called again: the call ends, nobody else is called', async (open) => {
  const noc = await open({ byHand: true, regions: [[FIRST, SECOND]] });
  const order = await noc.callsOut();
  await order.tasked();
  for (const name of [FIRST, SECOND]) {
    await order.ringing(name);
    await order.notAnswering(name);
  }
  await order.exhausted();
  order.mayHear('task list 200');
  order.watched = true;
  await sql("SELECT strike.strike_repage($1, 'they must be awake by now')", order.ecoId);
  await order.hears(`call ${FIRST} 201`, 2);
  await noc.mock.control('advance', { seconds: 0.2 });
  order.announce(`call ${FIRST} 201`, `${FIRST} CALLING 204`);
  await order.until('it rings', async () => (await order.attempts())[2]?.state === 'CALLING');
  await technician(order, { status: 'completed' });
  order.announce(`end ${FIRST} 200`, `context ${FIRST} 200`);
  await advance('61 seconds'); // the contact has five minutes
  await status(order, 'COMPLETED');
  await order.event('PagerRunCompletedEvent CANCELED nobody');
  await order.until('the call is ended', async () => (await order.attempts())[2].state === 'CANCELED');
  await order.nobodyElseWasCalled();
});

module.exports = { technician, look };
