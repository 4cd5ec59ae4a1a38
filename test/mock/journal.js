// The journal: everything that was said, with its headers and without its secrets; bounded.
'use strict';
const assert = require('assert');
const net = require('net');
const { test, until, Mock, ACCOUNT, TOKEN, FLOW } = require('./harness');

module.exports = (mock, receiver, binary) => {
  let n = 0;
  const fresh = () => `ECO-J${++n}-${Date.now()}`;
  const basic = `${ACCOUNT}:${TOKEN}`;
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  test('the journal holds every request and callback in order, with headers, and no secret', async () => {
    const subsector = fresh();
    await mock().control('reset', {});
    const bearer = await mock().token('client-name:client-secret-7');
    await mock().postTask(subsector, {}, bearer);
    await mock().post('/render/oauth/token', { form: { grant_type: 'client_credentials', client_secret: 'body-secret-8' } });
    const made = await mock().execution('+15125550501', { attempt_id: 'attempt-1', subsector, callback_url: receiver().studio('attempt-1') });
    await mock().ended(made.json.sid);
    const entries = await mock().journal();
    assert.deepStrictEqual(entries.map((entry) => entry.n), entries.map((_, i) => entries[0].n + i));
    assert(entries.every((entry, i) => i === 0 || entry.elapsed_s >= entries[i - 1].elapsed_s));
    const told = entries.filter((entry) => entry.method === 'POST').map((entry) => [entry.direction, entry.path, entry.status]);
    assert.deepStrictEqual(told, [
      ['request', '/render/oauth/token', 200],
      ['request', '/render/tasks', 201],
      ['request', '/render/oauth/token', 401],
      ['request', `/twilio/v2/Flows/${FLOW}/Executions`, 201],
      ['callback', '/twilio/studio/attempt-1', 204],
      ['callback', '/twilio/studio/attempt-1', 204],
    ]);
    for (const entry of entries.filter((e) => e.direction === 'callback' || e.path.includes('/Executions'))) {
      assert.strictEqual(entry.attempt_id, 'attempt-1');
      assert.strictEqual(entry.subsector, subsector);
    }
    const [token, task, , execution, calling] = entries.filter((entry) => entry.method === 'POST');
    assert.deepStrictEqual([token.headers.authorization, task.headers.authorization, execution.headers.authorization], ['Basic ***', 'Bearer ***', 'Basic ***'], 'how, not with what');
    assert.deepStrictEqual([task.headers['content-type'], execution.headers['content-type']], ['application/json', 'application/x-www-form-urlencoded']);
    const [sent] = receiver().of('attempt-1');
    assert.deepStrictEqual([calling.headers['i-twilio-idempotency-token'], calling.headers['content-type'], calling.headers['x-twilio-signature']], [sent.headers['i-twilio-idempotency-token'], sent.headers['content-type'], '***']);
    const text = JSON.stringify(entries);
    for (const secret of ['client-secret-7', 'body-secret-8', TOKEN, bearer, Buffer.from(basic).toString('base64'), sent.headers['x-twilio-signature']])
      assert(!text.includes(secret), `${secret} is in the journal`);
    assert(!text.includes('/control/'), 'looking does not leave traces');
  });

  test('a secret is blanked wherever it stands: JSON, form, query, URL, headers, and what can not be read', async () => {
    await mock().control('reset', {});
    const hidden = (path, options) => mock().post(path, options);
    await hidden('/render/tasks', { body: '{"a":1,"in":[{"Client_Secret":"hush-1","b":2}],"access_token":{"x":"hush-2"}}' });
    await hidden('/render/tasks', { body: '{"client_secret":"hush-3",' });
    await hidden('/render/oauth/token', { headers: form, body: 'grant_type=client_credentials&client_secret=hush-4%26&c=d' });
    await hidden('/render/oauth/token', { headers: form, body: 'client_secret=hush-5&%zz=1' });
    await hidden('/render/tasks?access_token=hush-6&page=2', {});
    await hidden('/render/tasks', { headers: { cookie: 'id=hush-7', 'x-api-key': 'hush-8', authorization: 'hush-9', 'x-trace': 'kept' } });
    await mock().execution('+15125550502', { attempt_id: 'u', subsector: fresh(), callback_url: receiver().studio('u').replace('://', '://user:hush-10@') });
    await until('it is reported', async () => (await mock().journal({ attempt_id: 'u', direction: 'callback' })).length === 2);
    const entries = await mock().journal();
    const kept = JSON.stringify(entries.filter((entry) => !entry.path.includes('/Executions')));
    assert(!kept.includes('hush-'), kept);
    assert.strictEqual(entries[0].body, '{"a":1,"in":[{"Client_Secret":"***","b":2}],"access_token":"***"}');
    assert.strictEqual(entries[2].body, 'grant_type=client_credentials&client_secret=***&c=d');
    assert.strictEqual(entries[4].path, '/render/tasks?access_token=***&page=2');
    assert.deepStrictEqual([entries[5].headers.cookie, entries[5].headers['x-api-key'], entries[5].headers.authorization, entries[5].headers['x-trace']], ['***', '***', '***', 'kept']);
    assert(entries.filter((entry) => entry.direction === 'callback').every((entry) => entry.url.startsWith(`${receiver().url}/`)), 'the user is not in the URL');
  });

  test('what a callback was answered with is kept; very long headers and bodies are cut', async () => {
    await mock().control('reset', {});
    const attempt = fresh();
    receiver().answer = () => ({ status: 200, body: '{"say": "thank you"}', type: 'application/json' });
    const made = await mock().execution('+15125550503', { attempt_id: attempt, subsector: attempt, callback_url: receiver().studio(attempt) });
    await mock().ended(made.json.sid);
    receiver().answer = () => 204;
    assert.deepStrictEqual((await mock().journal({ attempt_id: attempt, direction: 'callback' })).map((entry) => entry.answer), Array(2).fill('{"say": "thank you"}'));
    await mock().post('/render/tasks', { headers: { 'x-long': 'x'.repeat(50000) }, body: `"${'y'.repeat(200000)}"` });
    const [long] = (await mock().journal({ path: '/render/tasks' })).slice(-1);
    assert(JSON.stringify(long.headers).length < 5000);
    assert.deepStrictEqual([long.body.length, long.body_cut], [65536, true]);
  });

  test('the journal is filtered by number, ECO, attempt, direction, method, path and count', async () => {
    await mock().control('reset', {});
    const [one, other] = [fresh(), fresh()];
    for (const [i, subsector] of [one, other].entries()) {
      await mock().postTask(subsector);
      const made = await mock().execution(`+1512555050${4 + i}`, { attempt_id: `${subsector}-1`, subsector, callback_url: receiver().studio(`${subsector}-1`) });
      await mock().ended(made.json.sid);
    }
    const all = await mock().journal();
    const sees = async (filter, wanted) => assert.deepStrictEqual((await mock().journal(filter)).map((entry) => entry.n), all.filter(wanted).map((entry) => entry.n), JSON.stringify(filter));
    await sees({ subsector: one }, (entry) => entry.subsector === one);
    await sees({ attempt_id: `${other}-1` }, (entry) => entry.attempt_id === `${other}-1`);
    await sees({ direction: 'callback', subsector: other }, (entry) => entry.direction === 'callback' && entry.subsector === other);
    await sees({ method: 'GET' }, (entry) => entry.method === 'GET');
    await sees({ path: '/Executions' }, (entry) => entry.path.includes('/Executions'));
    await sees({ since: all[3].n }, (entry) => entry.n > all[3].n);
    await sees({ limit: 2 }, (entry) => entry.n > all[all.length - 3].n);
    assert(all.some((entry) => entry.subsector === one && entry.direction === 'callback') && all.some((entry) => entry.method === 'GET'));
  });

  test('the journal is bounded and tells how many entries it dropped', async () => {
    const small = await Mock.start(binary, '--speed', '100');
    const { port } = new URL(small.url);
    // on kept connections, each waiting for its answers
    await Promise.all(Array.from({ length: 9 }, () => new Promise((resolve, reject) => {
      let left = 2500;
      const socket = net.connect(Number(port), '127.0.0.1', () => socket.write('GET /x HTTP/1.1\r\nHost: h\r\n\r\n'));
      socket.on('data', (data) => {
        if (!data.includes('HTTP/1.1')) return;
        if (--left > 0) socket.write('GET /x HTTP/1.1\r\nHost: h\r\n\r\n');
        else socket.end(resolve);
      });
      socket.on('error', reject);
    })));
    const { json } = await small.get('/control/journal?limit=1');
    assert.strictEqual(json.kept, 20000);
    assert.strictEqual(json.dropped, 9 * 2500 - 20000);
    assert.strictEqual(json.entries[0].n, 9 * 2500);
    // 48 MB of bodies at most, too
    const before = json.dropped;
    for (let i = 0; i < 800; i++) await small.post('/render/tasks', { body: 'z'.repeat(65000) });
    const { kept, dropped } = (await small.get('/control/journal?limit=1')).json;
    assert(kept < 800 && dropped > before + 19000, `${kept} kept, ${dropped} dropped`);
    assert.strictEqual(await small.stop(), 0);
  });
};
