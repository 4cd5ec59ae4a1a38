// The live feed: who gets what, once, over every kind of interruption.
'use strict';
const assert = require('assert');
const { test, until, Gateway, sql, cluster } = require('./harness');
const { WebSocket, token } = require('./websocket');
const { create, createWithPage, numbered, visible, NOCS, OSPS } = require('./orders');

const readers = [...NOCS.map((tenant) => ({ role: 'strike_operator', tenant })), ...OSPS.map((tenant) => ({ role: 'strike_contractor', tenant }))];

module.exports = (shared, binary) => {
  const { gateway } = shared;
  const open = (reader, since, of = gateway) => WebSocket.open(of, { token: token(reader), since });
  // has everything up to the feed's end
  const upToDate = async (ws, head) => until(`all up to ${head}`, () => ws.now !== null && ws.since >= head);

  test('the first line says where the feed is; without since nothing old comes', async () => {
    await create(2);
    const { head } = await numbered();
    const ws = await open(readers[0]);
    await until('now', () => ws.now !== null);
    assert.deepStrictEqual([Object.keys(ws.messages[0]), ws.now <= head, ws.seqs], [['now', 'attention', 'at'], true, []]);
    assert.match(ws.head, /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
    const nothing = await open(readers[0], null);
    await until('now', () => nothing.now !== null);
    assert.deepStrictEqual(nothing.seqs, []);
    ws.leave();
    nothing.leave();
  });

  test('each tenant gets its own events, all of them and nobody else\'s; administrators all', async () => {
    await createWithPage();
    await create(3);
    const { head } = await numbered();
    for (const reader of [...readers, { role: 'strike_admin', tenant: undefined }]) {
      const ws = await open(reader, 0);
      await upToDate(ws, head);
      const own = await visible(reader.tenant || 'all');
      assert.ok(own.length > 0);
      assert.deepStrictEqual(ws.seqs, own, reader.tenant);
      if (reader.tenant) for (const { eco } of ws.messages.filter((m) => m.seq)) assert.ok([eco.noc_tenant, eco.osp_tenant].includes(reader.tenant));
      ws.leave();
    }
  });

  test('an event comes with its order as noc_ecos shows it, and nothing internal', async () => {
    const ws = await open(readers[0], 0);
    await upToDate(ws, (await numbered()).head);
    const columns = (await sql("SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'strike.noc_ecos'::regclass AND attnum > 0")).split(',');
    const types = new Set();
    for (const { eco, type } of ws.messages.filter((m) => m.seq)) {
      assert.deepStrictEqual(Object.keys(eco), columns);
      types.add(type);
    }
    assert.ok(types.has('PagerRunStartedEvent') && types.has('ECOCreatedEvent'), [...types].join());
    const said = ws.frames.map((frame) => frame.payload.toString()).join('\n');
    assert.doesNotMatch(said, /TASKED|FAILED|PENDING|RT-secret|secret provider|render_status|\+1512555|15125550/);
    assert.match(said, /Ünïcode — 光纤/);
    ws.leave();
  });

  test('what is committed while a client is connected comes at once, in order, once', async () => {
    const before = (await numbered()).head;
    const all = await Promise.all(readers.flatMap((reader) => [reader, reader, reader]).map(async (reader) => ({ reader, ws: await open(reader, before) })));
    await Promise.all(all.map(({ ws }) => until('now', () => ws.now !== null)));
    for (let i = 0; i < 5; i++) await create(4);
    const { head } = await numbered();
    for (const { reader, ws } of all) {
      await upToDate(ws, head);
      assert.deepStrictEqual(ws.seqs, await visible(reader.tenant, before));
      ws.leave();
    }
  });

  test('how many orders need attention comes along, also when no event says so', async () => {
    const stream = await createWithPage();
    await numbered();
    const count = async (tenant) => Number(await sql(`SELECT count(*) FROM strike.eco_views WHERE needs_attention AND '${tenant}' IN (noc_tenant, osp_tenant)`));
    const all = await Promise.all(readers.map((reader) => open(reader)));
    const last = (ws) => ws.messages.filter((m) => 'now' in m).map((m) => m.attention).pop();
    for (const [i, ws] of all.entries()) {
      const own = await count(readers[i].tenant);
      await until('the number', () => last(ws) === own);
    }
    assert.ok(await count('noc-east') > await count('noc-west'));
    // as when a delivery is stuck: the row changes, and nothing happened to the order
    await sql(`UPDATE strike.eco_views SET needs_attention = NOT needs_attention WHERE eco_id = '${stream}'`);
    const own = await count('noc-east');
    await until('the new number', () => last(all[0]) === own);
    await sql(`UPDATE strike.eco_views SET needs_attention = NOT needs_attention WHERE eco_id = '${stream}'`);
    all.forEach((ws) => ws.leave());
  });

  test('a heartbeat comes at least every five seconds', async () => {
    const ws = await open(readers[1]);
    await until('three of them', () => ws.messages.length >= 4);
    const gaps = ws.messages.slice(1).map(({ at }, i) => at - ws.messages[i].at);
    assert.ok(gaps.every((gap) => gap < 5000), gaps.join());
    ws.leave();
  });

  test('history comes in pages, whole, from any point in it, to many at once', async () => {
    await create(700, 'x'.repeat(200));
    const { head } = await numbered();
    const wanted = await visible('noc-east');
    const points = [0, 1, 500, 501, head - 1000, head - 3, head - 1, head];
    const before = Number(/feed_queries_total (\d+)/.exec((await gateway.request('GET', '/metrics')).text)[1]);
    const all = await Promise.all(points.flatMap((since) => [since, since, since, since]).map(async (since) => ({ since, ws: await open(readers[0], since) })));
    for (const { since, ws } of all) {
      await upToDate(ws, head);
      assert.deepStrictEqual(ws.seqs, wanted.filter((seq) => seq > since), `since ${since}`);
      ws.leave();
    }
    const asked = Number(/feed_queries_total (\d+)/.exec((await gateway.request('GET', '/metrics')).text)[1]) - before;
    // a page serves everybody who needs it: not one query a client
    assert.ok(asked < 4 * head / 500, `${asked} queries`);
  });

  test('a page of long lines is cut and goes on', async () => {
    const { head: before } = await numbered();
    await sql(`SELECT count((strike.strike_create_eco('noc-west', 'osp-fibre', 'CMR', 'long', jsonb_build_object('type', 'LineString', 'coordinates',
      (SELECT jsonb_agg(jsonb_build_array(-97.74 + i / 1e6, 30.271234567)) FROM generate_series(1, 5000) i)))).eco_id) FROM generate_series(1, 20)`);
    const { head } = await numbered();
    const ws = await open(readers[1], before);
    await upToDate(ws, head);
    assert.deepStrictEqual(ws.seqs, await visible('noc-west', before));
    assert.ok(ws.messages.find((m) => m.seq).eco.location.coordinates.length === 5000);
    ws.leave();
  });

  test('a seq that the feed has not reached: the client is told to begin anew', async () => {
    const { head } = await numbered();
    const ws = await open(readers[0], head + 1000000);
    await until('reset', () => ws.messages.some((m) => m.reset));
    assert.deepStrictEqual([ws.messages[0].now, ws.messages[0].reset], [head, true]);
    await create(1);
    await upToDate(ws, (await numbered()).head);
    assert.deepStrictEqual(ws.seqs, await visible('noc-east', head));
    ws.leave();
  });

  test('no gap and no duplicate over a hundred reconnections, while events come', async () => {
    const { head: before } = await numbered();
    let going = true;
    const writing = (async () => { while (going) await create(3); })();
    const clients = readers.map(async (reader) => {
      const got = [];
      let since = before;
      for (let i = 0; i < 30; i++) {
        const ws = await open(reader, since);
        await until('something', () => ws.messages.length > i % 5);
        ws.leave(); // in the middle of whatever comes
        got.push(...ws.seqs);
        since = ws.since || since;
      }
      return { reader, got, since };
    });
    const results = await Promise.all(clients);
    going = false;
    await writing;
    const { head } = await numbered();
    for (const { reader, got, since } of results) {
      const ws = await open(reader, since);
      await upToDate(ws, head);
      assert.deepStrictEqual([...got, ...ws.seqs], await visible(reader.tenant, before), reader.tenant);
      ws.leave();
    }
  });

  test('the gateway restarts, told to and killed: clients are told, and resume', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL']) {
      const { head: before } = await numbered();
      let other = await Gateway.start(binary);
      const { port } = other;
      const first = await Promise.all(readers.map((reader) => open(reader, before, other)));
      await Promise.all(first.map((ws) => until('now', () => ws.now !== null)));
      await create(5);
      await until('some have something', () => first.some((ws) => ws.seqs.length > 0));
      await other.stop(signal);
      await until('all are closed', () => first.every((ws) => ws.closed));
      if (signal === 'SIGTERM') assert.ok(first.every((ws) => ws.code === 1001), first.map((ws) => ws.code).join());
      await create(5);
      other = await Gateway.start(binary, '--port', String(port));
      await create(5);
      const second = await Promise.all(first.map((ws, i) => open(readers[i], ws.since || before, other)));
      const { head } = await numbered();
      for (const [i, ws] of second.entries()) {
        await upToDate(ws, head);
        assert.deepStrictEqual([...first[i].seqs, ...ws.seqs], await visible(readers[i].tenant, before), `${signal} ${readers[i].tenant}`);
        ws.leave();
      }
      assert.deepStrictEqual(await other.stop(), { status: 0, signal: null });
    }
  });

  test('the server restarts and crashes: sockets stay, are told, and get what came', async () => {
    for (const action of ['restart', 'crash']) {
      const { head: before } = await numbered();
      const all = await Promise.all(readers.map((reader) => open(reader, before)));
      await Promise.all(all.map((ws) => until('now', () => ws.now !== null)));
      await create(2);
      await cluster(action);
      if (action === 'crash') {
        await until('clients know', () => all.every((ws) => ws.messages.some((m) => m.database === 'down')));
        const late = await open(readers[0], before);
        await until('so does one that comes now', () => late.messages.some((m) => m.database === 'down'));
        all.push(late);
        await cluster('restart');
      }
      await create(2);
      const { head } = await numbered();
      for (const [i, ws] of all.entries()) {
        await upToDate(ws, head);
        assert.deepStrictEqual(ws.seqs, await visible((readers[i] || readers[0]).tenant, before));
        assert.strictEqual(ws.closed, false);
        ws.leave();
      }
      await gateway.healthy();
    }
  });

  test('a lost NOTIFY costs a second, no event', async () => {
    const { head: before } = await numbered();
    const ws = await open(readers[0], before);
    await until('now', () => ws.now !== null);
    // numbered, but not told: as when the subscriber's word is lost
    await sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'strike_gateway'");
    await create(1);
    await upToDate(ws, (await numbered()).head);
    assert.deepStrictEqual(ws.seqs, await visible('noc-east', before));
    ws.leave();
  });

  test('a NOTIFY by somebody else does no harm', async () => {
    const { head } = await numbered();
    const ws = await open(readers[0], head);
    for (const payload of ['99999999', 'x', '', '-1', '9'.repeat(100)]) await sql(`NOTIFY strike_feed, '${payload}'`);
    await create(1);
    await upToDate(ws, (await numbered()).head);
    assert.deepStrictEqual(ws.seqs, await visible('noc-east', head));
    ws.leave();
  });
};
