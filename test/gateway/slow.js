// Clients and calls that take their time.  They begin when the suite does and are looked at when
// their turn comes, at the end, so that their waiting costs nothing.
'use strict';
const assert = require('assert');
const { test, until, Gateway, Line, answersIn, sql } = require('./harness');

// Sends a byte now and then until the gateway closes; its answers.
async function drip(gateway, start, byte) {
  const client = gateway.connect();
  client.socket.write(start);
  const timer = setInterval(() => client.closed || client.socket.write(byte), 300);
  try {
    await until('the gateway ends the slow client', () => client.closed);
  } finally {
    clearInterval(timer);
  }
  return answersIn(client.bytes).map((answer) => answer.status);
}

// The line to the database goes dead under a gateway, and comes back.
async function deadLine(binary) {
  const line = await Line.open();
  const gateway = await Gateway.start(binary, '--db', `host=127.0.0.1 port=${line.port}`);
  await gateway.healthy();
  line.fall();
  const answer = await gateway.request('POST', '/twilio/x', { body: 'a=1' });
  await until('its connections are given up', async () => (await gateway.health()).database === 'down');
  await until('it says why', () => /can't be reached: it doesn't answer/.test(gateway.log));
  const waiting = gateway.request('POST', '/twilio/x', { body: 'a=1' });
  line.rise();
  await gateway.healthy();
  await waiting;
  const after = await gateway.request('POST', '/twilio/x', { body: 'a=1' });
  const end = await gateway.stop();
  line.close();
  return [answer.status, after.status, end.status];
}

// A server that goes: the connection under way is closed, the idle ones are dead without a word.
async function deadServer(binary) {
  const line = await Line.open();
  const gateway = await Gateway.start(binary, '--db', `host=127.0.0.1 port=${line.port}`);
  await until('all are up', async () => (await gateway.health()).connections.up === 4);
  const asked = gateway.request('POST', '/twilio/dead?sleep=0.5', { body: 'a=1' });
  await until('it is being served', () => sql("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%twilio%' AND wait_event = 'PgSleep'"));
  line.cut();
  await until('the gateway has noticed', async () => /connections_lost_total [1-9]/.test((await gateway.request('GET', '/metrics')).text));
  // finds idle connections, and must not take the first webhook along to them
  const others = [1, 2, 3].map(() => gateway.request('POST', '/twilio/x', { body: 'a=1' }));
  const answer = await asked;
  await Promise.all(others);
  const end = await gateway.stop();
  line.close();
  return [answer.status, end.status];
}

// Two calls of six seconds, one connection: the second can't end within eight.
async function oneByOne(binary) {
  const gateway = await Gateway.start(binary, '--db-connections', '1');
  await gateway.healthy();
  const first = gateway.request('POST', '/twilio/one?sleep=6', { body: 'a=1' });
  await until('the first is being served', async () => (await gateway.health()).connections.busy === 1);
  const second = await gateway.request('POST', '/twilio/two?sleep=6', { body: 'a=1' });
  const counts = (await gateway.health()).webhooks;
  const end = await gateway.stop();
  return [(await first).status, second.status, counts.timed_out, end.status];
}

module.exports = async (_, binary) => {
  const gateway = await Gateway.start(binary);
  await gateway.healthy();
  const slow = Promise.all([
    drip(gateway, 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ', 'a'),
    drip(gateway, 'POST /twilio/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n', 'a'),
    drip(gateway, 'POST /twilio/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\na\r\n'),
    drip(gateway, '\r\n', ''),
    gateway.request('POST', '/twilio/long?sleep=60', { body: 'a=1' }),
  ]);
  // on a machine with much else to do a new connection may come too late: then once more
  const retried = async (attempt, tries) => { const ends = await attempt(binary); return ends[0] === 200 || tries === 1 ? ends : retried(attempt, tries - 1); };
  const dead = deadLine(binary);
  dead.catch(() => {});
  const server = retried(deadServer, 3);
  server.catch(() => {});
  const queued = retried(oneByOne, 3);
  queued.catch(() => {});
  const deaf = gateway.connect();
  deaf.socket.pause();
  deaf.socket.write('GET /twilio/x?large=1000000 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(40));
  let waiting = true;
  const others = (async () => {
    let served = 0;
    for (; waiting; served++) {
      assert.strictEqual((await gateway.request('GET', '/healthz')).status, 200);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return served;
  })();
  slow.catch(() => {}).then(() => { waiting = false; });
  others.catch(() => {});

  test('a client that sends too slowly is told so and let go; meanwhile others are served', async () => {
    assert.ok(await others > 1);
    const [head, body, chunks, idle] = await slow;
    assert.deepStrictEqual({ head, body, chunks, idle }, { head: [408], body: [408], chunks: [408], idle: [] });
  });

  test('a client that does not read its answers is let go', async () => {
    await until('it is gone', async () => /http_connections 1\n/.test((await gateway.request('GET', '/metrics')).text));
    deaf.socket.destroy();
  });

  test('a dead line to the database: 503, and served again when it lives', async () => {
    assert.deepStrictEqual(await dead, [503, 200, 0]);
  });

  test('a webhook that lost its connection waits for a new one, whatever else seems idle', async () => {
    assert.deepStrictEqual(await server, [200, 0]);
  });

  test('the time that a webhook waits for a connection counts', async () => {
    assert.deepStrictEqual(await queued, [200, 503, 1, 0]);
  });

  test('a call that takes too long is a 503, and the server does not go on with it', async () => {
    const answer = (await slow)[4];
    assert.deepStrictEqual([answer.status, answer.headers['retry-after']], [503, '1']);
    await until('no backend works on it', async () => (await sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'strike_gateway' AND state = 'active'")) === '0');
    assert.strictEqual(await sql("SELECT count(*) FROM strike.seen WHERE url LIKE '/twilio/long%'"), '0');
    assert.strictEqual((await gateway.health()).webhooks.timed_out, 1);
    assert.deepStrictEqual(await gateway.stop(), { status: 0, signal: null });
  });
};
