// Faults: trouble on demand, with a seed, and what the journal says of it.
'use strict';
const assert = require('assert');
const { test, until, Mock, ACCOUNT, TOKEN, FLOW } = require('./harness');

module.exports = (mock, receiver, binary) => {
  let n = 0;
  const fresh = () => `ECO-F${++n}-${Date.now()}`;
  const basic = `${ACCOUNT}:${TOKEN}`;

  async function page(subsector, to, fragment) {
    const attempt = `${subsector}-${to}`;
    const made = await mock().execution(to, {
      attempt_id: attempt, subsector, callback_url: receiver().studio(attempt, fragment),
    });
    return { attempt, made };
  }

  async function withFaults(faults, body) {
    await mock().control('faults', faults);
    try {
      return await body();
    } finally {
      await mock().control('faults', {});
    }
  }

  test('a dropped response has done its work, and the journal says what was decided', async () => {
    const subsector = fresh();
    await withFaults({ drop_response: 1, subsector }, async () => {
      assert((await mock().postTask(subsector)).lost);
      const { made } = await page(subsector, '+15125550401');
      assert(made.lost);
    });
    assert.strictEqual((await mock().tasks(subsector)).tasks.length, 1);
    const entries = await mock().journal({ subsector, direction: 'request', method: 'POST' });
    assert.deepStrictEqual(entries.map((entry) => entry.status), [201, 201]);
    const again = await mock().postTask(subsector);
    assert.strictEqual(again.status, 409);
    const conflict = await page(subsector, '+15125550401');
    if (conflict.made.status === 409) {
      const sid = conflict.made.json.details.conflicting_execution_sid;
      const { context } = await mock().fetchExecution(sid, '/Context');
      assert.strictEqual(context.flow.data.attempt_id, `${subsector}-+15125550401`);
    } else assert.strictEqual(conflict.made.status, 201);
  });

  test('a dropped response closes at once, whatever the scenario would wait', async () => {
    const subsector = fresh();
    const { speed } = await mock().status();
    await mock().control('scenario', { scenario: 'slow-render', subsector });
    await mock().control('speed', { speed: 0.01 });
    const lost = await withFaults({ drop_response: true, provider: 'render' }, () => mock().postTask(subsector));
    await mock().control('speed', { speed });
    assert(lost.lost);
  });

  test('an error fault does nothing but answer, in the words of each provider', async () => {
    const subsector = fresh();
    await withFaults({ status: 503, error_rate: 1, subsector }, async () => {
      const task = await mock().postTask(subsector);
      assert.strictEqual(task.status, 503);
      assert(task.json.code && task.json.message && task.headers['retry-after']);
      const { made } = await page(subsector, '+15125550402');
      assert.strictEqual(made.status, 503);
      assert.strictEqual(made.json.code, 20503);
    });
    await withFaults({ status: 429, retry_after_s: 7, provider: 'twilio' }, async () => {
      const { made } = await page(subsector, '+15125550402');
      assert.strictEqual(made.status, 429);
      assert.strictEqual(made.json.code, 20429);
      assert.strictEqual(made.headers['retry-after'], '7');
    });
    assert.deepStrictEqual((await mock().tasks(subsector)).tasks, []);
    assert.deepStrictEqual((await mock().status(subsector)).calls, []);
  });

  test('Render refuses with 429 and Retry-After too, and each status in its own words', async () => {
    const subsector = fresh();
    for (const [status, code, after] of [[429, 'too_many_requests', '4'], [503, 'server_error', '4'], [500, 'server_error', undefined], [401, 'unauthorized', undefined], [404, 'not_found', undefined]]) {
      const answer = await withFaults({ status, retry_after_s: 4, provider: 'render' }, () => mock().postTask(subsector));
      assert.deepStrictEqual([answer.status, answer.json.code, answer.headers['retry-after']], [status, code, after]);
      assert(answer.json.message);
    }
    assert.deepStrictEqual((await mock().status(subsector)).tasks, []);
  });

  test('a token may come without expires_in, live shortly, or be refused: the token endpoint has faults of its own', async () => {
    const ask = () => mock().post('/render/oauth/token', { basic: 'id:secret', form: { grant_type: 'client_credentials' } });
    const silent = await withFaults({ omit_expires_in: 1 }, ask);
    assert.deepStrictEqual([silent.status, Object.keys(silent.json).sort()], [200, ['access_token', 'token_type']]);
    assert.strictEqual((await withFaults({ token_lifetime_s: 90, provider: 'oauth' }, ask)).json.expires_in, 90);
    const refused = await withFaults({ status: 401, provider: 'oauth' }, ask);
    assert.deepStrictEqual([refused.status, refused.json.error], [401, 'invalid_client']);
    const other = await withFaults({ status: 503, provider: 'render' }, ask);
    assert.strictEqual(other.status, 200, "a failing task isn't a failing token");
    const [subsector, token] = [fresh(), silent.json.access_token];
    assert.strictEqual((await mock().postTask(subsector, {}, token)).status, 201, 'and it is a good one');
  });

  test('a fault for one provider or one ECO leaves the others alone', async () => {
    const [hurt, well] = [fresh(), fresh()];
    await withFaults({ status: 500, provider: 'render', subsector: hurt }, async () => {
      assert.strictEqual((await mock().postTask(hurt)).status, 500);
      assert.strictEqual((await mock().postTask(well)).status, 201);
      const { made } = await page(hurt, '+15125550403');
      assert.strictEqual(made.status, 201);
      await mock().ended(made.json.sid);
    });
  });

  test('half an answer and one too large are what they are called', async () => {
    const subsector = fresh();
    const cut = await withFaults({ truncate_response: 1, subsector }, () => mock().postTask(subsector));
    assert(cut.lost);
    const large = await withFaults({ oversize_response: 1, subsector }, () => mock().postTask(subsector));
    assert.strictEqual(large.status, 409);
    assert(large.text.length > 8 * 1024 * 1024);
  });

  test('what is new shows in lists late, and by its id at once', async () => {
    const subsector = fresh();
    await withFaults({ list_lag_s: 600 }, async () => {
      assert.strictEqual((await mock().postTask(subsector)).status, 201);
      assert.deepStrictEqual((await mock().tasks(subsector)).tasks, []);
      const { made } = await page(subsector, '+15125550418');
      const list = async (path) => (await mock().get(path, { basic })).json;
      assert.deepStrictEqual((await list(`/twilio/v2/Flows/${FLOW}/Executions`)).executions.filter((one) => one.sid === made.json.sid), []);
      assert.strictEqual((await mock().fetchExecution(made.json.sid)).sid, made.json.sid);
      await mock().ended(made.json.sid);
    });
    assert.strictEqual((await mock().tasks(subsector)).tasks.length, 1);
  });

  test('latency delays the answer and changes nothing else', async () => {
    const subsector = fresh();
    const began = Date.now();
    const made = await withFaults({ latency_ms: 150, provider: 'render' }, () => mock().postTask(subsector));
    assert.strictEqual(made.status, 201);
    assert(Date.now() - began >= 150);
  });

  test('the same seed meets the same trouble, another seed other trouble', async () => {
    async function run(seed) {
      await mock().control('reset', {});
      await mock().control('faults', { seed, error_rate: 0.5, provider: 'render' });
      const token = await mock().token();
      const seen = [];
      for (let i = 0; i < 40; i++) seen.push((await mock().postTask('ECO-SEED', { externalId: `x${i}` }, token)).status);
      return seen.join(' ');
    }
    const first = await run(7);
    assert.strictEqual(await run(7), first);
    assert.notStrictEqual(await run(8), first);
    assert(first.includes('500') && first.includes('201'));
    await mock().control('faults', {});
  });

  test('callbacks are duplicated byte for byte, lost with a trace, and reordered', async () => {
    const [twice, never, swapped] = [fresh(), fresh(), fresh()];
    await withFaults({ duplicate_callbacks: 1, subsector: twice }, async () => {
      const { attempt, made } = await page(twice, '+15125550404');
      await mock().ended(made.json.sid);
      const callbacks = receiver().of(attempt);
      assert.deepStrictEqual(callbacks.map((c) => c.event), ['CALLING', 'CALLING', 'ACCEPTED', 'ACCEPTED']);
      assert.strictEqual(callbacks[0].body, callbacks[1].body);
      assert.strictEqual(callbacks[0].headers['i-twilio-idempotency-token'], callbacks[1].headers['i-twilio-idempotency-token']);
    });
    await withFaults({ lose_callbacks: 1, subsector: never }, async () => {
      const { attempt, made } = await page(never, '+15125550405');
      await mock().ended(made.json.sid);
      assert.deepStrictEqual(receiver().of(attempt), []);
      const entries = await mock().journal({ attempt_id: attempt, direction: 'callback' });
      assert.deepStrictEqual(entries.map((entry) => entry.status), [0, 0]);
    });
    await withFaults({ reorder_callbacks: 1, subsector: swapped }, async () => {
      // it lets the next one pass within three of the mock's seconds: time stands still meanwhile
      const { speed } = await mock().status();
      await mock().control('speed', { speed: 0.01 });
      const { attempt, made } = await page(swapped, '+15125550406');
      await mock().control('advance', { seconds: 2.9 });
      await until('the second has passed', () => receiver().events(attempt).length === 2);
      await mock().control('speed', { speed });
      await mock().ended(made.json.sid);
      assert.deepStrictEqual(receiver().events(attempt), ['ACCEPTED', 'CALLING']);
    });
  });

  test('a forged callback carries a signature that does not hold', async () => {
    const subsector = fresh();
    await withFaults({ forge_callbacks: 1, subsector }, async () => {
      const { attempt, made } = await page(subsector, '+15125550407');
      await mock().ended(made.json.sid);
      assert.deepStrictEqual(receiver().of(attempt).map((c) => c.genuine), [false, false]);
    });
  });

  test('voicemail, a busy line and a failed call are told as what they are, without a digit', async () => {
    const cases = [
      [{ voicemail_rate: 1 }, 'voicemail', 'machine_start'],
      [{ busy_rate: 1 }, 'busy', ''],
      [{ carrier_failure_rate: 1 }, 'failed', ''],
    ];
    for (const [faults, reason, by] of cases) {
      const subsector = fresh();
      await withFaults({ ...faults, subsector }, async () => {
        const { attempt, made } = await page(subsector, '+15125550408');
        await mock().ended(made.json.sid);
        const last = receiver().of(attempt).pop().form;
        assert.deepStrictEqual([last.Event, last.Reason, last.AnsweredBy, last.Digits], ['FAILED', reason, by, '']);
      });
    }
  });

  test('a skewed clock shows in every date that is told', async () => {
    const subsector = fresh();
    await withFaults({ clock_skew_s: -86400 }, async () => {
      const { json } = await mock().postTask(subsector);
      assert(Date.parse(json.createdAt) < Date.now() - 80000000);
      const { made } = await page(subsector, '+15125550409');
      assert(Date.parse(made.json.date_created) < Date.now() - 80000000);
      await mock().ended(made.json.sid);
    });
    const [one, other] = [fresh(), fresh()];
    await withFaults({ clock_skew_s: 86400, provider: 'render', subsector: one }, async () => {
      const ahead = async (subsector) => Date.parse((await mock().postTask(subsector)).json.createdAt) > Date.now() + 80000000;
      assert.deepStrictEqual([await ahead(one), await ahead(other)], [true, false], 'of one ECO alone');
      const { made } = await page(one, '+15125550409');
      assert(Date.parse(made.json.date_created) < Date.now() + 80000000, 'of one provider alone');
      await mock().ended(made.json.sid);
    });
  });

  test('a report that fails is made again by the next widgets, then the person is told to call', async () => {
    const [slow, lost] = [fresh(), fresh()];
    let refusals = 2;
    receiver().answer = (callback) => (callback.event === 'ACCEPTED' && refusals-- > 0 ? 503 : 204);
    const heard = await page(slow, '+15125550410');
    await mock().ended(heard.made.json.sid);
    assert.deepStrictEqual(receiver().events(heard.attempt), ['CALLING', 'ACCEPTED', 'ACCEPTED', 'ACCEPTED']);
    const { context } = await mock().fetchExecution(heard.made.json.sid, '/Context');
    assert.deepStrictEqual(['report_1', 'report_1_again', 'report_1_last'].map((name) => context.widgets[name].status_code), [503, 503, 204]);
    receiver().answer = () => null;
    const unheard = await page(lost, '+15125550411');
    await mock().ended(unheard.made.json.sid);
    receiver().answer = () => 204;
    assert.deepStrictEqual(receiver().events(unheard.attempt), ['CALLING', 'ACCEPTED', 'ACCEPTED', 'ACCEPTED'], 'each once: the widget does not repeat');
    assert.match((await mock().status(lost)).calls[0].hears, /not recorded\. Please call the NOC/);
    const entries = await mock().journal({ attempt_id: unheard.attempt, direction: 'callback' });
    assert.deepStrictEqual(entries.map((entry) => [entry.status, entry.note]), Array(4).fill([0, 'no answer']));
  });

  test('calls queue behind each other where the account is limited', async () => {
    await withFaults({ calls_per_second: 1 }, async () => {
      const { speed } = await mock().status();
      await mock().control('speed', { speed: 0.01 });
      const subsectors = [fresh(), fresh(), fresh()];
      for (const [i, subsector] of subsectors.entries()) await page(subsector, `+1512555042${i}`);
      await mock().control('advance', { seconds: 0.5 });
      await until('each call is announced', () => subsectors.every((one, i) => receiver().events(`${one}-+1512555042${i}`).length === 1));
      const states = async () => {
        const found = [];
        for (const subsector of subsectors) found.push((await mock().status(subsector)).calls[0].status);
        return found.map((state) => state === 'queued');
      };
      await until('one rings', async () => (await states()).join() === 'false,true,true');
      await mock().control('advance', { seconds: 1 });
      assert.deepStrictEqual(await states(), [false, false, true]);
      await mock().control('speed', { speed });
    });
  });

  test('more executions than a second takes are refused with 429 and not made', async () => {
    const { speed } = await mock().status();
    await mock().control('speed', { speed: 0.01 });
    await withFaults({ executions_per_second: 2 }, async () => {
      await mock().control('advance', { seconds: 1 });
      const subsector = fresh();
      const answers = [];
      for (let i = 0; i < 3; i++) answers.push((await page(subsector, `+1512555043${i}`)).made);
      assert.deepStrictEqual(answers.map((one) => one.status), [201, 201, 429]);
      assert.deepStrictEqual([answers[2].json.code, answers[2].headers['retry-after']], [20429, '1']);
      assert.strictEqual((await mock().status(subsector)).calls.length, 2);
      await mock().control('advance', { seconds: 1 });
      assert.strictEqual((await page(subsector, '+15125550432')).made.status, 201, 'a second later it is taken');
    });
    await mock().control('speed', { speed });
  });

  test('unknown or impossible faults are refused and change nothing', async () => {
    for (const json of [{ latency: 3 }, { error_rate: 2 }, { status: 200 }, { provider: 'aws' }, { error_rate: 'x' }, [], { seed: 'x' }, { subsector: 5 },
      { cps: 1, subsector: 'ECO-X' }, { omit_expires_in: 1, subsector: 'ECO-X' }, { provider: 'oauth', error_rate: 1, subsector: 'ECO-X' }, { lose_callbacks: 1, provider: 'render' }, { token_lifetime_s: 9, provider: 'twilio' }]) {
      const answer = await mock().post('/control/faults', { json });
      assert.strictEqual(answer.status, 400, JSON.stringify(json));
      assert(answer.json.error);
    }
    assert.deepStrictEqual((await mock().status()).faults, []);
  });

  test('with --auth-token no other token is accepted', async () => {
    const strict = await Mock.start(binary, '--auth-token', 'the-one', '--speed', '100');
    const path = `/twilio/v2/Flows/${FLOW}/Executions`;
    assert.strictEqual((await strict.get(path, { basic })).status, 401);
    assert.strictEqual((await strict.get(path, { basic: `${ACCOUNT}:the-one` })).status, 200);
    assert.strictEqual(await strict.stop(), 0);
    assert(until);
  });
};
