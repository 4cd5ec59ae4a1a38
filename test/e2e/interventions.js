// What operators do while a page is under way.
'use strict';
const assert = require('assert');
const { test } = require('./harness');
const { sql, value } = require('./server');
const { some } = require('./transcript');
const { PEOPLE } = require('./world');

const [FIRST, SECOND] = PEOPLE;

async function refused(call, ...values) {
  try {
    await sql(call, ...values);
  } catch (error) {
    assert.strictEqual(error.code, 'PT409');
    return error.message;
  }
  throw new Error(`not refused: ${call}`);
}

async function everybodyIsSilent(order) {
  for (const name of PEOPLE) {
    await order.ringing(name);
    await order.notAnswering(name);
  }
  await order.exhausted();
}

test('nobody answered: paged again, the second time somebody says yes', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await everybodyIsSilent(order);
  await sql('SELECT strike.strike_acknowledge($1, $2)', order.ecoId, 'on it');
  await order.until('the alarm is silent', async () => (await order.view()).needs_attention === false);
  await sql('SELECT strike.strike_repage($1, $2)', order.ecoId, 'nobody came');
  assert.match(await refused('SELECT strike.strike_repage($1, $2)', order.ecoId, 'again'), /a page is running/);
  await order.until('the second page calls', async () => (await order.runs()).length === 2 && (await order.attempts()).length === 4);
  await order.hears(`call ${FIRST} 201`, 2);
  await noc.mock.control('advance', { seconds: 0.2 });
  order.announce(`call ${FIRST} 201`, `${FIRST} CALLING 204`);
  await order.until('it rings again', async () => (await order.attempts())[3].state === 'CALLING');
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});

test('taken over while the telephone rings: the call ends, nobody else is called', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  await sql('SELECT strike.strike_take_over($1, $2)', order.ecoId, 'a crew is near');
  order.announce(`end ${FIRST} 200`, `context ${FIRST} 200`);
  await order.event('PagerRunCompletedEvent TAKEN_OVER nobody');
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} CANCELED`);
  await order.until('the NOC sees who handles it', async () => (await order.view()).phase === 'handled by postgres');
  assert.strictEqual((await order.view()).needs_attention, false);
  await order.nobodyElseWasCalled();
});

test('canceled while the telephone rings: the call ends, the task is left', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  await sql('SELECT strike.strike_cancel_eco($1, $2)', order.ecoId, 'false alarm');
  order.announce(`end ${FIRST} 200`, `context ${FIRST} 200`);
  await order.event('PagerRunCompletedEvent CANCELED nobody');
  await order.until('the NOC sees it', async () => (await order.view()).phase === 'canceled: false alarm');
  assert.match(await refused('SELECT strike.strike_repage($1, $2)', order.ecoId, 'x'), /the order is canceled/);
  await order.nobodyElseWasCalled();
});

test('canceled while Strike asks after the call: it is ended, not asked after again', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  const heard = async () => ((await noc.heard()).get(order.subsector) || []).map((entry) => entry.line);
  await noc.mock.control('faults', { provider: 'twilio', latency_ms: 1500 });
  await order.hears(`ask ${FIRST} 200`); // its answer is on the way
  const before = (await heard()).length;
  await sql('SELECT strike.strike_cancel_eco($1, $2)', order.ecoId, 'false alarm');
  await noc.mock.control('faults', {});
  order.announce(`end ${FIRST} 200`);
  await order.hears(`end ${FIRST} 200`);
  const since = (await heard()).slice(before);
  assert(!since.slice(0, since.indexOf(`end ${FIRST} 200`)).includes(`ask ${FIRST} 200`), since.join(', '));
  await order.nobodyElseWasCalled();
});

test('canceled before it is known which call it is: the call is found, and ended', async (open) => {
  const noc = await open({ byHand: true });
  await noc.mock.control('faults', { provider: 'twilio', drop_response: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  order.announce(`call ${FIRST} 201 (response dropped)`);
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} UNKNOWN`);
  await noc.mock.control('faults', {});
  order.mayHear(`${FIRST} CALLING 204`);
  await sql('SELECT strike.strike_cancel_eco($1, $2)', order.ecoId, 'false alarm');
  // as it stands when the end was decided, and what was found before could not be written
  await sql("UPDATE strike.pager_attempts SET next_action = 'end', next_action_at = strike.strike_now() WHERE eco_id = $1 AND provider_sid IS NULL", order.ecoId);
  noc.announce(some('call list 200'));
  order.announce(`end ${FIRST} 200`);
  await order.hears(`end ${FIRST} 200`);
  await order.nobodyElseWasCalled();
});

test('paged again after a dispatch: another yes is asked for, and counts', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  await noc.mock.control('advance', { seconds: 10 }); // he is told that it was recorded
  await sql('SELECT strike.strike_repage($1, $2)', order.ecoId, 'the van broke down');
  await order.hears(`call ${FIRST} 201`, 2);
  await noc.mock.control('advance', { seconds: 0.2 });
  order.announce(`call ${FIRST} 201`, `${FIRST} CALLING 204`, `${FIRST} DECLINED 200`);
  await order.until('it rings again', async () => (await order.attempts())[1].state === 'CALLING');
  await order.mock.control('call', { attempt_id: (await order.attempts())[1].attempt_id, action: '2' });
  await order.ringing(SECOND);
  await order.pressing(SECOND, 1);
  await order.dispatched(SECOND);
  assert.strictEqual(Number(await value("SELECT count(*) FROM strike.pager_process_state WHERE eco_id = $1 AND outcome = 'DISPATCHED'", order.ecoId)), 2);
  await order.nobodyElseWasCalled();
});

test('paged while the work system refuses the task: the yes counts, and the task that is made later dispatches without a second page', async (open) => {
  const noc = await open({ byHand: true });
  await noc.mock.control('faults', { provider: 'render', status: 422 });
  const order = await noc.callsOut();
  noc.announce('token 200');
  order.announce('task 422');
  await order.unreachable();
  await sql('SELECT strike.strike_repage($1, $2)', order.ecoId, 'somebody must go all the same');
  await order.ringing(FIRST);
  await order.pressing(FIRST, 1);
  await order.until('somebody has accepted', async () => (await order.view()).accepted_by === FIRST);
  assert.strictEqual((await order.view()).render_status, 'FAILED');
  await noc.mock.control('faults', {});
  await sql('SELECT strike.strike_retry_render($1, $2)', order.ecoId, 'it is mended');
  await order.hears('task 201');
  await noc.mock.control('advance', { seconds: 4 });
  order.announce('task 201');
  await order.dispatched(FIRST);
  assert.strictEqual((await order.runs()).length, 1);
  await order.nobodyElseWasCalled();
});
