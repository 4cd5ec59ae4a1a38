// Reports of calls that are forged: the contacts have minutes, so that nothing but a forgery could end a call.
'use strict';
const assert = require('assert');
const { test } = require('./harness');
const { gateway } = require('./server');
const { NOBODY, path, pressed, signature, reported, ringingOrder } = require('./reports');
const { PEOPLE } = require('./world');

const [FIRST, SECOND] = PEOPLE;

test('forged reports are refused and store nothing', async (open) => {
  const { noc, order } = await ringingOrder(open);
  const [attempt] = await order.attempts();
  // all but when the call is looked at next
  const standing = async () => ({
    events: await order.storedEvents(),
    attempts: (await order.attempts()).map(({ next_action: next, next_action_at: at, deadline_asked: asked, updated_at: written, ...one }) => one),
    runs: (await order.runs()).map(({ version, deadline_at: due, updated_at: written, ...one }) => one),
  });
  const before = await standing();
  const id = attempt.attempt_id;
  const url = gateway.url + path(id);
  const yes = pressed('1');
  const no = pressed('2');
  const good = signature(noc.token, url, yes);
  const elsewhere = await open({ byHand: true });
  const forgeries = {
    'no signature': [yes, undefined],
    'not a signature': [yes, 'x'],
    "another account's token": [yes, signature(elsewhere.token, url, yes)],
    'another body': [no, good],
    'a field more': [{ ...yes, Extra: '1' }, good],
    "another call's URL": [yes, signature(noc.token, gateway.url + path(NOBODY), yes)],
    'another host': [yes, signature(noc.token, `http://elsewhere.example${path(id)}`, yes)],
    'one byte changed': [yes, (good[0] === 'A' ? 'B' : 'A') + good.slice(1)],
  };
  for (const [what, [form, sign]] of Object.entries(forgeries)) assert.strictEqual(await reported(path(id), form, sign), 403, what);
  assert.strictEqual(await reported(`${path(id)}?x=1`, yes, good), 403, 'another query');
  assert.deepStrictEqual(await standing(), before);

  // and by the mock: the key is pressed, the report is signed with a wrong token
  // … and nobody can be asked about it meanwhile
  await noc.mock.control('faults', { provider: 'twilio', forge_callbacks: 1, error_rate: 1, status: 503 });
  order.mayHear(`ask ${FIRST} 503`);
  await order.presses(FIRST, 2);
  // the flow reports three times, then tells the person that it wasn't recorded
  for (let report = 1; report <= 3; report++) {
    order.announce(`${FIRST} DECLINED 403 (signed with a wrong token)`);
    await order.hears(`${FIRST} DECLINED 403 (signed with a wrong token)`, report);
    await noc.mock.control('advance', { seconds: 60 });
  }
  assert.deepStrictEqual((await standing()).attempts, before.attempts);

  // the provider itself tells the truth, when it is asked
  await noc.mock.control('faults', {});
  order.announce(`ask ${FIRST} 200`, `context ${FIRST} 200`);
  await order.event(`PagerAttemptUpdatedEvent ${FIRST} DECLINED`);
  await order.ringing(SECOND);
  await order.pressing(SECOND, 1);
  await order.dispatched(SECOND);
  await order.nobodyElseWasCalled();
});
