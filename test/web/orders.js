// Contractors and orders of a test's own: its own place on Earth, its own telephones.
'use strict';
const { sql, value, transaction } = require('../e2e/server');
const { until } = require('../e2e/harness');

let mock = null;
let slowMock = null;
let count = 0;
const PEOPLE = ['J. Reyes', 'A. Ortiz', 'M. Chan'];

// { osp, name, lat, lon }: one region, three people (or people); over: where another one works;
// slow: his telephones ring for 20 s
async function contractor({ people = PEOPLE, name, over = null, slow = false } = {}) {
  const n = ++count;
  const one = { osp: `osp-t${n}`, name: name || `Splicers ${n}`, lat: 10.5, lon: over ? over.lon : 100.5 + n, mock: slow ? slowMock : mock };
  await sql("INSERT INTO strike.tenants (code, name, kind) VALUES ($1, $2, 'OSP')", one.osp, one.name);
  await sql(
    `INSERT INTO strike.render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)
     VALUES ($1, $2 || '/render', $2 || '/render/oauth/token', $1, 'a-secret', $1)`, one.osp, one.mock.url);
  if (slow) {
    await sql(
      `INSERT INTO strike.twilio_accounts (osp_tenant, api_url, studio_url, account_sid, auth_token, from_number, flow_sid, transport)
       SELECT $1, $2 || '/twilio', $2 || '/twilio', account_sid, auth_token, from_number, flow_sid, transport FROM strike.twilio_accounts WHERE osp_tenant IS NULL`, one.osp, one.mock.url);
  }
  one.region = await value(
    `INSERT INTO strike.pager_regions (osp_tenant, name, area)
     VALUES ($1, $2, ST_Multi(ST_MakeEnvelope($3::float8, 10, $3::float8 + 0.9, 11, 4326))) RETURNING region_id`, one.osp, `Plain ${n}`, one.lon - 0.5);
  for (let i = 0; i < people.length; i++) {
    await sql('INSERT INTO strike.pager_contacts (region_id, position, name, phone) VALUES ($1, $2, $3, $4)', one.region, i + 1, people[i], `+1512${String(n * 10 + i).padStart(7, '0')}`);
  }
  return one;
}

// An order made behind the page's back, in a scenario of its own.
async function order(at, description, { scenario = 'happy-path', noc = 'noc-east', type = 'CMR', location } = {}) {
  return transaction(async (ask) => {
    const [made] = await ask('SELECT * FROM strike.strike_create_eco($1, $2, $3, $4, $5)', noc, at.osp, type, description,
      JSON.stringify(location || { type: 'Point', coordinates: [at.lon, at.lat] }));
    await at.mock.control('scenario', { scenario, subsector: `ECO-${made.job_id}` });
    return { ...made, subsector: `ECO-${made.job_id}` };
  });
}

const phase = (made, pattern) => until(`${made.job_id} to be ${pattern}`, async () => {
  const row = await sql('SELECT phase FROM strike.noc_ecos WHERE eco_id = $1', made.eco_id);
  return row.length > 0 && pattern.test(row[0].phase);
});

const made = (description) => sql('SELECT * FROM strike.noc_ecos WHERE description = $1', description);

module.exports = { contractor, order, phase, made, use: (one, slow) => ([mock, slowMock] = [one, slow]), mock: () => mock };
