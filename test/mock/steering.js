// /control, and bad input of every kind.
'use strict';
const assert = require('assert');
const net = require('net');
const { spawnSync } = require('child_process');
const { test, until, Mock, ACCOUNT, TOKEN, FLOW } = require('./harness');

module.exports = (mock, receiver, binary) => {
  let n = 0;
  const fresh = () => `ECO-C${++n}-${Date.now()}`;

  test('status shows every ECO with scenario, step, tasks, calls and timing', async () => {
    const subsector = fresh();
    await mock().postTask(subsector);
    const made = await mock().execution('+15125550502', { attempt_id: 'a', subsector });
    await mock().ended(made.json.sid);
    const eco = await mock().status(subsector);
    assert.strictEqual(eco.scenario, 'happy-path');
    assert(eco.step.includes('accepted'));
    assert.strictEqual(eco.tasks[0].status, 'blueprinted');
    assert.strictEqual(eco.calls[0].status, 'completed');
    assert.strictEqual(eco.calls[0].digit, '1');
    for (const moment of ['seen_at', 'task_at', 'first_call_at', 'accepted_at']) assert(eco.timing[moment], moment);
  });

  test('a scenario without a subsector is the default of new ECOs only', async () => {
    const [before, after] = [fresh(), fresh()];
    await mock().postTask(before);
    await mock().control('scenario', { scenario: 'pager-exhausted' });
    await mock().postTask(after);
    await mock().control('scenario', { scenario: 'happy-path' });
    assert.strictEqual((await mock().status(before)).scenario, 'happy-path');
    assert.strictEqual((await mock().status(after)).scenario, 'pager-exhausted');
    const unknown = await mock().post('/control/scenario', { json: { scenario: 'none' } });
    assert.strictEqual(unknown.status, 400);
    assert.strictEqual(unknown.json.scenarios.length, 8);
  });

  test('the technician changes, clones and deletes tasks', async () => {
    const subsector = fresh();
    const { json: made } = await mock().postTask(subsector);
    const first = await mock().control('task', { subsector, status: 'allocated', assignee: 'R. Field' });
    assert.deepStrictEqual([first.status, first.assignee, first.projectTaskId], ['allocated', 'R. Field', made.projectTaskId]);
    assert(first.updatedAt >= made.updatedAt);
    const clone = await mock().control('task', { subsector, project_task_id: made.projectTaskId, clone: true });
    assert.deepStrictEqual([clone.clonedFrom, clone.status, clone.externalId, clone.assignee], [made.projectTaskId, 'blueprinted', null, null]);
    await mock().control('task', { subsector, project_task_id: clone.projectTaskId, status: 'a-status-nobody-knows' });
    const { tasks } = await mock().tasks(subsector);
    assert.deepStrictEqual(tasks.map((task) => task.status), ['allocated', 'a-status-nobody-knows']);
    await mock().control('task', { subsector, project_task_id: clone.projectTaskId, delete: true });
    await mock().control('task', { subsector, assignee: null });
    const left = (await mock().tasks(subsector)).tasks;
    await mock().control('task', { subsector, hidden: true });
    assert.deepStrictEqual((await mock().tasks(subsector)).tasks, [], 'a task that vanished');
    const back = await mock().control('task', { subsector, hidden: false, crew: 'crew 7', status: 'jeopardy', description: 'blocked by a locked gate', task_type: 'Repair' });
    assert.deepStrictEqual((await mock().tasks(subsector)).tasks, [back]);
    assert.deepStrictEqual([back.crew, back.status, back.description, back.taskType], ['crew 7', 'jeopardy', 'blocked by a locked gate', 'Repair']);
    assert.deepStrictEqual(left.map((task) => task.assignee), [null]);
    const bad = [
      [404, { subsector: 'nowhere', status: 'released' }],
      [404, { subsector, project_task_id: 'PT-0', status: 'released' }],
      [400, { status: 'released' }],
      [400, { subsector, status: '' }],
      [400, { subsector, status: 7 }],
      [400, { subsector, clone: 'yes' }],
      [400, { subsector, hidden: 1 }],
    ];
    for (const [status, json] of bad)
      assert.strictEqual((await mock().post('/control/task', { json })).status, status, JSON.stringify(json));
  });

  test('a reset forgets tokens, tasks, calls, faults, journal and scenarios, but repeats no id', async () => {
    const subsector = fresh();
    await mock().control('scenario', { scenario: 'pager-timeout' });
    await mock().control('faults', { latency_ms: 1 });
    const token = await mock().token();
    const task = await mock().postTask(subsector);
    const { speed } = await mock().status();
    await mock().control('speed', { speed: 0.01 });
    const made = await mock().execution('+15125550503', { subsector, attempt_id: subsector, callback_url: receiver().studio(subsector) });
    await mock().control('reset', {});
    await mock().control('speed', { speed });
    const state = await mock().status();
    assert.deepStrictEqual([state.ecos, state.faults, state.tokens, state.default_scenario, state.journal.kept], [[], [], 0, 'happy-path', 0]);
    assert.strictEqual((await mock().postTask(subsector, {}, token)).status, 401);
    const again = await mock().postTask(subsector);
    assert.strictEqual(again.status, 201);
    assert.notStrictEqual(again.json.projectTaskId, task.json.projectTaskId);
    const call = await mock().execution('+15125550503', { subsector });
    assert.strictEqual(call.status, 201);
    assert.notStrictEqual(call.json.sid, made.json.sid);
    await mock().ended(call.json.sid);
    assert.deepStrictEqual(receiver().events(subsector), []);
  });

  test('a change of speed moves what is already waiting', async () => {
    const subsector = fresh();
    const { speed } = await mock().status();
    await mock().control('speed', { speed: 0.01 });
    const made = await mock().execution('+15125550504', { subsector });
    await mock().control('speed', { speed: 1000 });
    await mock().ended(made.json.sid);
    await mock().control('speed', { speed });
    for (const json of [{ speed: 0 }, { speed: -1 }, { speed: 'fast' }, {}])
      assert.strictEqual((await mock().post('/control/speed', { json })).status, 400);
  });

  test('bad input of any kind is a 4xx and hurts nothing', async () => {
    const token = await mock().token();
    const headers = { authorization: `Bearer ${token}` };
    const basic = `${ACCOUNT}:${TOKEN}`;
    const executions = `/twilio/v2/Flows/${FLOW}/Executions`;
    const attempts = [
      ['POST', '/render/tasks', { headers, body: '' }],
      ['POST', '/render/tasks', { headers, body: '{' }],
      ['POST', '/render/tasks', { headers, body: '[]' }],
      ['POST', '/render/tasks', { headers, body: '"\\ud800"' }],
      ['POST', '/render/tasks', { headers, body: Buffer.from([0xff, 0xfe, 0x00]) }],
      ['POST', '/render/tasks', { headers, body: '['.repeat(100000) }],
      ['POST', '/render/tasks', { headers, body: '{"subsector":"a\\u0000b"}' }],
      ['POST', '/render/oauth/token', { basic: 'a:b', body: '%zz=1' }],
      ['POST', '/render/oauth/token', { headers: { authorization: 'Basic !!!' }, body: 'grant_type=client_credentials' }],
      ['GET', '/render/tasks?page=-1', { headers }],
      ['GET', '/render/tasks?page=x', { headers }],
      ['GET', '/render/tasks?page=%', { headers }],
      ['GET', '/render/tasks/%00%ff', { headers }],
      ['DELETE', '/render/tasks', { headers }],
      ['PUT', executions, { basic }],
      ['POST', executions, { basic, body: '%' }],
      ['POST', executions, { basic, body: 'To=%00' }],
      ['POST', executions, { basic, body: 'To=%2B15125550505&From=%2B15125550100&Parameters=' + encodeURIComponent('{"attempt_id":{}}') }],
      ['POST', executions, { basic, body: 'a=b&'.repeat(5000) }],
      ['GET', `${executions}/${'F'.repeat(3000)}`, { basic }],
      ['GET', `${executions}/%ff%ff%ff/Context`, { basic }],
      ['POST', `${executions}/FN${'0'.repeat(32)}`, { basic, body: 'Status=x' }],
      ['POST', '/control/task', { body: 'x' }],
      ['POST', '/control/task', { body: '{"subsector":"\\u0000"}' }],
      ['POST', '/control/scenario', { body: '7' }],
      ['POST', '/control/faults', { body: '{"error_rate":1e999}' }],
      ['POST', '/control/speed', { body: '{"speed":null}' }],
      ['POST', '/control/advance', { body: '{"seconds":-1}' }],
      ['POST', '/control/call', { body: '{}' }],
      ['POST', '/control/call', { body: '{"action":"1","call_sid":"CA0"}' }],
      ['PATCH', '/control/status', {}],
      ['GET', '/dashboard/../main.c', {}],
      ['GET', '/nothing', {}],
    ];
    for (const [method, path, options] of attempts) {
      const answer = await mock().request(method, path, options);
      assert(answer.status >= 400 && answer.status < 500, `${method} ${path}: ${answer.status} ${answer.text}`);
      assert(answer.json, `${method} ${path}: ${answer.text}`);
    }
    const large = await mock().post('/render/tasks', { headers, body: ' '.repeat(1024 * 1024 + 1) });
    assert.strictEqual(large.status, 413);
    assert(large.json.message);
    const full = await mock().post('/render/tasks', { headers, body: ' '.repeat(1024 * 1024) });
    assert.strictEqual(full.status, 422, 'one megabyte is still read');
    const twilio = await mock().post(executions, { basic, body: 'x'.repeat(1024 * 1024 + 1) });
    assert.deepStrictEqual([twilio.status, twilio.json.status], [413, 413]);
  });

  test('what is not HTTP, half a request, and a caller who left do not disturb others', async () => {
    const { port } = new URL(mock().url);
    const send = (bytes) =>
      new Promise((resolve) => {
        const socket = net.connect(Number(port), '127.0.0.1', () => socket.end(bytes));
        socket.on('error', resolve);
        socket.on('close', resolve);
        socket.resume();
      });
    const garbage = [
      '\x16\x03\x01\x02\x00\x01\x00\x01',
      'GET\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'POST /render/tasks HTTP/1.1\r\nContent-Length: -5\r\n\r\n',
      'POST /render/tasks HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf',
      'POST /render/tasks HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      'POST /render/tasks HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n',
      `GET /${'a'.repeat(100000)} HTTP/1.1\r\n\r\n`,
    ];
    for (const bytes of garbage) await send(bytes);
    const subsector = fresh();
    const token = await mock().token();
    const { speed } = await mock().status();
    await mock().control('scenario', { scenario: 'slow-render', subsector });
    await mock().control('speed', { speed: 0.01 });
    const body = JSON.stringify({ project: 'p', taskType: 't', subsector, description: 'd', externalId: subsector, geometry: { type: 'Point', coordinates: [1, 2] } });
    await new Promise((resolve) => {
      const socket = net.connect(Number(port), '127.0.0.1', () => {
        socket.write(`POST /render/tasks HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
        until('the task is there', () => mock().status(subsector).then((eco) => eco && eco.tasks.length)).then(() => {
          socket.destroy();
          resolve();
        });
      });
    });
    await mock().control('advance', { seconds: 20 });
    await mock().control('speed', { speed });
    assert.strictEqual((await mock().get('/healthz')).status, 200);
  });

  test('200 ECOs at once all walk to their end', async () => {
    const token = await mock().token();
    const ecos = Array.from({ length: 200 }, () => fresh());
    await Promise.all(ecos.map((subsector) => mock().postTask(subsector, {}, token)));
    const made = await Promise.all(
      ecos.map((subsector, i) =>
        mock().execution(`+1512556${String(1000 + i)}`, { attempt_id: subsector, subsector, callback_url: receiver().studio(subsector) })
      )
    );
    assert(made.every((answer) => answer.status === 201));
    await until('every ECO accepted', () => ecos.every((subsector) => receiver().events(subsector).length === 2));
    for (const subsector of ecos) assert.deepStrictEqual(receiver().events(subsector), ['CALLING', 'ACCEPTED']);
    await Promise.all(made.map((answer) => mock().ended(answer.json.sid)));
    const { timers, ecos: seen, callbacks_under_way: sent } = await mock().status();
    assert(seen.length >= 200);
    assert.deepStrictEqual([timers.waiting, timers.next_in_s, sent], [0, null, 0], 'nothing is left waiting');
    assert.strictEqual(typeof timers.worst_late_ms, 'number');
    console.log(`# 200 ECOs at once at speed 100: the latest step came ${timers.worst_late_ms.toFixed(1)} ms late`);
  });

  test('the dashboard comes out of the program, loads nothing from elsewhere and says what it assumes', async () => {
    const page = await mock().get('/dashboard');
    assert.strictEqual(page.status, 200);
    assert(page.text.includes('as Strike assumes it'));
    for (const file of ['dashboard.css', 'dashboard.js']) {
      const asset = await mock().get(`/dashboard/${file}`);
      assert.strictEqual(asset.status, 200);
      assert(page.text.includes(file));
      assert(!/https?:\/\/(?!www\.w3\.org)/.test(asset.text), `${file} names another host`);
    }
    assert(!/https?:\/\//.test(page.text), 'the page names another host');
  });

  test('wrong options are refused with a reason', async () => {
    for (const options of [['--port', 'x'], ['--port', '70000'], ['--speed', '0'], ['--scenario', 'none'], ['--seed', 'x'], ['more']]) {
      const ended = spawnSync(binary, options, { encoding: 'utf8' });
      assert.strictEqual(ended.status, 2, options.join(' '));
      assert(ended.stderr.includes('strike-mock:'));
    }
  });
};
