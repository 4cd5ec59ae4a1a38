// Telephones: a call that lasts is a telephone to be answered; one that is over is a line.
import { $, element, button, keyed, setText } from './dom.js';
import { steer } from './control.js';

export const live = (call) => ['queued', 'ringing', 'in-progress'].includes(call.status);
const phoneName = (number) => `…${number.slice(-4)}`;

// [on the key, action, in words, which calls it is for, look]
const KEYS = [
  ['answer', 'answer', 'answer', 'early', 'main'], ['1 accept', '1', 'press 1, accept', 'any', 'good'], ['2 decline', '2', 'press 2, decline', 'any', 'bad'],
  ['let it ring', 'ring', 'let it ring', 'early'], ['voicemail', 'voicemail', 'send to voicemail', 'early'], ['hang up', 'hangup', 'hang up', 'any'],
  ['✱ again', '*', 'press star, to hear it again', 'any'], ['9', '9', 'press a wrong key, 9', 'any'], ['busy', 'busy', 'busy', 'early'], ['fail', 'fail', 'fail: the carrier gives up', 'early'],
];

function makePhone(call) {
  const phone = element('div', undefined, 'phone');
  phone.setAttribute('role', 'group');
  const state = element('div', undefined, 'state');
  state.append(element('span', '☎', 'bell'), element('span'));
  state.firstChild.setAttribute('aria-hidden', 'true');
  const keys = element('div', undefined, 'keys');
  const act = (action) => steer('call', { call_sid: call.call_sid, action });
  for (const [text, action, words, , look] of KEYS) {
    const key = button(text, `${words}: ${call.to}`, () => act(action));
    if (look) key.className = look;
    keys.append(key);
  }
  // as on a telephone: the key itself
  phone.addEventListener('keydown', (event) => {
    if (/^[0-9*#]$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) act(event.key);
  });
  phone.append(state, element('div', undefined, 'quiet'), element('blockquote'), keys);
  return phone;
}

function updatePhone(phone, call) {
  const [state, facts, heard, keys] = phone.children;
  const word = { queued: call.waiting ? 'waits for its turn' : 'is about to ring', ringing: 'rings', 'in-progress': 'talking' }[call.status];
  phone.className = `phone ${call.status === 'ringing' ? 'ringing' : call.status === 'in-progress' ? 'talking' : ''}`;
  phone.setAttribute('aria-label', `telephone ${call.to}, ${word}`);
  setText(state.lastChild, ` ${call.to} ${word}`);
  setText(facts, [
    call.subsector,
    call.answered_by ? `answered by ${call.answered_by === 'machine' ? 'voicemail' : 'a person'}` : '',
    call.asking ? 'waits for a key' : '',
    call.next_in_s !== null ? `${call.next} in ${Math.ceil(call.next_in_s)} s` : '',
  ].filter(Boolean).join(' · '));
  setText(heard, call.hears || '');
  heard.hidden = !call.hears;
  const early = call.status !== 'in-progress';
  KEYS.forEach(([, , , when], i) => (keys.children[i].disabled = when === 'early' && !early));
}

function updateLine(line, call) {
  const [good, text] = line.children;
  good.className = call.digit === '1' ? 'good' : call.digit === '2' ? '' : 'bad';
  setText(good, call.digit === '1' ? '✓ accepted' : call.digit === '2' ? '✗ declined' : call.answered_by === 'machine' ? '✗ voicemail' : call.status === 'completed' ? '✗ no key' : `✗ ${call.status}`);
  setText(text, ` ${phoneName(call.to)} at ${(call.ended_at || call.created_at).slice(11, 19)}`);
  line.title = `${call.to} ${call.call_sid} ${call.attempt_id || ''}`;
}

export function makePhones() {
  const all = element('div');
  all.append(element('h4', 'Telephones'), element('p', 'Nobody was called yet.', 'nothing'), element('div'), element('ul', undefined, 'calls'));
  return all;
}

export function updatePhones(all, eco) {
  const [, empty, phones, calls] = all.children;
  const key = (call) => call.call_sid;
  const every = [...eco.calls, ...eco.shared_calls];
  empty.hidden = every.length > 0;
  keyed(phones, every.filter(live), key, makePhone, (phone, call) => updatePhone(phone, { ...call, subsector: call.subsector === eco.subsector ? '' : `also carries ${call.subsector}` }));
  keyed(calls, every.filter((call) => !live(call)).reverse(), key, () => {
    const line = element('li');
    line.append(element('span'), element('span'));
    return line;
  }, updateLine);
}

// --- one person's telephone, alone on the screen: #phone=+1512… ------------------------------------

let audio = null;
let rang = new Set();

function ringAloud() {
  if (!audio) audio = new AudioContext();
  const [now, tone, volume] = [audio.currentTime, audio.createOscillator(), audio.createGain()];
  tone.frequency.value = 440;
  volume.gain.setValueAtTime(0.15, now);
  volume.gain.setValueAtTime(0, now + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start(now);
  tone.stop(now + 0.5);
}

export function drawHandset(ecos) {
  const wanted = /^#phone=(.+)$/.exec(decodeURIComponent(location.hash));
  document.body.classList.toggle('handset', Boolean(wanted));
  $('handset').hidden = !wanted;
  const calls = ecos.flatMap((eco) => eco.calls).filter(live);
  const ringing = calls.filter((call) => call.status === 'ringing');
  const fresh = ringing.filter((call) => !rang.has(call.call_sid));
  rang = new Set(ringing.map((call) => call.call_sid));
  if (fresh.length > 0) setText($('news'), fresh.map((call) => `${call.to} rings for ${call.subsector}`).join(', '));
  if (!wanted) return;
  const own = calls.filter((call) => call.to.replace(/\D/g, '').endsWith(wanted[1].replace(/\D/g, '')));
  setText($('handset-number'), wanted[1]);
  keyed($('handset-calls'), own, (call) => call.call_sid, makePhone, updatePhone);
  $('handset-quiet').hidden = own.length > 0;
  if ($('aloud').checked && own.some((call) => call.status === 'ringing')) ringAloud();
}
