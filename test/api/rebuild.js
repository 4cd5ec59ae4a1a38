// The read model made anew: right again, nothing lost meanwhile, nothing done twice outside.
'use strict';
const assert = require('assert');
const { test, until } = require('./harness');
const { sql, value, people, database, Client } = require('./stack');
const stack = require('./stack');
const { callOut, refused } = require('./calls');

// Rows without the moment's noise: all of them, and all columns
const rows = () => sql('SELECT v.*, ST_AsEWKT(location) AS location FROM strike.eco_views v ORDER BY eco_id');
const delivered = () => until('everything is delivered', async () => (await sql('SELECT FROM strike.outbox LIMIT 1')).length === 0);

// What a rebuild could repeat for these orders, which are dispatched: tasks made, calls placed
async function effects(orders) {
  const subsectors = new Set(orders.map((one) => `ECO-${one.job_id}`));
  const { entries } = await (await fetch(`${stack.mock}/control/journal`)).json();
  return entries.filter((one) => one.direction === 'request' && one.method === 'POST' && subsectors.has(one.subsector) && /\/(tasks|Executions|Calls\.json)$/.test(one.path)).length;
}

// A session that says what it is told
async function session(body) {
  const client = new Client(database);
  const notices = [];
  client.on('notice', (notice) => notices.push(notice.message));
  await client.connect();
  try {
    return await body(client, notices);
  } finally {
    await client.end();
  }
}

module.exports = async () => {
  const { anybody, east, fibre, admin } = people();

  await test('rebuild: wrong, missing and foreign rows are mended, right ones are not touched, nothing happens outside', async () => {
    await callOut(east, { scenario: 'pager-exhausted' });
    for (const scenario of ['happy-path', 'happy-path', 'field-work']) {
      const made = await callOut(east, { scenario });
      await until('it is dispatched', () => value('SELECT dispatched_at FROM strike.eco_views WHERE eco_id = $1', made.eco_id));
    }
    await until('nothing is due any more', async () => (await sql(`
      SELECT FROM strike.pager_process_state WHERE status <> 'COMPLETED'
      UNION ALL SELECT FROM strike.render_process_state WHERE next_attempt_at IS NOT NULL
      UNION ALL SELECT FROM strike.eco_views v WHERE render_status = 'TASKED' AND status <> 'CANCELED' AND pager_status IN ('none', 'accepted')`)).length === 0);
    // the field work is left alone meanwhile, so that what was compared stays so
    await sql("ALTER SYSTEM SET strike.enabled = off");
    await sql('SELECT pg_reload_conf()');
    let heard;
    let dispatched;
    try {
      await sql('SELECT pg_sleep(0.3)');
      await delivered();
      const before = await rows();
      assert.ok(before.length > 3);
      dispatched = before.filter((one) => one.dispatched_at);
      heard = await effects(dispatched);
      assert.ok(heard >= dispatched.length && dispatched.length > 0, `${heard} requests for ${dispatched.length} orders`);
      await sql("UPDATE strike.eco_views SET phase = 'nonsense', needs_attention = NOT needs_attention WHERE eco_id = $1", before[0].eco_id);
      await sql("UPDATE strike.eco_views SET version = version + 1, state = '{}' WHERE eco_id = $1", before[1].eco_id);
      await sql('DELETE FROM strike.eco_views WHERE eco_id = $1', before[2].eco_id);
      await sql("INSERT INTO strike.eco_views SELECT (jsonb_populate_record(v, jsonb_build_object('eco_id', gen_random_uuid(), 'job_id', 'E2-99999-1999'))).* FROM strike.eco_views v WHERE eco_id = $1", before[3].eco_id);
      const untouched = async () => (await sql('SELECT ctid::text FROM strike.eco_views WHERE eco_id = $1', before[3].eco_id))[0].ctid;
      const place = await untouched();
      const answer = await admin.rpc('strike_rebuild_eco_views');
      assert.deepStrictEqual([answer.status, answer.body], [200, before.length]);
      assert.deepStrictEqual(await rows(), before);
      assert.strictEqual(await untouched(), place);
      await session(async (client, notices) => {
        await client.query('SELECT strike.strike_rebuild_eco_views()');
        assert.match(notices.join('\n'), new RegExp(`${before.length} of ${before.length} orders rebuilt\\n.*0 rows were wrong`));
      });
    } finally {
      await sql('ALTER SYSTEM RESET strike.enabled');
      await sql('SELECT pg_reload_conf()');
    }
    await delivered();
    assert.strictEqual(await effects(dispatched), heard);
  });

  await test('rebuild among orders that are being made and paged: none is lost, none goes back', async () => {
    let over = false;
    const made = [];
    const making = async () => {
      // few enough that three telephones can ring for all of them
      while (!over && made.length < 12) made.push((await callOut(east, { description: 'meanwhile' })).eco_id);
    };
    const makers = [making(), making()];
    for (let i = 0; i < 5 || (made.length < 12 && i < 500); i++) assert.strictEqual((await admin.rpc('strike_rebuild_eco_views')).status, 200);
    over = true;
    await Promise.all(makers);
    await until('all are dispatched', async () => (await sql('SELECT FROM strike.eco_views WHERE eco_id = ANY ($1) AND dispatched_at IS NOT NULL', made)).length === made.length);
    assert.deepStrictEqual(await sql('SELECT eco_id, count(*) FROM strike.pager_process_state WHERE eco_id = ANY ($1) GROUP BY 1 HAVING count(*) > 1', made), []);
    assert.deepStrictEqual(await sql('SELECT * FROM strike.delivery_failure'), []);
    await delivered();
    await session(async (client, notices) => {
      await client.query('SELECT strike.strike_rebuild_eco_views()');
      assert.match(notices.join('\n'), / 0 rows were wrong/);
    });
  });

  await test('rebuild holds up no reader, waits for its commit, and comes back whole after a rollback', async () => {
    await session(async (client) => {
      const before = await rows();
      await client.query('BEGIN');
      await client.query('SELECT strike.strike_rebuild_eco_views()');
      assert.strictEqual((await east.get('/noc_ecos?limit=1')).status, 200);
      await client.query('ROLLBACK');
      assert.strictEqual((await rows()).length, before.length);
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await assert.rejects(client.query('SELECT strike.strike_rebuild_eco_views()'), { code: '25001' });
      await client.query('ROLLBACK');
      // the table's columns are as they were, temporary ones are gone, and it can be done again
      await client.query('BEGIN');
      for (let i = 0; i < 2; i++) await client.query('SELECT strike.strike_rebuild_eco_views()');
      await client.query('COMMIT');
    });
  });

  await test('rebuild is for administrators', async () => {
    refused(await east.rpc('strike_rebuild_eco_views'), 403, '42501');
    refused(await fibre.rpc('strike_rebuild_eco_views'), 403, '42501');
    assert.strictEqual((await anybody.rpc('strike_rebuild_eco_views')).status, 401);
  });
};
