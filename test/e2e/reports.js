// Reports of calls that are doubled, out of order, lost or late.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const { test } = require('./harness');
const { sql, value, transaction, gateway } = require('./server');
const { any, together } = require('./transcript');
const { PEOPLE } = require('./world');

const [FIRST, SECOND, THIRD] = PEOPLE;
const NOBODY = '00000000-0000-4000-8000-000000000000';

const path = (attempt) => `/twilio/studio/${attempt}`;
const pressed = (digits) => ({ Event: digits === '1' ? 'ACCEPTED' : 'DECLINED', Digits: digits, CallSid: 'CA' + 'a'.repeat(32), AnsweredBy: 'human' });

// As Twilio signs: the URL, then each field's name and value, in order of names.
function signature(token, url, form) {
  const text = Object.keys(form).sort().reduce((all, name) => all + name + form[name], url);
  return crypto.createHmac('sha1', token).update(text).digest('base64');
}

// The gateway's status for a report; sign: its signature, undefined = none.
async function reported(url, form, sign) {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', ...(sign ? { 'X-Twilio-Signature': sign } : {}) };
  return (await fetch(gateway.url + url, { method: 'POST', headers, body: new URLSearchParams(form).toString() })).status;
}

const genuine = (noc, attempt, form) => reported(path(attempt), form, signature(noc.token, gateway.url + path(attempt), form));

async function ringingOrder(open, regions = [PEOPLE]) {
  const noc = await open({ byHand: true, regions });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  return { noc, order };
}

test('reports about nothing, and reports that are none, are refused', async (open) => {
  const noc = await open();
  const before = Number(await value('SELECT max(position) FROM strike.events'));
  assert.strictEqual(await reported(path(NOBODY), pressed('1')), 403);
  assert.strictEqual(await genuine(noc, NOBODY, pressed('1')), 404);
  assert.strictEqual(await reported(path('not-a-uuid'), pressed('1')), 404);
  assert.strictEqual(await reported('/twilio/elsewhere', pressed('1')), 404);
  const mine = await value('SELECT count(*) FROM strike.events WHERE position > $1 AND payload::text LIKE $2', before, `%${NOBODY}%`);
  assert.strictEqual(Number(mine), 0);
});

test('reports that come twice change nothing the second time', async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { provider: 'twilio', duplicate_callbacks: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  order.announce(`call ${FIRST} 201`, `${FIRST} CALLING 204`, `${FIRST} CALLING 204`, `${FIRST} ACCEPTED 200`, `${FIRST} ACCEPTED 200`);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
  assert.deepStrictEqual((await order.events()).filter((event) => /^PagerAttempt/.test(event)), ['INTENT', 'CALLING', 'ACCEPTED'].map((state) => `PagerAttemptUpdatedEvent ${FIRST} ${state}`));
  const events = await order.storedEvents();
  const [attempt] = await order.attempts();
  const form = pressed('1');
  const answers = await Promise.all(Array.from({ length: 8 }, () => genuine(noc, attempt.attempt_id, form)));
  assert.deepStrictEqual(answers, Array(8).fill(200), 'eight more at once');
  assert.deepStrictEqual(await order.storedEvents(), events);
});

test('the yes overtakes the ringing: it counts, and stays', async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { provider: 'twilio', reorder_callbacks: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  order.announce(`call ${FIRST} 201`, `${FIRST} ACCEPTED 200`, `${FIRST} CALLING 204`);
  await order.dispatched(FIRST);
  await order.hears(`${FIRST} CALLING 204`);
  await order.nobodyElseWasCalled();
  assert.deepStrictEqual((await order.attempts()).map((one) => one.state), ['ACCEPTED']);
});

test('every report is lost: the provider is asked when the time is over, and the yes is found', async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { provider: 'twilio', lose_callbacks: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  order.announce(`call ${FIRST} 201`, `${FIRST} CALLING (lost on the way)`, `${FIRST} ACCEPTED (lost on the way)`, `ask ${FIRST} 200`, `context ${FIRST} 200`);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});

test('the report of a no is lost: it is found, and the next one is called', async (open) => {
  const { noc, order } = await ringingOrder(open);
  await noc.mock.control('faults', { provider: 'twilio', lose_callbacks: 1 });
  await order.presses(FIRST, 2);
  order.announce(`${FIRST} DECLINED (lost on the way)`, `ask ${FIRST} 200`, `context ${FIRST} 200`);
  await order.hears(`${FIRST} DECLINED (lost on the way)`);
  await noc.mock.control('faults', {});
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} DECLINED`);
  await order.ringing(SECOND);
  await order.pressing(SECOND, 1);
  await order.dispatched(SECOND);
  await order.nobodyElseWasCalled();
});

test('a yes that is found, and cannot be recorded before the page is over: it is found again, and counts', async (open) => {
  const { noc, order } = await ringingOrder(open, [[FIRST]]);
  await order.notAnswering(FIRST);
  await order.exhausted();
  await sql('SELECT strike.strike_repage($1, $2)', order.ecoId, 'nobody came');
  await order.hears(`call ${FIRST} 201`, 2);
  await noc.mock.control('advance', { seconds: 0.2 });
  order.announce(`call ${FIRST} 201`, `${FIRST} CALLING 204`, `${FIRST} ACCEPTED (lost on the way)`);
  order.mayHear(`end ${FIRST} 200`);
  await order.until('it rings again', async () => (await order.attempts()).some((one) => one.state === 'CALLING' && one.provider_sid !== null && one.claim === null));
  await noc.mock.control('faults', { provider: 'twilio', lose_callbacks: 1 });
  const [first] = await order.runs();
  await transaction(async (ask) => {
    // whether a yes counts depends on all pages of the order: it can't be recorded meanwhile
    await ask('SELECT FROM strike.pager_process_state WHERE run_id = $1 FOR UPDATE', first.run_id);
    await order.presses(FIRST, 1);
    await order.until('the page is over', async () => (await order.run()).outcome === 'EXHAUSTED');
  });
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});

test('it rings, the answer to the request was lost, and the list lagged: the call is looked for until it is found', async (open) => {
  const { noc, order } = await ringingOrder(open, [[FIRST]]);
  await noc.mock.control('faults', { provider: 'twilio', lose_callbacks: 1 });
  // as it stands when the list didn't have the call yet
  await sql("UPDATE strike.pager_attempts SET provider_sid = NULL, next_action = 'send', next_action_at = strike.strike_now() WHERE eco_id = $1", order.ecoId);
  noc.announce(any('call list 200'));
  await order.until('it is found', async () => (await order.attempts())[0].provider_sid !== null);
  order.announce(`${FIRST} ACCEPTED (lost on the way)`);
  await order.presses(FIRST, 1);
  await order.dispatched(FIRST);
  assert.deepStrictEqual((await order.attempts()).map((one) => one.requests), [1], 'nothing was requested again');
  await order.nobodyElseWasCalled();
});

test('it rings past its time: the call is ended, then the next one is called', async (open) => {
  const { order } = await ringingOrder(open);
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} TIMEOUT`);
  // a key pressed in the last moment would be found
  order.announce(`ask ${FIRST} 200`, `context ${FIRST} 200`);
  order.announce(together(`end ${FIRST} 200`, `context ${FIRST} 200`, `call ${SECOND} 201`));
  await order.hears(`call ${SECOND} 201`);
  await order.hears(`context ${FIRST} 200`, 2);
  await order.rings(SECOND);
  await order.pressing(SECOND, 1);
  await order.dispatched(SECOND);
  await order.nobodyElseWasCalled();
  const call = (await order.mock.eco(order.subsector)).calls[0];
  assert.strictEqual(call.status, 'canceled');
});

test('the clock is set back by an hour: the page goes on all the same, and nobody has an hour for his answer', async (open) => {
  const { order } = await ringingOrder(open);
  // as it stands after the clock that wrote it was put right
  await sql("UPDATE strike.pager_attempts SET created_at = created_at + interval '1 hour', requested_at = requested_at + interval '1 hour', sent_at = sent_at + interval '1 hour', updated_at = updated_at + interval '1 hour', next_action_at = next_action_at + interval '1 hour' WHERE eco_id = $1", order.ecoId);
  await sql("UPDATE strike.pager_process_state SET deadline_at = deadline_at + interval '1 hour', updated_at = updated_at + interval '1 hour', version = version + 1 WHERE eco_id = $1", order.ecoId);
  await sql(
    `INSERT INTO strike.pager_account_state AS s (account_id, next_call_at) SELECT account_id, strike.strike_now() + interval '1 hour' FROM strike.twilio_accounts WHERE osp_tenant = $1
     ON CONFLICT (account_id) DO UPDATE SET next_call_at = excluded.next_call_at`, order.world.osp);
  await sql("SELECT pg_terminate_backend(pid) FROM strike.workers WHERE worker = 'pager'"); // a worker that starts looks for such times, as does one that sees it happen
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} TIMEOUT`);
  order.announce(together(`end ${FIRST} 200`, `call ${SECOND} 201`));
  await order.rings(SECOND);
  await order.pressing(SECOND, 1);
  await order.dispatched(SECOND);
  await order.nobodyElseWasCalled();
});

test('a yes long after everybody was tried still counts; one after that stands down', async (open) => {
  const noc = await open({ scenario: 'pager-exhausted' });
  const order = await noc.callsOut();
  await order.tasked();
  for (const name of PEOPLE) {
    await order.ringing(name);
    await order.pressing(name, 2);
  }
  await order.exhausted();
  const attempts = await order.attempts();
  const form = pressed('1');
  assert.strictEqual(await genuine(noc, attempts[1].attempt_id, form), 200);
  await order.dispatched(SECOND);
  assert.strictEqual(await genuine(noc, attempts[2].attempt_id, form), 200);
  await order.event(`PagerAttemptUpdatedEvent ${THIRD} STOOD_DOWN`);
  await order.dispatched(SECOND);
  assert.deepStrictEqual((await order.attempts()).map((one) => one.state), ['DECLINED', 'ACCEPTED', 'STOOD_DOWN']);
  await order.nobodyElseWasCalled();
});

test('two say yes at the same moment: one is coming, the other stands down', async (open) => {
  const noc = await open({ scenario: 'pager-exhausted' });
  const order = await noc.callsOut();
  await order.tasked();
  for (const name of PEOPLE) {
    await order.ringing(name);
    await order.pressing(name, 2);
  }
  await order.exhausted();
  const form = pressed('1');
  const answers = await Promise.all((await order.attempts()).map((one) => genuine(noc, one.attempt_id, form)));
  assert.deepStrictEqual(answers, [200, 200, 200]);
  const states = (await order.attempts()).map((one) => one.state).sort();
  assert.deepStrictEqual(states, ['ACCEPTED', 'STOOD_DOWN', 'STOOD_DOWN']);
  const winner = (await order.attempts()).find((one) => one.state === 'ACCEPTED').name;
  await order.dispatched(winner);
  assert.strictEqual((await order.events()).filter((event) => event.endsWith(' ACCEPTED')).length, 1);
  assert.strictEqual((await order.events()).filter((event) => event.startsWith('PagerRunCompletedEvent DISPATCHED')).length, 1);
  await order.nobodyElseWasCalled();
});

test('a machine that answers is no yes: voicemail, the next one is called', async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { provider: 'twilio', voicemail_rate: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  for (const name of PEOPLE) {
    await order.ringing(name);
    order.announce(`${name} FAILED 204`);
    await order.event(`PagerAttemptUpdatedEvent ${name} VOICEMAIL`);
  }
  await order.exhausted();
  await order.nobodyElseWasCalled();
});

module.exports = { NOBODY, path, pressed, signature, reported, ringingOrder };
