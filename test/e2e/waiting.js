// Who waits for a telephone: the contacts have minutes, so that nothing but the conversation moves on.
'use strict';
const assert = require('assert');
const { test } = require('./harness');
const { sql } = require('./server');
const { oneCallAtATime, lookedAt } = require('./lines');
const { any } = require('./transcript');
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

test('calls: the answer to the request is lost and he declines: he is heard out before the next order calls him', async (open) => {
  const noc = await open({ byHand: true, transport: 'calls' });
  noc.announce(any('token 200', 'call list 200'));
  const statuses = PEOPLE.flatMap((name) => ['queued', 'initiated', 'ringing', 'in-progress', 'completed'].map((status) => `${name} ${status} 204`));
  await noc.mock.control('faults', { provider: 'twilio', drop_response: 1 });
  const one = await noc.callsOut('the first');
  await one.tasked();
  await one.event(`PagerAttemptUpdatedEvent ${FIRST} UNKNOWN`);
  one.announce(`call ${FIRST} 201 (response dropped)`);
  await noc.mock.control('faults', {});
  await noc.mock.control('advance', { seconds: 0.3 });
  await one.event(`PagerAttemptUpdatedEvent ${FIRST} CALLING`);
  const two = await noc.callsOut('the second');
  for (const order of [one, two]) order.mayHear(...lookedAt, ...statuses);
  await two.tasked();
  const [his] = await one.attempts();
  await two.until('it waits for the line', async () => (await two.run()).waiting_for === his.attempt_id);
  await noc.mock.control('call', { attempt_id: his.attempt_id, action: '2' });
  one.announce(`${FIRST} hears 200`, `${FIRST} presses 2 200`);
  await one.event(`PagerAttemptUpdatedEvent ${FIRST} DECLINED`);
  const [declined] = await one.attempts();
  assert(declined.provider_sid && declined.line, 'his call is known by its reports, and his line is busy until it is over');
  assert.deepStrictEqual(await two.attempts(), [], 'nobody is called meanwhile');
  for (const [order, name] of [[two, FIRST], [one, SECOND]]) {
    await order.until(`${name} is called`, async () => {
      await noc.mock.control('advance', { seconds: 3 });
      return (await order.attempts()).some((attempt) => attempt.name === name && attempt.state === 'CALLING');
    });
    await noc.mock.control('call', { attempt_id: (await order.attempts()).pop().attempt_id, action: '1' });
    order.announce(`call ${name} 201`, `${name} hears 200`, `${name} presses 1 200`);
    await order.dispatched(name);
  }
  await oneCallAtATime([one, two]);
  await Promise.all([one.nobodyElseWasCalled(), two.nobodyElseWasCalled()]);
});

test('calls: canceled, and the provider refuses to end the call: his line is busy until it is over', async (open) => {
  const noc = await open({ byHand: true, transport: 'calls' });
  noc.announce('token 200');
  const statuses = PEOPLE.flatMap((name) => ['queued', 'initiated', 'ringing', 'in-progress', 'completed', 'canceled'].map((status) => `${name} ${status} 204`));
  const one = await noc.callsOut('the first');
  await one.tasked();
  one.announce(`call ${FIRST} 201`);
  await one.hears(`call ${FIRST} 201`);
  await noc.mock.control('advance', { seconds: 0.3 });
  await one.event(`PagerAttemptUpdatedEvent ${FIRST} CALLING`);
  const two = await noc.callsOut('the second');
  for (const order of [one, two]) order.mayHear(...lookedAt, ...statuses, `ask ${FIRST} 409`, `end ${FIRST} 409`);
  await two.tasked();
  const [his] = await one.attempts();
  await two.until('it waits for the line', async () => (await two.run()).waiting_for === his.attempt_id);
  await noc.mock.control('faults', { provider: 'twilio', error_rate: 1, status: 409 });
  await sql('SELECT strike.strike_cancel_eco($1, $2)', one.ecoId, 'false alarm');
  await one.hears(`end ${FIRST} 409`);
  await one.hears(`ask ${FIRST} 409`);
  assert.deepStrictEqual(await two.attempts(), [], 'nobody is called meanwhile');
  await noc.mock.control('faults', {});
  await one.hears(`end ${FIRST} 200`);
  two.announce(`call ${FIRST} 201`, `${FIRST} hears 200`, `${FIRST} presses 1 200`);
  await two.hears(`call ${FIRST} 201`);
  await noc.mock.control('advance', { seconds: 0.3 });
  await two.event(`PagerAttemptUpdatedEvent ${FIRST} CALLING`);
  await noc.mock.control('call', { attempt_id: (await two.attempts())[0].attempt_id, action: '1' });
  await two.dispatched(FIRST);
  await oneCallAtATime([one, two]);
  await Promise.all([one.nobodyElseWasCalled(), two.nobodyElseWasCalled()]);
});

test('one call for two orders, one is canceled while he is told of the other, and no report comes through: the key for it is found all the same', async (open) => {
  const noc = await open({ byHand: true, regions: [[FIRST]] });
  noc.announce('token 200');
  const held = await noc.callsOut('the first');
  await held.tasked();
  await held.ringing(FIRST);
  await held.pressing(FIRST, 1);
  await held.dispatched(FIRST);
  await held.quiet();
  // he goes on speaking until both others wait for him
  const [{ attempt_id: spoken }] = await held.attempts();
  const [number] = [...noc.numbers.keys()];
  await sql('UPDATE strike.pager_attempts SET line = $2 WHERE attempt_id = $1', spoken, number);
  const [one, two] = [await noc.callsOut('Storm damage 1'), await noc.callsOut('Storm damage 2')];
  for (const order of [one, two]) {
    order.mayHear(...lookedAt, ...['CALLING', 'ACCEPTED'].map((event) => `${FIRST} ${event} (lost on the way)`));
    await order.tasked();
    await order.until('it waits', async () => (await order.run()).waiting_line !== null);
  }
  await noc.mock.control('faults', { provider: 'twilio', lose_callbacks: 1 });
  await sql('UPDATE strike.pager_attempts SET line = NULL WHERE attempt_id = $1', spoken);
  await sql("UPDATE strike.pager_process_state SET deadline_at = strike.strike_now(), version = version + 1 WHERE run_id = $1 AND status <> 'COMPLETED'", (await one.run()).run_id);
  one.announce(`call ${FIRST} 201`);
  await two.until('both are in one call', async () => (await two.attempts()).some((attempt) => attempt.call_of !== null && attempt.provider_sid !== null));
  const [{ attempt_id: carrier }] = await one.attempts();
  const asked = (n) => one.until(`he is asked about order ${n}`, async () => {
    await noc.mock.control('advance', { seconds: 1 });
    const [call] = (await noc.mock.eco(one.subsector)).calls;
    return call.asking && call.hears.includes(`Storm damage ${n}`);
  });
  await noc.mock.control('advance', { seconds: 0.3 });
  await noc.mock.control('call', { attempt_id: carrier, action: 'answer' });
  await asked(1);
  await sql('SELECT strike.strike_cancel_eco($1, $2)', two.ecoId, 'false alarm');
  await noc.mock.control('call', { attempt_id: carrier, action: '1' });
  await asked(2);
  await noc.mock.control('call', { attempt_id: carrier, action: '1' });
  await one.dispatched(FIRST);
  await two.event(`PagerAttemptUpdatedEvent ${FIRST} STOOD_DOWN`);
  await Promise.all([one.nobodyElseWasCalled(), two.nobodyElseWasCalled()]);
});
