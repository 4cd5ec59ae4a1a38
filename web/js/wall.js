// The wall: the same live data as the board, in five lines.
import { rpc } from './api.js';
import { nameTitle, watchAlarms } from './alarm.js';
import { now, onTick, startClock } from './clock.js';
import { Live } from './live.js';
import { Orders } from './orders.js';
import { claims, getToken, takeTokenFromAddress } from './session.js';
import { age, clockTime, seconds } from './words.js';

const REPORT_MS = 60000;
takeTokenFromAddress();
nameTitle('Wall');
const orders = new Orders();
const wall = document.getElementById('wall');
let rows = [];
let oldest = null;
let state = 'connecting';
let asOf = null;

function line(id, value, more = '', red = false) {
  const row = document.getElementById(id);
  row.classList.toggle('red', red);
  const write = (selector, text) => {
    const element = row.querySelector(selector);
    if (element.textContent !== text) element.textContent = text;
  };
  write('.value', value);
  const lines = [more].flat();
  const place = row.querySelector('.more');
  if (place.textContent === lines.join('') && place.children.length === lines.length) return;
  place.replaceChildren(...lines.map((text) => Object.assign(document.createElement('span'), { textContent: text })));
}

// a line each; how many there are says the figure
const some = (rows, words) => rows.slice(0, 2).map(words);

function show() {
  const open = rows.filter((one) => one.open);
  const alarms = open.filter((one) => one.alarm).sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  const loud = alarms.filter((one) => !one.silent);
  line('act', String(alarms.length), some(alarms, (one) => `${one.number}: ${one.said}`), alarms.length > 0);
  const calling = open.filter((one) => one.role === 'active' || one.role === 'neutral' && one.word !== 'handled');
  line('calling', String(calling.length), some(calling.filter((one) => one.call?.contact_name), (one) => `${one.number}: ${one.call.contact_name}`));
  const waiting = open.filter((one) => one.alarm || calling.includes(one)).sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  oldest = waiting[0] || null;
  tick(now());
  document.getElementById('alarm').textContent = loud.map((one) => `Act now: ${one.number}: ${one.said}`).join('. ');
}

function tick(at) {
  line('oldest', oldest ? age(at - Date.parse(oldest.created_at)) : 'none', oldest ? `${oldest.number} ${oldest.description}` : 'every order has a crew or is done');
  document.getElementById('as-of').textContent = state === 'live' ? clockTime(at) : state === 'lost' ? `CONNECTION LOST · as of ${asOf ? clockTime(asOf) : 'never'}` : 'connecting …';
}

async function report() {
  try {
    const day = new Date(now());
    day.setHours(0, 0, 0, 0);
    const all = await rpc('strike_response_report', { from_time: day.toISOString(), to_time: new Date(day.getTime() + 86400000).toISOString() });
    const times = all.filter((one) => one.seconds_to_acceptance !== null).map((one) => Number(one.seconds_to_acceptance)).sort((a, b) => a - b);
    if (times.length === 0) line('acceptance', '–', 'nobody has accepted today yet');
    else line('acceptance', seconds(times[Math.ceil(times.length / 2) - 1]), `half of ${times.length}; the slowest ${seconds(times.at(-1))}`);
  } catch {
    line('acceptance', '–', 'not known');
  }
}

if (!getToken() || !claims()) {
  location.href = '/';
} else {
  document.getElementById('tenant').textContent = claims().tenant || '';
  orders.subscribe((next) => {
    rows = next;
    watchAlarms(next);
    show();
  });
  const live = new Live(orders, (news) => {
    if (news.over) location.href = '/';
    if (news.health) line('health', news.health.ok ? 'well' : news.health.grave ? 'NOT WELL' : 'slow', news.health.ok ? (news.health.proof ? `last proof call ${news.health.proof}` : '') : news.health.words.replace(/^[^:]*: /, ''), news.health.grave);
    if (news.me) document.getElementById('tenant').textContent = news.me.tenant_name;
    if (news.asOf !== undefined) asOf = news.asOf;
    if (news.state) {
      state = news.state;
      wall.className = state;
      if (state === 'live') report();
      tick(now());
    }
  });
  startClock();
  onTick(tick);
  setInterval(() => state === 'live' && report(), REPORT_MS);
  live.start();
}
