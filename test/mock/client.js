// Twilio's own client library against the mock: both APIs, all seven scenarios, every callback
// checked by its validateRequest (the receiver does that), every body against Twilio's description.
'use strict';
const assert = require('assert');
const twilio = require('twilio');
const RequestClient = require('twilio/lib/base/RequestClient').default || require('twilio/lib/base/RequestClient');
const { assertShape } = require('./shapes');
const { test, until, ACCOUNT, TOKEN, FLOW, FROM } = require('./harness');

const A = '+15125550611';
const B = '+15125550612';
const C = '+15125550613';

// What each scenario's contacts do, in order of calling: the domain document's table.
const SCENARIOS = {
  'happy-path': { A: '1' },
  'render-fails': { render: 500 },
  'pager-declined': { A: '2', B: '', C: '' },
  'pager-exhausted': { A: '2', B: '2', C: '2' },
  'pager-timeout': { A: '', B: '', C: '' },
  'slow-render': { A: '1' },
  'second-accepts': { A: '2', B: '1' },
};

module.exports = (mock, receiver) => {
  let n = 0;

  // Twilio's hosts become paths of the mock.
  function client(token = TOKEN) {
    const http = new RequestClient();
    const send = http.request.bind(http);
    http.request = (options) =>
      send({ ...options, uri: options.uri.replace(/^https:\/\/(studio|api)\.twilio\.com/, `${mock().url}/twilio`) });
    return twilio(ACCOUNT, token, { httpClient: http });
  }
  const raw = async (path) => (await mock().get(path, { basic: `${ACCOUNT}:${TOKEN}` })).json;

  // Page one contact; gives the key that was reported, '' = nobody pressed one.
  const transports = {
    studio: async (to, attempt, subsector) => {
      const flow = client().studio.v2.flows(FLOW);
      const execution = await flow.executions.create({ to, from: FROM, parameters: { attempt_id: attempt, eco_id: subsector, subsector, message: 'ECO', callback_url: receiver().studio(attempt) } });
      assert.strictEqual(execution.status, 'active');
      await until('the execution is over', async () => (await flow.executions(execution.sid).fetch()).status === 'ended');
      const { context } = await flow.executions(execution.sid).executionContext().fetch();
      assertShape('execution', await raw(`/twilio/v2/Flows/${FLOW}/Executions/${execution.sid}`));
      assertShape('context', await raw(`/twilio/v2/Flows/${FLOW}/Executions/${execution.sid}/Context`));
      const last = receiver().of(attempt).pop().form;
      const key = ((context.widgets || {}).ask_1 || {}).Digits || '';
      assert.strictEqual(last.Digits, key);
      assert.strictEqual(last.Event, { 1: 'ACCEPTED', 2: 'DECLINED', '': 'FAILED' }[key]);
      return key;
    },
    calls: async (to, attempt, subsector) => {
      const url = (kind) => `${receiver().url}/twilio/${kind}/${attempt}?subsector=${subsector}`;
      const { VoiceResponse } = twilio.twiml;
      receiver().answer = (callback) => {
        const response = new VoiceResponse();
        if (callback.path.includes('/voice/')) response.gather({ numDigits: 1, action: url('gather') }).say({}, 'Fiber cut on Main St & 5th');
        else if (callback.path.includes('/gather/')) response.say({}, 'Thank you');
        else return 204;
        return { status: 200, body: response.toString() };
      };
      const call = await client().calls.create({ to, from: FROM, url: url('voice'), timeout: 20, machineDetection: 'Enable', statusCallback: url('status'), statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'] });
      assert.strictEqual(call.status, 'queued');
      const path = `/twilio/2010-04-01/Accounts/${ACCOUNT}/Calls/${call.sid}.json`;
      assertShape('call', await raw(path));
      const over = await until('the call is over', async () => {
        const now = await client().calls(call.sid).fetch();
        return ['completed', 'no-answer'].includes(now.status) ? now : null;
      });
      assertShape('call', await raw(path));
      assert(over.dateCreated instanceof Date && over.endTime instanceof Date && !isNaN(over.endTime));
      await until('its end is told', () => receiver().of(attempt).some((c) => ['completed', 'no-answer'].includes(c.form.CallStatus)));
      receiver().answer = () => 204;
      const gathered = receiver().of(attempt).filter((c) => c.path.includes('/gather/'));
      assert.strictEqual(over.status, gathered.length > 0 ? 'completed' : 'no-answer');
      return gathered.length > 0 ? gathered[0].form.Digits : '';
    },
  };

  for (const [transport, page] of Object.entries(transports)) {
    test(`the official client drives all seven scenarios over ${transport}, and every callback is genuine`, async () => {
      await mock().control('faults', { cps: 0 });
      for (const [scenario, { render, ...people }] of Object.entries(SCENARIOS)) {
        const subsector = `ECO-K${++n}-${scenario}-${Date.now()}`;
        await mock().control('scenario', { scenario, subsector });
        assert.strictEqual((await mock().postTask(subsector)).status, render || 201, scenario);
        const keys = {};
        for (const [i, name] of Object.keys(people).entries()) {
          const attempt = `${subsector}-${name}`;
          keys[name] = await page([A, B, C][i], attempt, subsector);
          const callbacks = receiver().of(attempt);
          assert(callbacks.length >= 2 && callbacks.every((callback) => callback.genuine), `${scenario}: validateRequest`);
        }
        assert.deepStrictEqual(keys, people, scenario);
      }
      await mock().control('faults', {});
    });
  }

  for (const [transport, page] of Object.entries(transports)) {
    test(`the eighth scenario goes on from a key press over ${transport} to the last task`, async () => {
      await mock().control('faults', { cps: 0 });
      const subsector = `ECO-K${++n}-field-${Date.now()}`;
      await mock().control('scenario', { scenario: 'field-work', subsector });
      assert.strictEqual((await mock().postTask(subsector)).status, 201);
      assert.strictEqual(await page(A, `${subsector}-A`, subsector), '1');
      await mock().control('advance', { seconds: 5 * 3600 });
      const { tasks } = await mock().tasks(subsector);
      assert.deepStrictEqual(tasks.map((task) => [task.status, task.clonedFrom]), [['completed', null], ['completed', tasks[0].projectTaskId]]);
      await mock().control('faults', {});
    });
  }

  test('the official client lists, pages and ends executions', async () => {
    const flow = client().studio.v2.flows(FLOW);
    const made = [];
    for (const to of [A, B, C]) made.unshift((await flow.executions.create({ to, from: FROM, parameters: { subsector: 'ECO-LIST' } })).sid);
    const listed = await flow.executions.list({ dateCreatedFrom: new Date(Date.now() - 60000), limit: 3, pageSize: 2 });
    assert.deepStrictEqual(listed.map((one) => one.sid), made);
    assert.strictEqual((await flow.executions(made[0]).update({ status: 'ended' })).status, 'ended');
    const list = await raw(`/twilio/v2/Flows/${FLOW}/Executions?PageSize=1`);
    assertShape('executions', list);
    assertShape('meta', list.meta);
    list.executions.forEach((one) => assertShape('execution', one));
    await Promise.all(made.map((sid) => mock().ended(sid)));
    const steps = await flow.executions(made[1]).steps.list({ pageSize: 5 });
    assert.deepStrictEqual(steps.reverse().map((one) => `${one.transitionedFrom} ${one.name} ${one.transitionedTo}`), [
      'Trigger incomingRequest reported', 'reported noMatch call', 'call answered ask_1', 'ask_1 keypress key_1', 'key_1 match yes_1', 'yes_1 next url_1', 'url_1 noMatch next_1', 'next_1 noMatch Ended',
    ]);
    const { steps: shown, meta } = await raw(`/twilio/v2/Flows/${FLOW}/Executions/${made[1]}/Steps`);
    assertShape('meta', meta);
    shown.forEach((one) => assertShape('step', one));
    assertShape('step', await raw(`/twilio/v2/Flows/${FLOW}/Executions/${made[1]}/Steps/${shown[0].sid}`));
  });

  test('the official client lists, filters, changes and ends calls', async () => {
    await mock().control('faults', { cps: 0 });
    const { speed } = await mock().status();
    await mock().control('speed', { speed: 0.01 });
    const twiml = new twilio.twiml.VoiceResponse();
    twiml.pause({ length: 60 });
    const made = [];
    for (let i = 0; i < 3; i++) made.unshift((await client().calls.create({ to: '+15125550614', from: FROM, twiml })).sid);
    await mock().control('advance', { seconds: 0.5 });
    const listed = await client().calls.list({ to: '+15125550614', startTimeAfter: new Date(Date.now() - 60000), status: 'ringing', limit: 3, pageSize: 2 });
    assert.deepStrictEqual(listed.map((one) => one.sid), made);
    assertShape('calls', await raw(`/twilio/2010-04-01/Accounts/${ACCOUNT}/Calls.json?PageSize=1`));
    assert.strictEqual((await client().calls(made[0]).update({ status: 'canceled' })).status, 'canceled');
    await mock().control('call', { call_sid: made[1], action: 'answer' });
    assert.strictEqual((await client().calls(made[1]).update({ twiml: '<Response><Hangup/></Response>' })).status, 'completed');
    assert.strictEqual((await client().calls(made[2]).update({ status: 'completed' })).status, 'canceled');
    await mock().control('speed', { speed });
    await mock().control('faults', {});
  });

  test('the official client understands the errors', async () => {
    const is = (status, code) => (error) => error.status === status && error.code === code && /twilio\.com\/docs\/errors/.test(error.moreInfo);
    await assert.rejects(client('wrong').studio.v2.flows(FLOW).executions.list({ limit: 1 }), is(401, 20003));
    await assert.rejects(client().studio.v2.flows(FLOW).executions.create({ to: '123', from: FROM }), is(400, 21211));
    await assert.rejects(client().studio.v2.flows(FLOW).executions('FN' + '0'.repeat(32)).fetch(), is(404, 20404));
    await assert.rejects(client('wrong').calls.list({ limit: 1 }), is(401, 20003));
    await assert.rejects(client().calls.create({ to: '123', from: FROM, url: 'http://x/y' }), is(400, 21211));
    await assert.rejects(client().calls('CA' + '0'.repeat(32)).fetch(), is(404, 20404));
    const error = await raw(`/twilio/2010-04-01/Accounts/${ACCOUNT}/Calls/CA${'0'.repeat(32)}.json`);
    assertShape('error', error);
    await mock().control('faults', { provider: 'twilio', status: 429, retry_after_s: 3 });
    await assert.rejects(client().calls.list({ limit: 1 }), is(429, 20429));
    await mock().control('faults', {});
  });
};
