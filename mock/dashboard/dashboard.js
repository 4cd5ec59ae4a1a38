// The mock's dashboard: reads /control/status each second and draws it; every button is one request
// to /control.
import { $, setText, setOptions } from './dom.js';
import { get, steer, onSteered, troubled } from './control.js';
import { drawEcos } from './lanes.js';
import { drawHandset } from './phones.js';
import { makeTrouble, updateTrouble } from './trouble.js';
import { updateJournal } from './journal.js';
import './copy.js';

function draw(status) {
  setOptions($('default-scenario'), status.scenarios.map(({ name, title }) => [name, `${name}: ${title[0].toLowerCase()}${title.slice(1)}`]));
  if (document.activeElement !== $('default-scenario')) $('default-scenario').value = status.default_scenario;
  for (const one of document.querySelectorAll('[data-speed]')) one.setAttribute('aria-pressed', String(Number(one.dataset.speed) === status.speed));
  drawEcos(status);
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
    if (troubled()) return; // what was refused stays to be read
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
