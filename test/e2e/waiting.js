// Who waits for a telephone: the contacts have minutes, so that nothing but the conversation moves on.
'use strict';
const assert = require('assert');
const { test } = require('./harness');
const { sql } = require('./server');
const { oneCallAtATime, lookedAt } = require('./lines');
const { PEOPLE } = require('./world');

const [FIRST, SECOND] = PEOPLE;

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
  for (const order of [first, second]) order.mayHear(...lookedAt);
  await second.until('it waits for the line', async () => (await second.run()).waiting_for === (await first.attempts())[0].attempt_id);
  assert.deepStrictEqual(await second.attempts(), [], 'nobody is called instead');
  await first.pressing(FIRST, 1);
  await first.dispatched(FIRST);
  await second.ringing(FIRST);
  await second.pressing(FIRST, 1);
  await second.dispatched(FIRST);
  await Promise.all([first.nobodyElseWasCalled(), second.nobodyElseWasCalled()]);
});
