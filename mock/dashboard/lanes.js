// A lane for each ECO: how it stands, its step, the time to the next one, its scenario, its tasks
// and telephones.
import { $, element, keyed, setText, setOptions } from './dom.js';
import { steer } from './control.js';
import { makeTasks, updateTasks, number } from './tasks.js';
import { makePhones, updatePhones, live } from './phones.js';

// How an ECO stands, as a word for the badge and a colour for the edge.
export function standing(eco) {
  const calls = [...eco.calls, ...eco.shared_calls];
  const is = (status) => calls.some((call) => call.status === status);
  if (is('ringing')) return ['☎ rings', 'rings'];
  if (is('in-progress')) return ['☎ talking', 'talks'];
  if (is('queued')) return ['dialing …', ''];
  if (eco.tasks.length > 0 && eco.tasks.every((task) => task.status === 'completed')) return ['✓ work complete', 'good'];
  if (eco.tasks.some((task) => task.status === 'jeopardy')) return ['! jeopardy', 'bad'];
  if (eco.timing.accepted_at) return ['✓ accepted', 'good'];
  if (calls.length > 0) return ['✗ not accepted', 'bad'];
  if (eco.tasks.length > 0) return ['task made', ''];
  return /refused/.test(eco.step) ? ['✗ refused', 'bad'] : ['waiting', ''];
}

export const inWords = (seconds) => (seconds >= 60 ? `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s` : `${Math.max(0, seconds).toFixed(1)} s`);

function makeLane({ subsector }) {
  const lane = element('article', undefined, 'eco');
  lane.setAttribute('aria-label', subsector);
  const head = element('div', undefined, 'eco-head');
  const countdown = element('div', undefined, 'countdown');
  const progress = element('progress');
  progress.setAttribute('aria-label', `next step of ${subsector}`);
  countdown.append(element('span'), progress);
  const chooser = element('select');
  chooser.setAttribute('aria-label', `scenario of ${subsector}`);
  chooser.addEventListener('change', () => steer('scenario', { scenario: chooser.value, subsector }));
  head.append(element('h3', subsector), element('span', '', 'badge'), element('span', '', 'step'), countdown, chooser);
  const both = element('div', undefined, 'lane');
  both.append(makeTasks(subsector), makePhones());
  lane.append(head, both);
  lane.waited = 0;
  return lane;
}

// The bar is full when the wait begins.  Between two looks the time goes on by itself.
function tick(lane) {
  const [words, bar] = lane.querySelector('.countdown').children;
  const left = lane.left - ((performance.now() - lane.looked) / 1000) * lane.speed;
  bar.value = Math.max(0, left);
  setText(words, `${lane.next} in ${inWords(left)}`);
}

function updateLane(lane, eco, scenarios, speed) {
  const [, badge, step, countdown, chooser] = lane.firstChild.children;
  const { next_step_in_s: left, next_step: next } = eco.timing;
  const [word, colour] = standing(eco);
  if (lane.className !== `eco ${colour}`) lane.className = `eco ${colour}`;
  setText(badge, word);
  setText(step, eco.step.replace(/PT-[0-9a-f]+-[0-9]+/g, number));
  if (left === null || lane.next !== next || left > lane.left) lane.waited = left || 0;
  Object.assign(lane, { left, next, speed, looked: performance.now(), waited: Math.max(lane.waited, left || 0) });
  countdown.style.visibility = left === null ? 'hidden' : '';
  countdown.lastChild.max = lane.waited || 1;
  if (left !== null) tick(lane);
  setOptions(chooser, scenarios);
  if (document.activeElement !== chooser) chooser.value = eco.scenario;
  const [tasks, phones] = lane.lastChild.children;
  updateTasks(tasks, eco);
  updatePhones(phones, eco);
}

function matches(eco, word) {
  const [badge] = standing(eco);
  return [eco.subsector, eco.scenario, eco.step, badge, ...eco.calls.map((call) => call.to)].some((text) => text.toLowerCase().includes(word));
}

export function drawLanes({ ecos, scenarios, speed }) {
  const word = $('eco-filter').value.trim().toLowerCase();
  const shown = [...ecos].reverse().filter((eco) => matches(eco, word));
  setText($('eco-count'), ecos.length === 0 ? '' : `${word ? `${shown.length} of ${ecos.length}` : ecos.length}, newest first`);
  $('no-ecos').hidden = ecos.length > 0;
  $('no-match').hidden = ecos.length === 0 || shown.length > 0;
  const pairs = scenarios.map(({ name }) => [name, name]);
  keyed($('ecos'), shown, (eco) => eco.subsector, makeLane, (lane, eco) => updateLane(lane, eco, pairs, speed));
}

// What rings anywhere, as ways to it, on top of whatever one looks at.
export function drawRinging(ecos) {
  const ringing = ecos.flatMap((eco) => eco.calls.filter((call) => call.status === 'ringing'));
  const waiting = ecos.flatMap((eco) => eco.calls).filter((call) => live(call)).length - ringing.length;
  document.title = ringing.length > 0 ? `☎ ${ringing.length} · Strike mock` : 'Strike mock';
  keyed($('ringing'), [{ quiet: ringing.length === 0, waiting }, ...ringing], (one) => one.call_sid || 'words', (one) => {
    if (!one.call_sid) return element('span');
    const way = element('a');
    way.href = '#ecos';
    const bell = element('span', '☎', 'bell');
    bell.setAttribute('aria-hidden', 'true');
    way.append(bell, element('span', `${one.to} rings for ${one.subsector}`));
    way.addEventListener('click', (event) => {
      event.preventDefault();
      $('eco-filter').value = '';
      const phone = document.querySelector(`#ecos [data-key="${CSS.escape(one.call_sid)}"]`);
      phone?.scrollIntoView({ block: 'center' });
      phone?.querySelector('button')?.focus({ preventScroll: true });
    });
    return way;
  }, (node, one) => {
    if (!one.call_sid) setText(node, one.quiet ? `No telephone rings.${one.waiting > 0 ? ` ${one.waiting} talking or about to ring.` : ''}` : 'Now:');
  });
}

let last = null;

export function drawEcos(status) {
  last = status;
  drawLanes(status);
  drawRinging(status.ecos);
}

$('eco-filter').addEventListener('input', () => last && drawLanes(last));
setInterval(() => {
  if ($('connection').className === 'lost') return; // what isn't known doesn't go on
  for (const lane of $('ecos').children) if (lane.left !== null) tick(lane);
}, 250);
