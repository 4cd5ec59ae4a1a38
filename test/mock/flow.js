// The Studio flow that ships with the project: its shape, and that the mock walks that very file.
'use strict';
const assert = require('assert');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { spawnSync } = require('child_process');
const { test, until, Mock } = require('./harness');

const root = path.join(__dirname, '..', '..');
const file = path.join(root, 'flow', 'eco-page.json');
const flow = JSON.parse(fs.readFileSync(file, 'utf8'));
const state = (name) => flow.states.find((one) => one.name === name);

// FACTS of the widgets, as Twilio's own validator takes them: property types, and all events
const SHAPES = {
  trigger: [{}, ['incomingMessage', 'incomingCall', 'incomingConversationMessage', 'incomingRequest', 'incomingParent']],
  'make-http-request': [{ method: 'string', url: 'string', content_type: 'string', parameters: 'object' }, ['success', 'failed']],
  'make-outgoing-call-v2': [
    { from: 'string', to: 'string', timeout: 'number', record: 'boolean', detect_answering_machine: 'boolean', machine_detection: 'string', machine_detection_timeout: 'string', machine_detection_silence_timeout: 'string' },
    ['answered', 'busy', 'noAnswer', 'failed'],
  ],
  'gather-input-on-call': [{ say: 'string', loop: 'number', timeout: 'number', number_of_digits: 'number', stop_gather: 'boolean', finish_on_key: 'string' }, ['keypress', 'speech', 'timeout']],
  'split-based-on': [{ input: 'string' }, ['noMatch', 'match']],
  'say-play': [{ say: 'string', loop: 'number' }, ['audioComplete']],
  'set-variables': [{ variables: 'object' }, ['next']],
};

module.exports = (mock, receiver, binary) => {
  let n = 0;
  const fresh = async (scenario) => {
    const subsector = `ECO-W${++n}-${Date.now()}`;
    await mock().control('scenario', { scenario, subsector });
    return subsector;
  };
  const order = (subsector, i) => ({ attempt_id: `${subsector}-w${i}`, eco_id: subsector, subsector, message: `NOC: ECO ${i}`, callback_url: receiver().studio(`${subsector}-w${i}`) });
  async function call(to, orders) {
    const made = await mock().execution(to, { ...orders[0], ...(orders.length > 1 ? { next: orders.slice(1) } : {}) });
    assert.strictEqual(made.status, 201, made.text);
    await mock().ended(made.json.sid);
    const { context } = await mock().fetchExecution(made.json.sid, '/Context');
    return { sid: made.json.sid, context, events: orders.map((one) => receiver().events(one.attempt_id)) };
  }

  test('the flow file and its documentation are what flow/generate.js makes', () => {
    const made = spawnSync('node', [path.join(root, 'flow', 'generate.js'), '--check'], { encoding: 'utf8' });
    assert.strictEqual(made.status, 0, made.stderr);
    const page = fs.readFileSync(path.join(root, 'docs', 'studio-flow.md'), 'utf8');
    for (const { name } of flow.states) assert(page.includes(`\`${name.replace(/_[1-4](?=_|$)/, '_N')}\``), `${name} is not documented`);
  });

  test('each widget has the properties and events of its type, each transition leads somewhere, all are reached', () => {
    assert.deepStrictEqual(Object.keys(flow).sort(), ['description', 'flags', 'initial_state', 'states']);
    assert.deepStrictEqual(flow.flags, { allow_concurrent_calls: true });
    const names = flow.states.map((one) => one.name);
    assert.strictEqual(new Set(names).size, names.length);
    for (const one of flow.states) {
      assert.deepStrictEqual(Object.keys(one).sort(), ['name', 'properties', 'transitions', 'type']);
      assert.match(one.name, /^[A-Za-z][A-Za-z0-9_]*$/);
      const [properties, events] = SHAPES[one.type];
      for (const [name, type] of Object.entries(properties)) assert.strictEqual(typeof one.properties[name], type, `${one.name}.${name}`);
      for (const { x, y } of [one.properties.offset]) assert(Number.isInteger(x) && Number.isInteger(y));
      for (const way of one.transitions) {
        assert(events.includes(way.event), `${one.name}: ${way.event}`);
        if ('next' in way) assert(names.includes(way.next), `${one.name}: ${way.event} leads to ${way.next}`);
        if (way.event === 'match') for (const { type, value, friendly_name: name, arguments: list } of way.conditions) assert(type && value && name && list.length === 1);
      }
      for (const event of events.filter((name) => name !== 'match')) assert(one.transitions.some((way) => way.event === event), `${one.name} has no ${event}`);
    }
    const seen = new Set();
    const visit = (name) => seen.has(name) || (seen.add(name), state(name).transitions.forEach((way) => way.next && visit(way.next)));
    visit(flow.initial_state);
    assert.deepStrictEqual(names.filter((name) => !seen.has(name)), []);
  });

  test('no circle in the flow is without a person or a bound', () => {
    // without the questions, which the count of repeats bounds, it is free of circles
    const done = new Set();
    const walk = (name, path) => {
      assert(!path.includes(name), `circle: ${[...path, name].join(' → ')}`);
      if (done.has(name)) return;
      for (const way of state(name).transitions) if (way.next && !/^ask_/.test(way.next)) walk(way.next, [...path, name]);
      done.add(name);
    };
    for (const { name } of flow.states) walk(name, []);
  });

  test('four orders in one call are asked one after the other, each reported to its own URL', async () => {
    const orders = [];
    for (const [i, scenario] of ['happy-path', 'pager-declined', 'pager-timeout', 'happy-path'].entries()) orders.push(order(await fresh(scenario), i + 1));
    const { context, events } = await call('+15125550801', orders);
    assert.deepStrictEqual(events, [['CALLING', 'ACCEPTED'], ['DECLINED'], ['FAILED'], ['ACCEPTED']]);
    assert.deepStrictEqual([1, 2, 3, 4].map((i) => context.widgets[`ask_${i}`].Digits), ['1', '2', undefined, '1']);
    assert.deepStrictEqual([1, 2, 3, 4].map((i) => context.widgets[`ask_${i}`].attempt_id), orders.map((one) => one.attempt_id));
    const last = (i) => receiver().of(orders[i].attempt_id).pop().form;
    assert.deepStrictEqual([last(2).Reason, last(2).Digits, last(3).Digits], ['no-key', '', '1']);
    assert.strictEqual(last(1).CallSid, context.widgets.call.CallSid);
    const seen = await Promise.all(orders.map((one) => mock().status(one.subsector)));
    assert.deepStrictEqual(seen.map((eco) => [...eco.calls, ...eco.shared_calls].map((one) => [one.subsector, one.digit])), ['1', '2', null, '1'].map((key) => [[orders[0].subsector, key]]), 'each ECO shows the call, with its own key');
    const five = await mock().execution('+15125550801', { ...orders[0], next: [...orders.slice(1), orders[0]] });
    assert.strictEqual(five.status, 400, 'the flow has no widgets for a fifth');
  });

  test('a call that does not come about is reported for each of its orders', async () => {
    const cases = [[{ busy_rate: 1 }, 'busy', undefined], [{ carrier_failure_rate: 1 }, 'failed', undefined], [{ voicemail_rate: 1 }, 'voicemail', 'machine_start'], [{}, 'no-answer', undefined]];
    for (const [faults, reason, by] of cases) {
      const orders = [];
      for (let i = 1; i <= 3; i++) orders.push(order(await fresh(reason === 'no-answer' ? 'pager-timeout' : 'happy-path'), i));
      await mock().control('faults', { provider: 'twilio', ...faults, cps: 0 });
      const { context, events } = await call('+15125550802', orders);
      await mock().control('faults', {});
      assert.deepStrictEqual(events, [['CALLING', 'FAILED'], ['FAILED'], ['FAILED']], reason);
      for (const one of orders) assert.strictEqual(receiver().of(one.attempt_id).pop().form.Reason, reason);
      assert.strictEqual(context.widgets.call.AnsweredBy, by);
      assert.strictEqual(context.widgets.ask_2, undefined, 'nothing is read to nobody');
    }
  });

  test('what the report is answered with is said, and nothing is where it is answered with nothing', async () => {
    const subsector = await fresh('happy-path');
    const one = order(subsector, 1);
    receiver().answer = (callback) => (callback.event === 'ACCEPTED' ? { status: 200, body: '{"say": "J. Reyes is on the way; you are stood down."}', type: 'application/json' } : 204);
    const { context } = await call('+15125550803', [one]);
    receiver().answer = () => 204;
    assert.strictEqual(context.widgets.report_1.parsed.say, 'J. Reyes is on the way; you are stood down.');
    assert.strictEqual((await mock().status(subsector)).calls[0].hears, 'J. Reyes is on the way; you are stood down.');
    const quiet = await fresh('happy-path');
    await call('+15125550803', [order(quiet, 1)]);
    assert.match((await mock().status(quiet)).calls[0].hears, /^NOC: ECO 1\. To accept, press 1\./);
  });

  test('star reads it again, four times at most; then it is no answer', async () => {
    const subsector = await fresh('pager-timeout');
    const { speed } = await mock().status();
    await mock().control('speed', { speed: 0.01 });
    const one = order(subsector, 1);
    const made = await mock().execution('+15125550804', one);
    await mock().control('advance', { seconds: 0.2 });
    for (let i = 1; i <= 4; i++) {
      await mock().control('call', { subsector, action: '*' });
      await until('the star is heard', async () => {
        const { steps } = await mock().fetchExecution(made.json.sid, '/Steps?PageSize=100');
        return steps.filter((step) => step.transitioned_to === 'key_1').length === i;
      });
    }
    await mock().ended(made.json.sid);
    await mock().control('speed', { speed });
    const last = receiver().of(one.attempt_id).pop().form;
    assert.deepStrictEqual([last.Event, last.Reason, last.Digits], ['FAILED', 'no-key', '*']);
  });

  test('a person who hangs up in the middle ends the execution, and no report comes', async () => {
    const subsector = await fresh('pager-timeout');
    const { speed } = await mock().status();
    await mock().control('speed', { speed: 0.01 });
    const one = order(subsector, 1);
    const made = await mock().execution('+15125550805', one);
    await mock().control('advance', { seconds: 0.2 });
    await until('it is announced', () => receiver().events(one.attempt_id).length === 1);
    await mock().control('call', { subsector, action: 'answer' });
    await until('it is answered', async () => (await mock().status(subsector)).calls[0].asking);
    await mock().control('call', { subsector, action: 'hangup' });
    await mock().ended(made.json.sid);
    await mock().control('speed', { speed });
    assert.deepStrictEqual(receiver().events(one.attempt_id), ['CALLING']);
  });

  test('another flow is walked by --flow, and a broken one is refused with the widget that is wrong', async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flow-'));
    const variant = (change) => {
      const copy = JSON.parse(JSON.stringify(flow));
      change(copy, (name) => copy.states.find((one) => one.name === name));
      const name = path.join(dir, 'flow.json');
      fs.writeFileSync(name, typeof copy.raw === 'string' ? copy.raw : JSON.stringify(copy));
      return name;
    };
    const broken = [
      [(all) => (all.raw = '{'), /no JSON/],
      [(all) => (all.initial_state = 'nothing'), /initial_state/],
      [(all, at) => (at('key_1').transitions[0].next = 'nothing'), /key_1: noMatch leads nowhere/],
      [(all, at) => at('ask_2').transitions.shift(), /ask_2: no transition for keypress/],
      [(all, at) => (at('ask_1').type = 'ask-nicely'), /ask_1: its type/],
      [(all, at) => delete at('call').properties.timeout, /call: property timeout/],
      [(all, at) => (at('ask_1').properties.say = '{% if x %}'), /ask_1: tags/],
      [(all, at) => (at('ask_1').properties.say = '{{flow.data.message | upcase}}'), /ask_1: not a path/],
      [(all, at) => (at('report_1').properties.parameters[0].value = 7), /report_1: each pair/],
      [(all, at) => (at('key_1').transitions[1].conditions[0].type = 'rhymes_with'), /key_1: a condition/],
      [(all) => all.states.push({ name: 'alone', type: 'say-play', properties: { say: 'x' }, transitions: [{ event: 'audioComplete' }] }), /alone can't be reached/],
      [(all) => all.states.push(all.states[3]), /a name of its own/],
    ];
    for (const [change, words] of broken) {
      const ended = spawnSync(binary, ['--port', '0', '--flow', variant(change)], { encoding: 'utf8', timeout: 10000 });
      assert.strictEqual(ended.status, 2, words);
      assert.match(ended.stderr, words);
    }
    const other = await Mock.start(binary, '--speed', '100', '--flow', variant((all, at) => (at('ask_1').properties.say = 'Other words for {{flow.data.message}}')));
    await other.execution('+15125550806', { subsector: 'ECO-O', message: 'ECO 7' });
    await until('other words', async () => ((await other.status('ECO-O')).calls[0] || {}).hears === 'Other words for ECO 7');
    // one that runs in a circle
    assert.strictEqual(await other.stop(), 0);
    const circle = await Mock.start(binary, '--speed', '10', '--scenario', 'pager-timeout', '--flow', variant((all, at) => (at('again_1').transitions = [{ event: 'noMatch', next: 'ask_1' }, { event: 'match', next: 'silent_1', conditions: [{ type: 'equal_to', value: 'never', arguments: ['x'], friendly_name: 'never' }] }])));
    const made = await circle.execution('+15125550807', { subsector: 'ECO-R', message: 'ECO 8' });
    await until('it is stopped', async () => {
      const [phone] = (await circle.status('ECO-R')).calls;
      await circle.post('/control/call', { json: { call_sid: phone.call_sid, action: '*' } });
      return (await circle.fetchExecution(made.json.sid)).status === 'ended';
    });
    assert.match((await circle.status('ECO-R')).step, /stopped at ask_1: played more than 10 times/);
    assert.strictEqual(await circle.stop(), 0);
    fs.rmSync(dir, { recursive: true });
  });
};
