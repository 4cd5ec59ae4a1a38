// "Copy as a test": everything since the reset as a test file of its own: what was steered, what was
// asked and how that was decided, what was told and how that was answered.  test/mock/replay.js plays
// it again.
import { $, setText } from './dom.js';
import { get } from './control.js';

const played = (entry) => entry.direction === 'request' && /^\/(render|twilio)\//.test(entry.path) && !entry.path.startsWith('/render/oauth/');

export async function asTest() {
  const [status, steering, { entries, dropped }] = [await get('status'), await get('steered'), await get('journal')];
  const steps = [
    ...steering.steered.map(({ elapsed_s: at, after_n: n, what, body }) => ({ n: n + 0.5, step: { at, steer: what, body } })),
    ...entries.filter(played).map(({ n, elapsed_s: at, method, path, body, status: decided, attempt_id: attempt, headers }) =>
      ({ n, step: { at, request: `${method} ${path}`, ...(body ? { body } : {}), ...(attempt ? { attempt } : {}), ...(headers.authorization ? {} : { unnamed: true }), decided } })),
  ].sort((a, b) => a.n - b.n).map(({ step }) => step);
  const told = entries.filter((entry) => entry.direction === 'callback').map(({ method, path, body, status: answered, note, answer }) =>
    ({ callback: `${method} ${path}`, body, answered, ...(note ? { note } : {}), ...(answer ? { answer } : {}) }));
  const origins = [...new Set(entries.filter((entry) => entry.url).map((entry) => new URL(entry.url).origin))];
  const lost = dropped > 0 || steering.dropped > 0 ? ', its beginning is no longer known' : '';
  const list = (all) => `[${all.map((one) => `\n    ${JSON.stringify(one)},`).join('')}${all.length > 0 ? '\n  ' : ''}]`;
  return `// Seen at the dashboard.  Put it beside the tests of test/mock, as seen.js, and there:
//   node suite.js ../../mock/strike-mock seen seen
'use strict';
module.exports = require('./replay')({
  name: ${JSON.stringify(`${status.now.slice(0, 16)}: ${status.ecos.length} ECOs, seed ${steering.seed}${lost}`)},
  seed: ${steering.seed},
  scenario: ${JSON.stringify(steering.scenario)},
  until: ${Math.ceil(status.since_reset_s * 1000) / 1000},
  origins: ${JSON.stringify(origins)},
  steps: ${list(steps)},
  told: ${list(told)},
});
`;
}

async function put(text) {
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else throw new Error('no clipboard here');
}

$('copy').addEventListener('click', async () => {
  const text = await asTest();
  const copied = await put(text).then(() => true, () => false);
  setText($('copied'), copied ? `copied: ${text.split('\n').length} lines` : 'the browser refused: it is downloaded instead');
  if (copied) return;
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(new Blob([text])), download: 'seen.js' });
  link.click();
  URL.revokeObjectURL(link.href);
});
