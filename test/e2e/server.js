// The server under test, as psql and pg_ctl reach it, and the gateway before it.
'use strict';
const fs = require('fs');
const path = require('path');
const { spawn, execFile } = require('child_process');
const { once } = require('events');
const { promisify } = require('util');
const { Pool } = require('pg');
const { until } = require('./harness');

const root = path.join(__dirname, '..', '..');
const run = promisify(execFile);

// Connections end with the server; what is asked here may be asked again.
const pool = new Pool({ host: process.env.PGHOST, port: process.env.PGPORT, user: process.env.PGUSER, database: 'strike', max: 16 });
pool.on('error', () => {});

function isLost(error) {
  return /^(ECONN|EPIPE|57P0|08)/.test(error.code || '') || /^Connection terminated|^Client has encountered/.test(error.message);
}

// Rows of a statement; asked again when the server went away under it, so it must bear that.
function sql(text, ...values) {
  return until(`an answer to ${text}`, async () => {
    try {
      return (await pool.query(text, values)).rows;
    } catch (error) {
      if (isLost(error)) return null;
      throw error;
    }
  });
}

// The first row's first column.
async function value(text, ...values) {
  const [row] = await sql(text, ...values);
  return row && Object.values(row)[0];
}

// Statements of one transaction: body(ask), ask(text, ...values) gives rows.
async function transaction(body) {
  const client = await pool.connect();
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

async function set(settings) {
  for (const [name, setting] of Object.entries(settings)) {
    await sql(`ALTER SYSTEM SET ${name} = '${setting}'`);
  }
}

const cluster = (...words) => run(path.join(root, 'dev', 'cluster'), words);
const crash = () => cluster('crash', 'e2e');
const restart = (how) => cluster('restart', 'e2e', how);

// Other settings; each process takes them when it comes to it.
async function reload(settings) {
  await set(settings);
  await sql('SELECT pg_reload_conf()');
}

// Other settings, in force in every process when this returns.
async function reset(settings) {
  await set(settings);
  await restart('fast');
  await workers();
}

// All four workers at work; their pids by name.
async function workers() {
  const pids = {};
  await until('four workers at work', async () => {
    const rows = await sql('SELECT worker, pid, note FROM strike.workers');
    for (const row of rows) pids[row.worker] = row.pid;
    return rows.length === 4 && rows.every((row) => row.pid !== null);
  });
  return pids;
}

// kill -9 of one worker by name; its pid
const dead = [];
async function kill(role) {
  const { [role]: pid } = await workers();
  process.kill(pid, 'SIGKILL');
  dead.push(pid);
  return pid;
}

const log = () => fs.readFileSync(path.join(process.env.PGDATA, '..', 'log'), 'utf8').split('\n');

const gateway = {
  async start(port = 0) {
    const db = `host=${process.env.PGHOST} port=${process.env.PGPORT} dbname=strike user=strike_gateway`;
    this.process = spawn(path.join(root, 'gateway', 'strike-gateway'), ['--port', String(port), '--db', db], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.exited = once(this.process, 'exit');
    this.url = await new Promise((resolve, reject) => {
      let text = '';
      this.process.stdout.on('data', (data) => {
        text += data;
        const ready = /ready on (http:\/\/\S+)/.exec(text);
        if (ready) resolve(ready[1]);
      });
      this.process.on('exit', (status) => reject(new Error(`the gateway ended with ${status}`)));
    });
  },
  port() {
    return Number(new URL(this.url).port);
  },
  async stop() {
    this.process.kill('SIGTERM');
    await this.exited;
  },
};

// Makes the database; the settings are there before the workers are.
async function install(settings) {
  const admin = new Pool({ host: process.env.PGHOST, port: process.env.PGPORT, user: process.env.PGUSER, database: 'postgres', max: 1 });
  await admin.query("CREATE DATABASE strike ENCODING 'UTF8' TEMPLATE template0");
  await admin.end();
  await reload(settings);
  await sql('CREATE EXTENSION strike CASCADE');
  await sql('SELECT strike.strike_activate()');
  await sql("INSERT INTO strike.tenants (code, name, kind, job_prefix) VALUES ('noc-east', 'NOC East', 'NOC', 'E2')");
  await workers();
}

module.exports = { sql, value, transaction, reload, reset, crash, restart, workers, kill, killed: () => dead, log, gateway, install, root, close: () => pool.end() };
