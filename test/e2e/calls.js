// Accounts that page with the Calls API: TwiML is told, a key pressed, statuses reported.
'use strict';
const assert = require('assert');
const { test } = require('./harness');
const { sql, value, transaction } = require('./server');
const { any } = require('./transcript');
const { PEOPLE } = require('./world');

const [FIRST, SECOND] = PEOPLE;
const byCalls = (open, options = {}) => open({ transport: 'calls', ...options });

// What the provider reports along the way may come in any order, and some of it not at all.
const alongTheWay = PEOPLE.flatMap((name) => ['initiated', 'ringing', 'in-progress', 'completed'].map((status) => `${name} ${status} 204`));

async function states(order) {
  return (await order.attempts()).map((one) => `${one.name} ${one.state}`);
}

test('calls: the message is told, 1 is pressed, nobody else is called', async (open) => {
  const noc = await byCalls(open);
  const order = await noc.callsOut();
  await order.tasked();
  order.mayHear(...alongTheWay);
  order.announce(`call ${FIRST} 201`, `${FIRST} hears 200`, `${FIRST} presses 1 200`);
  await order.dispatched(FIRST);
  assert.deepStrictEqual(await states(order), [`${FIRST} ACCEPTED`]);
  await order.nobodyElseWasCalled();
});

test('calls: everybody says no, each was asked once, the NOC is told', async (open) => {
  const noc = await byCalls(open, { scenario: 'pager-exhausted' });
  const order = await noc.callsOut();
  await order.tasked();
  order.mayHear(...alongTheWay);
  order.announce(...PEOPLE.flatMap((name) => [`call ${name} 201`, `${name} hears 200`, `${name} presses 2 200`]));
  await order.exhausted();
  assert.deepStrictEqual(await states(order), PEOPLE.map((name) => `${name} DECLINED`));
  await order.nobodyElseWasCalled();
});

test('calls: nobody answers, each was rung once, the NOC is told', async (open) => {
  const noc = await byCalls(open, { scenario: 'pager-timeout' });
  const order = await noc.callsOut();
  await order.tasked();
  order.mayHear(...alongTheWay, ...PEOPLE.flatMap((name) => [`${name} no-answer 204`, `${name} canceled 204`, `end ${name} 200`]));
  order.announce(...PEOPLE.map((name) => `call ${name} 201`));
  await order.exhausted();
  assert((await order.attempts()).every((one) => ['NO_ANSWER', 'TIMEOUT'].includes(one.state)));
  await order.nobodyElseWasCalled();
});

test('calls: a machine answers: voicemail is no yes, the next one is called', async (open) => {
  const noc = await byCalls(open);
  await noc.mock.control('faults', { provider: 'twilio', voicemail_rate: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  order.mayHear(...alongTheWay, ...PEOPLE.flatMap((name) => [`${name} hears 200`, `${name} presses nothing 200`]));
  order.announce(...PEOPLE.map((name) => `call ${name} 201`));
  await order.exhausted();
  assert.deepStrictEqual(await states(order), PEOPLE.map((name) => `${name} VOICEMAIL`));
  await order.nobodyElseWasCalled();
});

test("calls: the answer to the request is lost: the call is found in the list, nobody is rung twice", async (open) => {
  const noc = await byCalls(open, { byHand: true });
  await noc.mock.control('faults', { provider: 'twilio', drop_response: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} UNKNOWN`);
  await noc.mock.control('faults', {});
  await order.until('the call is adopted', async () => (await order.attempts()).some((one) => one.sent_at !== null));
  noc.announce(any('call list 200')); // a status may tell before
  order.mayHear(...alongTheWay, `${FIRST} queued 204`);
  order.announce(`call ${FIRST} 201 (response dropped)`);
  await noc.mock.control('advance', { seconds: 0.3 });
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} CALLING`);
  order.announce(`${FIRST} hears 200`, `${FIRST} presses 1 200`);
  const [attempt] = await order.attempts();
  await noc.mock.control('call', { attempt_id: attempt.attempt_id, action: '1' });
  await order.until('it is accepted', async () => {
    await noc.mock.control('advance', { seconds: 5 });
    return (await order.attempts())[0].state === 'ACCEPTED';
  });
  await order.dispatched(FIRST);
  assert.strictEqual((await order.attempts())[0].possible_repeat, false);
  await order.nobodyElseWasCalled();
});

test('calls: the answer is lost, and the call is over before it is asked after: nobody is rung twice', async (open) => {
  const noc = await byCalls(open, { byHand: true });
  await noc.mock.control('faults', { provider: 'twilio', drop_response: 1, lose_callbacks: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  await order.hears(`call ${FIRST} 201 (response dropped)`);
  await noc.mock.control('advance', { seconds: 0.3 });
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} UNKNOWN`);
  const [attempt] = await order.attempts();
  await noc.mock.control('call', { attempt_id: attempt.attempt_id, action: 'hangup' });
  await noc.mock.control('advance', { seconds: 5 });
  await noc.mock.control('faults', {});
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} NO_ANSWER`);
  await order.until('the second is called', async () => (await order.attempts()).length === 2);
  const [his, hers] = await order.attempts();
  assert.deepStrictEqual([his.requests, his.possible_repeat], [1, false]);
  await noc.reports(`/twilio/gather/${hers.attempt_id}?subsector=${order.subsector}&try=1`, { CallSid: `CA${'0'.repeat(32)}`, Digits: '1' });
  await order.dispatched(SECOND);
  noc.announce(any('call list 200'));
  order.mayHear(...alongTheWay, ...['queued', 'initiated', 'ringing', 'no-answer'].map((status) => `${FIRST} ${status} (lost on the way)`));
  order.mayHear(`${SECOND} queued 204`, `${SECOND} hears 200`, `end ${SECOND} 200`, `${SECOND} canceled 204`, `${SECOND} no-answer 204`);
  order.announce(`call ${FIRST} 201 (response dropped)`, `call ${SECOND} 201`);
  await order.nobodyElseWasCalled();
});

test('calls: every status is lost: the key is heard all the same, and how a call went is found by asking', async (open) => {
  const noc = await byCalls(open, { scenario: 'second-accepts' });
  await noc.mock.control('faults', { provider: 'twilio', lose_callbacks: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  order.mayHear(...PEOPLE.flatMap((name) => ['initiated', 'ringing', 'in-progress', 'completed'].map((status) => `${name} ${status} (lost on the way)`)));
  order.mayHear(...PEOPLE.map((name) => `ask ${name} 200`)); // whether he still hears what became of his key
  order.announce(`call ${FIRST} 201`, `${FIRST} hears 200`, `${FIRST} presses 2 200`);
  order.announce(`call ${SECOND} 201`, `${SECOND} hears 200`, `${SECOND} presses 1 200`);
  await order.dispatched(SECOND);
  assert.deepStrictEqual(await states(order), [`${FIRST} DECLINED`, `${SECOND} ACCEPTED`]);
  await order.nobodyElseWasCalled();
});

test('calls: nobody answers and every status is lost: asking finds it out', async (open) => {
  const noc = await byCalls(open, { scenario: 'pager-timeout' });
  await noc.mock.control('faults', { provider: 'twilio', lose_callbacks: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  order.mayHear(...PEOPLE.flatMap((name) => ['initiated', 'ringing', 'no-answer', 'canceled'].map((status) => `${name} ${status} (lost on the way)`)));
  order.mayHear(...PEOPLE.map((name) => `end ${name} 200`));
  order.announce(...PEOPLE.map((name) => `call ${name} 201`));
  await order.exhausted();
  assert((await order.attempts()).every((one) => ['NO_ANSWER', 'TIMEOUT'].includes(one.state) && one.requests === 1));
  await order.nobodyElseWasCalled();
});

test('calls: one telephone, several orders: one call, each is answered by itself', async (open) => {
  const noc = await byCalls(open, { regions: [[FIRST]] });
  const hears = [...alongTheWay, `call ${FIRST} 201`, `${FIRST} hears 200`, `${FIRST} presses 1 200`];
  const held = await noc.callsOut('the first');
  held.mayHear(...hears);
  await held.tasked();
  await held.dispatched(FIRST);
  await held.quiet();
  // he goes on speaking until all the others wait for him
  const [{ attempt_id: spoken }] = await held.attempts();
  await sql('UPDATE strike.pager_attempts SET line = $2 WHERE attempt_id = $1', spoken, [...noc.numbers.keys()][0]);
  const others = [];
  for (const n of [2, 3, 4, 5]) others.push(await noc.callsOut(`Storm damage ${n}`));
  const all = [held, ...others];
  for (const order of others) {
    order.mayHear(...hears);
    await order.tasked();
    await order.until('it waits', async () => (await order.run()).waiting_line !== null);
  }
  await sql('UPDATE strike.pager_attempts SET line = NULL WHERE attempt_id = $1', spoken);
  await sql("UPDATE strike.pager_process_state SET deadline_at = strike.strike_now(), version = version + 1 WHERE run_id = $1 AND status <> 'COMPLETED'", (await others[0].run()).run_id);
  for (const order of others) await order.dispatched(FIRST);
  const attempts = (await Promise.all(all.map((order) => order.attempts()))).flat();
  assert.deepStrictEqual(attempts.map((one) => one.state), Array(5).fill('ACCEPTED'));
  assert.strictEqual(attempts.filter((one) => one.call_of !== null).length, 3, 'four orders share a call');
  const heard = [...(await noc.heard()).values()].flat().map((one) => one.line);
  assert.strictEqual(heard.filter((one) => one === `call ${FIRST} 201`).length, attempts.filter((one) => one.call_of === null).length);
  assert.strictEqual(heard.filter((one) => one === `${FIRST} presses 1 200`).length, 5, 'five keys for five orders');
  for (const order of all) await order.nobodyElseWasCalled();
});

test('calls: too late: the caller is told who was first, and stood down', async (open) => {
  const noc = await byCalls(open, { byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.until('it is called', async () => (await order.attempts()).length === 1);
  const [first] = await order.attempts();
  const gather = (id, digits) => noc.reports(`/twilio/gather/${id}?subsector=${order.subsector}&try=1`, { CallSid: `CA${'0'.repeat(32)}`, Digits: digits });
  let answer = await gather(first.attempt_id, '2');
  assert.match(answer.body, /You have declined ECO \d+\. Somebody else is called\./);
  await order.until('the second is called', async () => (await order.attempts()).length === 2);
  const [, second] = await order.attempts();
  answer = await gather(second.attempt_id, '*');
  assert.match(answer.body, /<Gather [^>]*action="[^"]*\/twilio\/gather\/.*Fiber cut on Main Street/s, 'told again');
  answer = await gather(second.attempt_id, '');
  assert.match(answer.body, /No key was pressed\./);
  answer = await gather(second.attempt_id, '1');
  assert.match(answer.body, /Thank you\. You have accepted ECO \d+\./);
  answer = await gather(first.attempt_id, '1');
  assert.match(answer.body, new RegExp(`already accepted by ${SECOND}, you are stood down`));
  assert.deepStrictEqual(await states(order), [`${FIRST} STOOD_DOWN`, `${SECOND} ACCEPTED`]);
  const timeline = await value("SELECT string_agg(summary, E'\\n') FROM strike.strike_eco_timeline($1)", order.ecoId);
  assert.match(timeline, new RegExp(`${FIRST} pressed 1, and was stood down: somebody else has accepted`));
  order.mayHear(...alongTheWay, ...[FIRST, SECOND].flatMap((name) => [`call ${name} 201`, `end ${name} 200`, `${name} canceled 204`, `${name} canceled`, `${name} no-answer 204`, `${name} hears 200`]));
  await order.dispatched(SECOND);
});

test('calls: what people typed is told, and never obeyed', async (open) => {
  const noc = await byCalls(open, { byHand: true });
  const order = await noc.callsOut('</Say><Dial>+19005550100</Dial> & "fire" at 5th St');
  await order.tasked();
  await order.until('it is called', async () => (await order.attempts()).length === 1);
  const [attempt] = await order.attempts();
  const { body, type } = await noc.reports(`/twilio/voice/${attempt.attempt_id}?subsector=${order.subsector}`, { CallSid: `CA${'0'.repeat(32)}`, CallStatus: 'in-progress' });
  assert.match(type, /xml/);
  assert(!body.includes('<Dial>') && body.includes('&lt;Dial&gt;') && body.includes('5th Street'), body);
  order.mayHear(...alongTheWay, `call ${FIRST} 201`, `end ${FIRST} 200`, `${FIRST} canceled 204`);
  await sql('SELECT strike.strike_cancel_eco($1, $2)', order.ecoId, 'a test');
});

test('calls: the database is slow: one moment please, and the key is kept', async (open) => {
  const noc = await byCalls(open, { byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.until('it is called', async () => (await order.attempts()).length === 1);
  const [attempt] = await order.attempts();
  const sid = { CallSid: `CA${'0'.repeat(32)}` };
  const gather = `/twilio/gather/${attempt.attempt_id}`;
  let held;
  await transaction(async (ask) => {
    await ask('SELECT FROM strike.pager_process_state WHERE run_id = $1 FOR UPDATE', attempt.run_id);
    held = await noc.reports(`${gather}?subsector=${order.subsector}&try=1`, { ...sid, Digits: '1' });
  });
  assert.match(held.body, /One moment please/);
  const [, again] = /<Redirect method="POST">([^<]*)</.exec(held.body);
  assert.strictEqual(again, `${attempt.attempt_id}?subsector=${order.subsector}&amp;try=1&amp;moment=1&amp;key=1`);
  const answer = await noc.reports(`/twilio/gather/${again.replace(/&amp;/g, '&')}`, sid);
  assert.match(answer.body, /You have accepted ECO/);
  order.mayHear(...alongTheWay, `call ${FIRST} 201`, `end ${FIRST} 200`, `${FIRST} canceled 204`, `${FIRST} no-answer 204`, `${FIRST} hears 200`);
  await order.dispatched(FIRST);
});

test('calls: the provider queues the call for longer than the contact has time: he is rung, and has his time', async (open) => {
  const noc = await byCalls(open, { speed: 1, regions: [[FIRST], [SECOND]] });
  await noc.mock.control('faults', { provider: 'twilio', cps: 0.07 });
  const orders = await Promise.all([0, 1].map((region) => noc.callsOut(`Storm damage ${region}`, { region })));
  const names = [FIRST, SECOND];
  for (const [i, order] of orders.entries()) {
    order.mayHear(...alongTheWay, ...names.flatMap((name) => [`${name} queued 204`, `${name} CALLING 204`]));
    await order.tasked();
    await order.dispatched(names[i]);
    order.announce(`call ${names[i]} 201`, `${names[i]} hears 200`, `${names[i]} presses 1 200`);
    assert.deepStrictEqual(await states(order), [`${names[i]} ACCEPTED`]);
  }
  noc.announce(any('call list 200', 'token 200', 'queue 200')); // looks into the provider's queue belong to no order
  for (const order of orders) await order.nobodyElseWasCalled();
});
