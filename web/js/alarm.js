// Makes itself heard: once a sound for each order that needs a human, and the title until it is
// acknowledged.  A browser plays nothing before the page was touched: the button says so.
let context = null;
let on = localStorage.getItem('strike.sound') !== 'off';
const heard = new Set();
let title = 'Strike';
let waiting = 0; // alarms that nobody has acknowledged

export const soundOn = () => on;
export const soundBlocked = () => on && (!context || context.state !== 'running');

export function setSound(wanted) {
  on = wanted;
  localStorage.setItem('strike.sound', on ? 'on' : 'off');
  if (on) unlock().then(() => beep(1));
}

export async function unlock() {
  try {
    context = context || new AudioContext();
    await context.resume();
  } catch {
    context = null;
  }
}

function beep(times) {
  if (!on || !context || context.state !== 'running') return;
  const start = context.currentTime + 0.02;
  for (let i = 0; i < times * 2; i++) {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    tone.frequency.value = i % 2 ? 660 : 880;
    loudness.gain.setValueAtTime(0.0001, start + i * 0.22);
    loudness.gain.exponentialRampToValueAtTime(0.25, start + i * 0.22 + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + i * 0.22 + 0.2);
    tone.connect(loudness).connect(context.destination);
    tone.start(start + i * 0.22);
    tone.stop(start + i * 0.22 + 0.21);
  }
}

let sounds = 0;
export const soundsMade = () => sounds;

const showTitle = () => {
  document.title = waiting > 0 ? `▲ ${waiting} ACT NOW · ${title}` : title;
};

// what the page is about
export function nameTitle(about) {
  title = about ? `${about} · Strike` : 'Strike';
  showTitle();
}

// rows: all known; returns the alarms heard for the first time
export function watchAlarms(rows) {
  const loud = rows.filter((one) => one.alarm && !one.silent);
  // an alarm is the order and its reason: another reason is another alarm
  const keys = new Set(loud.map((one) => `${one.eco_id} ${one.said}`));
  const fresh = loud.filter((one) => !heard.has(`${one.eco_id} ${one.said}`));
  for (const key of [...heard]) if (!keys.has(key)) heard.delete(key);
  for (const key of keys) heard.add(key);
  waiting = loud.length;
  showTitle();
  if (fresh.length > 0) {
    sounds++;
    beep(3);
  }
  return fresh;
}
