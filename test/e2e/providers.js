// The work system and the telephone service in trouble: answers that are lost, late, refusals.
'use strict';
const assert = require('assert');
const { test, until } = require('./harness');
const { any, some, together } = require('./transcript');
const { sql, value } = require('./server');
const { PEOPLE } = require('./world');

const [FIRST, SECOND] = PEOPLE;
const TASKED = 'RenderIntegrationStatusUpdatedEvent PENDING > TASKED';

async function firstSaysYes(order) {
  await order.ringing(FIRST);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
}

test("the work system's answer is lost after the effect: the task is found, not made twice", async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { provider: 'render', drop_response: 1 });
  const order = await noc.callsOut();
  noc.announce('token 200');
  await order.hears('task 201 (response dropped)');
  await noc.mock.control('faults', {});
  order.announce('task 201 (response dropped)', any('task list 200 (response dropped)'), 'task list 200');
  await order.event(TASKED);
  await firstSaysYes(order);
});

test("the work system's answer is cut in the middle: the task is found, not made twice", async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { provider: 'render', truncate_response: 1 });
  const order = await noc.callsOut();
  noc.announce('token 200');
  await order.hears('task 201 (response truncated)');
  await noc.mock.control('faults', {});
  order.announce('task 201 (response truncated)', any('task list 200 (response truncated)'), 'task list 200');
  await order.event(TASKED);
  await firstSaysYes(order);
});

test('the work system is slower than our patience: the task is found, not made twice', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  noc.announce('token 200');
  await order.event(TASKED); // its answer never comes
  order.announce('task 201', some('task list 200'));
  await firstSaysYes(order);
});

test('a task that is found after the NOC was told: FAILED turns to TASKED, the page starts', async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { provider: 'render', drop_response: 1 });
  const order = await noc.callsOut();
  noc.announce('token 200');
  order.announce('task 201 (response dropped)', some('task list 200 (response dropped)'));
  await order.unreachable();
  await noc.mock.control('faults', {});
  order.announce('task list 200');
  await order.event('RenderIntegrationStatusUpdatedEvent FAILED > TASKED');
  await firstSaysYes(order);
});

test('the work system says 429: nothing was made, it is asked again, one task', async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { provider: 'render', status: 429, retry_after_s: 1 });
  const order = await noc.callsOut();
  noc.announce('token 200');
  await order.hears('task 429');
  await noc.mock.control('faults', {});
  order.announce(some('task 429'));
  await order.tasked();
  await firstSaysYes(order);
});

test('the work system refuses the task: FAILED at once, and why; nobody is called', async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { provider: 'render', status: 422 });
  const order = await noc.callsOut();
  noc.announce('token 200');
  order.announce('task 422');
  await order.unreachable();
  const [, failed] = await order.storedEvents();
  assert.match(failed.payload.error, /refuses the task \(HTTP 422\)/);
  await order.nobodyElseWasCalled();
});

test('credentials that the work system refuses: FAILED, and the NOC is told in plain words', async (open) => {
  const noc = await open({ secret: 'wrong' });
  const order = await noc.callsOut();
  noc.announce(some('token 401'));
  await order.unreachable();
  const [, failed] = await order.storedEvents();
  assert.match(failed.payload.error, /refuses our credentials/);
  await order.nobodyElseWasCalled();
});

test('a token that has expired is renewed once, for however many orders', async (open) => {
  const noc = await open({ regions: Array.from({ length: 6 }, () => PEOPLE) });
  await noc.mock.control('faults', { provider: 'oauth', omit_expires_in: 1, token_lifetime_s: 1 });
  const one = await noc.callsOut('the first');
  await one.tasked();
  await firstSaysYes(one);
  // a token of ours, younger than Strike's: when it is dead, so is that
  const probe = await (await fetch(`${noc.mock.url}/render/oauth/token`, {
    method: 'POST', headers: { Authorization: `Basic ${Buffer.from('probe:secret').toString('base64')}` }, body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })).json();
  noc.announce('token 200', any('task list 200'), 'task list 401');
  await until('the token is dead', async () =>
    (await fetch(`${noc.mock.url}/render/tasks`, { headers: { Authorization: `Bearer ${probe.access_token}` } })).status === 401);
  await noc.mock.control('faults', { provider: 'oauth', latency_ms: 1000 });
  const others = await Promise.all([1, 2, 3, 4, 5].map((region) => noc.callsOut(`order ${region}`, { region })));
  noc.announce('token 200');
  await Promise.all(others.map(async (order) => {
    order.announce(any('task 401')); // those that were sent with the dead one
    await order.tasked();
    await firstSaysYes(order);
  }));
  const refused = [...(await noc.heard()).values()].flat().filter((entry) => entry.line === 'task 401');
  assert(refused.length >= 1);
});

test("the telephone service's answer is lost after the effect: the call is adopted, nobody is rung twice", async (open) => {
  const noc = await open({ byHand: true });
  await noc.mock.control('faults', { provider: 'twilio', drop_response: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} UNKNOWN`);
  await noc.mock.control('faults', {});
  await order.until('the call is adopted', async () => (await order.attempts()).some((one) => one.sent_at !== null));
  noc.announce('call list 200');
  // it rings by itself if all that takes ten seconds
  order.announce(`call ${FIRST} 201 (response dropped)`, together(`context ${FIRST} 200`, `ask ${FIRST} 200`, `context ${FIRST} 200`, `${FIRST} CALLING 204`));
  await noc.mock.control('advance', { seconds: 0.2 });
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} CALLING`);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  assert.deepStrictEqual((await order.attempts()).map((a) => [a.requests, a.possible_repeat]), [[1, false]]);
  await order.nobodyElseWasCalled();
});

for (const [what, action] of [['nobody answered', 'hangup'], ['the yes was pressed', '1']]) {
  test(`the telephone service's answer is lost, and so are its reports; the call is over before it is asked after: ${what}, nobody is rung twice`, async (open) => {
    const noc = await open({ byHand: true });
    await noc.mock.control('faults', { provider: 'twilio', drop_response: 1, lose_callbacks: 1 });
    const order = await noc.callsOut();
    await order.tasked();
    await order.hears(`call ${FIRST} 201 (response dropped)`);
    await noc.mock.control('advance', { seconds: 0.2 });
    await order.event(`PagerAttemptUpdatedEvent ${FIRST} UNKNOWN`);
    const [attempt] = await order.attempts();
    await noc.mock.control('call', { attempt_id: attempt.attempt_id, action });
    await noc.mock.control('advance', { seconds: 30 }); // all of the flow is over
    await noc.mock.control('faults', {});
    noc.announce('call list 200');
    order.mayHear(`${FIRST} CALLING (lost on the way)`, `${FIRST} FAILED (lost on the way)`, `${FIRST} ACCEPTED (lost on the way)`);
    order.announce(`call ${FIRST} 201 (response dropped)`);
    if (action === 'hangup') {
      await order.event(`PagerAttemptUpdatedEvent ${FIRST} NO_ANSWER`);
      await order.ringing(SECOND);
      await order.pressing(SECOND, 1);
    }
    await order.dispatched(action === 'hangup' ? SECOND : FIRST);
    const [his] = await order.attempts();
    assert.deepStrictEqual([his.requests, his.possible_repeat], [1, false]);
    await order.nobodyElseWasCalled();
  });
}

test('the answer is lost, and the list has twelve hundred newer calls: ours is found behind them, nobody is rung twice', async (open) => {
  const noc = await open({ byHand: true });
  await noc.mock.control('faults', { provider: 'twilio', drop_response: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  await order.hears(`call ${FIRST} 201 (response dropped)`);
  await noc.mock.control('faults', {});
  // somebody else calls by the same account and flow
  const { account_sid: account, flow_sid: flow } = (await sql('SELECT account_sid, flow_sid FROM strike.twilio_accounts WHERE osp_tenant = $1', noc.osp))[0];
  const headers = { Authorization: `Basic ${Buffer.from(`${account}:${noc.token}`).toString('base64')}` };
  const elsewhere = async (number) => {
    const to = `+1999${String(number).padStart(7, '0')}`;
    noc.numbers.set(to, 'somebody else');
    const body = new URLSearchParams({ To: to, From: '+15125550100', Parameters: '{}' });
    const answer = await fetch(`${noc.mock.url}/twilio/v2/Flows/${flow}/Executions`, { method: 'POST', headers, body });
    await answer.text();
    assert.strictEqual(answer.status, 201);
  };
  for (let i = 0; i < 1200; i += 40) await Promise.all(Array.from({ length: 40 }, (_, k) => elsewhere(i + k)));
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} UNKNOWN`);
  await order.until('the call is adopted', async () => (await order.attempts())[0].sent_at !== null);
  order.announce(`call ${FIRST} 201 (response dropped)`, `${FIRST} CALLING 204`);
  await noc.mock.control('advance', { seconds: 0.2 });
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} CALLING`);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  assert.deepStrictEqual((await order.attempts()).map((a) => [a.requests, a.possible_repeat]), [[1, false]]);
  noc.announce(any('call somebody else 201', 'call list 200'));
  await order.nobodyElseWasCalled();
});

test("the telephone service's answer is lost, but the yes comes: nothing more is asked", async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { provider: 'twilio', drop_response: 1 });
  const order = await noc.callsOut();
  await order.tasked();
  order.announce(`call ${FIRST} 201 (response dropped)`, `${FIRST} CALLING 204`, `${FIRST} ACCEPTED 200`);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});

test('a request for a call that never arrived is sent again, and marked as a possible repeat', async (open) => {
  const noc = await open({ byHand: true });
  await noc.mock.control('faults', { provider: 'twilio', status: 500 });
  const order = await noc.callsOut();
  await order.tasked();
  // a 500 tells nothing about what was done: it is asked after before it is sent again
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} UNKNOWN`);
  order.announce(`call ${FIRST} 500`);
  await noc.mock.control('faults', {});
  noc.announce('call list 200');
  await order.ringing(FIRST);
  assert.deepStrictEqual((await order.attempts()).map((a) => [a.requests, a.possible_repeat]), [[2, true]]);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  assert((await order.summaries()).includes(`calling ${FIRST} again: the first request may be lost`));
  await order.nobodyElseWasCalled();
});

test('the telephone service says 429: nothing was placed, it is asked again, one call', async (open) => {
  const noc = await open({ byHand: true });
  await noc.mock.control('faults', { provider: 'twilio', status: 429 });
  const order = await noc.callsOut();
  await order.tasked();
  await order.hears(`call ${FIRST} 429`);
  await noc.mock.control('faults', {});
  order.announce(some(`call ${FIRST} 429`));
  await firstSaysYes(order);
  assert.strictEqual((await order.attempts())[0].possible_repeat, false);
});

test('a call that the telephone service refuses: the next one is called at once', async (open) => {
  const noc = await open({ byHand: true });
  // with this seed the first request is refused, and none of the next ones
  await noc.mock.control('faults', { provider: 'twilio', status: 400, error_rate: 0.5, seed: 1646 });
  const order = await noc.callsOut();
  await order.tasked();
  order.announce(`call ${FIRST} 400`);
  await order.ringing(SECOND);
  await order.pressing(SECOND, 1);
  await order.dispatched(SECOND);
  assert.deepStrictEqual((await order.attempts()).map((one) => `${one.name} ${one.state}`), [`${FIRST} FAILED`, `${SECOND} ACCEPTED`]);
  await order.nobodyElseWasCalled();
});

test('every call is refused: the page fails, and the NOC is not told that nobody answered', async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { provider: 'twilio', status: 400 });
  const order = await noc.callsOut();
  await order.tasked();
  order.announce(...PEOPLE.map((name) => `call ${name} 400`));
  await order.cannotPage('the telephone provider refuses every call');
  assert.deepStrictEqual((await order.attempts()).map((one) => `${one.name} ${one.state}`), PEOPLE.map((name) => `${name} FAILED`));
  await order.nobodyElseWasCalled();
});

test('the telephone account is refused: the page fails at once, and the NOC is told why', async (open) => {
  const noc = await open({ token: 'wrong' });
  const order = await noc.callsOut();
  noc.announce('token 200');
  order.announce('task 201', `call ${FIRST} 401`);
  await order.event('PagerRunCompletedEvent FAILED nobody');
  await order.cannotPage('the telephone account is refused');
  await order.nobodyElseWasCalled();
});

test('no region covers the place: the page fails, and the NOC is told why', async (open) => {
  const noc = await open();
  const order = await noc.callsOut('Far away', { region: 40 });
  await order.tasked();
  await order.cannotPage('no pager region covers this location');
  await order.nobodyElseWasCalled();
});

test('nobody is on the list: the page fails, and the NOC is told why', async (open) => {
  const noc = await open({ regions: [[]] });
  const order = await noc.callsOut();
  await order.tasked();
  await order.cannotPage('nobody is on the pager list of this region');
  await order.nobodyElseWasCalled();
});

test('a busy line and one that the carrier cannot connect: the next one is called at once', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  await order.busy(FIRST);
  await order.ringing(SECOND);
  await order.unconnected(SECOND);
  await order.ringing(PEOPLE[2]);
  await order.pressing(PEOPLE[2], 1);
  await order.dispatched(PEOPLE[2]);
  await order.nobodyElseWasCalled();
});

test('the telephone service answers nothing but 503: its circuit opens, one probe at a time goes out, and when it is back the page goes on', async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { provider: 'twilio', status: 503 });
  const circuit = () => value('SELECT s.circuit FROM strike.pager_account_state s JOIN strike.twilio_accounts t USING (account_id) WHERE t.osp_tenant = $1', noc.osp);
  const order = await noc.callsOut();
  await order.tasked();
  await order.until('the circuit opens', async () => ['open', 'half-open'].includes(await circuit()));
  const told = await value("SELECT detail FROM strike.strike_health() WHERE check_name = 'providers' AND NOT ok");
  assert.match(told, new RegExp(`telephone account of ${noc.osp} (open|half-open)`));
  await noc.mock.control('faults', {});
  await order.until('the page is over', async () => (await order.run()).status === 'COMPLETED');
  const run = await order.run();
  assert(['DISPATCHED', 'FAILED'].includes(run.outcome), run.outcome);
  if (run.outcome === 'FAILED') {
    assert.strictEqual(run.last_error, 'the telephone provider could not be reached');
    await sql('SELECT strike.strike_repage($1, $2)', order.ecoId, 'it is back');
    await order.until('somebody is coming', async () => (await order.run()).outcome === 'DISPATCHED');
  }
  await order.until('the circuit is closed again', async () => (await circuit()) === 'closed');
  assert((await order.attempts()).filter((one) => one.state === 'ACCEPTED').length === 1);
  noc.announce(any('call list 200', 'call list 503'));
  order.mayHear(...PEOPLE.flatMap((name) => [`call ${name} 503`, `call ${name} 201`, `${name} CALLING 204`, `${name} ACCEPTED 200`, `end ${name} 200`, `ask ${name} 503`]));
  await order.nobodyElseWasCalled();
});
