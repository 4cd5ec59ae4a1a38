// What an order's facts mean to a person: how urgent, which word, which colour role; and times.
const ACT_NOW = /act now$|^can't page|^can't reach/;

// Sorted by need.  word: the chip's; somebody: the answer to "is somebody coming?"
export const NEEDS = [
  { role: 'alarm', word: 'ACT NOW', somebody: 'Nobody is coming' },
  { role: 'active', word: 'calling', somebody: 'Being called' },
  { role: 'good', word: 'coming', somebody: 'Somebody is coming' },
  { role: 'warn', word: 'blocked', somebody: 'The work is held up' },
  { role: 'work', word: 'work', somebody: 'Work is under way' },
  { role: 'done', word: 'done', somebody: 'The work is done' },
  { role: 'quiet', word: 'closed', somebody: 'Closed' },
];
const [ALARM, CALLING, COMING, HELD_UP, WORK, DONE, CLOSED] = NEEDS.keys();

export function needOf(eco) {
  if (eco.status === 'HARD_COMPLETE' || eco.status === 'CANCELED') return CLOSED;
  if (eco.needs_attention || ACT_NOW.test(eco.phase)) return ALARM;
  if (eco.status === 'COMPLETED') return DONE;
  if (eco.phase.startsWith('blocked') || eco.phase.startsWith('back in progress')) return HELD_UP;
  if (/^(in progress|assigned)/.test(eco.phase)) return WORK;
  if (/^(contractor dispatched|handled by)/.test(eco.phase)) return COMING;
  return CALLING;
}

const exceptions = [
  [/^sending to/, { role: 'neutral', word: 'sending', somebody: 'Being sent' }],
  [/^page sent/, { role: 'neutral', word: 'paging', somebody: 'Being called' }],
  [/^handled by/, { role: 'neutral', word: 'handled', somebody: 'An operator is arranging a crew' }],
  [/^back in progress/, { role: 'warn', word: 'new work', somebody: 'New work was found' }],
  [/^assigned/, { role: 'work', word: 'assigned', somebody: 'A crew is assigned' }],
  [/^canceled/, { role: 'quiet', word: 'canceled', somebody: 'Canceled' }],
];

// An order as rows and pages show it: frozen, so that a changed order is another object.
export function view(eco, names = {}) {
  const need = needOf(eco);
  const base = NEEDS[need];
  const words = need === ALARM ? base : exceptions.find(([test]) => test.test(eco.phase))?.[1] || base;
  return Object.freeze({
    ...eco,
    need,
    ...words,
    number: spoken(eco.job_id),
    osp: names[eco.osp_tenant] || eco.osp_tenant,
    said: saidOf(eco, need),
    alarm: need === ALARM,
    silent: need === ALARM && !eco.needs_attention,
    unreachable: /^can't reach/.test(eco.attention_reason || eco.phase),
    open: need !== CLOSED,
    burning: need === DONE && Boolean(eco.grace_until),
  });
}

// The order's words; of the times in them those on the reader's own clock.
function saidOf(eco, need) {
  if (need === ALARM) return eco.attention_reason || eco.phase;
  if (need === DONE && eco.grace_until) return `done, under observation until ${clockOrDay(new Date(eco.grace_until))}`;
  return eco.phase;
}

function clockOrDay(d) {
  const time = `${two(d.getHours())}:${two(d.getMinutes())}`;
  const days = Math.round((new Date(d).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86400000);
  return days === 0 ? time : days === 1 ? `tomorrow ${time}` : `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${time}`;
}

// as spoken on the telephone: E2-00524-2025 is ECO 524
export function spoken(jobId) {
  const match = /^[A-Z0-9]+-0*(\d+)-\d+$/.exec(jobId);
  return match ? `ECO ${match[1]}` : jobId;
}

const two = (n) => String(n).padStart(2, '0');

// 00:48, 1 h 04, 3 d 2 h
export function age(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 3600) return `${two(Math.floor(s / 60))}:${two(s % 60)}`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))}`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

// for screen readers and sentences: 48 seconds, 12 minutes
export function spokenAge(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const some = (n, unit) => `${n} ${unit}${n === 1 ? '' : 's'}`;
  if (s < 120) return some(s, 'second');
  if (s < 7200) return some(Math.floor(s / 60), 'minute');
  if (s < 172800) return some(Math.floor(s / 3600), 'hour');
  return some(Math.floor(s / 86400), 'day');
}

// what is left: 14 s, 12 min, 19 h
export function left(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  if (s < 100) return `${s} s`;
  if (s < 7200) return `${Math.ceil(s / 60)} min`;
  return `${Math.round(s / 3600)} h`;
}

export const seconds = (s) => (s === null || s === undefined ? '' : s < 100 ? `${Number(s).toFixed(1)} s` : age(s * 1000));

export function clockTime(ms) {
  const d = new Date(ms);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

// the time alone on the day itself, else with the date
export function moment(value, at = Date.now()) {
  if (!value) return '';
  const d = new Date(value);
  const today = new Date(at).toDateString() === d.toDateString();
  return today ? clockTime(d) : `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${clockTime(d)}`;
}

export const JOB_TYPES = [
  { code: 'CMR', name: 'Claims Management Resource' },
  { code: 'MFR', name: 'Maintenance Field Request' },
  { code: 'FNOL', name: 'First Notice of Loss' },
];
export const jobTypeName = (code) => JOB_TYPES.find((one) => one.code === code)?.name || code;

const HEALTH_WORDS = {
  workers: { words: 'part of Strike stands still', grave: true },
  overdue_deadlines: { words: 'calls are overdue', grave: true },
  live_host: { words: 'calls are switched off here', grave: true },
  proof_call: { words: 'the last proof call failed', grave: true },
  feed_lag: { words: 'news arrives late' },
  parked: { words: 'some news is held back' },
  providers: { words: 'a provider is slow to answer' },
  clock: { words: 'running on a practice clock' },
};

// {ok, grave, words, proof} of strike_health's rows
export function health(rows) {
  const bad = rows.filter((row) => !row.ok).map((row) => HEALTH_WORDS[row.check_name] || { words: `check ${row.check_name}` });
  const grave = bad.some((one) => one.grave);
  bad.sort((a, b) => Boolean(b.grave) - Boolean(a.grave));
  return {
    ok: bad.length === 0,
    grave,
    words: bad.length === 0 ? 'Strike is well' : `${grave ? 'Strike is NOT well' : 'Strike works'}: ${bad.map((one) => one.words).join('; ')}`,
    proof: rows.find((row) => row.check_name === 'proof_call' && row.ok && row.value && row.value !== 'none')?.value || '',
  };
}
