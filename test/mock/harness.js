// Starts the mock, receives its callbacks as Strike's gateway would, and counts checks.
'use strict';
const http = require('http');
const { spawn } = require('child_process');
const { once } = require('events');
const twilio = require('twilio');

const ACCOUNT = 'AC' + '0123456789abcdef'.repeat(2);
const TOKEN = 'a-token';
const FLOW = 'FW' + '0123456789abcdef'.repeat(2);
const FROM = '+15125550100';
const BOUND_MS = 60000; // after which what we wait for is called missing

let passed = 0;
let failed = 0;
const tests = [];

function test(name, body) {
  tests.push({ name, body });
}

async function runTests(label) {
  for (const { name, body } of tests) {
    const began = Date.now();
    try {
      await body();
      passed++;
      console.log(`ok - ${label}: ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed++;
      console.log(`not ok - ${label}: ${name}`);
      console.log(String(error.stack || error).replace(/^/gm, '#   '));
    }
  }
  return { passed, failed };
}

// Waits for a condition, not for time; returns what it gave.
async function until(what, condition) {
  const end = Date.now() + BOUND_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

// A test that fails leaves its mock behind, which would hold the output open and its suite up.
const started = new Set();
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

class Mock {
  static async start(binary, ...options) {
    const mock = new Mock();
    mock.process = spawn(binary, ['--port', '0', ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=1:exitcode=23', UBSAN_OPTIONS: 'print_stacktrace=1' },
    });
    started.add(mock.process);
    mock.process.on('exit', () => started.delete(mock.process));
    mock.exited = once(mock.process, 'exit');
    mock.url = await new Promise((resolve, reject) => {
      let text = '';
      mock.process.stdout.on('data', (data) => {
        text += data;
        const ready = /ready on (http:\/\/\S+)/.exec(text);
        if (ready) resolve(ready[1]);
      });
      mock.process.on('exit', (status) => reject(new Error(`the mock ended with ${status}`)));
    });
    return mock;
  }

  async stop() {
    this.process.kill('SIGTERM');
    const [status] = await this.exited;
    return status;
  }

  // One request; the answer with its body read: {status, headers, text, json}, or {lost: true}.
  request(method, path, { headers = {}, body, form, json, basic } = {}) {
    const url = new URL(path, this.url);
    const send = { ...headers };
    if (form) {
      body = new URLSearchParams(form).toString();
      send['content-type'] = 'application/x-www-form-urlencoded';
    }
    if (json !== undefined) {
      body = JSON.stringify(json);
      send['content-type'] = 'application/json';
    }
    if (basic) send.authorization = 'Basic ' + Buffer.from(basic).toString('base64');
    return new Promise((resolve) => {
      const request = http.request(url, { method, headers: send, agent: false }, (response) => {
        const chunks = [];
        response.on('data', (data) => chunks.push(data));
        response.on('error', () => resolve({ lost: true }));
        response.on('aborted', () => resolve({ lost: true }));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          let parsed;
          try {
            parsed = JSON.parse(text);
          } catch (_) {
            parsed = undefined;
          }
          resolve({ status: response.statusCode, headers: response.headers, text, json: parsed });
        });
      });
      request.on('error', (error) => resolve({ lost: true, error }));
      if (body !== undefined) request.write(body);
      request.end();
    });
  }

  get(path, options) {
    return this.request('GET', path, options);
  }

  post(path, options) {
    return this.request('POST', path, options);
  }

  async control(what, json) {
    const answer = await this.post(`/control/${what}`, { json });
    if (answer.status !== 200) throw new Error(`/control/${what}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  async status(subsector) {
    const { json } = await this.get('/control/status');
    return subsector === undefined ? json : json.ecos.find((eco) => eco.subsector === subsector);
  }

  async journal(filter = {}) {
    const { json } = await this.get('/control/journal?' + new URLSearchParams(filter));
    return json.entries;
  }

  async token(basic = 'strike:secret') {
    const answer = await this.post('/render/oauth/token', {
      basic,
      form: { grant_type: 'client_credentials' },
    });
    return answer.json.access_token;
  }

  async postTask(subsector, fields = {}, token) {
    const bearer = token || (await this.token());
    return this.post('/render/tasks', {
      headers: { authorization: `Bearer ${bearer}` },
      json: {
        project: 'fibre',
        taskType: 'Investigation',
        subsector,
        description: 'Fiber cut on Main St',
        geometry: { type: 'Point', coordinates: [-97.74, 30.27] },
        externalId: `eco-${subsector}`,
        ...fields,
      },
    });
  }

  async tasks(subsector, page) {
    const query = new URLSearchParams({ project: 'fibre', subsector, ...(page ? { page } : {}) });
    const answer = await this.get(`/render/tasks?${query}`, {
      headers: { authorization: `Bearer ${await this.token()}` },
    });
    return answer.json;
  }

  execution(to, parameters, fields = {}) {
    return this.post(`/twilio/v2/Flows/${FLOW}/Executions`, {
      basic: `${ACCOUNT}:${TOKEN}`,
      form: { To: to, From: FROM, Parameters: JSON.stringify(parameters), ...fields },
    });
  }

  async fetchExecution(sid, part = '') {
    const answer = await this.get(`/twilio/v2/Flows/${FLOW}/Executions/${sid}${part}`, {
      basic: `${ACCOUNT}:${TOKEN}`,
    });
    return answer.json;
  }

  ended(sid) {
    return until(`execution ${sid} ended`, async () => {
      const execution = await this.fetchExecution(sid);
      return execution.status === 'ended' ? execution : null;
    });
  }
}

// Receives callbacks; each is {path, event, form, headers, genuine}.  answer(callback) decides the
// answer: a status, {status, body, type}, null to hang up without one, or 'never' to stay silent.
class Receiver {
  static async start() {
    const receiver = new Receiver();
    receiver.callbacks = [];
    receiver.answer = () => 204;
    receiver.server = http.createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (data) => (body += data));
      request.on('end', () => {
        const pairs = [...new URLSearchParams(body)];
        const form = Object.fromEntries(pairs);
        const callback = {
          method: request.method,
          path: request.url,
          form,
          body,
          event: form.Event,
          headers: request.headers,
          genuine: twilio.validateRequest(
            TOKEN,
            request.headers['x-twilio-signature'] || '',
            receiver.url + request.url,
            form
          ),
        };
        receiver.callbacks.push(callback);
        const decided = receiver.answer(callback);
        if (decided === 'never') return;
        if (decided === null) {
          request.socket.destroy();
          return;
        }
        const answer = typeof decided === 'object' ? decided : { status: decided, body: '' };
        response.writeHead(answer.status, answer.body ? { 'Content-Type': answer.type || 'text/xml' } : {});
        response.end(answer.body || '');
      });
    });
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}`;
    return receiver;
  }

  of(attempt) {
    return this.callbacks.filter((callback) => callback.path.includes(`/${attempt}`));
  }

  events(attempt) {
    return this.of(attempt).map((callback) => callback.event);
  }

  studio(attempt, fragment = '') {
    return `${this.url}/twilio/studio/${attempt}${fragment}`;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

module.exports = { test, runTests, until, Mock, Receiver, ACCOUNT, TOKEN, FLOW, FROM };
