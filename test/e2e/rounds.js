// strike.pager_rounds is 2 here: the whole list is called once more before nobody said yes.
'use strict';
const assert = require('assert');
const { test } = require('./harness');
const { PEOPLE } = require('./world');

const [FIRST, SECOND] = PEOPLE;

async function silentRound(order) {
  for (const name of [FIRST, SECOND]) {
    await order.ringing(name);
    await order.notAnswering(name);
  }
  await order.event('PagerRoundStartedEvent');
}

// The second time that somebody's telephone rings.
async function ringsAgain(noc, order, name, attempts) {
  await order.hears(`call ${name} 201`, 2);
  await noc.mock.control('advance', { seconds: 0.2 });
  order.announce(`call ${name} 201`, `${name} CALLING 204`);
  await order.until(`${name} is called again`, async () => {
    const last = (await order.attempts())[attempts - 1];
    return last && last.name === name && last.state === 'CALLING' && last.claim === null;
  });
}

test('nobody answers in the first round, the first does in the second', async (open) => {
  const noc = await open({ byHand: true, regions: [[FIRST, SECOND]] });
  const order = await noc.callsOut();
  await order.tasked();
  await silentRound(order);
  assert.strictEqual((await order.view()).needs_attention, false, 'between the rounds nobody is alarmed');
  await ringsAgain(noc, order, FIRST, 3);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});

test('nobody answers in both rounds: exhausted after the second, with two calls each', async (open) => {
  const noc = await open({ byHand: true, regions: [[FIRST, SECOND]] });
  const order = await noc.callsOut();
  await order.tasked();
  await silentRound(order);
  for (const [i, name] of [FIRST, SECOND].entries()) {
    await ringsAgain(noc, order, name, 3 + i);
    await order.notAnswering(name);
    await order.until(`${name}'s second call is over`, async () => (await order.attempts())[2 + i].state === 'NO_ANSWER');
  }
  await order.exhausted();
  assert.strictEqual((await order.run()).round, 2);
  await order.nobodyElseWasCalled();
});
