// Faults: a slider for each rate, a number for each value, as the mock lists them.
import { $, element, button, keyed, setText, setOptions } from './dom.js';
import { steer, get } from './control.js';

const WORDS = {
  latency_ms: 'Latency, ms', drop_response: 'Lost answers', error_rate: 'Errors', status: 'Status of errors', retry_after_s: 'Retry-After, s',
  truncate_response: 'Truncated answers', oversize_response: 'Oversized answers', duplicate_callbacks: 'Doubled callbacks', reorder_callbacks: 'Reordered callbacks',
  lose_callbacks: 'Lost callbacks', late_callbacks: 'Late callbacks', callback_delay_s: 'Late by, s', forge_callbacks: 'Forged callbacks', voicemail_rate: 'Voicemail',
  busy_rate: 'Busy', carrier_failure_rate: 'Carrier failure', calls_per_second: 'Calls a second', concurrent_calls: 'Calls at once', clock_skew_s: 'Clock skew, s',
  token_lifetime_s: 'Token life, s', list_lag_s: 'Lists lag, s', omit_expires_in: 'No expires_in',
};

export async function makeTrouble() {
  const { kinds } = await get('faults');
  for (const { name, low, high } of kinds) {
    const label = element('label', WORDS[name] || name);
    const rate = low === 0 && high === 1;
    const input = element('input');
    const value = element('span', undefined, 'value');
    Object.assign(input, rate ? { type: 'range', min: 0, max: 1, step: 0.05, value: 0 } : { type: 'number', min: low, max: high, step: 'any', value: '' });
    input.name = name;
    value.append(input);
    if (rate) {
      const shown = element('output', '0 %');
      input.addEventListener('input', () => setText(shown, `${Math.round(input.value * 100)} %`));
      input.form?.addEventListener('reset', () => setText(shown, '0 %'));
      value.append(shown);
    }
    label.append(value);
    $('sliders').append(label);
  }
  $('faults').addEventListener('reset', () => document.querySelectorAll('#sliders output').forEach((one) => setText(one, '0 %')));
  $('faults').addEventListener('submit', (event) => {
    event.preventDefault();
    const set = {};
    for (const [name, value] of new FormData(event.target)) {
      if (name === 'provider' || name === 'subsector') {
        if (value) set[name] = value;
      } else if (value !== '' && !(event.target.elements[name].type === 'range' && Number(value) === 0)) set[name] = Number(value);
    }
    steer('faults', set);
  });
  $('clear-faults').addEventListener('click', () => {
    $('faults').reset();
    steer('faults', {});
  });
}

const scope = ({ provider, subsector }) => ({ ...(provider ? { provider } : {}), ...(subsector ? { subsector } : {}) });

function sentence({ provider, subsector, ...faults }) {
  const what = Object.entries(faults).map(([name, value]) => `${WORDS[name] || name} ${value}`).join(', ');
  return `${provider || 'both'}${subsector ? `, ${subsector}` : ''}: ${what}`;
}

export function updateTrouble(status) {
  const sets = status.faults;
  setText($('trouble-now'), sets.length === 0 ? 'none' : `${sets.length} set${sets.length > 1 ? 's' : ''}, seed ${status.seed}`);
  $('trouble-now').className = sets.length > 0 ? 'set' : '';
  keyed($('fault-sets'), sets, (set) => JSON.stringify(set), (set) => {
    const item = element('li', `${sentence(set)} `);
    // a set with nothing in it clears the one of the same scope; a seed alone would be a seed
    item.append(button('✕', `clear: ${sentence(set)}`, () => clear(set)));
    return item;
  }, () => {});
  setOptions($('fault-eco'), [['', 'every ECO'], ...status.ecos.map(({ subsector }) => [subsector, subsector])]);
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
}
