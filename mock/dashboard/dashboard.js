// The mock's dashboard: reads /control/status each second and draws it; every button is one request
// to /control.
import { $, element, keyed, setText, setOptions } from './dom.js';
import { get, steer, onSteered } from './control.js';
import { makeTasks, updateTasks } from './tasks.js';
import { makePhones, updatePhones, drawHandset } from './phones.js';
import { makeTrouble, updateTrouble } from './trouble.js';
import { updateJournal } from './journal.js';
import './copy.js';

let scenarios = [];

function makeLane({ subsector }) {
  const lane = element('article', undefined, 'eco');
  lane.setAttribute('aria-label', subsector);
  const head = element('div', undefined, 'eco-head');
  const countdown = element('div', undefined, 'countdown');
  const progress = element('progress');
  progress.setAttribute('aria-label', `next step of ${subsector}`);
  countdown.append(progress, element('span'));
  const chooser = element('select');
  chooser.setAttribute('aria-label', `scenario of ${subsector}`);
  chooser.addEventListener('change', () => steer('scenario', { scenario: chooser.value, subsector }));
  head.append(element('h3', subsector), element('span', '', 'step'), countdown, chooser);
  const both = element('div', undefined, 'lane');
  both.append(makeTasks(subsector), makePhones());
  lane.append(head, both);
  lane.waited = 0;
  return lane;
}

function updateLane(lane, eco) {
  const [, step, countdown, chooser] = lane.firstChild.children;
  const next = eco.timing.next_step_in_s;
  setText(step, eco.step);
  // the bar is full when the wait begins
  lane.waited = next === null ? 0 : Math.max(lane.waited, next);
  countdown.style.visibility = next === null ? 'hidden' : '';
  countdown.firstChild.max = lane.waited || 1;
  countdown.firstChild.value = next || 0;
  setText(countdown.lastChild, next === null ? '' : next >= 60 ? `${Math.floor(next / 60)} min ${Math.round(next % 60)} s` : `${next.toFixed(1)} s`);
  if (next !== null && next <= 0.1) lane.waited = 0;
  setOptions(chooser, scenarios);
  if (document.activeElement !== chooser) chooser.value = eco.scenario;
  const [tasks, phones] = lane.lastChild.children;
  updateTasks(tasks, eco);
  updatePhones(phones, eco);
}

function draw(status) {
  scenarios = status.scenarios.map(({ name }) => [name, name]);
  setOptions($('default-scenario'), scenarios);
  if (document.activeElement !== $('default-scenario')) $('default-scenario').value = status.default_scenario;
  for (const one of document.querySelectorAll('[data-speed]')) one.setAttribute('aria-pressed', String(Number(one.dataset.speed) === status.speed));
  setText($('eco-count'), status.ecos.length > 0 ? `${status.ecos.length}, newest first` : '');
  $('no-ecos').hidden = status.ecos.length > 0;
  keyed($('ecos'), [...status.ecos].reverse(), (eco) => eco.subsector, makeLane, updateLane);
  drawHandset(status.ecos);
  updateTrouble(status);
}

let turn = 0;

async function refresh() {
  const mine = ++turn;
  try {
    const status = await get('status');
    if (mine !== turn) return; // a later one is under way
    draw(status);
    await updateJournal(status);
    const drift = status.timers.worst_late_ms >= 100 ? ` · steps up to ${Math.round(status.timers.worst_late_ms)} ms late` : '';
    setText($('connection'), `● live · ${status.now.slice(11, 19)} UTC · ×${status.speed}${status.calls_waiting > 0 ? ` · ${status.calls_waiting} calls wait for their turn` : ''}${drift}`);
    $('connection').className = '';
  } catch (error) {
    setText($('connection'), '○ connection lost: what you see is old');
    $('connection').className = 'lost';
  }
}

for (const one of document.querySelectorAll('[data-speed]')) one.addEventListener('click', () => steer('speed', { speed: Number(one.dataset.speed) }));
for (const one of document.querySelectorAll('[data-advance]')) one.addEventListener('click', () => steer('advance', { seconds: Number(one.dataset.advance) }));
$('default-scenario').addEventListener('change', (event) => steer('scenario', { scenario: event.target.value }));
$('reset').addEventListener('click', () => {
  if (confirm('Forget all ECOs, tasks, calls, faults and the journal?')) steer('reset', {});
});
addEventListener('hashchange', refresh);

onSteered(refresh);
makeTrouble().catch(() => {});
refresh();
setInterval(refresh, 1000);
