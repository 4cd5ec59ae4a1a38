// The telephone in a tester's hand, and what the status says comes next.
'use strict';
const assert = require('assert');
const { test, until } = require('./harness');

module.exports = (mock, receiver) => {
  let n = 0;
  // An ECO whose telephone rings while time stands still; runs body, then lets time go on.
  async function ringing(scenario, body, before = async () => {}) {
    const subsector = `ECO-H${++n}-${Date.now()}`;
    const { speed } = await mock().status();
    await mock().control('scenario', { scenario, subsector });
    await mock().control('speed', { speed: 0.01 });
    const made = await mock().execution(`+151255509${10 + n}`, { attempt_id: subsector, subsector, message: 'ECO 9', callback_url: receiver().studio(subsector) });
    await before(subsector);
    await mock().control('advance', { seconds: 0.2 });
    const call = async () => (await mock().status(subsector)).calls[0];
    await until('it rings', async () => (await call()).status === 'ringing');
    const act = (action) => mock().control('call', { call_sid: null, subsector, action });
    await body({ subsector, call, act, sid: made.json.sid, events: () => receiver().events(subsector) });
    await mock().control('speed', { speed });
    await mock().ended(made.json.sid);
  }

  test('left to ring, it rings out, even where the person of the scenario would have answered', async () => {
    await ringing('happy-path', async ({ call, act, events, sid }) => {
      assert.strictEqual((await call()).next, 'picks up');
      await act('ring');
      const { next, next_in_s: left } = await call();
      assert.deepStrictEqual([next, left > 19 && left <= 20], ['rings out', true], `${left} s are left`);
      await mock().control('advance', { seconds: 10 });
      assert.strictEqual((await call()).status, 'ringing');
      await mock().control('advance', { seconds: 10 });
      await mock().ended(sid);
      assert.deepStrictEqual([events(), (await call()).status], [['CALLING', 'FAILED'], 'no-answer']);
    });
  });

  test('chosen before it rings, it is left to ring too', async () => {
    await ringing('happy-path', async ({ call }) => {
      await until('it is left alone', async () => (await call()).next === 'rings out');
    }, (subsector) => mock().control('call', { subsector, action: 'ring' }));
  });

  test('answered by hand, the keys are the hand’s: nobody else presses one', async () => {
    await ringing('happy-path', async ({ call, act, events, sid }) => {
      await act('answer');
      assert.deepStrictEqual([(await call()).asking, (await call()).next], [true, 'gives up waiting']);
      await mock().control('advance', { seconds: 5 });
      assert.strictEqual((await call()).digit, null);
      await act('2');
      await mock().ended(sid);
      assert.deepStrictEqual(events(), ['CALLING', 'DECLINED']);
    });
  });

  test('what comes next is said in words, with the time until then: telephones, the work system, the crew', async () => {
    const subsector = `ECO-H${++n}-${Date.now()}`;
    const { speed } = await mock().status();
    await mock().control('scenario', { scenario: 'field-work', subsector });
    await mock().control('speed', { speed: 0.01 });
    const next = async () => {
      const { next_step: words, next_step_in_s: left } = ((await mock().status(subsector)) || { timing: {} }).timing;
      return [words, left === null ? null : Math.ceil(left)];
    };
    const posted = mock().postTask(subsector);
    await until('the task is there', async () => ((await mock().status(subsector)) || { tasks: [] }).tasks.length === 1);
    assert.deepStrictEqual(await next(), ['the work system answers', 3]);
    await mock().control('advance', { seconds: 3 });
    await posted;
    assert.deepStrictEqual(await next(), [null, null]);
    await mock().execution('+15125550930', { attempt_id: subsector, subsector });
    await mock().control('advance', { seconds: 0.2 });
    assert.deepStrictEqual(await next(), ['picks up', 1]);
    await mock().control('advance', { seconds: 1 });
    assert.deepStrictEqual(await next(), ['presses 1', 1]);
    await mock().control('advance', { seconds: 60 });
    assert.deepStrictEqual(await next(), ['supervisor assigns a technician', 181]);
    await mock().control('speed', { speed });
  });
};
