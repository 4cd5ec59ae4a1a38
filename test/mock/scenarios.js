// The seven scenarios of the domain document and field-work, without Strike: a receiver plays it.
'use strict';
const assert = require('assert');
const { test, until } = require('./harness');

const A = '+15125550001';
const B = '+15125550002';
const C = '+15125550003';

module.exports = (mock, receiver) => {
  let n = 0;

  // An ECO of its own in that scenario; page(to) makes one call and gives its callbacks' events.
  async function eco(scenario) {
    const subsector = `ECO-S${++n}-${scenario}-${Date.now()}`;
    await mock().control('scenario', { scenario, subsector });
    return {
      subsector,
      page: async (to) => {
        const attempt = `${subsector}-${to.slice(-1)}`;
        const made = await mock().execution(to, {
          attempt_id: attempt,
          eco_id: subsector,
          subsector,
          message: 'NOC: ECO 524 - Fiber cut on Main St',
          callback_url: receiver().studio(attempt, '#rc=3&rp=ct,rt,5xx'),
        });
        assert.strictEqual(made.status, 201, made.text);
        await mock().ended(made.json.sid);
        const callbacks = receiver().of(attempt);
        assert(callbacks.every((callback) => callback.genuine), 'each callback is signed');
        assert(callbacks.every((callback) => callback.form.AttemptId === attempt && callback.form.ExecutionSid === made.json.sid));
        return { sid: made.json.sid, attempt, callbacks, events: callbacks.map((c) => c.event) };
      },
    };
  }

  test('happy-path makes one task and the first contact accepts with a key press', async () => {
    const { subsector, page } = await eco('happy-path');
    const made = await mock().postTask(subsector);
    assert.strictEqual(made.status, 201);
    assert.strictEqual(made.json.status, 'blueprinted');
    const call = await page(A);
    assert.deepStrictEqual(call.events, ['CALLING', 'ACCEPTED']);
    assert.strictEqual(call.callbacks[1].form.Digits, '1');
    assert.strictEqual(call.callbacks[1].form.AnsweredBy, 'human');
    const context = await mock().fetchExecution(call.sid, '/Context');
    assert.strictEqual(context.context.widgets.ask_1.Digits, '1');
    assert.strictEqual(context.context.flow.data.attempt_id, call.attempt);
    assert.strictEqual((await mock().tasks(subsector)).tasks.length, 1);
  });

  test('render-fails answers an error, makes no task, and nobody is called', async () => {
    const { subsector } = await eco('render-fails');
    const refused = await mock().postTask(subsector);
    assert.strictEqual(refused.status, 500);
    assert(refused.json.code && refused.json.message);
    assert.deepStrictEqual((await mock().tasks(subsector)).tasks, []);
    const entries = await mock().journal({ subsector });
    assert.deepStrictEqual([...new Set(entries.map((entry) => entry.path.split('?')[0]))], ['/render/tasks']);
    await mock().control('scenario', { scenario: 'happy-path', subsector });
    assert.strictEqual((await mock().postTask(subsector)).status, 201, 'a retry after the repair works');
  });

  test('pager-declined: the first declines, the others never answer', async () => {
    const { page } = await eco('pager-declined');
    const first = await page(A);
    assert.deepStrictEqual(first.events, ['CALLING', 'DECLINED']);
    assert.strictEqual(first.callbacks[1].form.Digits, '2');
    for (const to of [B, C]) {
      const call = await page(to);
      assert.deepStrictEqual(call.events, ['CALLING', 'FAILED']);
      assert.strictEqual(call.callbacks[1].form.Reason, 'no-answer');
      assert.strictEqual(call.callbacks[1].form.Digits, '');
    }
  });

  test('pager-exhausted: every contact declines', async () => {
    const { page } = await eco('pager-exhausted');
    for (const to of [A, B, C]) assert.deepStrictEqual((await page(to)).events, ['CALLING', 'DECLINED']);
  });

  test('pager-timeout: it rings and nobody answers', async () => {
    const { page } = await eco('pager-timeout');
    for (const to of [A, B]) {
      const call = await page(to);
      assert.deepStrictEqual(call.events, ['CALLING', 'FAILED']);
      assert.strictEqual(call.callbacks[1].form.CallStatus, 'no-answer');
      assert.strictEqual(call.callbacks[1].form.AnsweredBy, '');
      const { context } = await mock().fetchExecution(call.sid, '/Context');
      assert.strictEqual(context.widgets.ask_1, undefined);
    }
  });

  test('slow-render: the task exists long before its answer, and the page is normal', async () => {
    const { subsector, page } = await eco('slow-render');
    const { speed } = await mock().status();
    await mock().control('speed', { speed: 0.01 });
    const answer = mock().postTask(subsector);
    let answered = false;
    answer.then(() => (answered = true));
    await until('the task is there', async () => (await mock().tasks(subsector)).tasks.length === 1);
    const again = await mock().postTask(subsector);
    assert.strictEqual(again.status, 409);
    assert.strictEqual(answered, false);
    await mock().control('speed', { speed });
    const made = await answer;
    assert.strictEqual(made.status, 201);
    assert.strictEqual(made.json.projectTaskId, again.json.projectTaskId);
    assert.deepStrictEqual((await page(A)).events, ['CALLING', 'ACCEPTED']);
  });

  test('second-accepts: the first declines, the second accepts', async () => {
    const { page } = await eco('second-accepts');
    assert.deepStrictEqual((await page(A)).events, ['CALLING', 'DECLINED']);
    assert.deepStrictEqual((await page(B)).events, ['CALLING', 'ACCEPTED']);
  });

  test('ECOs in different scenarios walk at the same time, each its own way', async () => {
    const names = ['happy-path', 'pager-declined', 'pager-timeout', 'pager-exhausted'];
    const walks = await Promise.all(names.map((name) => eco(name)));
    const calls = await Promise.all(walks.map(({ page }, i) => page(`+1512555020${i}`)));
    assert.deepStrictEqual(
      calls.map((call) => call.events[1]),
      ['ACCEPTED', 'DECLINED', 'FAILED', 'DECLINED']
    );
  });

  test('none of the seven moves a task after the page', async () => {
    const { subsector, page } = await eco('happy-path');
    await mock().postTask(subsector);
    await page(A);
    const before = await mock().tasks(subsector);
    await mock().control('advance', { seconds: 86400 });
    assert.deepStrictEqual(await mock().tasks(subsector), before);
  });

  test('field-work: after the acceptance the crew assigns, releases, clones and completes', async () => {
    const { subsector, page } = await eco('field-work');
    await mock().postTask(subsector);
    const { speed } = await mock().status();
    const call = page(A);
    await call;
    await mock().control('speed', { speed: 0.01 });
    const seen = [];
    for (let minute = 0; minute <= 240; minute++) {
      const { tasks } = await mock().tasks(subsector);
      const state = tasks.map((task) => task.status + (task.assignee ? '*' : '')).join(' ');
      if (seen[seen.length - 1] !== state) seen.push(state);
      await mock().control('advance', { seconds: 60 });
    }
    await mock().control('speed', { speed });
    // The page itself ran at full speed, so the first steps may have been passed by then.
    const all = [
      'blueprinted',
      'allocated*',
      'released*',
      'released* blueprinted',
      'released* released*',
      'completed* released*',
      'completed* completed*',
    ];
    assert.deepStrictEqual(seen, all.slice(all.length - seen.length));
    assert(seen.length >= 4, seen.join(', '));
    const { tasks } = await mock().tasks(subsector);
    assert.strictEqual(tasks[1].clonedFrom, tasks[0].projectTaskId);
  });

  test('further ECOs in the same call are asked after one by one, each told at its own URL', async () => {
    const first = await eco('pager-declined');
    const second = await eco('happy-path');
    const parts = [first, second].map(({ subsector }, i) => ({
      attempt_id: `${subsector}-joint${i}`,
      eco_id: subsector,
      subsector,
      message: 'NOC',
      callback_url: receiver().studio(`${subsector}-joint${i}`),
    }));
    const made = await mock().execution(A, { ...parts[0], next: [parts[1]] });
    assert.strictEqual(made.status, 201);
    await mock().ended(made.json.sid);
    assert.deepStrictEqual(receiver().events(parts[0].attempt_id), ['CALLING', 'DECLINED']);
    assert.deepStrictEqual(receiver().events(parts[1].attempt_id), ['ACCEPTED'], 'one call is announced once');
    const { context } = await mock().fetchExecution(made.json.sid, '/Context');
    assert.strictEqual(context.widgets.ask_1.Digits, '2');
    assert.strictEqual(context.widgets.ask_2.Digits, '1');
    assert.strictEqual(context.flow.data.next[0].attempt_id, parts[1].attempt_id);
  });
};
