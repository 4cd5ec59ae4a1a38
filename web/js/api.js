// Requests to the REST interface.  Errors say what happened in words for people, and whether the
// request is known not to have arrived.
import { claims, getConfig, getToken } from './session.js';

const PLAIN = /^(22023|PT4\d\d|42501|23\d\d\d)$/; // causes that our own functions explain

export class Refused extends Error {
  constructor(words, code) {
    super(words);
    this.code = code;
  }
}
export class SessionOver extends Error {
  constructor() {
    super('Your session is over. Sign in again; nothing you typed is lost.');
  }
}
// arrived: false = it never left; null = not known
export class Unreachable extends Error {
  constructor(arrived) {
    super(arrived === false ? 'No connection: it has not been sent.' : 'No answer: it is not known whether it arrived.');
    this.arrived = arrived;
  }
}

async function request(path, { method = 'GET', body, timeout = 10000, headers = {} } = {}) {
  const sentWith = getToken();
  const until = claims()?.exp;
  if (sentWith && until && until * 1000 <= Date.now()) throw new SessionOver();
  if (navigator.onLine === false) throw new Unreachable(false);
  let base;
  try {
    base = (await getConfig()).restUrl;
  } catch {
    throw new Unreachable(false);
  }
  let answer;
  let text;
  try {
    answer = await fetch(base + path, {
      method,
      cache: 'no-store',
      signal: AbortSignal.timeout(timeout),
      headers: {
        ...(sentWith ? { Authorization: `Bearer ${sentWith}` } : {}),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    text = await answer.text();
  } catch {
    throw new Unreachable(null);
  }
  let content = null;
  try {
    content = text === '' ? null : JSON.parse(text);
  } catch {
    throw new Unreachable(null);
  }
  if (answer.ok) return content;
  if (answer.status === 401) throw new SessionOver();
  if (answer.status >= 500 || answer.status === 429) throw new Unreachable(null);
  throw new Refused(words(content), content?.code);
}

function words(error) {
  if (!error || !PLAIN.test(error.code || '')) return 'Strike did not take it.';
  const sentence = (text) => (text ? text.charAt(0).toUpperCase() + text.slice(1).replace(/\.?$/, '.') : '');
  // a rule of our own speaks for itself; one of the table's does not
  if (error.code.startsWith('23') && /constraint|violates/.test(error.message)) return 'That does not fit with what is there already. Nothing was changed.';
  return [sentence(error.message), sentence(error.hint)].filter(Boolean).join(' ');
}

export const get = (path, options) => request(path, options);
export const rpc = (name, args = {}, options = {}) => request(`/rpc/${name}`, { method: 'POST', body: args, ...options });
export const send = (method, path, body, headers) => request(path, { method, body, headers });
