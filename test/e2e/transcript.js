// The mock's journal as lines that people read, and the comparison with what a test announced.
'use strict';
const assert = require('assert');

const EXECUTIONS = /^\/twilio\/v2\/Flows\/FW[0-9a-f]{32}\/Executions(\/FN[0-9a-f]{32}(\/Context)?)?$/;

const CALLS = /^\/twilio\/2010-04-01\/Accounts\/AC[0-9a-f]{32}\/Calls(\/CA[0-9a-f]{32})?\.json$/;

// "call J. Reyes 201", "J. Reyes ACCEPTED 200", "task 201", "task list 200", "token 200" …
// nameOf(entry) tells whose call an entry is about.
function line(entry, nameOf) {
  const note = entry.note ? ` (${entry.note})` : '';
  const [path, query] = entry.path.split('?');
  if (entry.direction === 'callback') {
    const form = new URLSearchParams(entry.body);
    const [, kind] = /\/twilio\/(voice|gather|status)\//.exec(entry.path) || [];
    const event = { voice: 'hears', gather: `presses ${form.get('Digits') || 'nothing'}`, status: form.get('CallStatus') }[kind] || form.get('Event');
    return `${nameOf(entry)} ${event} ${entry.status || ''}`.trimEnd() + note;
  }
  let what = `${entry.method} ${path}`;
  if (what === 'POST /render/oauth/token') what = 'token';
  else if (what === 'POST /render/tasks') what = 'task';
  else if (what === 'GET /render/tasks') what = 'task list';
  else if (entry.method === 'GET' && CALLS.test(path) && /(^|&)Status=queued/.test(query)) what = 'queue';
  else {
    const [whole, sid, context] = EXECUTIONS.exec(path) || CALLS.exec(path) || [];
    if (whole && !sid) what = entry.method === 'POST' ? `call ${nameOf(entry)}` : entry.method === 'GET' ? 'call list' : what;
    else if (context && entry.method === 'GET') what = `context ${nameOf(entry)}`;
    else if (sid && !context) what = entry.method === 'POST' ? `end ${nameOf(entry)}` : entry.method === 'GET' ? `ask ${nameOf(entry)}` : what;
    else if (query) what += `?${query}`;
  }
  return `${what} ${entry.status}${note}`;
}

// What may come in more than one way.  Lines are texts; all but these must come exactly so.
const some = (text) => ({ lines: [text], sign: '+' }); // once or more
const together = (...lines) => ({ lines, sign: '&' }); // each of them once, in any order
const any = (...lines) => ({ lines, sign: '*' }); // any of them, any number of times

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function permutations(list) {
  if (list.length <= 1) return [list];
  return list.flatMap((one, i) => permutations([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [one, ...rest]));
}

function pattern(announced) {
  const parts = announced.map((one) => {
    if (typeof one === 'string') return `${escape(one)}\n`;
    if (one.sign === '&') return `(?:${permutations(one.lines).map((lines) => lines.map((text) => `${escape(text)}\n`).join('')).join('|')})`;
    if (one.sign === '*') return `(?:(?:${one.lines.map(escape).join('|')})\n)*`;
    return `(?:${escape(one.lines[0])}\n)+`;
  });
  return new RegExp(`^${parts.join('')}$`);
}

function show(announced) {
  return announced.map((one) => (typeof one === 'string' ? one : `${one.lines.join(' | ')}  [${one.sign}]`));
}

// Fails on any line that wasn't announced, and on any announced one that didn't come.
function assertHeard(who, lines, announced) {
  const text = lines.map((one) => `${one}\n`).join('');
  if (pattern(announced).test(text)) return;
  if (announced.every((one) => typeof one === 'string')) assert.deepStrictEqual(lines, announced, `${who}: what the mock heard`);
  throw new Error(`${who}: the mock heard\n  ${lines.join('\n  ')}\nbut announced was\n  ${show(announced).join('\n  ')}`);
}

module.exports = { line, assertHeard, some, together, any };
