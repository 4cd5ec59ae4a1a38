// The seven scenarios, each against the whole chain.
'use strict';
const assert = require('assert');
const { test } = require('./harness');
const { sql } = require('./server');
const { any } = require('./transcript');
const { PEOPLE } = require('./world');

const CREATED = ['ECOCreatedEvent', 'RenderIntegrationStatusUpdatedEvent PENDING > TASKED', `PagerRunStartedEvent 1: ${PEOPLE.join(', ')}`];
const calls = (name, ...states) => states.map((state) => `PagerAttemptUpdatedEvent ${name} ${state}`);
const ACCEPTED_BY = (name) => [`PagerRunCompletedEvent DISPATCHED ${name}`, 'RenderIntegrationStatusUpdatedEvent TASKED > DISPATCHED'];
const NOBODY = ['PagerRunCompletedEvent EXHAUSTED nobody'];

async function called(order, expected) {
  assert.deepStrictEqual((await order.attempts()).map((a) => `${a.name} ${a.state}`), expected);
  assert((await order.attempts()).every((a) => a.requests === 1 && !a.possible_repeat));
}

async function happyPath(order) {
  await order.tasked();
  await order.ringing('J. Reyes');
  await order.pressing('J. Reyes', 1);
  await order.dispatched('J. Reyes');
  await called(order, ['J. Reyes ACCEPTED']);
  assert.deepStrictEqual(await order.events(), [...CREATED, ...calls('J. Reyes', 'INTENT', 'CALLING', 'ACCEPTED'), ...ACCEPTED_BY('J. Reyes')]);
  await order.nobodyElseWasCalled();
}

async function renderFails(order) {
  order.announce('task 500', any('task list 200', 'task 500')); // asked after, then tried again
  await order.unreachable();
  assert.deepStrictEqual(await order.events(), ['ECOCreatedEvent', 'RenderIntegrationStatusUpdatedEvent PENDING > FAILED']);
  const [, failed] = await order.storedEvents();
  assert.match(failed.payload.error, /^the work system has trouble of its own \(HTTP 500\)/);
  await order.quiet();
}

async function pagerDeclined(order) {
  await order.tasked();
  await order.ringing('J. Reyes');
  await order.pressing('J. Reyes', 2);
  for (const name of ['A. Ortiz', 'M. Chan']) {
    await order.ringing(name);
    await order.notAnswering(name);
  }
  await order.exhausted();
  await called(order, ['J. Reyes DECLINED', 'A. Ortiz NO_ANSWER', 'M. Chan NO_ANSWER']);
  assert.deepStrictEqual(await order.events(), [
    ...CREATED,
    ...calls('J. Reyes', 'INTENT', 'CALLING', 'DECLINED'),
    ...calls('A. Ortiz', 'INTENT', 'CALLING', 'NO_ANSWER'),
    ...calls('M. Chan', 'INTENT', 'CALLING', 'NO_ANSWER'),
    ...NOBODY,
  ]);
  await order.nobodyElseWasCalled();
}

async function everybody(order, does, state) {
  await order.tasked();
  for (const name of PEOPLE) {
    await order.ringing(name);
    await does(name);
  }
  await order.exhausted();
  await called(order, PEOPLE.map((name) => `${name} ${state}`));
  assert.deepStrictEqual(await order.events(), [...CREATED, ...PEOPLE.flatMap((name) => calls(name, 'INTENT', 'CALLING', state)), ...NOBODY]);
  await order.nobodyElseWasCalled();
}

const pagerExhausted = (order) => everybody(order, (name) => order.pressing(name, 2), 'DECLINED');
const pagerTimeout = (order) => everybody(order, (name) => order.notAnswering(name), 'NO_ANSWER');

async function secondAccepts(order) {
  const [first, second] = PEOPLE;
  await order.tasked();
  await order.ringing(first);
  await order.pressing(first, 2);
  await order.ringing(second);
  await order.pressing(second, 1);
  await order.dispatched(second);
  await called(order, [`${first} DECLINED`, `${second} ACCEPTED`]);
  await order.nobodyElseWasCalled();
}

test('happy-path: the task is made, the first contact says yes, nobody else is called', async (open) => {
  const noc = await open();
  const order = await noc.callsOut('Fiber cut on Main St');
  await happyPath(order);
  assert.deepStrictEqual(await order.summaries(), [
    `order ${order.jobId} created for ${noc.name}: Fiber cut on Main St`,
    `task made in ${noc.name}'s work system`,
    'page started: 3 on the list of Region 0',
    'calling J. Reyes',
    "J. Reyes's telephone rings",
    'J. Reyes pressed 1: accepted',
    'page done: J. Reyes is coming',
    `${noc.name} dispatched`,
  ]);
  const timeline = await sql('SELECT * FROM strike.strike_eco_timeline($1)', order.ecoId);
  assert(timeline.every((row, i) => i === 0 || row.at >= timeline[i - 1].at), 'in order of time');
  assert.deepStrictEqual([...new Set(timeline.map((row) => row.source))], ['order', 'page 1']);
  const [attempt] = await order.attempts();
  assert.deepStrictEqual(timeline.map((row) => row.actor), [
    'postgres', 'strike:render', 'strike:outbox', 'strike:pager', 'strike:pager',
    `contact:${attempt.contact_ref}`, `contact:${attempt.contact_ref}`, 'strike:outbox',
  ]);
});

test('render-fails: FAILED with a reason, nobody is called; a retry after the repair dispatches', async (open) => {
  const noc = await open({ scenario: 'render-fails' });
  const order = await noc.callsOut('Pole down on 5th');
  noc.announce('token 200');
  await renderFails(order);
  await noc.mock.control('scenario', { scenario: 'happy-path', subsector: order.subsector });
  await sql('SELECT strike.strike_retry_render($1, $2)', order.ecoId, 'the work system is back');
  await order.event('RenderIntegrationStatusUpdatedEvent FAILED > PENDING');
  await order.tasked();
  await order.ringing('J. Reyes');
  await order.pressing('J. Reyes', 1);
  await order.dispatched('J. Reyes');
  const handed = (await order.storedEvents()).filter((one) => one.event_type === 'RenderIntegrationStatusUpdatedEvent');
  assert.strictEqual(new Set(handed.map((one) => one.payload.render_instance)).size, 1, 'each step names the work system');
  assert(handed[0].payload.render_instance);
  assert.deepStrictEqual(await order.events(), [
    'ECOCreatedEvent',
    'RenderIntegrationStatusUpdatedEvent PENDING > FAILED',
    'RenderIntegrationStatusUpdatedEvent FAILED > PENDING',
    ...CREATED.slice(1),
    ...calls('J. Reyes', 'INTENT', 'CALLING', 'ACCEPTED'),
    ...ACCEPTED_BY('J. Reyes'),
  ]);
  await order.nobodyElseWasCalled();
});

test('pager-declined: the first says no, the others do not answer, the NOC is told', async (open) => {
  const noc = await open({ scenario: 'pager-declined' });
  await pagerDeclined(await noc.callsOut('Cabinet hit by a truck'));
});

test('pager-exhausted: everybody says no, each was asked once, the NOC is told', async (open) => {
  const noc = await open({ scenario: 'pager-exhausted' });
  await pagerExhausted(await noc.callsOut('Fiber cut on Main St'));
});

test('pager-timeout: nobody answers, each was rung once, the NOC is told', async (open) => {
  const noc = await open({ scenario: 'pager-timeout' });
  await pagerTimeout(await noc.callsOut('Fiber cut on Main St'));
});

test('slow-render: one task however slow the work system answers, then a normal page', async (open) => {
  const noc = await open({ scenario: 'slow-render', speed: 5 });
  await happyPath(await noc.callsOut('Fiber cut on Main St'));
});

test('second-accepts: the first says no, the second yes, the third is left alone', async (open) => {
  const noc = await open({ scenario: 'second-accepts' });
  await secondAccepts(await noc.callsOut('Fiber cut on Main St'));
});

test('seven orders at once, each with its own scenario and people, do not disturb each other', async (open) => {
  const plays = {
    'happy-path': happyPath,
    'render-fails': renderFails,
    'pager-declined': pagerDeclined,
    'pager-exhausted': pagerExhausted,
    'pager-timeout': pagerTimeout,
    'slow-render': happyPath,
    'second-accepts': secondAccepts,
  };
  const names = Object.keys(plays);
  const noc = await open({ regions: names.map(() => PEOPLE) });
  noc.announce('token 200');
  await Promise.all(names.map(async (scenario, region) => plays[scenario](await noc.callsOut(`A ${scenario} order`, { region, scenario }))));
});
