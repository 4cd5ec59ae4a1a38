// Plays again what the dashboard's "Copy as a test" has written down: each step in its place and at
// its time, on a mock whose time stands still in between; the receiver answers as Strike did.  The
// test holds if each request is decided, and each callback told, as it was then.
'use strict';
const assert = require('assert');
const { test, until, ACCOUNT, TOKEN } = require('./harness');

// What is new in each run.
const FRESH = ['CallSid', 'AccountSid', 'ExecutionSid', 'Timestamp', 'CallDuration', 'Duration'];

const form = (text) => Object.fromEntries(new URLSearchParams(text));
const said = (text) => JSON.stringify(Object.entries(form(text)).filter(([name, value]) => value && !FRESH.includes(name)));

// {path: [[what was told, the answer], …]}
function byPath(told) {
  const all = {};
  for (const { callback, body, answered, note } of told) (all[callback] = all[callback] || []).push([said(body), answered || note]);
  return all;
}

class Replay {
  constructor(mock, receiver, story) {
    Object.assign(this, { mock, receiver, story, sids: new Map(), sent: [], skipped: new Set() });
    this.answers = new Map();
    for (const { callback, answered, note, answer } of story.told) {
      if (note === 'lost on the way') continue; // Strike never saw it
      const path = callback.replace(/^\w+ /, '');
      this.answers.set(path, [...(this.answers.get(path) || []), answered === 0 ? null : { status: answered, body: this.here(answer || ''), type: /^\s*\{/.test(answer) ? 'application/json' : 'text/xml' }]);
    }
    // nobody was there at all: nobody is now
    this.nobody = story.told.length > 0 && story.told.every((one) => one.note === 'no connection');
  }

  // What pointed to Strike points to the receiver.
  here(text) {
    return this.story.origins.reduce((all, origin) => all.split(origin).join(this.nobody ? 'http://127.0.0.1:1' : this.receiver.url), text);
  }

  // Lets the mock's time go on to that second after the reset, from one event to the next.
  async at(seconds) {
    for (;;) {
      const { since_reset_s: now, timers } = await until('nothing is on the wire', async () => {
        const status = await this.mock.status();
        return status.callbacks_under_way === 0 ? status : null;
      });
      if (now >= seconds) return;
      const left = seconds - now;
      await this.mock.control('advance', { seconds: timers.next_in_s === null ? left : Math.min(left, timers.next_in_s + 0.001) });
    }
  }

  async request(k, { request, body, attempt, unnamed, decided }) {
    const [method, seen] = request.split(' ');
    let path = seen.replace(/\/Accounts\/AC[0-9a-fA-F]{32}/, `/Accounts/${ACCOUNT}`);
    const [, sid] = /\/(?:Executions|Calls)\/((?:FN|CA)[0-9a-f]{32})/.exec(path) || [];
    // what is named by an id that we don't know, since its making isn't in the story or its answer was lost
    if ((sid && !this.sids.has(attempt)) || /\/render\/tasks\/./.test(path)) return this.skipped.add(k);
    if (sid) path = path.replace(sid, this.sids.get(attempt));
    const render = path.startsWith('/render/');
    const send = { headers: { 'x-replay': String(k) } };
    if (body) {
      send.headers['content-type'] = render ? 'application/json' : 'application/x-www-form-urlencoded';
      send.body = render ? body : new URLSearchParams([...new URLSearchParams(body)].map(([name, value]) => [name, this.here(value)])).toString();
    }
    // a token that had expired then is none now; the mock says 401 for both
    const expired = decided === 401 && !this.story.steps.some((one) => one.steer === 'faults' && one.body.status === 401);
    if (!unnamed) send.headers.authorization = render ? `Bearer ${expired ? 'expired' : this.token}` : `Basic ${Buffer.from(`${ACCOUNT}:${expired ? 'wrong' : TOKEN}`).toString('base64')}`;
    const answer = this.mock.request(method, path, send).then(({ json }) => {
      if (json && json.sid && attempt && !this.sids.has(attempt)) this.sids.set(attempt, json.sid);
    });
    this.sent.push(answer);
    await until(`step ${k} arrives`, async () => (await this.mock.journal({ limit: 50 })).some((entry) => entry.headers['x-replay'] === String(k)));
    // an answer that comes at once is taken before the next step
    if (!render) await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 200))]);
    return undefined;
  }

  async play() {
    const { story, mock, receiver } = this;
    const { speed } = await mock.status();
    await mock.control('speed', { speed: 0.01 });
    await mock.control('reset', {});
    this.token = await mock.token();
    if (story.scenario) await mock.control('scenario', { scenario: story.scenario });
    await mock.control('faults', { seed: story.seed });
    receiver.answer = ({ path }) => {
      const next = (this.answers.get(path) || []).shift();
      return next === undefined ? 204 : next;
    };
    try {
      for (const [k, step] of story.steps.entries()) {
        await this.at(step.at);
        if (step.request) await this.request(k, step);
        else if (step.steer !== 'speed') await until(`step ${k} can be done`, () => mock.control(step.steer, step.body).then(() => true, () => false));
      }
      await this.at(story.until);
      const entries = await mock.journal();
      await mock.control('speed', { speed: 1000 });
      await Promise.all(this.sent);
      return entries;
    } finally {
      receiver.answer = () => 204;
      await mock.control('speed', { speed });
      await mock.control('reset', {});
    }
  }
}

module.exports = (story) => (mock, receiver) => {
  test(`seen at the dashboard, ${story.name}`, async () => {
    const replay = new Replay(mock(), receiver(), story);
    const entries = await replay.play();
    const decided = new Map(entries.filter((entry) => entry.headers['x-replay']).map((entry) => [Number(entry.headers['x-replay']), entry.status]));
    const requests = [...story.steps.entries()].filter(([k, step]) => step.request && !replay.skipped.has(k));
    assert.deepStrictEqual(requests.map(([k, step]) => [step.request, decided.get(k)]), requests.map(([, step]) => [step.request, step.decided]));
    const told = entries.filter((entry) => entry.direction === 'callback').map(({ method, path, body, status, note }) => ({ callback: `${method} ${path}`, body, answered: status, note }));
    assert.deepStrictEqual(byPath(told), byPath(story.told));
  });
};
