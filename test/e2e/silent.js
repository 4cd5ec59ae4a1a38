// No webhooks at all: strike.public_url isn't set, and asking alone finishes a page.
'use strict';
const assert = require('assert');
const { test } = require('./harness');
const { any } = require('./transcript');
const { PEOPLE } = require('./world');

const [FIRST, SECOND] = PEOPLE;

test('without webhooks: the first says no, the second yes, and asking finds both', async (open) => {
  const noc = await open({ scenario: 'second-accepts' });
  const order = await noc.callsOut();
  await order.tasked();
  await order.dispatched(SECOND);
  assert.deepStrictEqual((await order.attempts()).map((one) => `${one.name} ${one.state}`), [`${FIRST} DECLINED`, `${SECOND} ACCEPTED`]);
  order.announce(`call ${FIRST} 201`, `call ${SECOND} 201`);
  await order.nobodyElseWasCalled();
});

test('without webhooks, by TwiML: who is called is told to ring the NOC, and the NOC is told that nobody could answer', async (open) => {
  const noc = await open({ transport: 'calls', regions: [[FIRST]] });
  const order = await noc.callsOut();
  await order.tasked();
  await order.exhausted();
  const [call] = (await noc.mock.journal()).filter((entry) => entry.method === 'POST' && /Calls\.json$/.test(entry.path));
  assert.match(new URLSearchParams(call.body).get('Twiml'), /<Say>NOC: ECO \d+ - Fiber cut on Main Street<\/Say>.*call the NOC/s);
  noc.announce(`call ${FIRST} 201`, any(`ask ${FIRST} 200`, `end ${FIRST} 200`));
  order.verified = true; // the call names no attempt: it has no URL
});
