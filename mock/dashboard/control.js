// Requests to /control.
import { $ } from './dom.js';

const SHOWN_MS = 6000; // a refusal, before the connection's words come back

let afterwards = () => {};
let until = 0;

export function onSteered(refresh) {
  afterwards = refresh;
}

// Is a refusal being shown?
export const troubled = () => performance.now() < until;

export async function get(what) {
  const answer = await fetch(`/control/${what}`, { cache: 'no-store' });
  if (!answer.ok) throw new Error(`${what}: ${answer.status}`);
  return answer.json();
}

// One order to the mock; what it refuses is shown where the connection is.
export async function steer(what, body) {
  const answer = await fetch(`/control/${what}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => null);
  until = 0;
  await afterwards();
  if (answer && answer.ok) return true;
  const problem = answer ? await answer.json().catch(() => ({})) : {};
  until = performance.now() + SHOWN_MS;
  $('connection').textContent = `✗ ${problem.error || 'the mock does not answer'}`;
  $('connection').className = 'lost';
  return false;
}
