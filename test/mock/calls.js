// The Calls API, and a call's way through its TwiML.
'use strict';
const assert = require('assert');
const { assertShape } = require('./shapes');
const { test, until, ACCOUNT, TOKEN, FROM } = require('./harness');

module.exports = (mock, receiver) => {
  let n = 0;
  const fresh = (scenario) => {
    const subsector = `ECO-T${++n}-${Date.now()}`;
    return scenario ? mock().control('scenario', { scenario, subsector }).then(() => subsector) : subsector;
  };
  const basic = `${ACCOUNT}:${TOKEN}`;
  const calls = `/twilio/2010-04-01/Accounts/${ACCOUNT}/Calls`;
  const EVENTS = ['initiated', 'ringing', 'answered', 'completed'];

  const url = (kind, attempt, subsector, fragment = '') => `${receiver().url}/twilio/${kind}/${attempt}?subsector=${subsector}${fragment}`;

  // A form whose values may be lists: repeated fields.
  const body = (fields) => {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) for (const one of [].concat(value)) form.append(name, one);
    return form.toString();
  };
  const post = (path, fields, more = {}) =>
    mock().post(path, { basic, body: body(fields), headers: { 'content-type': 'application/x-www-form-urlencoded' }, ...more });

  async function place(to, attempt, subsector, fields = {}) {
    const made = await post(`${calls}.json`, {
      To: to, From: FROM, Url: url('voice', attempt, subsector), StatusCallback: url('status', attempt, subsector), StatusCallbackEvent: EVENTS, Timeout: 20, ...fields,
    });
    assert.strictEqual(made.status, 201, made.text);
    return made.json;
  }
  const fetchCall = async (sid) => (await mock().get(`${calls}/${sid}.json`, { basic })).json;
  const over = (sid) =>
    until(`call ${sid} is over`, async () => {
      const call = await fetchCall(sid);
      return ['completed', 'busy', 'no-answer', 'failed', 'canceled'].includes(call.status) ? call : null;
    });
  const statuses = (attempt) => receiver().callbacks.filter((c) => c.path.startsWith(`/twilio/status/${attempt}`));
  const told = (attempt, count) => until(`${count} status callbacks`, () => (statuses(attempt).length >= count ? statuses(attempt) : null));
  const asked = (kind, attempt) => receiver().callbacks.filter((c) => c.path.startsWith(`/twilio/${kind}/${attempt}`));

  const xml = (text) => ({ status: 200, body: `<?xml version="1.0" encoding="UTF-8"?><Response>${text}</Response>` });
  const question = (attempt, subsector, more = '') =>
    `<Gather numDigits="1" timeout="5" action="/twilio/gather/${attempt}?subsector=${subsector}" ${more}><Say>NOC: ECO 524 - Fiber cut. Press 1 or 2.</Say><Pause length="1"/></Gather>`;

  // Answers TwiML requests by path; what isn't named is a status callback.
  async function answering(pages, work) {
    receiver().answer = (callback) => {
      const path = callback.path.split('?')[0].replace(/^\/twilio\//, '');
      const page = pages[path];
      return page === undefined ? 204 : typeof page === 'function' ? page(callback) : page;
    };
    await mock().control('faults', { cps: 0 });
    try {
      return await work();
    } finally {
      receiver().answer = () => 204;
      await mock().control('faults', {});
    }
  }

  test('a call has the fields of Twilio, and goes from queued to completed', async () => {
    const subsector = fresh();
    const pages = { 'voice/c1': xml(question('c1', subsector)), 'gather/c1': xml('<Say>Thank you.</Say><Hangup/>') };
    await answering(pages, async () => {
      const made = await place('+15125550701', 'c1', subsector);
      assertShape('call', made);
      assert.match(made.sid, /^CA[0-9a-f]{32}$/);
      assert.deepStrictEqual([made.status, made.start_time, made.duration, made.direction], ['queued', null, null, 'outbound-api']);
      assert.match(made.date_created, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
      const done = await over(made.sid);
      assert.strictEqual(done.status, 'completed');
      assert.match(done.duration, /^\d+$/);
      assert.match(done.end_time, /\+0000$/);
      const status = await told('c1', 4);
      assert.deepStrictEqual(status.map((c) => c.form.CallStatus), ['initiated', 'ringing', 'in-progress', 'completed']);
      assert.deepStrictEqual(status.map((c) => c.form.SequenceNumber), ['0', '1', '2', '3']);
      for (const callback of receiver().callbacks.filter((c) => c.path.includes('/c1?'))) assert(callback.genuine, callback.path);
      for (const { form } of status) {
        assert.deepStrictEqual([form.CallbackSource, form.AccountSid, form.CallSid, form.From, form.Called], ['call-progress-events', ACCOUNT, made.sid, FROM, '+15125550701']);
        assert.match(form.Timestamp, /\+0000$/);
        const last = form.CallStatus === 'completed';
        assert.strictEqual('StirStatus' in form, ['ringing', 'in-progress'].includes(form.CallStatus), `StirStatus in ${form.CallStatus}`);
        for (const name of ['CallDuration', 'Duration', 'SipResponseCode']) assert.strictEqual(name in form, last, `${name} in ${form.CallStatus}`);
      }
      const [voice] = asked('voice', 'c1');
      assert.deepStrictEqual([voice.form.CallStatus, voice.form.CallSid, voice.form.AnsweredBy], ['in-progress', made.sid, undefined]);
      const [gather] = asked('gather', 'c1');
      assert.strictEqual(gather.form.Digits, '1');
      assert(!Object.keys(gather.form).includes('AttemptId'));
      const entries = await mock().journal({ subsector });
      assert(entries.length >= 7 && entries.filter((e) => !e.path.includes(made.sid)).every((e) => e.attempt_id === 'c1'));
    });
  });

  test('several orders in one call: each Gather is answered by its own order, and told at its own URL', async () => {
    const [one, two, three] = [await fresh('pager-declined'), await fresh('happy-path'), await fresh('pager-timeout')];
    const pages = {
      'voice/j1': xml(question('j1', one)),
      'gather/j1': xml(`<Say>Recorded.</Say>${question('j2', two)}`),
      'gather/j2': xml(`<Redirect>/twilio/voice/j3?subsector=${three}</Redirect>`),
      'voice/j3': xml(`${question('j3', three)}<Say>No key was pressed. Goodbye.</Say>`),
    };
    await answering(pages, async () => {
      const made = await place('+15125550702', 'j1', one);
      await over(made.sid);
      assert.deepStrictEqual(asked('gather', 'j1').map((c) => c.form.Digits), ['2']);
      assert.deepStrictEqual(asked('gather', 'j2').map((c) => c.form.Digits), ['1']);
      assert.deepStrictEqual(asked('gather', 'j3'), [], 'no key, no action');
      const entries = await mock().journal({ direction: 'callback', attempt_id: 'j2' });
      assert.deepStrictEqual(entries.map((e) => [e.subsector, e.status]), [[two, 200]]);
      assert((await mock().status(two)).step.includes('accepted'));
      assert.strictEqual((await mock().status(three)).timing.accepted_at, null);
    });
  });

  test('actionOnEmptyResult posts an empty Digits; star comes as a digit; the finish key ends a number', async () => {
    const subsector = await fresh('pager-timeout');
    let heard = 0;
    const pages = {
      'voice/e1': xml(question('e1', subsector, 'actionOnEmptyResult="true"')),
      'gather/e1': () => (++heard === 1 ? xml(question('e1', subsector)) : heard === 2 ? xml(`<Gather timeout="60" action="/twilio/gather/e1?subsector=${subsector}"/>`) : xml('<Hangup/>')),
    };
    await answering(pages, async () => {
      const { speed } = await mock().status();
      await mock().control('speed', { speed: 0.01 });
      const made = await place('+15125550703', 'e1', subsector);
      const asking = () => until('a question', async () => (await mock().status(subsector)).calls[0].asking);
      await mock().control('call', { call_sid: made.sid, action: 'answer' });
      await mock().control('advance', { seconds: 0.5 });
      await asking();
      await mock().control('advance', { seconds: 30 });
      await until('the empty answer', () => heard === 1);
      await asking();
      await mock().control('call', { call_sid: made.sid, action: '*' });
      await until('the star', () => heard === 2);
      await asking();
      for (const key of ['4', '2', '#']) await mock().control('call', { call_sid: made.sid, action: key });
      await over(made.sid);
      await mock().control('speed', { speed });
      assert.deepStrictEqual(asked('gather', 'e1').map((c) => [c.form.Digits, c.form.FinishedOnKey]), [['', undefined], ['*', undefined], ['42', '#']]);
    });
  });

  test('calls that nobody answers, that are busy, that fail, that are canceled say so', async () => {
    const cases = [
      [{}, 'pager-timeout', 'no-answer', '487'],
      [{ busy_rate: 1 }, 'happy-path', 'busy', '486'],
      [{ carrier_failure_rate: 1 }, 'happy-path', 'failed', '404'],
    ];
    for (const [faults, scenario, status, sip] of cases) {
      const subsector = await fresh(scenario);
      const attempt = `b-${status}`;
      await answering({}, async () => {
        await mock().control('faults', { cps: 0, ...faults });
        const made = await place('+15125550704', attempt, subsector);
        const done = await over(made.sid);
        assert.deepStrictEqual([done.status, done.duration], [status, '0']);
        const last = (await told(attempt, 3)).pop().form;
        assert.deepStrictEqual([last.CallStatus, last.CallDuration, last.Duration, last.SipResponseCode], [status, '0', undefined, sip]);
        assert.deepStrictEqual(asked('voice', attempt), []);
      });
    }
    const subsector = await fresh('pager-timeout');
    const made = await place('+15125550705', 'b-canceled', subsector);
    const redirected = await post(`${calls}/${made.sid}.json`, { Url: url('voice', 'b-canceled', subsector) });
    assert.deepStrictEqual([redirected.status, redirected.json.code], [400, 21220], 'it is not in progress yet');
    const canceled = await post(`${calls}/${made.sid}.json`, { Status: 'canceled' });
    assert.deepStrictEqual([canceled.status, canceled.json.status], [200, 'canceled']);
    await until('its end is told', () => statuses('b-canceled').some((c) => c.form.CallStatus === 'canceled'));
  });

  test('a machine that answers is told by AnsweredBy, a person too, at once or by its own callback', async () => {
    const cases = [
      ['Enable', 1, 'machine_start'],
      ['DetectMessageEnd', 1, 'machine_end_beep'],
      ['Enable', 0, 'human'],
    ];
    for (const [detection, rate, by] of cases) {
      const subsector = fresh();
      const attempt = `m-${by}`;
      const pages = { [`voice/${attempt}`]: xml(question(attempt, subsector)), [`gather/${attempt}`]: xml('<Hangup/>') };
      await answering(pages, async () => {
        await mock().control('faults', { cps: 0, voicemail_rate: rate });
        const made = await place('+15125550706', attempt, subsector, { MachineDetection: detection });
        const done = await over(made.sid);
        assert.strictEqual(done.answered_by, by);
        assert.strictEqual(asked('voice', attempt)[0].form.AnsweredBy, by);
        assert.strictEqual((await told(attempt, 4)).pop().form.AnsweredBy, by);
        assert.strictEqual(asked('gather', attempt).length, rate === 1 ? 0 : 1);
      });
    }
    const subsector = fresh();
    await answering({ 'voice/async': xml('<Pause length="9"/>') }, async () => {
      await mock().control('faults', { cps: 0, voicemail_rate: 1 });
      await place('+15125550707', 'async', subsector, { MachineDetection: 'Enable', AsyncAmd: 'true', AsyncAmdStatusCallback: url('status', 'amd', subsector) });
      const [callback] = await told('amd', 1);
      assert.strictEqual(callback.form.AnsweredBy, 'machine_start');
      assert.strictEqual(asked('voice', 'async')[0].form.AnsweredBy, undefined);
    });
  });

  test('one call a second: the others are queued, and queue_time tells how long; a limit of calls at once holds', async () => {
    const { speed } = await mock().status();
    await mock().control('speed', { speed: 0.01 });
    const subsector = await fresh('pager-timeout');
    const sids = [];
    for (let i = 0; i < 3; i++) sids.push((await place(`+1512555072${i}`, `q${i}`, subsector)).sid);
    const states = async () => (await Promise.all(sids.map(fetchCall))).map((call) => call.status);
    await mock().control('advance', { seconds: 0.5 });
    assert.deepStrictEqual(await states(), ['ringing', 'queued', 'queued']);
    await mock().control('advance', { seconds: 1 });
    assert.deepStrictEqual(await states(), ['ringing', 'ringing', 'queued']);
    await mock().control('faults', { cps: 0, concurrent_calls: 2 });
    await mock().control('advance', { seconds: 5 });
    assert.deepStrictEqual(await states(), ['ringing', 'ringing', 'queued']);
    await post(`${calls}/${sids[0]}.json`, { Status: 'completed' });
    await mock().control('advance', { seconds: 0.5 });
    assert.deepStrictEqual(await states(), ['canceled', 'ringing', 'ringing']);
    assert(Number((await fetchCall(sids[2])).queue_time) > 0);
    await mock().control('faults', {});
    await mock().control('speed', { speed });
    await Promise.all(sids.map(over));
  });

  test('a call in progress is hung up, or sent elsewhere, by the API; one that is not, is not', async () => {
    const subsector = fresh();
    const pages = { 'voice/u1': xml('<Pause length="3600"/>'), 'voice/u2': xml('<Say>Elsewhere.</Say><Pause length="3600"/>') };
    await answering(pages, async () => {
      const made = await place('+15125550708', 'u1', subsector, { StatusCallbackEvent: [] });
      await until('it is played', () => asked('voice', 'u1').length === 1);
      const moved = await post(`${calls}/${made.sid}.json`, { Url: url('voice', 'u2', subsector) });
      assert.strictEqual(moved.status, 200);
      await until('the other document is asked for', () => asked('voice', 'u2').length === 1);
      const refused = await post(`${calls}/${made.sid}.json`, { Status: 'canceled' });
      assert.deepStrictEqual([refused.status, refused.json.code], [400, 21220]);
      const ended = await post(`${calls}/${made.sid}.json`, { Twiml: '<Response><Hangup/></Response>' });
      assert.strictEqual(ended.json.status, 'completed');
      const late = await post(`${calls}/${made.sid}.json`, { Url: url('voice', 'u2', subsector) });
      assert.deepStrictEqual([late.status, late.json.code], [400, 21220]);
      const status = await told('u1', 1);
      assert.deepStrictEqual(status.map((c) => [c.form.CallStatus, c.form.SequenceNumber]), [['completed', '0']], 'completed only, where no event is named');
    });
  });

  test('TwiML that fails: the fallback is asked once, then Twilio says so and hangs up', async () => {
    const bad = [
      503,
      { status: 200, body: '' },
      { status: 200, body: 'hello' },
      { status: 200, body: '<Response><Say>open' },
      { status: 200, body: '<!DOCTYPE r [<!ENTITY a "aaaaaaaa">]><Response><Say>&a;</Say></Response>' },
      { status: 200, body: `<Response>${'<Pause/>'.repeat(5000)}</Response>` },
      { status: 200, body: `<Response><Say>${'x'.repeat(100000)}</Say></Response>` },
      { status: 200, body: '<Other/>' },
      null,
    ];
    for (const [i, page] of bad.entries()) {
      const subsector = fresh();
      const attempt = `f${i}`;
      await answering({ [`voice/${attempt}`]: page, [`voice/${attempt}b`]: page }, async () => {
        const made = await place('+15125550709', attempt, subsector, { FallbackUrl: url('voice', `${attempt}b`, subsector) });
        assert.strictEqual((await over(made.sid)).status, 'completed');
        assert(asked('voice', `${attempt}?`).length >= 1 && asked('voice', `${attempt}b`).length >= 1, `case ${i}`);
        assert.match((await mock().status(subsector)).calls[0].hears, /application error/);
      });
    }
    const subsector = fresh();
    await answering({ 'voice/loop': () => xml(`<Redirect>/twilio/voice/loop?subsector=${subsector}</Redirect>`) }, async () => {
      const made = await place('+15125550709', 'loop', subsector);
      await over(made.sid);
      assert.strictEqual(asked('voice', 'loop').length, 100, 'a circle ends');
    });
  });

  test('TwiML given with the call is played; Url goes before it', async () => {
    const subsector = fresh();
    await answering({ 'gather/w1': xml('<Hangup/>') }, async () => {
      const made = await post(`${calls}.json`, {
        To: '+15125550710', From: FROM,
        Twiml: `<Response><Gather numDigits="1" action="${url('gather', 'w1', subsector)}"><Say>Five &lt; six &amp; seven</Say></Gather></Response>`,
      });
      assert.strictEqual(made.status, 201);
      assert.strictEqual((await over(made.json.sid)).status, 'completed');
      assert.strictEqual(asked('gather', 'w1')[0].form.Digits, '1');
    });
    const both = fresh();
    await answering({ 'voice/w2': xml('<Play>http://127.0.0.1:1/tone.wav</Play><Hangup/><Say>never</Say>') }, async () => {
      const made = await place('+15125550710', 'w2', both, { Twiml: '<Response><Say>not this</Say></Response>', Method: 'GET' });
      await over(made.sid);
      assert.deepStrictEqual(asked('voice', 'w2').map((c) => [c.method, c.body, c.genuine]), [['GET', '', true]], 'the fields are in the query, and signed there');
      assert.strictEqual(new URL(asked('voice', 'w2')[0].path, 'http://h').searchParams.get('CallSid'), made.sid);
      assert.doesNotMatch((await mock().status(both)).calls[0].hears || '', /not this|never/);
    });
  });

  test('bad call requests get the codes of Twilio, and nobody is called', async () => {
    const good = { To: '+15125550711', From: FROM, Url: 'http://127.0.0.1:1/x' };
    const cases = [
      [{ To: '' }, 400, 21201], [{ To: '5125550711' }, 400, 21211], [{ From: '' }, 400, 21213], [{ From: '+0' }, 400, 21212],
      [{ Url: '' }, 400, 21205], [{ Url: 'ftp://x/y' }, 400, 21205], [{ Url: '', ApplicationSid: 'AP1' }, 400, 21218],
      [{ StatusCallback: 'http://under_score.example/x' }, 400, 21609], [{ StatusCallbackEvent: ['ringing', 'in-progress'] }, 400, 21626],
      [{ Timeout: '0' }, 400, 20001], [{ Timeout: '601' }, 400, 20001], [{ Timeout: 'soon' }, 400, 20001], [{ Method: 'PUT' }, 400, 20001],
      [{ MachineDetection: 'yes' }, 400, 20001], [{ MachineDetectionTimeout: '1000' }, 400, 20001], [{ AsyncAmd: '7' }, 400, 20001],
      [{ Url: '', Twiml: 'x'.repeat(4001) }, 400, 20001], [{ TimeLimit: '-1' }, 400, 20001], [{ SendDigits: 'abc' }, 400, 20001], [{ Record: 'x' }, 400, 20001],
    ];
    const count = async () => (await mock().get(`${calls}.json?To=%2B15125550711`, { basic })).json.calls.length;
    for (const [fields, status, code] of cases) {
      const answer = await post(`${calls}.json`, { ...good, ...fields });
      assert.deepStrictEqual([answer.status, answer.json.code, answer.json.status], [status, code, status], JSON.stringify(fields));
      assert.strictEqual(answer.json.more_info, `https://www.twilio.com/docs/errors/${code}`);
    }
    assert.strictEqual(await count(), 0);
    assert.strictEqual((await post(`${calls}.json`, good, { basic: `${ACCOUNT}:wrong` })).status, 401);
    assert.strictEqual((await post(`/twilio/2010-04-01/Accounts/AC${'9'.repeat(32)}/Calls.json`, good)).status, 401);
    assert.strictEqual((await mock().get(`${calls}/CA${'0'.repeat(32)}.json`, { basic })).json.code, 20404);
    assert.strictEqual((await post(`${calls}/CA${'0'.repeat(32)}.json`, { Status: 'completed' })).json.code, 20404);
  });

  test('calls are listed newest first, by number, status, time and page', async () => {
    const subsector = await fresh('pager-timeout');
    const { speed } = await mock().status();
    await mock().control('faults', { cps: 0 });
    await mock().control('speed', { speed: 0.01 });
    const sids = [];
    for (let i = 0; i < 3; i++) sids.unshift((await place('+15125550712', `l${i}`, subsector)).sid);
    const list = async (query) => (await mock().get(`${calls}.json?${query}`, { basic })).json;
    const day = new Date().toISOString().slice(0, 10);
    const to = 'To=%2B15125550712';
    const found = async (query) => (await list(`${to}&${query}`)).calls.map((call) => call.sid);
    assert.deepStrictEqual(await found(''), sids);
    assert.deepStrictEqual(await found('Status=queued'), sids);
    assert.deepStrictEqual(await found(`StartTime=${day}`), [], 'what has not started has no start');
    assert.deepStrictEqual(await found(`StartTime<=${day}`), []);
    await mock().control('advance', { seconds: 0.5 });
    assert.deepStrictEqual(await found('Status=ringing'), sids);
    assert.deepStrictEqual(await found(`StartTime>=${day}`), sids);
    assert.deepStrictEqual(await found(`StartTime<=${day}`), sids);
    assert.deepStrictEqual(await found(`StartTime>=${encodeURIComponent(new Date(Date.now() - 60000).toISOString())}`), sids);
    assert.deepStrictEqual(await found('StartTime<=2000-01-01'), []);
    assert.deepStrictEqual(await found('From=%2B15125550000'), []);
    const first = await list(`${to}&PageSize=2`);
    assert.deepStrictEqual(first.calls.map((call) => call.sid), sids.slice(0, 2));
    const second = await mock().get(`/twilio${first.next_page_uri}`, { basic });
    assert.deepStrictEqual([second.json.calls.map((call) => call.sid), second.json.next_page_uri], [sids.slice(2), null]);
    assert.strictEqual((await mock().get(`${calls}.json?StartTime=yesterday`, { basic })).status, 400);
    await mock().control('faults', {});
    await mock().control('speed', { speed });
    await Promise.all(sids.map(over));
  });

  test('a 5xx to a status callback is repeated only when the URL asks for it, with the same idempotency token', async () => {
    const [patient, plain] = [fresh(), fresh()];
    await answering({ 'status/p1': 503, 'status/p2': 503 }, async () => {
      const asking = await place('+15125550713', 'p1', patient, { StatusCallback: url('status', 'p1', patient, '#rc=2&rp=ct,rt,5xx&rt=5000'), StatusCallbackEvent: 'completed' });
      const silent = await place('+15125550714', 'p2', plain, { StatusCallbackEvent: 'completed' });
      await over(asking.sid);
      await over(silent.sid);
      const three = await told('p1', 3);
      assert.strictEqual(new Set(three.map((c) => c.headers['i-twilio-idempotency-token'])).size, 1);
      assert(three.every((c) => c.genuine && !c.path.includes('#')));
      const entries = await mock().journal({ attempt_id: 'p2', direction: 'callback', path: '/status/' });
      assert.deepStrictEqual(entries.map((entry) => entry.status), [503]);
    });
  });

  test('a lost answer to a status callback is repeated under rt only; a refused connection once by default', async () => {
    const [patient, plain, refused] = [fresh(), fresh(), fresh()];
    await answering({ 'status/r1': null, 'status/r2': null }, async () => {
      const only = { StatusCallbackEvent: 'completed' };
      await place('+15125550715', 'r1', patient, { ...only, StatusCallback: url('status', 'r1', patient, '#rc=1&rp=rt') });
      await place('+15125550716', 'r2', plain, only);
      await place('+15125550717', 'r3', refused, { ...only, StatusCallback: 'http://127.0.0.1:1/twilio/status/r3' });
      const settled = (attempt, count) => until(`${count} tries`, async () => {
        const entries = await mock().journal({ attempt_id: attempt, direction: 'callback', path: '/status/' });
        return entries.length === count && entries.every((entry) => entry.note);
      });
      await settled('r1', 2);
      await settled('r2', 1);
      await settled('r3', 2);
    });
  });
};
