// Another server takes over: one that has all that was committed, and one with another past.
'use strict';
const assert = require('assert');
const path = require('path');
const { test, until, Gateway, sql, cluster, run } = require('./harness');
const { WebSocket, token } = require('./websocket');
const { create, numbered, visible, NOCS, OSPS } = require('./orders');

const readers = [...NOCS.map((tenant) => ({ role: 'strike_operator', tenant })), ...OSPS.map((tenant) => ({ role: 'strike_contractor', tenant }))];
const primary = { port: process.env.PGPORT, data: process.env.PGDATA };
const standby = async (action) => (await run(path.join(__dirname, 'standby'), [action], { env: { ...process.env, PGPORT: primary.port } })).stdout.trim();

module.exports = (shared, binary) => {
  test('failover: without a gap or a duplicate; to another past: told so, and on from there', async () => {
    const port = await standby('start');
    try {
      const { head: before } = await numbered();
      const gateway = await Gateway.start(binary, '--db', `host=127.0.0.1,127.0.0.1 port=${primary.port},${port} dbname=strike target_session_attrs=read-write`);
      const all = await Promise.all(readers.map((reader) => WebSocket.open(gateway, { token: token(reader), since: before })));
      const leaver = await WebSocket.open(gateway, { since: before });
      await until('now', () => all.every((ws) => ws.now !== null));
      await create(3);
      const upTo = async (head) => { for (const ws of all) await until(`all up to ${head}`, () => ws.now !== null && ws.since >= head); };
      await until('it is away', () => leaver.seqs.length > 0);
      leaver.leave();
      const lsn = await sql('SELECT pg_current_wal_lsn()');
      await until('the standby has it', async () => (await sql(`SELECT pg_last_wal_replay_lsn() >= '${lsn}'`, '-p', port)) === 't');

      await cluster('crash');
      await standby('promote');
      process.env.PGPORT = port;
      await create(3);
      const { head } = await numbered();
      await upTo(head);
      for (const [i, ws] of all.entries()) assert.deepStrictEqual(ws.seqs, await visible(readers[i].tenant, before));
      assert.ok(all.every((ws) => !ws.closed && !ws.messages.some((m) => m.reset)));
      const back = await WebSocket.open(gateway, { since: leaver.since });
      await until('all', () => back.since >= head);
      assert.deepStrictEqual([...leaver.seqs, ...back.seqs], await visible('noc-east', before));

      // the old primary comes back on its own, knows nothing of what came since, and goes on
      process.env.PGPORT = primary.port;
      await cluster('restart');
      await create(2);
      await numbered();
      const told = all.map((ws) => ws.messages.length);
      await standby('stop');
      await until('they are told', () => all.every((ws) => ws.messages.some((m) => m.reset)));
      const from = all.map((ws) => ws.messages.find((m) => m.reset).now);
      await create(2);
      const { head: end } = await numbered();
      for (const [i, ws] of all.entries()) {
        await until('what came after', () => ws.messages[ws.messages.length - 1].now === end);
        assert.deepStrictEqual(ws.messages.slice(told[i]).filter((m) => m.seq).map((m) => m.seq), await visible(readers[i].tenant, from[i]));
        assert.strictEqual(ws.closed, false);
      }
      assert.match((await gateway.request('GET', '/metrics')).text, /feed_histories_total 1\n/);
      assert.deepStrictEqual(await gateway.stop(), { status: 0, signal: null });
      assert.doesNotMatch(gateway.log, /Sanitizer|runtime error/);
    } finally {
      process.env.PGPORT = primary.port;
      await standby('stop');
    }
  });
};
