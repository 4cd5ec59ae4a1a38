// The database goes, comes back, is slow.
'use strict';
const assert = require('assert');
const { spawn } = require('child_process');
const { test, until, sql, cluster } = require('./harness');

module.exports = (gateway) => {
  const post = (url) => gateway.request('POST', url, { body: 'a=1' });
  const end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'strike_gateway'";

  test('a webhook whose connection breaks is sent once more', async () => {
    const asked = post('/twilio/breaks?sleep=0.5');
    await until('it is being served', () => sql("SELECT pid FROM pg_stat_activity WHERE usename = 'strike_gateway' AND state = 'active' AND query LIKE '%twilio%'"));
    await sql(end);
    assert.strictEqual((await asked).status, 200);
    assert.strictEqual(await sql("SELECT count(*) FROM strike.seen WHERE url LIKE '/twilio/breaks%'"), '1');
  });

  test('connections that the server ended while idle are noticed and made anew', async () => {
    await sql(end);
    for (let i = 0; i < 20; i++) assert.strictEqual((await post('/twilio/x')).status, 200);
    await until('all are up', async () => (await gateway.health()).connections.up === 4);
  });

  test('at most 256 wait; beyond them 503 at once, and those that wait are answered', async () => {
    const holder = spawn('psql', ['-XAtq'], { stdio: ['pipe', 'pipe', 'inherit'] });
    holder.stdin.write('SELECT pg_advisory_lock(1);\n');
    await until('the lock is held', () => sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"));
    let refused = 0;
    const asked = Array.from({ length: 300 }, async () => {
      const answer = await post('/twilio/x?lock');
      refused += answer.status === 503;
      return answer;
    });
    // four are being served and 256 wait; the health check's own call may take one place
    await until('the rest is refused', () => refused >= 39);
    holder.stdin.end('SELECT pg_advisory_unlock(1);\n');
    const answers = await Promise.all(asked);
    assert.ok(answers.every((answer) => answer.status === 200 || (answer.status === 503 && answer.headers['retry-after'] === '1')));
    assert.ok(refused <= 42, `${refused} refused`);
    await gateway.healthy();
  });

  test('no free connection for SELECT 1: /healthz says unresponsive', async () => {
    const asked = [1, 2, 3, 4].map(() => post('/twilio/x?sleep=4'));
    await until('unresponsive', async () => {
      const health = await gateway.health();
      return health.status === 503 && health.ok === false && health.database === 'unresponsive';
    });
    for (const answer of await Promise.all(asked)) assert.strictEqual(answer.status, 200);
    await gateway.healthy();
  });

  test('a stopped database: 503 from webhooks and /healthz; started again: 200 from the same gateway', async () => {
    const { pid } = gateway.process;
    await cluster('crash');
    try {
      const answer = await post('/twilio/gone');
      assert.deepStrictEqual([answer.status, answer.headers['retry-after']], [503, '1']);
      const health = await until('down', async () => { const h = await gateway.health(); return h.database === 'down' && h; });
      assert.deepStrictEqual([health.status, health.ok, health.connections.up], [503, false, 0]);
      assert.match((await gateway.request('GET', '/metrics')).text, /database_connected 0\n/);
    } finally {
      await cluster('restart');
    }
    await gateway.healthy();
    assert.strictEqual((await post('/twilio/back')).status, 200);
    assert.strictEqual(gateway.process.pid, pid);
    assert.strictEqual(gateway.process.exitCode, null);
  });

  test('under load through a crash, what was answered 2xx is stored', async () => {
    let going = true;
    const stored = [];
    const statuses = new Set();
    const clients = [1, 2, 3, 4, 5, 6].map(async (client) => {
      for (let i = 0; going; i++) {
        const answer = await post(`/twilio/load/${client}-${i}`);
        statuses.add(answer.status);
        if (answer.status === 200) stored.push(`/twilio/load/${client}-${i}`);
      }
    });
    await until('work is under way', () => stored.length > 50);
    await cluster('crash');
    await cluster('restart');
    const before = stored.length;
    await until('work goes on', () => stored.length > before + 50);
    going = false;
    await Promise.all(clients);
    assert.ok([...statuses].every((status) => status === 200 || status === 503), [...statuses].join());
    const rows = new Set((await sql("SELECT url FROM strike.seen WHERE url LIKE '/twilio/load/%'")).split('\n'));
    assert.deepStrictEqual(stored.filter((url) => !rows.has(url)), []);
  });
};
