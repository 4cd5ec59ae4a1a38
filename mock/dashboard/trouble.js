// Faults: a slider for each rate, a number for each value, as the mock lists them; in the groups in
// which one thinks of them.
import { $, element, button, keyed, setText, setOptions } from './dom.js';
import { steer, get } from './control.js';

// [title, what its rates are rates of, {name: words}]
const GROUPS = [
  ['Answers', 'answers', { latency_ms: 'Latency, ms', drop_response: 'Lost after the effect', error_rate: 'Refused', status: 'Status of refusals', retry_after_s: 'Retry-After, s', truncate_response: 'Truncated', oversize_response: 'Oversized' }],
  ['Callbacks', 'callbacks', { duplicate_callbacks: 'Doubled', reorder_callbacks: 'Reordered', lose_callbacks: 'Lost', late_callbacks: 'Late', callback_delay_s: 'Late by, s', forge_callbacks: 'Forged' }],
  ['Telephones', '', { voicemail_rate: 'Voicemail', busy_rate: 'Busy', carrier_failure_rate: 'Carrier fails', calls_per_second: 'Calls a second', concurrent_calls: 'Calls at once', executions_per_second: 'Executions a second' }],
  ['Clocks, lists, tokens', '', { clock_skew_s: 'Clock skew, s', list_lag_s: 'Lists lag, s', token_lifetime_s: 'Token life, s', omit_expires_in: 'No expires_in' }],
];
const WORDS = Object.assign({}, ...GROUPS.map(([, , words]) => words));
const OF = Object.fromEntries(GROUPS.flatMap(([, of, words]) => Object.keys(words).map((name) => [name, of])));

const form = $('faults');
const { provider, subsector } = form.elements;
let kinds = [];
let sets = [];
let seedTyped = false;

const isRate = ({ low, high }) => low === 0 && high === 1;
const percent = (value) => `${Math.round(value * 100)} %`;

function makeField(kind) {
  const label = element('label', WORDS[kind.name] || kind.name);
  const input = element('input');
  const value = element('span', undefined, 'value');
  Object.assign(input, isRate(kind) ? { type: 'range', min: 0, max: 1, step: 0.05, value: 0 } : { type: 'number', min: kind.low, max: kind.high, step: 'any', value: '', placeholder: '–' });
  input.name = kind.name;
  value.append(input);
  if (isRate(kind)) value.append(element('output', '0 %'));
  input.addEventListener('input', () => show(input));
  label.append(value);
  return label;
}

const given = (input) => !input.disabled && input.value !== '' && !(input.type === 'range' && Number(input.value) === 0);

function show(input) {
  const label = input.closest('label');
  if (input.type === 'range') setText(label.querySelector('output'), percent(input.value));
  label.classList.toggle('on', given(input));
  label.classList.toggle('off', input.disabled);
}

// The fields show what is set for the chosen scope; what can't be hurt there is switched off.
function choose() {
  const set = sets.find((one) => (one.provider || '') === provider.value && (one.subsector || '') === subsector.value) || {};
  for (const kind of kinds) {
    const input = form.elements[kind.name];
    input.disabled = Boolean((subsector.value && !kind.per_eco) || (provider.value && kind.of && kind.of !== provider.value && !(kind.of === 'render' && provider.value === 'oauth')));
    input.value = set[kind.name] ?? (isRate(kind) ? 0 : '');
    show(input);
  }
  subsector.disabled = provider.value === 'oauth';
}

export async function makeTrouble() {
  ({ kinds } = await get('faults'));
  for (const [title, , words] of [...GROUPS, ['Others', '', {}]]) {
    const own = kinds.filter(({ name }) => (title === 'Others' ? !(name in WORDS) : name in words));
    if (own.length === 0) continue;
    const group = element('fieldset');
    group.append(element('legend', title), ...own.map(makeField));
    $('sliders').append(group);
  }
  for (const one of [provider, subsector]) one.addEventListener('change', choose);
  $('trouble').addEventListener('toggle', () => $('trouble').open && choose());
  $('seed').addEventListener('input', () => (seedTyped = true));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const set = { ...(provider.value ? { provider: provider.value } : {}), ...(subsector.value && !subsector.disabled ? { subsector: subsector.value } : {}) };
    for (const { name } of kinds) if (given(form.elements[name])) set[name] = Number(form.elements[name].value);
    // a seed begins the draws anew, so only where it was meant
    if (seedTyped && $('seed').value !== '') set.seed = Number($('seed').value);
    if (Object.keys(set).length > 0 && (await steer('faults', set))) seedTyped = false;
  });
  $('clear-faults').addEventListener('click', async () => {
    await steer('faults', {});
    choose();
  });
}

const scope = (set) => Object.fromEntries(['provider', 'subsector'].filter((name) => set[name]).map((name) => [name, set[name]]));

function sentence({ provider: whose, subsector: eco, ...faults }) {
  const rate = (name) => kinds.some((kind) => kind.name === name && isRate(kind));
  const words = (name) => `${WORDS[name] || name}${rate(name) && OF[name] ? ` ${OF[name]}` : ''}`;
  const what = Object.entries(faults).map(([name, value]) => `${words(name)} ${rate(name) ? percent(value) : value}`).join(', ');
  return `${whose || 'both'}${eco ? `, ${eco}` : ''}: ${what}`;
}

export function updateTrouble(status) {
  sets = status.faults;
  if (!seedTyped && document.activeElement !== $('seed')) $('seed').value = status.seed;
  setText($('trouble-now'), sets.length === 0 ? 'none' : `${sets.length} set${sets.length > 1 ? 's' : ''}, seed ${status.seed}`);
  $('trouble-now').className = sets.length > 0 ? 'set' : '';
  keyed($('fault-sets'), kinds.length > 0 ? sets : [], (set) => JSON.stringify(set), (set) => {
    const item = element('li', `${sentence(set)} `);
    // a set with nothing in it clears the one of the same scope; a seed alone would be a seed
    item.append(button('✕', `clear: ${sentence(set)}`, () => clear(set)));
    return item;
  }, () => {});
  setOptions($('fault-eco'), [['', 'every ECO'], ...status.ecos.map((eco) => [eco.subsector, eco.subsector])]);
}

async function clear(set) {
  const own = scope(set);
  if (Object.keys(own).length > 0) await steer('faults', own);
  else {
    // the set for everything: clear all, and set the others again
    const { faults } = await get('faults');
    await steer('faults', {});
    for (const other of faults) if (Object.keys(scope(other)).length > 0) await steer('faults', other);
  }
  choose();
}
