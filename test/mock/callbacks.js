// Callbacks: what stands in them, and how Twilio's rules repeat them.
'use strict';
const assert = require('assert');
const { test, until, Mock, ACCOUNT, TOKEN, FROM } = require('./harness');

// From Twilio's pages on the Call resource and on webhook requests.
const ALWAYS = [
  'AccountSid', 'ApiVersion', 'CallSid', 'CallStatus', 'Called', 'CalledCity', 'CalledCountry', 'CalledState', 'CalledZip', 'Caller', 'CallerCity', 'CallerCountry',
  'CallerState', 'CallerZip', 'Direction', 'From', 'FromCity', 'FromCountry', 'FromState', 'FromZip', 'To', 'ToCity', 'ToCountry', 'ToState', 'ToZip',
];
const PROGRESS = ['CallbackSource', 'SequenceNumber', 'Timestamp'];

module.exports = (mock, receiver) => {
  let n = 0;
  const fresh = () => `ECO-B${++n}-${Date.now()}`;
  const basic = `${ACCOUNT}:${TOKEN}`;
  const calls = `/twilio/2010-04-01/Accounts/${ACCOUNT}/Calls`;
  const EVENTS = ['initiated', 'ringing', 'answered', 'completed'];

  async function place(to, attempt, subsector, fragment = '', events = EVENTS) {
    const form = new URLSearchParams({ To: to, From: FROM, Timeout: '20', Url: `${receiver().url}/twilio/voice/${attempt}?subsector=${subsector}`, StatusCallback: `${receiver().url}/twilio/status/${attempt}?subsector=${subsector}${fragment}` });
    for (const one of events) form.append('StatusCallbackEvent', one);
    const made = await mock().post(`${calls}.json`, { basic, body: form.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    assert.strictEqual(made.status, 201, made.text);
    return made.json.sid;
  }
  const statuses = (attempt) => receiver().callbacks.filter((one) => one.path.startsWith(`/twilio/status/${attempt}`));
  const told = (attempt, count) => until(`${count} status callbacks of ${attempt}`, () => (statuses(attempt).length >= count ? statuses(attempt) : null));
  const tries = (attempt, count) => until(`${count} tries`, async () => {
    const entries = await mock().journal({ attempt_id: attempt, direction: 'callback', path: '/status/' });
    return entries.length === count && entries.every((entry) => entry.status || entry.note) ? entries : null;
  });
  // Nothing more comes: the mock has nothing to send and waits for nothing.
  const quiet = () => until('quiet', async () => {
    const { timers, callbacks_under_way: sent } = await mock().status();
    return timers.waiting === 0 && sent === 0;
  });
  async function answering(answer, work) {
    receiver().answer = answer;
    await mock().control('faults', { cps: 0 });
    try {
      return await work();
    } finally {
      receiver().answer = () => 204;
      await mock().control('faults', {});
    }
  }

  test('each status callback has the documented parameters, and no others', async () => {
    const cases = [
      [{}, 'happy-path', [['initiated', 0], ['ringing', 1], ['in-progress', 2], ['completed', 3]]],
      [{ busy_rate: 1 }, 'happy-path', [['initiated', 0], ['ringing', 1], ['busy', 2]]],
      [{}, 'pager-timeout', [['initiated', 0], ['ringing', 1], ['no-answer', 2]]],
    ];
    for (const [faults, scenario, wanted] of cases) {
      const subsector = fresh();
      await mock().control('scenario', { scenario, subsector });
      await answering((one) => (one.path.includes('/voice/') ? { status: 200, body: '<Response><Say>Hello</Say></Response>' } : 204), async () => {
        await mock().control('faults', { cps: 0, ...faults });
        await place('+15125550321', subsector, subsector);
        const seen = await told(subsector, wanted.length);
        assert.deepStrictEqual(seen.map(({ form }) => [form.CallStatus, Number(form.SequenceNumber)]), wanted);
        for (const { form } of seen) {
          const status = form.CallStatus;
          const extra = [
            ...(['ringing', 'in-progress'].includes(status) ? ['StirStatus'] : []),
            ...(['completed', 'busy', 'no-answer'].includes(status) ? ['CallDuration', 'SipResponseCode'] : []),
            ...(status === 'completed' ? ['Duration'] : []),
          ];
          assert.deepStrictEqual(Object.keys(form).sort(), [...ALWAYS, ...PROGRESS, ...extra].sort(), status);
          assert.deepStrictEqual([form.Direction, form.ApiVersion, form.Caller, form.To, form.ToCountry], ['outbound-api', '2010-04-01', FROM, '+15125550321', 'US']);
        }
        const voice = receiver().of(subsector).filter((one) => one.path.includes('/voice/'));
        for (const { form } of voice) assert.deepStrictEqual(Object.keys(form).sort(), ALWAYS, 'what asks for TwiML tells the call only');
      });
    }
  });

  test('the overrides in the URL are kept to: rc, rp with 4xx and all, rt and tt', async () => {
    const cases = [
      // [fragment, what is answered, tries, the note]
      ['', 404, 1], ['#rc=2&rp=4xx', 404, 3], ['#rc=2&rp=5xx', 404, 1], ['#rc=1&rp=all', 500, 2], ['#rc=0', null, 1, 'no answer'],
      ['#rc=1&rp=all', null, 2, 'no answer'], ['#rp=rt', null, 2, 'no answer'], ['#rc=9&rp=5xx', 503, 6], ['#nonsense&rc=&rp', 503, 1],
      ['#rc=1&rp=rt&rt=100', 'never', 2, 'no answer'], ['#rc=5&rp=rt&rt=300&tt=100', 'never', 1, 'no answer'],
    ];
    for (const [i, [fragment, answer, count, note]] of cases.entries()) {
      const subsector = fresh();
      await answering((one) => (one.path.includes('/status/') ? answer : { status: 200, body: '<Response/>' }), async () => {
        await place('+15125550322', subsector, subsector, fragment, ['completed']);
        const entries = await tries(subsector, count);
        await quiet();
        assert.strictEqual(statuses(subsector).length, count, `case ${i}: ${fragment}`);
        assert.deepStrictEqual(entries.map((entry) => entry.note), Array(count).fill(note), `case ${i}: ${fragment}`);
        assert.strictEqual(new Set(statuses(subsector).map((one) => one.headers['i-twilio-idempotency-token'])).size, 1);
        assert(statuses(subsector).every((one) => one.genuine && !one.path.includes('#')));
      });
    }
  });

  test('a late callback comes after the ones that were sent later', async () => {
    const [late, well] = [fresh(), fresh()];
    const { speed } = await mock().status();
    await mock().control('speed', { speed: 0.01 });
    await mock().control('faults', { late_callbacks: 1, callback_delay_s: 600, subsector: late });
    for (const [i, subsector] of [late, well].entries()) await mock().execution(`+1512555033${i}`, { attempt_id: subsector, subsector, callback_url: receiver().studio(subsector) });
    await mock().control('advance', { seconds: 1 });
    await until('the other is told', () => receiver().events(well).length === 1);
    await mock().control('advance', { seconds: 60 });
    await until('and told all', () => receiver().events(well).length === 2);
    assert.deepStrictEqual(receiver().events(late), [], 'the late one is still under way');
    await mock().control('advance', { seconds: 700 });
    await until('the late ones come', () => receiver().events(late).length === 2);
    await mock().control('faults', {});
    await mock().control('speed', { speed });
  });

  test('the same seed loses the same callbacks, with --seed and over a reset, however other ECOs interleave', async () => {
    const binary = mock().process.spawnfile;
    async function lost(seed, between) {
      const own = await Mock.start(binary, '--speed', '1000', '--seed', String(seed), '--scenario', 'pager-exhausted');
      const seen = [];
      const play = async () => {
        await own.control('faults', { lose_callbacks: 0.5 });
        await own.postTask('ECO-FIRST');
        for (let i = 0; i < 12; i++) {
          if (between) {
            const other = await own.execution(`+1512555035${i % 10}`, { attempt_id: `o${i}`, subsector: 'ECO-SECOND', callback_url: receiver().studio(`o${i}`) });
            await own.ended(other.json.sid);
          }
          const made = await own.execution('+15125550340', { attempt_id: `s${i}`, subsector: 'ECO-FIRST', callback_url: receiver().studio(`s${i}`) });
          await own.ended(made.json.sid);
        }
        const luck = async (subsector) => (await own.journal({ subsector, direction: 'callback' })).map((entry) => (entry.note === 'lost on the way' ? '.' : 'x')).join('');
        if (between) assert.notStrictEqual(await luck('ECO-SECOND'), await luck('ECO-FIRST'), 'each ECO has luck of its own');
        return luck('ECO-FIRST');
      };
      seen.push(await play());
      assert.strictEqual((await own.status('ECO-FIRST')).scenario, 'pager-exhausted');
      await own.control('reset', {});
      seen.push(await play());
      assert.strictEqual(await own.stop(), 0);
      return seen;
    }
    const [first, again] = await lost(41, false);
    const [beside] = await lost(41, true);
    const [other] = await lost(42, false);
    assert(first.includes('.') && first.includes('x') && first.length >= 20, first);
    assert.deepStrictEqual([again, beside], [first, first]);
    assert.notStrictEqual(other, first);
  });
};
