// Starts the gateway, talks to it over plain sockets, moves the database under it, counts checks.
'use strict';
const net = require('net');
const { spawn, execFile } = require('child_process');
const { once } = require('events');
const path = require('path');
const { promisify } = require('util');

const BOUND_MS = 60000; // after which what we wait for is called missing
const run = promisify(execFile);

// None outlives the suite, however it ends.
const children = new Set();
process.on('exit', () => { for (const child of children) child.kill('SIGKILL'); });

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
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

class Gateway {
  static spawn(binary, options) {
    const child = spawn(binary, options, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=1:exitcode=23', UBSAN_OPTIONS: 'print_stacktrace=1' },
    });
    children.add(child);
    child.on('exit', () => children.delete(child));
    return child;
  }

  static async start(binary, ...options) {
    const gateway = new Gateway();
    gateway.process = Gateway.spawn(binary, options.includes('--port') ? options : ['--port', '0', ...options]);
    gateway.log = '';
    gateway.process.stderr.on('data', (data) => { gateway.log += data; });
    gateway.exited = once(gateway.process, 'close');
    gateway.port = await new Promise((resolve, reject) => {
      let text = '';
      gateway.process.stdout.on('data', (data) => {
        text += data;
        const ready = /ready on http:\/\/\S+:(\d+)/.exec(text);
        if (ready) resolve(Number(ready[1]));
      });
      gateway.process.on('exit', (status) => reject(new Error(`the gateway ended with ${status}: ${gateway.log}`)));
    });
    return gateway;
  }

  // {status, signal} of its end
  async stop(signal = 'SIGTERM') {
    this.process.kill(signal);
    const [status, by] = await this.exited;
    return { status, signal: by };
  }

  connect() {
    const socket = net.connect(this.port, '127.0.0.1');
    const client = { socket, bytes: Buffer.alloc(0), closed: false };
    socket.on('data', (data) => { client.bytes = Buffer.concat([client.bytes, data]); });
    socket.on('error', () => {});
    socket.on('close', () => { client.closed = true; });
    return client;
  }

  // Sends bytes on a connection of its own; resolves with the answers once `count` are there or
  // the gateway has closed.
  async raw(bytes, count = 1, { methods = [] } = {}) {
    const client = this.connect();
    client.socket.write(bytes);
    const list = await until(`${count} answers to ${JSON.stringify(String(bytes).slice(0, 80))}`, () => {
      const found = answersIn(client.bytes, methods);
      return (found.length >= count || client.closed) && found;
    });
    client.socket.destroy();
    return list;
  }

  // One request by way of raw, kept simple: {status, headers, text, json}.
  async request(method, url, { headers = {}, body } = {}) {
    const content = body === undefined ? null : Buffer.from(body);
    let head = `${method} ${url} HTTP/1.1\r\nHost: gateway.test\r\n`;
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`;
    if (content) head += `Content-Length: ${content.length}\r\n`;
    const [answer] = await this.raw(Buffer.concat([Buffer.from(`${head}\r\n`), content || Buffer.alloc(0)]), 1, { methods: [method] });
    if (!answer) throw new Error(`no answer to ${method} ${url.slice(0, 80)}`);
    return answer;
  }

  async health() {
    const answer = await this.request('GET', '/healthz');
    return { status: answer.status, ...answer.json };
  }

  healthy() {
    return until('the gateway is well', async () => (await this.health()).ok);
  }
}

// The whole answers in these bytes; methods tells which of them are of HEAD requests.
function answersIn(bytes, methods = []) {
  const list = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) return list;
    const [first, ...lines] = bytes.toString('latin1', at, end).split('\r\n');
    const status = Number(first.split(' ')[1]);
    const headers = {};
    for (const line of lines) headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim();
    const bare = methods[list.length] === 'HEAD' || status < 200 || status === 204 || status === 304;
    const length = bare ? 0 : Number(headers['content-length']);
    const body = bytes.subarray(end + 4, end + 4 + length);
    if (body.length < length) return list;
    at = end + 4 + length;
    const answer = { status, headers, text: body.toString(), rest: bytes.length - at };
    answer.body = body;
    if ((headers['content-type'] || '').startsWith('application/json') && length > 0) answer.json = JSON.parse(answer.text);
    list.push(answer);
  }
}

// psql processes that wait for their next statement; none outlives a move of the cluster.
const idle = new Set();

class Psql {
  constructor() {
    this.port = process.env.PGPORT;
    this.text = '';
    this.process = spawn('psql', ['-XAtq'], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, PGOPTIONS: '-c synchronous_commit=local -c client_min_messages=warning' } });
    children.add(this.process);
    this.process.stdin.on('error', () => {});
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (data) => { this.text += data; this.look(); });
    this.process.on('close', () => {
      children.delete(this.process);
      idle.delete(this);
      if (this.done) this.done.reject(new Error(`psql: ${this.text}`));
    });
  }

  ask(text) {
    this.text = '';
    this.process.stdin.write(`${text}\n;\n\\echo --done :ERROR\n`);
    return new Promise((resolve, reject) => { this.done = { resolve, reject }; });
  }

  look() {
    const end = /--done (true|false)\n$/.exec(this.text);
    if (!end || !this.done) return;
    const { resolve, reject } = this.done;
    const said = this.text.slice(0, end.index).trim();
    this.done = null;
    if (this.port === process.env.PGPORT) idle.add(this);
    else this.end();
    if (end[1] === 'true' || /^ERROR: /m.test(said)) reject(new Error(said));
    else resolve(said);
  }

  end() {
    idle.delete(this);
    this.process.stdin.end();
  }
}

async function sql(text, ...options) {
  if (options.length > 0) {
    const { stdout } = await run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', text, ...options]);
    return stdout.trim();
  }
  for (const each of idle) if (each.port !== process.env.PGPORT) each.end();
  const [waiting] = idle;
  const psql = waiting || new Psql();
  idle.delete(psql);
  return psql.ask(text);
}

// Moves the cluster: 'crash' or 'restart'.
function cluster(action) {
  for (const each of idle) each.end();
  return run(path.join(__dirname, '../../dev/cluster'), [action, process.env.CLUSTER || 'gateway']);
}

// Stands between the gateway and the database; can go silent, as a dead line does.
class Line {
  static async open() {
    const line = new Line();
    line.sockets = new Set();
    line.silent = false;
    line.server = net.createServer((client) => {
      const server = net.connect(Number(process.env.PGPORT), process.env.PGHOST);
      client.on('data', () => { client.asks = true; });
      server.on('data', () => { client.asks = false; });
      for (const [from, to] of [[client, server], [server, client]]) {
        line.sockets.add(from);
        if (line.silent) from.pause();
        from.on('data', (data) => to.write(data));
        from.on('error', () => {});
        from.on('close', () => { line.sockets.delete(from); to.destroy(); });
        if (line.silent) from.pause();
      }
    });
    await new Promise((resolve) => line.server.listen(0, '127.0.0.1', resolve));
    line.port = line.server.address().port;
    return line;
  }

  fall() {
    this.silent = true;
    for (const socket of this.sockets) socket.pause();
  }

  // What waits for an answer is disconnected; the other connections of now go silent for good.
  cut() {
    for (const socket of this.sockets) {
      if (socket.asks) socket.destroy();
      else socket.pause();
    }
  }

  rise() {
    this.silent = false;
    for (const socket of this.sockets) socket.resume();
  }

  close() {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

module.exports = { test, runTests, until, Gateway, Line, answersIn, sql, cluster, run };
