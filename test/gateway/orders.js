// Orders in a database with the extension, and what each tenant should be told of them.
'use strict';
const { sql, until } = require('./harness');

const PLACE = '{"type":"Point","coordinates":[-97.74,30.27]}';
const NOCS = ['noc-east', 'noc-west'];
const OSPS = ['osp-fibre', 'osp-north'];

async function prepare() {
  await sql('CREATE EXTENSION strike CASCADE', '-c', 'SELECT strike.strike_activate()');
  await sql(`INSERT INTO strike.tenants (code, name, kind, job_prefix) VALUES
    ('noc-east', 'NOC East', 'NOC', 'E2'), ('noc-west', 'NOC West', 'NOC', 'W1'),
    ('osp-fibre', 'Fibre Co', 'OSP', null), ('osp-north', 'Northern Lines', 'OSP', null)`);
  await sql(`WITH r AS (INSERT INTO strike.pager_regions (osp_tenant, name) VALUES ('osp-fibre', 'All'), ('osp-north', 'All') RETURNING region_id)
    INSERT INTO strike.pager_contacts (region_id, position, name, phone) SELECT region_id, 1, 'A. Ortiz', '+15125550111' FROM r`);
}

// n orders of each NOC, each given to both contractors in turn; their events are committed.
async function create(n = 1, words = 'Fiber cut on Main St') {
  await sql(`SELECT count((strike.strike_create_eco(noc, CASE WHEN i % 2 = 0 THEN 'osp-fibre' ELSE 'osp-north' END, 'CMR', '${words}', '${PLACE}')).eco_id)
    FROM unnest('{${NOCS}}'::text[]) noc, generate_series(1, ${n}) i`);
}

// One order and its page, failed in the work system with words that nobody outside may read.
async function createWithPage() {
  const id = await sql(`SELECT (strike.strike_create_eco('noc-east', 'osp-fibre', 'MFR', 'Ünïcode — 光纤', '${PLACE}')).eco_id`);
  const append = (payload) => sql(`SELECT strike.strike_append('${id}', 'ECO', null, '[{"type":"RenderIntegrationStatusUpdatedEvent","payload":${payload}}]')`);
  await append('{"from":"PENDING","to":"TASKED","render_instance":null,"project_task_id":"RT-secret","error":null}');
  await until('its page', () => sql(`SELECT 1 FROM strike.pager_process_state WHERE eco_id = '${id}'`));
  const failed = await sql(`SELECT (strike.strike_create_eco('noc-east', 'osp-fibre', 'MFR', 'fails', '${PLACE}')).eco_id`);
  await sql(`SELECT strike.strike_append('${failed}', 'ECO', null, '[{"type":"RenderIntegrationStatusUpdatedEvent","payload":{"from":"PENDING","to":"FAILED","render_instance":null,"project_task_id":null,"error":"401 secret provider words"}}]')`);
  return id;
}

// Every committed event has its number.
async function numbered() {
  return until('all events are numbered', async () => {
    const [events, feed, head] = (await sql('SELECT (SELECT count(*) FROM strike.events), count(*), coalesce(max(seq), 0) FROM strike.feed')).split('|');
    return events === feed && { head: Number(head) };
  });
}

// The seqs that a tenant should get, by way of its own: the page's row, not the page's first event.
async function visible(tenant, since = 0) {
  const rows = await sql(`SELECT f.seq FROM strike.feed f JOIN strike.events e USING (stream_id, version)
    LEFT JOIN strike.pager_process_state p ON p.run_id = e.stream_id
    JOIN strike.eco_views v ON v.eco_id = coalesce(p.eco_id, e.stream_id)
    WHERE f.seq > ${since} AND ${tenant === 'all' ? 'true' : `'${tenant}' IN (v.noc_tenant, v.osp_tenant)`} ORDER BY f.seq`);
  return rows === '' ? [] : rows.split('\n').map(Number);
}

module.exports = { prepare, create, createWithPage, numbered, visible, NOCS, OSPS, PLACE };
