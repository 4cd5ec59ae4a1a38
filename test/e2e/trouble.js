// What goes wrong in the world: answers and reports that are lost, doubled, late or forged.
'use strict';
const assert = require('assert');
const { test, until } = require('./harness');
const { value, gateway } = require('./server');
const { any, some } = require('./transcript');
const { PEOPLE } = require('./world');

const FIRST = PEOPLE[0];
const accepted = (order) => order.event(`PagerAttemptUpdatedEvent ${FIRST} ACCEPTED`);
const acceptances = async (order) => (await order.events()).filter((event) => / ACCEPTED$/.test(event)).length;

test('fifty orders at once ask for one token, and each gets its task and its yes', async (open) => {
  const noc = await open({ regions: Array.from({ length: 50 }, () => [FIRST]) });
  noc.announce('token 200');
  const orders = await Promise.all(Array.from({ length: 50 }, (_, region) => noc.callsOut(`Storm damage ${region}`, { region })));
  assert.strictEqual(new Set(orders.map((order) => order.jobId)).size, 50);
  await Promise.all(orders.map(async (order) => {
    await order.tasked();
    await order.ringing(FIRST);
    await order.pressing(FIRST, 1);
    await order.dispatched(FIRST);
    await order.nobodyElseWasCalled();
  }));
});

test('a forged report is refused and stores nothing', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  const [attempt] = await order.attempts();
  const before = await order.events();
  for (const headers of [{}, { 'X-Twilio-Signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' }]) {
    const answer = await fetch(`${gateway.url}/twilio/studio/${attempt.attempt_id}`, {
      method: 'POST', headers, body: new URLSearchParams({ Event: 'ACCEPTED', Digits: '1' }),
    });
    assert.strictEqual(answer.status, 403);
  }
  assert.deepStrictEqual(await order.events(), before);
  assert.deepStrictEqual(await order.attempts(), [attempt]);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});

test('reports that come twice change nothing the second time', async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { duplicate_callbacks: 1, provider: 'twilio' });
  const order = await noc.callsOut();
  await order.tasked();
  order.announce(`call ${FIRST} 201`, any(`${FIRST} CALLING 204`, `${FIRST} ACCEPTED 204`, `${FIRST} CALLING 204 (duplicate)`, `${FIRST} ACCEPTED 204 (duplicate)`));
  await accepted(order);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
  assert.strictEqual(await acceptances(order), 1);
});

test('every report is lost: the provider is asked when the time is over, and the yes is found', async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { lose_callbacks: 1, provider: 'twilio' });
  const order = await noc.callsOut();
  await order.tasked();
  order.announce(`call ${FIRST} 201`, `${FIRST} CALLING (lost on the way)`, `${FIRST} ACCEPTED (lost on the way)`, `ask ${FIRST} 200`, `context ${FIRST} 200`);
  await accepted(order);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});

test('the gateway is away while the key is pressed: the yes is found all the same', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  const [attempt] = await order.attempts();
  // this order's reports go where nobody listens, as if the gateway were down for them alone
  await noc.mock.control('faults', { lose_callbacks: 1, provider: 'twilio' });
  await order.presses(FIRST, 1);
  order.announce(`${FIRST} ACCEPTED (lost on the way)`, `ask ${FIRST} 200`, `context ${FIRST} 200`);
  await accepted(order);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
  assert.strictEqual((await order.attempts())[0].attempt_id, attempt.attempt_id);
});

test("Render's answer is lost after the effect: the task is found, not made twice", async (open) => {
  const noc = await open();
  await noc.mock.control('faults', { drop_response: 1, provider: 'render' });
  const order = await noc.callsOut();
  noc.announce('token 200');
  await order.until('the task is made', async () => ((await noc.heard()).get(order.subsector) || []).some((entry) => /^task 201/.test(entry.line)));
  await noc.mock.control('faults', {});
  order.announce(some('task 201 (response dropped)'), any('task list 200', 'task list 200 (response dropped)'));
  await order.event('RenderIntegrationStatusUpdatedEvent PENDING > TASKED');
  await order.ringing(FIRST);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  const heard = (await noc.heard()).get(order.subsector).filter((entry) => /^task \d/.test(entry.line));
  assert.strictEqual(heard.length, 1, 'posted once');
  await order.nobodyElseWasCalled();
});

test("Twilio's answer is lost after the effect: the call is adopted, nobody is rung twice", async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await noc.mock.control('faults', { drop_response: 1, lose_callbacks: 1, provider: 'twilio' });
  await order.tasked();
  await order.until('the call is placed', async () => ((await noc.heard()).get(order.subsector) || []).some((entry) => new RegExp(`^call ${FIRST} 201`).test(entry.line)));
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} UNKNOWN`);
  await noc.mock.control('faults', {});
  await order.until('the call is adopted', async () => (await order.attempts())[0].provider_sid !== null);
  await noc.mock.control('advance', { seconds: 0.2 });
  await order.until('it rings', async () => ((await noc.mock.eco(order.subsector)) || { calls: [] }).calls.some((call) => call.status === 'ringing'));
  noc.announce(some('call list 200'));
  order.announce(any(`call ${FIRST} 201`, `call ${FIRST} 201 (response dropped)`, `context ${FIRST} 200`, `ask ${FIRST} 200`, `${FIRST} CALLING 204`, `${FIRST} CALLING (lost on the way)`));
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
  const calls = (await noc.heard()).get(order.subsector).filter((entry) => /^call /.test(entry.line));
  assert.strictEqual(calls.length, 1, 'placed once');
  assert.strictEqual((await order.attempts())[0].possible_repeat, false);
});

test('Twilio says 429: nothing was placed, it is asked again, one call', async (open) => {
  const noc = await open({ byHand: true });
  await noc.mock.control('faults', { status: 429, error_rate: 1, provider: 'twilio' });
  const order = await noc.callsOut();
  await order.tasked();
  await order.hears(`call ${FIRST} 429`);
  await noc.mock.control('faults', {});
  order.announce(some(`call ${FIRST} 429`));
  await order.ringing(FIRST);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
});

test('a token that Render forgot is renewed once', async (open) => {
  const noc = await open({ regions: [PEOPLE, PEOPLE] });
  await noc.mock.control('faults', { omit_expires_in: 1, token_lifetime_s: 1 });
  const one = await noc.callsOut('first', { region: 0 });
  await one.tasked();
  await one.ringing(FIRST);
  await one.pressing(FIRST, 1);
  await one.dispatched(FIRST);
  const aged = Date.now() + 1500; // the mock's tokens age in real time
  await until('the token is dead', async () => Date.now() > aged);
  const two = await noc.callsOut('second', { region: 1 });
  two.announce('task 401');
  await two.tasked();
  noc.announce('token 200');
  await two.ringing(FIRST);
  await two.pressing(FIRST, 1);
  await two.dispatched(FIRST);
});

test('credentials that Render refuses: FAILED, and the NOC is told in plain words', async (open) => {
  const noc = await open({ secret: 'wrong' });
  const order = await noc.callsOut();
  noc.announce(some('token 401'));
  await order.unreachable();
  const [, failed] = await order.storedEvents();
  assert.match(failed.payload.error, /refuses our credentials/);
});

test('no region covers the place: the page fails, and the NOC is told why', async (open) => {
  const noc = await open();
  const order = await noc.callsOut('Far away', { region: 40 });
  noc.announce('token 200');
  order.announce('task 201');
  await order.event('PagerRunCompletedEvent FAILED nobody');
  await order.until('the NOC sees it', async () => (await order.view()).phase === "can't page: no pager region covers this location");
  const view = await order.view();
  assert.strictEqual(view.needs_attention, true);
  assert.strictEqual(view.pager_status, 'failed');
});

test('six orders need the same three people: one call at a time to each, and nobody is skipped', async (open) => {
  const noc = await open({ scenario: 'pager-exhausted' });
  noc.announce('token 200');
  const orders = await Promise.all(Array.from({ length: 6 }, (_, i) => noc.callsOut(`Storm damage ${i}`)));
  await Promise.all(orders.map((order) => order.exhausted()));
  for (const order of orders) {
    const attempts = await order.attempts();
    assert.deepStrictEqual(attempts.map((one) => one.name).sort(), [...PEOPLE].sort(), 'everybody was asked once');
    assert(attempts.every((one) => one.state === 'DECLINED' && one.requests <= 2 && !one.possible_repeat));
    // a line that the provider hasn't given free yet is looked at and tried again: that rings nobody
    const quiet = ['context', 'ask', 'end'].map((what) => PEOPLE.map((name) => `${what} ${name} 200`)).flat().concat(PEOPLE.map((name) => `call ${name} 409`));
    const lines = (await noc.heard()).get(order.subsector).map((entry) => entry.line);
    assert.deepStrictEqual(
      lines.filter((line) => !quiet.includes(line)),
      ['task 201', ...attempts.flatMap((one) => [`call ${one.name} 201`, `${one.name} CALLING 204`, `${one.name} DECLINED 204`])]
    );
    order.announce(any(...new Set(lines)));
  }
  const live = await value(
    `SELECT count(*) FROM strike.pager_attempts a JOIN strike.pager_attempts b ON a.attempt_id < b.attempt_id
     JOIN strike.contact_refs p ON p.contact_ref = a.contact_ref JOIN strike.contact_refs q ON q.contact_ref = b.contact_ref
     WHERE p.phone = q.phone AND a.account_id = b.account_id AND a.created_at < b.ended_at AND b.created_at < a.ended_at
     AND a.eco_id IN (SELECT eco_id FROM strike.eco_views WHERE osp_tenant = $1)`,
    noc.osp
  );
  assert.strictEqual(Number(live), 0, 'never two calls to one number');
});

test('a report about a call that nobody made, and reports that are none', async (open) => {
  await open();
  const answer = async (path, options) => (await fetch(`${gateway.url}${path}`, { method: 'POST', body: 'Event=ACCEPTED', ...options })).status;
  assert.strictEqual(await answer('/twilio/studio/00000000-0000-4000-8000-000000000000'), 403);
  assert.strictEqual(await answer('/twilio/studio/not-a-uuid'), 404);
  assert.strictEqual(await answer('/twilio/elsewhere'), 404);
  assert.strictEqual(Number(await value("SELECT count(*) FROM strike.events WHERE stream_type NOT IN ('ECO', 'PagerRun')")), 0);
});
