// The Render API and Twilio Studio as a client meets them.
'use strict';
const assert = require('assert');
const { test, until, ACCOUNT, TOKEN, FLOW, FROM } = require('./harness');

module.exports = (mock, receiver) => {
  let n = 0;
  const fresh = () => `ECO-P${++n}-${Date.now()}`;
  const basic = `${ACCOUNT}:${TOKEN}`;
  const executions = `/twilio/v2/Flows/${FLOW}/Executions`;

  function twilioError(answer, status, code) {
    assert.strictEqual(answer.status, status, answer.text);
    assert.strictEqual(answer.json.code, code);
    assert.strictEqual(answer.json.status, status);
    assert.strictEqual(answer.json.more_info, `https://www.twilio.com/docs/errors/${code}`);
    assert(answer.json.message);
    return answer.json;
  }

  test('a token is given for client credentials only, and not to be stored', async () => {
    const grant = { grant_type: 'client_credentials' };
    const good = await mock().post('/render/oauth/token', { basic: 'id:secret', form: grant });
    assert.strictEqual(good.status, 200);
    assert.strictEqual(good.json.token_type, 'Bearer');
    assert.strictEqual(good.json.expires_in, 3600);
    assert.strictEqual(good.headers['cache-control'], 'no-store');
    const cases = [
      [401, 'invalid_client', { basic: 'id:wrong', form: grant }],
      [401, 'invalid_client', { form: grant }],
      [400, 'unsupported_grant_type', { basic: 'id:secret', form: { grant_type: 'password' } }],
      [400, 'invalid_request', { basic: 'id:secret', form: { x: 'y' } }],
    ];
    for (const [status, error, options] of cases) {
      const answer = await mock().post('/render/oauth/token', options);
      assert.strictEqual(answer.status, status);
      assert.strictEqual(answer.json.error, error);
    }
  });

  test('tasks need a live token', async () => {
    assert.strictEqual((await mock().postTask(fresh(), {}, 'nonsense')).status, 401);
    assert.strictEqual((await mock().get('/render/tasks')).status, 401);
    await mock().control('faults', { token_lifetime_s: 1 });
    const token = await mock().token();
    await mock().control('faults', {});
    const subsector = fresh();
    await until('the token expires', async () => (await mock().postTask(subsector, {}, token)).status === 401);
  });

  test('a second task with the same externalId is refused and names the first', async () => {
    const subsector = fresh();
    const first = await mock().postTask(subsector);
    const second = await mock().postTask(subsector);
    assert.strictEqual(second.status, 409);
    assert.strictEqual(second.json.code, 'duplicate');
    assert.strictEqual(second.json.projectTaskId, first.json.projectTaskId);
    assert.strictEqual((await mock().tasks(subsector)).tasks.length, 1);
    const elsewhere = await mock().postTask(subsector, { project: 'other' });
    assert.strictEqual(elsewhere.status, 201, 'another project is another name space');
  });

  test('a bad task body is 422 with code and message', async () => {
    const bad = [
      { project: '' },
      { taskType: 7 },
      { description: null },
      { externalId: undefined },
      { subsector: '' },
      { geometry: null },
      { geometry: { type: 'Polygon', coordinates: [[]] } },
      { description: 'x'.repeat(20000) },
    ];
    for (const fields of bad) {
      const answer = await mock().postTask(fresh(), fields);
      assert.strictEqual(answer.status, 422, JSON.stringify(fields));
      assert(answer.json.code && answer.json.message);
    }
  });

  test('a subsector of more than a page is listed to its end by nextPage', async () => {
    const subsector = fresh();
    await mock().postTask(subsector);
    for (let i = 0; i < 60; i++) await mock().control('task', { subsector, clone: true });
    const first = await mock().tasks(subsector);
    assert.strictEqual(first.tasks.length, 50);
    assert.strictEqual(first.nextPage, 2);
    const second = await mock().tasks(subsector, 2);
    assert.strictEqual(second.tasks.length, 11);
    assert.strictEqual(second.nextPage, null);
    const ids = [...first.tasks, ...second.tasks].map((task) => task.projectTaskId);
    assert.strictEqual(new Set(ids).size, 61);
  });

  test('an execution has the fields of Twilio, and no others', async () => {
    const made = await mock().execution('+15125550301', { subsector: fresh() });
    assert.strictEqual(made.status, 201);
    assert.deepStrictEqual(Object.keys(made.json).sort(), [
      'account_sid', 'contact_channel_address', 'contact_sid', 'context', 'date_created',
      'date_updated', 'flow_sid', 'flow_version', 'initiated_by', 'links', 'sid', 'status', 'url',
    ]);
    assert.match(made.json.sid, /^FN[0-9a-f]{32}$/);
    assert.match(made.json.contact_sid, /^FC[0-9a-f]{32}$/);
    assert.match(made.json.date_created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.strictEqual(made.json.status, 'active');
    assert.strictEqual(made.json.contact_channel_address, '+15125550301');
    assert.match(made.headers['twilio-request-id'], /^RQ[0-9a-f]{32}$/);
    await mock().ended(made.json.sid);
  });

  test('bad execution requests get the codes of Twilio', async () => {
    const before = (await mock().journal({ limit: 1 }))[0].n;
    const good = { To: '+15125550302', From: FROM, Parameters: '{}' };
    const post = (form, options = {}) =>
      mock().post(options.path || executions, { basic: options.basic || basic, form });
    twilioError(await post({ From: FROM }), 400, 20001);
    twilioError(await post({ To: good.To }), 400, 20001);
    twilioError(await post({ ...good, To: '5125550302' }), 400, 21211);
    twilioError(await post({ ...good, To: '+0125550302' }), 400, 21211);
    twilioError(await post({ ...good, To: '+1512555030212345' }), 400, 21211);
    twilioError(await post({ ...good, From: 'me' }), 400, 21212);
    twilioError(await post({ ...good, Parameters: '{"a"' }), 400, 20001);
    twilioError(await post({ ...good, Parameters: '[]' }), 400, 20001);
    twilioError(await post({ ...good, Parameters: '{"next":7}' }), 400, 20001);
    twilioError(await post({ ...good, Parameters: '{"next":[7]}' }), 400, 20001);
    twilioError(await post(good, { basic: `${ACCOUNT}:wrong` }), 401, 20003);
    twilioError(await post(good, { basic: 'me:you' }), 401, 20003);
    twilioError(await post(good, { path: '/twilio/v2/Flows/FWx/Executions' }), 404, 20404);
    twilioError(await mock().get(`${executions}/FN${'0'.repeat(32)}`, { basic }), 404, 20404);
    twilioError(await mock().get('/twilio/v2/nowhere', { basic }), 404, 20404);
    const ours = (await mock().journal({ since: before })).map((entry) => entry.status);
    assert(ours.length >= 15 && ours.every((status) => status >= 400), 'nothing was made');
  });

  test('a second active execution on the same To and From is 409 and names the first', async () => {
    const subsector = fresh();
    await mock().control('scenario', { scenario: 'pager-timeout', subsector });
    const { speed } = await mock().status();
    await mock().control('speed', { speed: 0.01 });
    const parameters = { attempt_id: `${subsector}-1`, subsector, callback_url: receiver().studio(`${subsector}-1`) };
    const first = await mock().execution('+15125550303', parameters);
    const second = await mock().execution('+15125550303', { subsector });
    const error = twilioError(second, 409, 20409);
    assert.deepStrictEqual(error.details, { conflicting_execution_sid: first.json.sid });
    const elsewhere = await mock().execution('+15125550303', { subsector }, { From: '+15125550199' });
    assert.strictEqual(elsewhere.status, 201, 'another From is another pair');
    const ended = await mock().post(`${executions}/${first.json.sid}`, { basic, form: { Status: 'ended' } });
    assert.strictEqual(ended.status, 200);
    assert.strictEqual(ended.json.status, 'ended');
    const third = await mock().execution('+15125550303', { subsector });
    assert.strictEqual(third.status, 201, 'the pair is free again');
    await mock().control('speed', { speed });
    await mock().ended(third.json.sid);
    assert(!receiver().events(`${subsector}-1`).includes('FAILED'), 'an ended call reports nothing more');
    const entries = await mock().journal({ attempt_id: `${subsector}-1` });
    assert(entries.some((entry) => entry.method === 'POST' && entry.path.endsWith(first.json.sid)));
  });

  test('executions are listed newest first, by page, date and status', async () => {
    const sids = [];
    for (let i = 0; i < 5; i++) {
      const made = await mock().execution(`+1512555031${i}`, { subsector: fresh() });
      sids.unshift(made.json.sid);
    }
    await Promise.all(sids.map((sid) => mock().ended(sid)));
    const list = async (query) => (await mock().get(`${executions}?${query}`, { basic })).json;
    const first = await list('PageSize=3');
    assert.deepStrictEqual(first.executions.map((execution) => execution.sid), sids.slice(0, 3));
    assert.strictEqual(first.meta.key, 'executions');
    assert.strictEqual(first.meta.page_size, 3);
    const second = await mock().get(new URL(first.meta.next_page_url).pathname + new URL(first.meta.next_page_url).search, { basic });
    assert.deepStrictEqual(second.json.executions.slice(0, 2).map((execution) => execution.sid), sids.slice(3));
    assert.deepStrictEqual((await list('DateCreatedFrom=2100-01-01T00:00:00Z')).executions, []);
    assert.deepStrictEqual((await list('DateCreatedTo=2000-01-01')).executions, []);
    assert.deepStrictEqual((await list('Status=active')).executions, []);
    twilioError(await mock().get(`${executions}?DateCreatedFrom=yesterday`, { basic }), 400, 20001);
    twilioError(await mock().get(`${executions}?PageSize=0`, { basic }), 400, 20001);
  });

  test('without a callback_url a page is finished by asking alone', async () => {
    const attempt = fresh();
    const made = await mock().execution('+15125550304', { attempt_id: attempt, subsector: attempt });
    await mock().ended(made.json.sid);
    const { context } = await mock().fetchExecution(made.json.sid, '/Context');
    assert.strictEqual(context.flow.data.attempt_id, attempt);
    assert.strictEqual(context.widgets.ask_1.Digits, '1');
    assert.deepStrictEqual(await mock().journal({ attempt_id: attempt, direction: 'callback' }), []);
  });

  test('a tester at the dashboard picks up and presses the key himself', async () => {
    const subsector = fresh();
    await mock().control('scenario', { scenario: 'pager-timeout', subsector });
    const { speed } = await mock().status();
    await mock().control('speed', { speed: 0.01 });
    const attempt = `${subsector}-1`;
    const made = await mock().execution('+15125550305', { attempt_id: attempt, subsector, callback_url: receiver().studio(attempt) });
    await mock().control('advance', { seconds: 1 });
    await mock().control('call', { subsector, action: '1' });
    await mock().ended(made.json.sid);
    await mock().control('speed', { speed });
    assert.deepStrictEqual(receiver().events(attempt), ['CALLING', 'ACCEPTED']);
  });
};
