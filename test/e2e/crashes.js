// The server, or one of its processes, dies in the middle: every page completes, nobody is called
// twice, no task is made twice.
'use strict';
const assert = require('assert');
const { group } = require('./harness');
const { reset } = require('./server');
const { any, together } = require('./transcript');
const { Disaster, immediateRestart, killOf } = require('./disaster');
const { PEOPLE } = require('./world');

const [FIRST, SECOND] = PEOPLE;

async function calledOnce(order, ...expected) {
  assert.deepStrictEqual((await order.attempts()).map((a) => `${a.name} ${a.state} ${a.requests} ${a.possible_repeat}`), expected.map((one) => `${one} 1 false`));
  await order.nobodyElseWasCalled();
}

async function saysYes(order, name) {
  await order.pressing(name, 1);
  await order.dispatched(name);
}

function situations(disaster, what) {
  disaster.test(`${what} while the telephone rings: the page completes, one call`, async (open, strikes) => {
    const noc = await open({ byHand: true });
    const order = await noc.callsOut();
    await order.tasked();
    await order.ringing(FIRST);
    await strikes();
    await saysYes(order, FIRST);
    await calledOnce(order, `${FIRST} ACCEPTED`);
  });

  disaster.test(`${what} between the first one's no and the second one's yes: the page goes on`, async (open, strikes) => {
    const noc = await open({ byHand: true });
    const order = await noc.callsOut();
    await order.tasked();
    await order.ringing(FIRST);
    await order.pressing(FIRST, 2);
    await order.ringing(SECOND);
    await strikes();
    await saysYes(order, SECOND);
    await calledOnce(order, `${FIRST} DECLINED`, `${SECOND} ACCEPTED`);
  });

  disaster.test(`${what} while the task is being made: one task`, async (open, strikes) => {
    const noc = await open({ byHand: true });
    const order = await noc.callsOut();
    await order.hears('task 201'); // it is there, its answer is not
    await strikes();
    noc.announce('token 200', 'token 200');
    order.announce('task 201', 'task list 200');
    await order.event('RenderIntegrationStatusUpdatedEvent PENDING > TASKED');
    await order.ringing(FIRST);
    await saysYes(order, FIRST);
    await calledOnce(order, `${FIRST} ACCEPTED`);
  });

  disaster.test(`${what} while the call is being requested: it is adopted, one call`, async (open, strikes) => {
    const noc = await open({ byHand: true });
    await noc.mock.control('faults', { provider: 'twilio', latency_ms: 600000 });
    const order = await noc.callsOut();
    await order.tasked();
    await order.hears(`call ${FIRST} 201`);
    await strikes({ during: () => noc.mock.control('faults', {}) }); // the answer is late all the same
    await order.event(`PagerAttemptUpdatedEvent ${FIRST} UNKNOWN`);
    await order.until('the call is adopted', async () => (await order.attempts())[0].sent_at !== null);
    await noc.mock.control('advance', { seconds: 0.2 });
    noc.announce('call list 200');
    // whose is it? ours; is it over? no; it rings by itself if all that takes ten seconds
    order.announce(`call ${FIRST} 201`, together(`context ${FIRST} 200`, `ask ${FIRST} 200`, `context ${FIRST} 200`, `${FIRST} CALLING 204`));
    await order.event(`PagerAttemptUpdatedEvent ${FIRST} CALLING`);
    await saysYes(order, FIRST);
    await calledOnce(order, `${FIRST} ACCEPTED`);
  });

  disaster.test(`${what} as the key is pressed: the yes counts`, async (open, strikes) => {
    const noc = await open({ byHand: true });
    const order = await noc.callsOut();
    await order.tasked();
    await order.ringing(FIRST);
    const [{ attempt_id: id }] = await order.attempts();
    await strikes({ during: () => noc.mock.control('call', { attempt_id: id, action: '1' }) });
    // the gateway waits for the database, or says 503: then the provider is asked at the deadline
    order.announce(any(`${FIRST} ACCEPTED 200`, `${FIRST} ACCEPTED 503`, `ask ${FIRST} 200`, `context ${FIRST} 200`));
    await order.dispatched(FIRST);
    await calledOnce(order, `${FIRST} ACCEPTED`);
  });

  disaster.test(`${what} right after the order's commit: one task, one call`, async (open, strikes) => {
    const noc = await open();
    let order;
    await strikes({ before: async () => { order = await noc.callsOut(); } });
    await order.dispatched(FIRST);
    noc.announce(any('token 200', 'task list 200', 'call list 200')); // lists: of what may never have been sent
    order.announce(any('task list 200'), 'task 201', any('task list 200'), `call ${FIRST} 201`);
    order.announce(any(`context ${FIRST} 200`, `ask ${FIRST} 200`, `${FIRST} CALLING 204`, `${FIRST} CALLING 503`, `${FIRST} ACCEPTED 200`, `${FIRST} ACCEPTED 503`));
    await calledOnce(order, `${FIRST} ACCEPTED`);
  });
}

const disasters = {
  'an immediate restart': immediateRestart,
  'a kill -9 of the outbox worker': killOf('outbox'),
  'a kill -9 of the render worker': killOf('render'),
  'a kill -9 of the pager worker': killOf('pager'),
  'a kill -9 of the launcher': killOf('launcher'),
};
let first = true;
for (const [what, strike] of Object.entries(disasters)) {
  // patience enough for a recovery
  group(what, first ? () => reset({ 'strike.pager_deadline': '30s' }) : undefined);
  first = false;
  situations(new Disaster(strike), what);
}
