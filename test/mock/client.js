// Twilio's own client library against the mock.
'use strict';
const assert = require('assert');
const twilio = require('twilio');
const RequestClient = require('twilio/lib/base/RequestClient').default || require('twilio/lib/base/RequestClient');
const { test, ACCOUNT, TOKEN, FLOW, FROM } = require('./harness');

module.exports = (mock) => {
  // Twilio's hosts become paths of the mock.
  function client(token = TOKEN) {
    const http = new RequestClient();
    const send = http.request.bind(http);
    http.request = (options) =>
      send({ ...options, uri: options.uri.replace(/^https:\/\/(studio|api)\.twilio\.com/, `${mock().url}/twilio`) });
    return twilio(ACCOUNT, token, { httpClient: http });
  }

  test('the official client drives an execution to its end', async () => {
    const flow = client().studio.v2.flows(FLOW);
    const subsector = `ECO-T-${Date.now()}`;
    const execution = await flow.executions.create({ to: '+15125550601', from: FROM, parameters: { attempt_id: 'a', subsector } });
    assert.strictEqual(execution.status, 'active');
    assert(execution.dateCreated instanceof Date && !isNaN(execution.dateCreated));
    await mock().ended(execution.sid);
    const fetched = await flow.executions(execution.sid).fetch();
    assert.strictEqual(fetched.status, 'ended');
    const { context } = await flow.executions(execution.sid).executionContext().fetch();
    assert.strictEqual(context.widgets.ask_1.Digits, '1');
    const listed = await flow.executions.list({ dateCreatedFrom: new Date(Date.now() - 60000), limit: 3, pageSize: 2 });
    assert(listed.some((one) => one.sid === execution.sid));
    const updated = await flow.executions(execution.sid).update({ status: 'ended' });
    assert.strictEqual(updated.status, 'ended');
  });

  test('the official client understands the errors', async () => {
    await assert.rejects(client('wrong').studio.v2.flows(FLOW).executions.list({ limit: 1 }), (error) => error.status === 401 && error.code === 20003);
    await assert.rejects(client().studio.v2.flows(FLOW).executions.create({ to: '123', from: FROM }), (error) => error.status === 400 && error.code === 21211);
    await assert.rejects(client().studio.v2.flows(FLOW).executions('FN' + '0'.repeat(32)).fetch(), (error) => error.code === 20404);
  });
};
