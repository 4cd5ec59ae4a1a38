#!/usr/bin/env node
// flow/generate.js: writes flow/eco-page.json, the Studio flow that pages a supervisor, and the
// tables of docs/studio-flow.md.  With --check it only compares.  The four orders that one call can
// carry are four copies of the same widgets: here stands the one they are made from.
'use strict';
const fs = require('fs');
const path = require('path');

const ORDERS = 4; // the first, and at most three in Parameters.next
const REPEATS = 4; // how often one order is said again
const MACHINES = 'machine_start,machine_end_beep,machine_end_silence,machine_end_other,fax';
const VOICE = { voice: 'Polly.Joanna', language: 'en-US' };

// --- widgets, in the shapes that Studio exports ----------------------------------------------------

const to = (event, next) => (next ? { event, next } : { event });

function widget(name, type, why, properties, transitions) {
  return { name, type, why, properties, transitions };
}

// One condition, on one value: match or noMatch.
function split(name, why, value, condition, compared, match, noMatch) {
  return widget(name, 'split-based-on', why, { input: value }, [
    to('noMatch', noMatch),
    { ...to('match', match), conditions: [{ friendly_name: `${condition} ${compared}`.trim(), arguments: [value], type: condition, value: compared }] },
  ]);
}

// Several values of one input; cases: {value: next}.
function choice(name, why, value, cases, noMatch) {
  return widget(name, 'split-based-on', why, { input: value }, [
    to('noMatch', noMatch),
    ...Object.entries(cases).map(([compared, next]) => ({
      event: 'match', next, conditions: [{ friendly_name: `equal_to ${compared}`, arguments: [value], type: 'equal_to', value: compared }],
    })),
  ]);
}

function set(name, why, variables, next) {
  return widget(name, 'set-variables', why, { variables: Object.entries(variables).map(([key, value]) => ({ key, value })) }, [to('next', next)]);
}

function say(name, why, text, next) {
  return widget(name, 'say-play', why, { say: text, loop: 1, ...VOICE }, [to('audioComplete', next)]);
}

function report(name, why, data, fields, success, failed) {
  const all = { ...fields, AttemptId: `{{${data}.attempt_id}}`, ExecutionSid: '{{flow.sid}}' };
  return widget(name, 'make-http-request', why, {
    method: 'POST',
    url: `{{${data}.callback_url}}`,
    content_type: 'application/x-www-form-urlencoded;charset=utf-8',
    parameters: Object.entries(all).map(([key, value]) => ({ key, value })),
  }, [to('success', success), to('failed', failed)]);
}

// --- the call --------------------------------------------------------------------------------------

const data = (n) => (n === 1 ? 'flow.data' : `flow.data.next[${n - 2}]`);

const opening = [
  widget('Trigger', 'trigger', 'an execution is created by the REST API', {}, [
    to('incomingMessage'), to('incomingCall'), to('incomingConversationMessage'), to('incomingRequest', 'reported'), to('incomingParent'),
  ]),
  split('reported', 'without a callback_url nothing is reported: the context is read instead', '{{flow.data.callback_url}}', 'is_not_blank', 'blank', 'report_calling', 'call'),
  report('report_calling', 'says that the call is being placed; the call is placed whatever comes of it', 'flow.data', { Event: 'CALLING', Reason: 'calling' }, 'call', 'call'),
  widget('call', 'make-outgoing-call-v2', 'rings for 20 s, and finds out whether a machine answers', {
    from: '{{flow.channel.address}}',
    to: '{{contact.channel.address}}',
    timeout: 20,
    record: false,
    trim: 'do-not-trim',
    recording_channels: 'mono',
    recording_status_callback: '',
    send_digits: '',
    sip_auth_username: '',
    sip_auth_password: '',
    detect_answering_machine: true,
    machine_detection: 'Enable',
    machine_detection_timeout: '10',
    machine_detection_speech_threshold: '2400',
    machine_detection_speech_end_threshold: '1200',
    machine_detection_silence_timeout: '5000',
  }, [to('answered', 'ask_1'), to('busy', 'busy'), to('noAnswer', 'no_answer'), to('failed', 'failed')]),
  ...[['busy', 'busy', 'the line is busy'], ['no_answer', 'no-answer', 'it rang, and nobody answered'], ['failed', 'failed', 'the call could not be connected']].map(
    ([name, reason, why]) => set(name, `${why}: every order is reported as failed, and nothing more is said`, { event: 'FAILED', reason, over: 'yes' }, 'url_1')
  ),
];

// Order n of the call: asked, reported, told what the answer was taken for, then the next one.
function order(n) {
  const d = data(n);
  const last = n === ORDERS;
  const over = '{{flow.variables.over}}';
  const told = ['', '_again', '_last'].map((part) => `{{widgets.report_${n}${part}.parsed.say}}`).join('');
  const result = {
    Event: '{{flow.variables.event}}',
    CallSid: '{{widgets.call.sid}}',
    CallStatus: '{{widgets.call.CallStatus}}',
    Digits: `{{widgets.ask_${n}.Digits}}`,
    AnsweredBy: '{{widgets.call.AnsweredBy}}',
    Reason: '{{flow.variables.reason}}',
  };
  const next = last ? undefined : `next_${n}`;
  return [
    widget(`ask_${n}`, 'gather-input-on-call', 'says the order and waits for one key, twice; a key press counts whoever is thought to have answered', {
      say: `${n > 1 ? 'There is another order. ' : ''}{{${d}.message}}. To accept, press 1. To decline, press 2. To hear it again, press star.`,
      ...VOICE,
      loop: 2,
      timeout: 5,
      number_of_digits: 1,
      stop_gather: true,
      finish_on_key: '',
      gather_language: 'en',
      speech_timeout: 'auto',
      speech_model: 'default',
      profanity_filter: 'true',
    }, [to('keypress', `key_${n}`), to('speech'), to('timeout', `silent_${n}`)]),
    choice(`key_${n}`, '1 accepts, 2 declines; star, or any other key, says it again', `{{widgets.ask_${n}.Digits}}`, { 1: `yes_${n}`, 2: `no_${n}` }, `count_${n}`),
    set(`count_${n}`, 'counts by one mark a time', { [`said_${n}`]: `{{flow.variables.said_${n}}}x` }, `again_${n}`),
    split(`again_${n}`, `after ${REPEATS} times it is no answer`, `{{flow.variables.said_${n}}}`, 'equal_to', 'x'.repeat(REPEATS), `silent_${n}`, `ask_${n}`),
    set(`yes_${n}`, 'key 1', { event: 'ACCEPTED', reason: 'keypress' }, `url_${n}`),
    set(`no_${n}`, 'key 2', { event: 'DECLINED', reason: 'keypress' }, `url_${n}`),
    split(`silent_${n}`, 'no key: was it a machine?', '{{widgets.call.AnsweredBy}}', 'matches_any_of', MACHINES, `machine_${n}`, `nokey_${n}`),
    set(`nokey_${n}`, 'a human who pressed nothing', { event: 'FAILED', reason: 'no-key' }, `url_${n}`),
    set(`machine_${n}`, 'voicemail or fax: the further orders are not read to it', { event: 'FAILED', reason: 'voicemail', over: 'yes' }, `url_${n}`),
    split(`url_${n}`, 'without a callback_url nothing is reported', `{{${d}.callback_url}}`, 'is_not_blank', 'blank', `report_${n}`, next),
    report(`report_${n}`, "reports to this order's own URL", d, result, `done_${n}`, `wait_${n}`),
    choice(`wait_${n}`, 'the report failed: is somebody listening?', over, { yes: `report_${n}_again` }, `moment_${n}`),
    say(`moment_${n}`, 'fills the pause before the second report', 'One moment please.', `report_${n}_again`),
    report(`report_${n}_again`, 'the second report', d, result, `done_${n}`, `waiting_${n}`),
    choice(`waiting_${n}`, 'failed again: is somebody listening?', over, { yes: `report_${n}_last` }, `moments_${n}`),
    say(`moments_${n}`, 'fills the pause before the third report', 'One moment please.', `report_${n}_last`),
    report(`report_${n}_last`, 'the third report', d, result, `done_${n}`, `lost_${n}`),
    choice(`lost_${n}`, 'all three failed: is somebody listening?', over, last ? {} : { yes: next }, `unrecorded_${n}`),
    say(`unrecorded_${n}`, 'the human is told to call', 'Your answer was not recorded. Please call the NOC.', next),
    choice(`done_${n}`, 'reported: is somebody listening?', over, last ? {} : { yes: next }, `heard_${n}`),
    split(`heard_${n}`, 'did the answer to the report bring words to say?', told, 'is_not_blank', 'blank', `tell_${n}`, next),
    say(`tell_${n}`, 'says them, e.g. that somebody else is on the way', told, next),
    ...(last ? [] : [
      split(`next_${n}`, 'is there a further order in this call?', `{{${data(n + 1)}.attempt_id}}`, 'is_not_blank', 'blank', `more_${n}`, undefined),
      choice(`more_${n}`, 'a call that is over has its further orders reported only', over, { yes: `url_${n + 1}` }, `ask_${n + 1}`),
    ]),
  ];
}

// A call that is over speaks to nobody: where there is no further order, it ends.
function endings(widgets) {
  for (const one of widgets) {
    if (new RegExp(`^(lost|done)_${ORDERS}$`).test(one.name))
      one.transitions.push({ event: 'match', conditions: [{ friendly_name: 'equal_to yes', arguments: [one.properties.input], type: 'equal_to', value: 'yes' }] });
  }
  return widgets;
}

const widgets = endings([...opening, ...Array.from({ length: ORDERS }, (_, i) => order(i + 1)).flat()]);

// --- the file ----------------------------------------------------------------------------------------

function flow() {
  const rows = new Map();
  const states = widgets.map(({ name, type, properties, transitions }) => {
    const column = Number((/_(\d)/.exec(name) || [0, 0])[1]);
    const row = (rows.get(column) || 0) + 1;
    rows.set(column, row);
    return { name, type, properties: { offset: { x: column * 900 + (row % 2) * 400, y: row * 200 }, ...properties }, transitions };
  });
  return `${JSON.stringify({ description: 'Strike: page a supervisor about up to four orders', states, initial_state: 'Trigger', flags: { allow_concurrent_calls: true } }, null, 1)}\n`;
}

// --- the tables ----------------------------------------------------------------------------------------

function table(some, shown) {
  const rows = some.map((one) => {
    const ways = one.transitions.filter((way) => way.event !== 'incomingMessage' && way.event !== 'incomingCall').filter((way) => way.next || ['match', 'noMatch', 'audioComplete'].includes(way.event)).map((way) => {
      const value = way.conditions ? way.conditions[0] : null;
      const when = !value ? way.event : value.type === 'is_not_blank' ? 'not blank' : value.type === 'matches_any_of' ? 'a machine' : `\`${value.value || ' '}\``;
      return `${when} → ${way.next ? `\`${way.next}\`` : 'end'}`;
    });
    return `| \`${one.name}\` | ${one.type} | ${one.why} | ${ways.join('<br>')} |`;
  });
  return ['| widget | type | what for | then |', '|---|---|---|---|', ...rows].map(shown).join('\n');
}

function documented(text) {
  const generic = (line) => line.replace(/_1\b/g, '_N').replace(/_1_/g, '_N_').replace(/_2\b/g, '_N+1').replace(/flow\.data\.next\[0\]/g, 'next');
  const parts = { opening: table(opening, (line) => line), order: table(order(1), generic) };
  return text.replace(/(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, begin, name, end) => `${begin}${parts[name]}\n${end}`);
}

const json = path.join(__dirname, 'eco-page.json');
const page = path.join(__dirname, '..', 'docs', 'studio-flow.md');
const files = [[json, flow()]];
if (fs.existsSync(page)) files.push([page, documented(fs.readFileSync(page, 'utf8'))]);
if (process.argv[2] === '--check') {
  for (const [file, text] of files) {
    if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) continue;
    console.error(`${path.basename(file)} is not what flow/generate.js makes`);
    process.exitCode = 1;
  }
} else for (const [file, text] of files) fs.writeFileSync(file, text);
