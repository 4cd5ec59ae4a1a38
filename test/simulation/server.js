// The server, the gateway and the mock of a lane, each of which may go away at any moment.
'use strict';
const fs = require('fs');
const path = require('path');
const { spawn, execFile } = require('child_process');
const { once } = require('events');
const { promisify } = require('util');
const { Pool } = require('pg');

const root = path.join(__dirname, '..', '..');
const run = promisify(execFile);
const BOUND_MS = 90000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Waits for a condition; what: text, or a function asked when it never came.
async function until(what, condition, bound = BOUND_MS) {
  const end = Date.now() + bound;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`never: ${typeof what === 'function' ? await what() : what}`);
    await sleep(50);
  }
}

// Starts a program that says "ready on http://…"; gives { process, url }.
async function startProgram(file, args) {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
      const ready = /ready on (http:\/\/\S+)/.exec(text);
      if (ready) resolve(ready[1]);
    });
    child.on('exit', (status) => reject(new Error(`${path.basename(file)} ended with ${status}`)));
  });
  return { child, exited, url };
}

const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

class Mock {
  static async start(seed) {
    const mock = new Mock();
    Object.assign(mock, await startProgram(path.join(root, 'mock', 'strike-mock'), ['--port', '0', '--seed', String(seed), '--scenario', 'pager-timeout']));
    children.add(mock.child);
    return mock;
  }

  async control(what, body) {
    const answer = await fetch(`${this.url}/control/${what}`, { method: 'POST', body: JSON.stringify(body) });
    const text = await answer.text();
    if (answer.status !== 200 && answer.status !== 404) throw new Error(`/control/${what}: ${answer.status} ${text}`);
    return answer.status;
  }

  async get(what, headers) {
    return (await fetch(`${this.url}${what}`, { headers })).json();
  }

  async journal() {
    const { entries, dropped } = await this.get('/control/journal');
    if (dropped > 0) throw new Error('the journal is not whole any more');
    return entries;
  }

  async stop() {
    this.child.kill('SIGKILL');
    await this.exited;
    children.delete(this.child);
  }
}

class Server {
  // cluster: its name for dev/cluster; env: PGHOST, PGPORT, PGUSER, PGDATA of it
  constructor(cluster, env) {
    this.cluster = cluster;
    this.env = env;
    this.settings = {};
    this.pool = this.#pool('strike', 8);
  }

  #pool(database, max) {
    const pool = new Pool({ host: this.env.PGHOST, port: this.env.PGPORT, user: this.env.PGUSER, database, max, connectionTimeoutMillis: 5000 });
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {})); // also one in use: its query fails
    return pool;
  }

  static isLost(error) {
    return /^(ECONN|EPIPE|57P0|08|53300)/.test(error.code || '') || /^Connection terminated|^Client has encountered|timeout exceeded/.test(error.message);
  }

  // Rows; asked again when the server went away under it.
  sql(text, ...values) {
    return until(`an answer to ${text}`, async () => {
      try {
        return (await this.pool.query(text, values)).rows;
      } catch (error) {
        if (Server.isLost(error)) return null;
        throw error;
      }
    });
  }

  // Rows, or null when the server isn't there just now.
  async ask(text, ...values) {
    try {
      return (await this.pool.query(text, values)).rows;
    } catch (error) {
      if (Server.isLost(error)) return null;
      throw error;
    }
  }

  // Statements of one transaction, tried once.
  async transaction(body) {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const result = await body(async (text, ...values) => (await client.query(text, values)).rows);
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      client.release(error);
      throw error;
    }
  }

  // Written as a file, which works while the server is down, too; null takes a setting out.
  set(settings) {
    for (const [name, value] of Object.entries(settings)) {
      if (value === null) delete this.settings[name];
      else this.settings[name] = value;
    }
    const file = path.join(this.env.PGDATA, 'simulation.conf');
    const text = Object.entries(this.settings).map(([name, value]) => `${name} = '${value}'\n`);
    fs.writeFileSync(`${file}.new`, text.join(''), { mode: 0o644 });
    fs.renameSync(`${file}.new`, file);
    try {
      const [pid] = fs.readFileSync(path.join(this.env.PGDATA, 'postmaster.pid'), 'utf8').split('\n');
      if (Number(pid) > 1) process.kill(Number(pid), 'SIGHUP');
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    }
  }

  // Until new sessions see what was set.
  settled() {
    return until('the settings are taken', async () => {
      const rows = await this.ask('SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY ($1)', ['strike.enabled', 'strike.fault', 'strike.public_url']);
      const wanted = { 'strike.enabled': 'on', 'strike.fault': '', ...this.settings };
      if (rows && rows.every((row) => row.value === wanted[row.name])) return true;
      this.set({});
      return false;
    });
  }

  async restart(how) {
    await run(path.join(root, 'dev', 'cluster'), ['restart', this.cluster, how]);
  }

  async workers() {
    await until('four workers at work', async () => {
      const rows = await this.ask('SELECT pid FROM strike.workers');
      return rows && rows.length === 4 && rows.every((row) => row.pid !== null);
    });
  }

  async startGateway() {
    const port = this.gateway ? new URL(this.gateway.url).port : '0';
    const db = `host=${this.env.PGHOST} port=${this.env.PGPORT} dbname=strike user=strike_gateway`;
    this.gateway = await startProgram(path.join(root, 'gateway', 'strike-gateway'), ['--port', port, '--db', db]);
    children.add(this.gateway.child);
  }

  async killGateway() {
    this.gateway.child.kill('SIGKILL');
    await this.gateway.exited;
    children.delete(this.gateway.child);
  }

  async install() {
    const admin = this.#pool('postgres', 1);
    await admin.query("CREATE DATABASE strike ENCODING 'UTF8' TEMPLATE template0");
    await admin.end();
    await this.startGateway();
    this.set({ 'strike.public_url': this.gateway.url });
    await this.create();
  }

  async create() {
    await this.sql('CREATE EXTENSION IF NOT EXISTS strike CASCADE');
    await this.sql('SELECT strike.strike_activate()');
    await this.sql("INSERT INTO strike.tenants (code, name, kind, job_prefix) VALUES ('noc-east', 'NOC East', 'NOC', 'E2')");
    await this.workers();
  }

  // What a failed round left behind is no business of the next one.
  async renew() {
    await this.sql('DROP EXTENSION IF EXISTS strike CASCADE');
    await this.create();
  }

  async close() {
    await this.killGateway();
    await this.pool.end();
  }
}

module.exports = { Server, Mock, until, sleep };
