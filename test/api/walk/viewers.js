// Whose eyes the walk looks through, and what each of them must never see: marks, words, numbers.
//
// Everything of a tenant carries a mark that stands nowhere else: its orders' keys, numbers and
// words, its name, its people.  The database is asked for all of them, so none is forgotten.
'use strict';
const stack = require('../stack');
const { until } = require('../harness');
const { callOut, AUSTIN } = require('../calls');

const DALLAS = { type: 'Point', coordinates: [-96.8, 32.8] };
const PROVIDER_WORDS = 'provider-words 401 by RENDER HTTP';

const person = (name, role, tenant) => ({ name, role, tenant, claims: { role, sub: `${name}@walk`, ...(tenant ? { tenant } : {}) } });
const VIEWERS = [
  person('nobody', 'strike_anon', null),
  person('operator-east', 'strike_operator', 'noc-east'),
  person('operator-west', 'strike_operator', 'noc-west'),
  person('operator-without-tenant', 'strike_operator', null),
  person('contractor-fibre', 'strike_contractor', 'osp-fibre'),
  person('contractor-north', 'strike_contractor', 'osp-north'),
  person('contractor-without-tenant', 'strike_contractor', null),
  person('operator-of-a-contractor', 'strike_operator', 'osp-fibre'),
  person('contractor-of-a-noc', 'strike_contractor', 'noc-east'),
  person('gateway', 'strike_gateway', null),
  person('admin', 'strike_admin', null),
  person('worker', 'strike_worker', null),
];
// who sees tenants' things by his task; of the gateway's calls each is judged by whom it asks for
const UNBOUND = ['strike_admin', 'strike_worker'];

// Words of machines: statuses inside, the work system's own, providers' names and keys
const INTERNAL = /\b(TASKED|PENDING|blueprinted|releasable|allocated|jeopardy|render_status|render_task_id|project_task_id|render_instance|provider_sid|PT-[0-9a-f]+-\d+|FN[0-9a-f]{32}|CA[0-9a-f]{32}|AC[0-9a-f]{32}|FW[0-9a-f]{32}|HTTP|Twilio)\b|(?<![\w.])401\b|"(tasked|pending|released|completed)"/;
const NUMBER = /\+?1512555\d{4}/;
const SECRET = /twilio-secret-word|render-secret-word/;

// Orders of each pair, one that can't be sent, notes, a reassignment: the demo's tenants at work.
async function populate() {
  const { east, west } = stack.people();
  for (const [who, osp, location] of [[east, 'osp-fibre', AUSTIN], [east, 'osp-north', DALLAS], [west, 'osp-fibre', AUSTIN], [west, 'osp-north', DALLAS]]) {
    const mark = `mark-${who.claims.tenant}-${osp}`;
    const made = await callOut(who, { osp, location, scenario: 'field-work', description: `${mark} description` });
    await until(`${mark} is dispatched`, () => stack.value('SELECT dispatched_at FROM strike.eco_views WHERE eco_id = $1', made.eco_id));
    await who.rpc('strike_add_note', { eco_id: made.eco_id, note: `${mark} note` });
    const failed = await callOut(who, { osp, location, scenario: 'pager-timeout', description: `${mark} can't be sent` });
    await until(`${mark} is paged`, () => stack.value("SELECT run_id FROM strike.pager_process_state WHERE eco_id = $1 AND status <> 'COMPLETED'", failed.eco_id));
    await who.rpc('strike_take_over', { eco_id: failed.eco_id, reason: `${mark} taken over` });
    await stack.sql(
      `SELECT strike.strike_append($1, 'ECO', null, jsonb_build_array(jsonb_build_object('type', 'RenderIntegrationStatusUpdatedEvent', 'payload',
        jsonb_build_object('from', 'TASKED', 'to', 'FAILED', 'render_instance', null, 'project_task_id', null, 'error', $2::text))), '{"actor": "strike:render"}')`,
      failed.eco_id, PROVIDER_WORDS
    );
  }
  for (const person of [stack.people().fibre, stack.people().north]) {
    const [{ contact_id }] = (await person.get('/pager_contacts?order=name&limit=1')).body;
    const answer = await person.rpc('strike_test_call', { contact_id });
    if (answer.status !== 200) throw new Error(`a test call: ${answer.text}`);
  }
  await until('field work is seen', () => stack.value("SELECT eco_id FROM strike.render_tasks WHERE status IN ('released', 'completed') LIMIT 1"));
  await until('everything is delivered', async () => (await stack.sql('SELECT FROM strike.outbox LIMIT 1')).length === 0);
}

// Tenant → its marks.  kind says what they are of: an order (two tenants) or a tenant itself.
async function marks() {
  const of = async (text) => (await stack.sql(text)).map(({ noc, osp, mark }) => ({ noc, osp, mark: String(mark) }));
  const orders = await of(`
    SELECT v.noc_tenant AS noc, v.osp_tenant AS osp, m.mark FROM strike.eco_views v, LATERAL (
      VALUES (v.eco_id::text), (v.job_id), (nullif(substring(v.description from 'mark-[a-z-]+'), ''))) m(mark) WHERE m.mark IS NOT NULL
    UNION SELECT v.noc_tenant, v.osp_tenant, p.run_id::text FROM strike.pager_process_state p JOIN strike.eco_views v USING (eco_id)
    UNION SELECT v.noc_tenant, v.osp_tenant, a.attempt_id::text FROM strike.pager_attempts a JOIN strike.eco_views v USING (eco_id)
    UNION SELECT r.noc_tenant, v.osp_tenant, r.request_id::text FROM strike.eco_requests r JOIN strike.eco_views v USING (eco_id)`);
  const tenants = await of(`
    SELECT CASE kind WHEN 'NOC' THEN code END AS noc, CASE kind WHEN 'OSP' THEN code END AS osp, m.mark
    FROM strike.tenants t, LATERAL (VALUES (t.code), (t.name)) m(mark)
    UNION SELECT null, r.osp_tenant, m.mark FROM strike.pager_regions r, LATERAL (VALUES (r.region_id::text), (r.name)) m(mark)
    UNION SELECT null, r.osp_tenant, m.mark FROM strike.pager_contacts c JOIN strike.pager_regions r USING (region_id), LATERAL (VALUES (c.contact_id::text), (c.name), (c.phone)) m(mark)`);
  return { orders, tenants };
}

// The marks that must not be in what this viewer gets.
function forbidden(viewer, { orders, tenants }) {
  if (UNBOUND.includes(viewer.role)) return [];
  const { tenant } = viewer;
  // a role that doesn't fit its tenant is as good as none
  const operator = viewer.role === 'strike_operator' && /^noc-/.test(tenant);
  const contractor = viewer.role === 'strike_contractor' && /^osp-/.test(tenant);
  return [
    ...orders.filter((one) => !(operator && one.noc === tenant) && !(contractor && one.osp === tenant)),
    // a NOC knows the contractors it can call, their regions and people; a contractor the NOCs that call him
    ...tenants.filter((one) => !(operator && (one.noc === tenant || (one.osp && !NUMBER.test(one.mark)))) && !(contractor && (one.noc || one.osp === tenant))),
    // what stands in his token he may read back
  ].map((one) => one.mark).filter((mark) => mark !== tenant);
}

// Own numbers are a contractor's to see
function numbersAllowed(viewer, { tenants }) {
  if (viewer.role !== 'strike_contractor') return [];
  return tenants.filter((one) => one.osp && one.osp === viewer.tenant && NUMBER.test(one.mark)).map((one) => one.mark);
}

// What is wrong with a text that this viewer got: a list of words, empty if nothing.  'given' is
// what he put in himself: an answer may repeat it.
function judge(viewer, text, known, given = '') {
  const found = [];
  if (viewer.role !== 'strike_worker' && SECRET.test(text)) found.push(`a secret: ${SECRET.exec(text)[0]}`);
  if (UNBOUND.includes(viewer.role)) return found;
  for (const mark of forbidden(viewer, known)) if (text.includes(mark) && !given.includes(mark)) found.push(`somebody else's: ${mark}`);
  let rest = text;
  for (const number of numbersAllowed(viewer, known)) rest = rest.split(number).join('');
  for (const pattern of [INTERNAL, NUMBER]) {
    const hit = pattern.exec(rest);
    if (hit && !given.includes(hit[0])) found.push(`no word for people: ${hit[0]}`);
  }
  if (rest.includes('provider-words')) found.push("a provider's words");
  return found;
}

module.exports = { VIEWERS, UNBOUND, populate, marks, forbidden, judge, AUSTIN, DALLAS };
