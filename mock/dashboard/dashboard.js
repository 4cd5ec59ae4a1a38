// The mock's dashboard: reads /control/status each second and draws it; every button is one
// request to /control.  Lanes are kept and only their changed parts replaced, so that focus and
// an open chooser survive.
'use strict';

const $ = (id) => document.getElementById(id);
const lanes = new Map();
let scenarios = [];
let lastEntry = 0;
let entries = [];

async function order(what, body) {
  const answer = await fetch(`/control/${what}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    $('connection').textContent = problem.error || `refused: ${answer.status}`;
    $('connection').className = 'lost';
  }
  await refresh();
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function button(text, label, onClick) {
  const made = element('button', text);
  made.type = 'button';
  made.setAttribute('aria-label', label);
  made.addEventListener('click', onClick);
  return made;
}

function chooser(onChange) {
  const select = document.createElement('select');
  for (const { name, title } of scenarios) {
    const option = element('option', name);
    option.value = name;
    option.title = title;
    select.append(option);
  }
  select.addEventListener('change', () => onChange(select.value));
  return select;
}

const TECHNICIAN = [
  ['assign', { status: 'allocated', assignee: 'R. Field' }],
  ['release', { status: 'released', assignee: 'R. Field' }],
  ['jeopardy', { status: 'jeopardy' }],
  ['complete', { status: 'completed' }],
  ['reopen', { status: 'released' }],
  ['clone', { clone: true }],
];

function drawTask(eco, task) {
  const card = element('div', undefined, `task ${task.status}`);
  const who = task.assignee ? ` · ${task.assignee}` : '';
  card.append(element('strong', task.status), document.createTextNode(`${who} `));
  card.append(element('span', task.projectTaskId + (task.clonedFrom ? ` (clone of ${task.clonedFrom})` : ''), 'quiet'));
  const buttons = element('div', undefined, 'buttons');
  for (const [name, change] of TECHNICIAN)
    buttons.append(button(name, `${name} task ${task.projectTaskId}`, () =>
      order('task', { subsector: eco.subsector, project_task_id: task.projectTaskId, ...change })));
  card.append(buttons);
  return card;
}

const KEYS = [
  ['press 1', '1'], ['press 2', '2'], ['voicemail', 'voicemail'], ['busy', 'busy'], ['hang up', 'hangup'],
];

function drawCall(call) {
  const live = ['queued', 'ringing', 'in-progress'].includes(call.status);
  const kind = call.status === 'ringing' ? 'ringing' : call.status === 'in-progress' ? 'talking'
    : call.digit === '1' ? 'accepted' : live ? '' : 'failed';
  const card = element('div', undefined, `call ${kind}`);
  const word = call.status === 'ringing' ? '☎ rings' : call.status;
  card.append(element('strong', word), document.createTextNode(` ${call.to} `));
  const facts = [];
  if (call.answered_by) facts.push(`answered by ${call.answered_by}`);
  if (call.digit) facts.push(`pressed ${call.digit}`);
  if (call.next_in_s !== null) facts.push(`next in ${call.next_in_s} s`);
  card.append(element('span', facts.join(' · '), 'quiet'));
  if (live) {
    const buttons = element('div', undefined, 'buttons');
    for (const [name, action] of KEYS)
      buttons.append(button(name, `${name}: ${call.to}`, () => order('call', { call_sid: call.call_sid, action })));
    card.append(buttons);
  }
  return card;
}

// Replaces a part's cards unless nothing changed but a countdown, keeping the focused button.
function redraw(part, cards) {
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute('aria-label') : null;
  part.replaceChildren(...cards);
  if (focused) part.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
}

function lane(eco) {
  let known = lanes.get(eco.subsector);
  if (!known) {
    known = { root: element('article', undefined, 'eco'), tasks: element('div'), calls: element('div'), step: element('span', '', 'step') };
    const head = element('div', undefined, 'eco-head');
    known.select = chooser((scenario) => order('scenario', { scenario, subsector: eco.subsector }));
    known.select.setAttribute('aria-label', `scenario of ${eco.subsector}`);
    head.append(element('h3', eco.subsector), known.step, known.select);
    const both = element('div', undefined, 'lane');
    both.append(known.tasks, known.calls);
    known.root.append(head, both);
    lanes.set(eco.subsector, known);
    $('ecos').prepend(known.root);
  }
  const next = eco.timing.next_step_in_s;
  known.step.textContent = eco.step + (next === null ? '' : ` · next in ${next} s`);
  if (document.activeElement !== known.select) known.select.value = eco.scenario;
  const tasks = JSON.stringify(eco.tasks);
  if (known.taskState !== tasks) redraw(known.tasks, eco.tasks.map((task) => drawTask(eco, task)));
  known.taskState = tasks;
  const calls = JSON.stringify(eco.calls);
  if (known.callState !== calls) redraw(known.calls, eco.calls.map(drawCall));
  known.callState = calls;
}

function drawJournal() {
  const filter = $('journal-filter').value;
  const shown = entries.filter((entry) => !filter || JSON.stringify(entry).includes(filter)).slice(-200).reverse();
  $('journal').replaceChildren(...shown.map((entry) => {
    const row = document.createElement('tr');
    const status = entry.note ? `${entry.status} (${entry.note})` : String(entry.status);
    for (const text of [entry.at.slice(11, 23), entry.direction, `${entry.method} ${entry.path}`, status, entry.subsector || ''])
      row.append(element('td', text));
    row.title = entry.body;
    return row;
  }));
}

async function refreshJournal(kept, dropped) {
  if (kept === 0) {
    entries = [];
    lastEntry = 0;
  }
  const answer = await fetch(`/control/journal?since=${lastEntry}&limit=500`);
  const fresh = (await answer.json()).entries;
  if (fresh.length > 0) {
    // The newest may still wait for its answer: look at those again next time.
    const settled = fresh.findIndex((entry) => entry.status === 0 && !entry.note);
    const keep = entries.filter((entry) => entry.n < fresh[0].n);
    entries = keep.concat(fresh).slice(-2000);
    lastEntry = settled >= 0 ? fresh[settled].n - 1 : fresh[fresh.length - 1].n;
  }
  drawJournal();
  $('journal-note').textContent = dropped > 0 ? `${dropped} older entries were dropped.` : '';
}

async function refresh() {
  try {
    const status = await (await fetch('/control/status')).json();
    if (scenarios.length === 0) {
      scenarios = status.scenarios;
      $('default-scenario').replaceWith(Object.assign(chooser((scenario) => order('scenario', { scenario })), { id: 'default-scenario' }));
    }
    if (document.activeElement !== $('default-scenario')) $('default-scenario').value = status.default_scenario;
    $('speed').textContent = `×${status.speed}`;
    $('faults-now').textContent = status.faults.length === 0 ? 'no trouble set' : status.faults.map((set) => JSON.stringify(set)).join(' ');
    const present = new Set(status.ecos.map((eco) => eco.subsector));
    for (const [subsector, known] of lanes) {
      if (present.has(subsector)) continue;
      known.root.remove();
      lanes.delete(subsector);
    }
    status.ecos.forEach(lane);
    $('no-ecos').hidden = status.ecos.length > 0;
    await refreshJournal(status.journal.kept, status.journal.dropped);
    $('connection').textContent = `live · ${status.now.slice(11, 19)} UTC`;
    $('connection').className = '';
  } catch (error) {
    $('connection').textContent = 'connection lost: what you see is old';
    $('connection').className = 'lost';
  }
}

for (const control of document.querySelectorAll('[data-speed]'))
  control.addEventListener('click', () => order('speed', { speed: Number(control.dataset.speed) }));
for (const control of document.querySelectorAll('[data-advance]'))
  control.addEventListener('click', () => order('advance', { seconds: Number(control.dataset.advance) }));
$('reset').addEventListener('click', () => order('reset', {}));
$('clear-faults').addEventListener('click', () => {
  $('faults').reset();
  order('faults', {});
});
$('faults').addEventListener('submit', (event) => {
  event.preventDefault();
  const set = {};
  for (const [name, value] of new FormData(event.target)) {
    if (name === 'provider' && value) set.provider = value;
    else if (name === 'seed') set.seed = Number(value);
    else if (Number(value) > 0) set[name] = Number(value);
  }
  order('faults', set);
});
$('journal-filter').addEventListener('input', drawJournal);

refresh();
setInterval(refresh, 1000);
