// One order's 28 hours on the virtual clock: what happens when, and what the order is then, row by
// row.  The server, its workers and the two services are real; only time is told to pass.
'use strict';
const assert = require('assert');
const { group, test } = require('./harness');
const { sql, value, transaction, reset } = require('./server');
const { any } = require('./transcript');
const { PEOPLE } = require('./world');
const { technician, look } = require('./field_work');

const [FIRST, SECOND] = PEOPLE;
const MINUTE = 60;
const HOUR = 60 * MINUTE;

// [seconds since the order was created, what happened then, the order's status from then on]
const LIFE = [
  [0, 'ECOCreatedEvent', 'OPEN'],
  [1 * MINUTE, 'RenderIntegrationStatusUpdatedEvent TASKED', 'OPEN'],
  [1 * MINUTE, 'PagerRunStartedEvent', 'OPEN'],
  [1 * MINUTE, `PagerAttemptUpdatedEvent ${FIRST} CALLING`, 'OPEN'],
  [3 * MINUTE, `PagerAttemptUpdatedEvent ${FIRST} NO_ANSWER`, 'OPEN'],
  [3 * MINUTE, `PagerAttemptUpdatedEvent ${SECOND} CALLING`, 'OPEN'],
  [5 * MINUTE, `PagerAttemptUpdatedEvent ${SECOND} ACCEPTED`, 'OPEN'],
  [5 * MINUTE, 'RenderIntegrationStatusUpdatedEvent DISPATCHED', 'OPEN'],
  [5 * MINUTE, 'TasksObservedEvent', 'OPEN'],
  [10 * MINUTE, 'TaskChangedEvent released', 'OPEN'],
  [10 * MINUTE, 'StatusUpdatedEvent IN_PROGRESS', 'IN_PROGRESS'],
  [30 * MINUTE, 'TaskChangedEvent description', 'IN_PROGRESS'],
  [35 * MINUTE, 'LateCloneDetectedEvent', 'IN_PROGRESS'],
  [2 * HOUR, 'TaskChangedEvent completed', 'IN_PROGRESS'],
  [4 * HOUR, 'TaskChangedEvent completed', 'IN_PROGRESS'],
  [4 * HOUR, 'StatusUpdatedEvent COMPLETED', 'COMPLETED'],
  [28 * HOUR, 'StatusUpdatedEvent HARD_COMPLETE', 'HARD_COMPLETE'],
];
const UNSEEN = ['INTENT', 'SENT', 'ANSWERED']; // steps of an attempt between the rows

// The rows as the database tells them: an event belongs to the last row's time that it isn't before.
async function told(order) {
  const events = await order.storedEvents();
  const people = await order.people();
  const birth = new Date(events[0].occurred_at).getTime();
  const times = [...new Set(LIFE.map(([at]) => at))].reverse();
  const rows = [];
  for (const { event_type: type, payload, occurred_at: occurred, stream_id: stream, version } of events) {
    if (type === 'PagerRunCompletedEvent' || (type === 'PagerAttemptUpdatedEvent' && UNSEEN.includes(payload.state))) continue;
    const seconds = (new Date(occurred).getTime() - birth) / 1000;
    const person = payload.contact_ref ? people.get(payload.contact_ref).name : '';
    const change = type !== 'TaskChangedEvent' || payload.changed.status ? payload.to : Object.keys(payload.changed).join(', ');
    const state = await value("SELECT strike.strike_eco_state($1, occurred_at)->>'status' FROM strike.events WHERE stream_id = $2 AND version = $3", order.ecoId, stream, version);
    rows.push([times.find((at) => at <= seconds), [type, person, payload.state || change].filter(Boolean).join(' '), state]);
  }
  return rows;
}

// so much time for a contact that the second one's yes comes five minutes after the order
group('28 hours', () => reset({ 'strike.virtual_clock': 'on', 'strike.poll_interval': '60s', 'strike.pager_deadline': '5min' }));
test('28 hours: the whole life of an order, row by row', async (open) => {
  const noc = await open({ byHand: true });
  let at = 0;
  const begun = Number(await value('SELECT extract(epoch FROM strike.strike_now())'));
  // Until the clock shows that time of the order's life.
  const passUntil = async (seconds, ask = sql) => {
    at = Number((await ask('SELECT extract(epoch FROM strike.strike_now()) AS now'))[0].now) - begun;
    if (seconds > at) await ask('SELECT strike.strike_clock_advance(make_interval(secs => $1))', seconds - at);
  };
  // the operator's transaction takes a minute: Strike knows nothing before it's committed
  const order = await transaction(async (ask) => {
    const mine = await noc.callsOutIn(ask);
    await passUntil(1 * MINUTE + 1, ask);
    return mine;
  });
  await order.tasked();
  await order.ringing(FIRST);
  await passUntil(3 * MINUTE + 1);
  await order.notAnswering(FIRST);
  await order.ringing(SECOND);
  await passUntil(5 * MINUTE + 1);
  await order.pressing(SECOND, 1);
  await order.dispatched(SECOND);
  order.announce(any('task list 200'));
  order.watched = true;
  const [own] = (await order.mock.eco(order.subsector)).tasks;
  await look(order, async () => (await order.view()).task_count === 1);

  await passUntil(10 * MINUTE);
  await technician(order, { status: 'released', assignee: 'R. Field' });
  await look(order, async () => (await order.view()).status === 'IN_PROGRESS');
  await passUntil(30 * MINUTE);
  await technician(order, { description: 'Fiber cut at the north handhole, 24 strands' });
  await look(order, async () => (await order.events()).filter((one) => one === 'TaskChangedEvent').length === 2);
  await passUntil(35 * MINUTE);
  await technician(order, { project_task_id: own.projectTaskId, clone: true });
  await look(order, async () => (await order.view()).task_count === 2);
  await passUntil(2 * HOUR);
  await technician(order, { project_task_id: own.projectTaskId, status: 'completed' });
  await look(order, async () => (await order.view()).completed_count === 1);
  await passUntil(4 * HOUR);
  const clone = (await order.mock.eco(order.subsector)).tasks.find((task) => task.projectTaskId !== own.projectTaskId);
  await technician(order, { project_task_id: clone.projectTaskId, status: 'completed' });
  await look(order, async () => (await order.view()).status === 'COMPLETED');
  const { completed_at: completed, grace_until: until } = await order.view();
  // decided a moment before its event is written
  assert.strictEqual(Math.round((new Date(until) - new Date(completed)) / (HOUR * 1000)), 24);
  await passUntil(27 * HOUR); // it is looked at all the time, and stays
  const looks = async () => (await noc.heard()).get(order.subsector).filter((one) => one.line === 'task list 200').length;
  const before = await looks();
  await look(order, async () => (await looks()) > before);
  assert.strictEqual((await order.view()).status, 'COMPLETED');
  await passUntil(28 * HOUR);
  await look(order, async () => (await order.view()).status === 'HARD_COMPLETE');

  assert.deepStrictEqual(await told(order), LIFE);
  // nobody looks any more
  assert.strictEqual((await order.render()).next_poll_at, null);
  const last = await looks();
  await sql("SELECT strike.strike_clock_advance('2 days')");
  await order.nobodyElseWasCalled();
  assert.strictEqual(await looks(), last);
});
