// Arguments for functions that nobody has told the walk about: by name, then by type.  A function
// with an argument that fits nothing here is a finding: say here what it is.
//
// A value is {give, whose}: 'own', 'foreign' (somebody else's thing), 'absent' (nobody's), or ''.
// Foreign and absent must look the same from outside.
'use strict';
const crypto = require('crypto');
const stack = require('../stack');
const { AUSTIN } = require('./viewers');

const ABSENT = '00000000-0000-4000-8000-000000000404';
const own = (give) => ({ give, whose: 'own' });
const foreign = (give) => ({ give, whose: 'foreign' });
const absent = (give) => ({ give, whose: 'absent' });
const plain = (...values) => values.map((give) => ({ give, whose: '' }));

// Things of tenants, by name: eco_id → [{noc, osp, id}], …
async function things() {
  return {
    eco_id: await stack.sql('SELECT noc_tenant AS noc, osp_tenant AS osp, eco_id::text AS id FROM strike.eco_views ORDER BY created_at'),
    run_id: await stack.sql('SELECT v.noc_tenant AS noc, v.osp_tenant AS osp, p.run_id::text AS id FROM strike.pager_process_state p JOIN strike.eco_views v USING (eco_id) ORDER BY p.created_at'),
    attempt_id: await stack.sql('SELECT v.noc_tenant AS noc, v.osp_tenant AS osp, a.attempt_id::text AS id FROM strike.pager_attempts a JOIN strike.eco_views v USING (eco_id) ORDER BY a.created_at'),
    request_id: await stack.sql('SELECT r.noc_tenant AS noc, null AS osp, r.request_id::text AS id FROM strike.eco_requests r ORDER BY 1, 3'),
    region_id: await stack.sql('SELECT null AS noc, osp_tenant AS osp, region_id::text AS id FROM strike.pager_regions ORDER BY 2, 3'),
    contact_id: await stack.sql('SELECT null AS noc, r.osp_tenant AS osp, c.contact_id::text AS id FROM strike.pager_contacts c JOIN strike.pager_regions r USING (region_id) ORDER BY 2, 3'),
    contact_ref: await stack.sql(`SELECT null AS noc, r.osp_tenant AS osp, c.contact_ref::text AS id FROM strike.contact_refs c JOIN strike.pager_contacts l USING (contact_id) JOIN strike.pager_regions r USING (region_id) ORDER BY 2, 3`),
  };
}

const mine = (viewer, one) => Boolean(viewer.tenant) && (one.noc === viewer.tenant || one.osp === viewer.tenant);

// One own thing, one of somebody else's, one that isn't
function ids(viewer, all) {
  // the same request_id may be two NOCs'
  const ours = new Set(all.filter((one) => mine(viewer, one)).map((one) => one.id));
  const first = (wanted) => all.find((one) => ours.has(one.id) === wanted);
  const values = [];
  if (first(true)) values.push(own(first(true).id));
  if (first(false)) values.push(foreign(first(false).id));
  return [...values, absent(ABSENT)];
}

function tenants(viewer, kinds) {
  const all = { NOC: ['noc-east', 'noc-west'], OSP: ['osp-fibre', 'osp-north'] };
  const values = kinds.flatMap((kind) => all[kind]).map((code) => {
    if (code === viewer.tenant) return own(code);
    // a NOC may name any contractor; a contractor knows the NOCs
    const known = viewer.tenant && (viewer.role === 'strike_operator' ? code.startsWith('osp') : viewer.role === 'strike_contractor' && code.startsWith('noc'));
    return known ? { give: code, whose: '' } : foreign(code);
  });
  return [...values.sort((a, b) => (b.whose === 'own') - (a.whose === 'own')), absent('nobody-here')];
}

// Several values for an argument, what would do first; null: unknown to the walk.
function valuesOf(viewer, name, type, known) {
  if (known[name]) return ids(viewer, known[name]);
  if (/noc_tenant/.test(name)) return tenants(viewer, ['NOC']);
  if (/osp_tenant/.test(name)) return tenants(viewer, ['OSP']);
  if (/tenant/.test(name)) return [{ give: null, whose: '' }, ...tenants(viewer, ['NOC', 'OSP'])];
  if (/^(location|place|area)$/.test(name) && /^json/.test(type)) return plain(JSON.stringify(AUSTIN), '{}');
  if (type === 'geometry') return plain('SRID=4326;POINT(-97.74 30.27)');
  if (name === 'stream_id') return [{ give: null, whose: '' }, ...ids(viewer, [...known.eco_id, ...known.run_id])];
  if (type === 'uuid') {
    // whatever it may be the key of
    const every = Object.values(known).flatMap((all) => ids(viewer, all).filter((one) => one.whose !== 'absent'));
    return [...every.sort((a, b) => (b.whose === 'own') - (a.whose === 'own')), absent(ABSENT)];
  }
  if (type === 'uuid[]') return valuesOf(viewer, name, 'uuid', known).map((one) => ({ ...one, give: `{${one.give}}` }));
  if (name === 'caller_role') return plain('strike_operator', 'strike_contractor', 'strike_admin', 'strike_owner');
  if (name === 'job_type') return plain('CMR');
  if (name === 'subscriber') return plain('pager', 'nobody');
  if (name === 'stream_type') return plain('ECO');
  if (name === 'zone' || name === 'time_zone') return plain('America/Chicago');
  if (name === 'method') return plain('POST');
  if (name === 'url') return [...known.attempt_id.slice(0, 1).map((one) => foreign(`/twilio/studio/${one.id}`)), absent(`/twilio/studio/${ABSENT}`)];
  if (name === 'content_type') return plain('application/x-www-form-urlencoded');
  if (name === 'signature') return plain('forged');
  if (name === 'body') return plain('Event=ACCEPTED&CallSid=CA1&Digits=1');
  const byType = {
    text: plain('words', '', null), jsonb: plain('{}', '[]'), json: plain('{}'), boolean: plain('true', 'false'),
    integer: plain('1', '0', null), bigint: plain('0', '1', null), 'double precision': plain('1'), numeric: plain('1'),
    'timestamp with time zone': plain('-infinity', 'infinity', '2020-01-01', null), interval: plain('1 hour'), date: plain('2020-01-01'),
    'text[]': plain('{}'), 'integer[]': plain('{1}'), time: plain('00:00'), record: plain('(1,2)'),
  };
  return byType[type] || null;
}

module.exports = { things, valuesOf, ABSENT, newId: () => crypto.randomUUID() };
