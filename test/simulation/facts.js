// All that is known when a round is over: from the server, and from the mock, who judges.
'use strict';

// The telephones that rang, or should have, for the attempt that carries the call.
function phonesOf(facts, carrier) {
  return facts.status.ecos.flatMap((eco) => eco.calls).filter((phone) => phone.attempt_id === carrier);
}

// A call placed without webhooks names no attempt: it is of the one that has its sid.  Its request is
// found by its number, since one call after the other is placed to it.
function nameCalls(facts) {
  const phones = facts.status.ecos.flatMap((eco) => eco.calls).filter((phone) => !phone.attempt_id).sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  for (const phone of phones) phone.attempt_id = (facts.attempts.find((one) => one.provider_sid === phone.call_sid && !one.call_of) || { attempt_id: `unknown to the server (${phone.call_sid})` }).attempt_id;
  for (const entry of facts.journal) {
    if (entry.attempt_id || entry.direction !== 'request' || entry.method !== 'POST' || !/\/Calls\.json$/.test(entry.path) || entry.status !== 201) continue;
    const to = new URLSearchParams(entry.body).get('To');
    entry.attempt_id = phones.splice(phones.findIndex((phone) => phone.to === to), 1)[0].attempt_id;
  }
}

// The executions as the provider knows them: one call each, which carries up to four orders.
// carried: { attempt_id, eco_id, digit: the last key for that order, '' = none }, in their order
async function executionsOf(play) {
  const headers = { authorization: `Basic ${Buffer.from(`${play.account}:${play.token}`).toString('base64')}` };
  const list = [];
  for (let page = 0; ; page++) {
    const { executions, meta } = await play.mock.get(`/twilio/v2/Flows/${play.flow}/Executions?PageSize=100&Page=${page}`, headers);
    for (const one of executions) {
      const { context } = await play.mock.get(`/twilio/v2/Flows/${play.flow}/Executions/${one.sid}/Context`, headers);
      const { data } = context.flow;
      const carried = [data, ...(data.next || [])].map(({ attempt_id: id, eco_id: eco }, i) => ({ attempt_id: id, eco_id: eco, digit: (context.widgets[`ask_${i + 1}`] || {}).Digits || '' }));
      list.unshift({ sid: one.sid, to: one.contact_channel_address, status: one.status, carried });
    }
    if (!meta.next_page_url) return list;
  }
}

function keysInContexts(executions) {
  return executions.flatMap((one) => one.carried.map(({ attempt_id: id, digit }) => ({ sid: one.sid, attempt_id: id, digit, heard: true })));
}

// Calls with TwiML say nothing of who rides along: the server asks about each that rides then.
function callsOf(facts, play) {
  const phones = facts.status.ecos.flatMap((eco) => eco.calls);
  return phones.map((phone) => {
    const carrier = facts.attempts.find((one) => one.attempt_id === phone.attempt_id);
    const riders = facts.attempts.filter((one) => one.call_of === phone.attempt_id && (!one.ended_at || !phone.rang_at || new Date(one.ended_at).getTime() >= play.serverTimes(phone.rang_at).least));
    const carried = [{ attempt_id: phone.attempt_id, eco_id: carrier && carrier.eco_id }, ...riders.map((one) => ({ attempt_id: one.attempt_id, eco_id: one.eco_id }))];
    return { sid: phone.call_sid, to: phone.to, status: ['queued', 'ringing', 'in-progress'].includes(phone.status) ? 'active' : 'ended', carried };
  });
}

// The keys that were pressed in calls with TwiML.  heard: the server has answered, so it knows; the
// gateway alone says "one moment please", or that the answer was not recorded.
function keysHeard(facts) {
  const list = [];
  for (const entry of facts.journal) {
    const [, id, query] = /\/twilio\/gather\/([0-9a-f-]{36})\?([^#]*)/.exec(entry.path) || [];
    if (entry.direction !== 'callback' || !id || entry.status === 403) continue;
    const form = new URLSearchParams(entry.body);
    const digit = form.get('Digits') || new URLSearchParams(query).get('key') || '';
    list.push({ sid: form.get('CallSid'), attempt_id: id, digit, heard: entry.status === 200 && !/One moment please|was not recorded/.test(entry.answer) });
  }
  return list;
}

async function gather(play) {
  const { server, mock } = play;
  const ecos = play.orders.map((order) => order.ecoId);
  const of = (table, order) => server.sql(`SELECT * FROM strike.${table} WHERE eco_id = ANY ($1) ORDER BY ${order}`, ecos);
  const facts = {
    orders: play.orders,
    journal: await mock.journal(),
    status: await mock.get('/control/status'),
    views: await of('eco_views', 'created_at'),
    runs: await of('pager_process_state', 'created_at'),
    attempts: await of('pager_attempts', 'created_at'),
    render: await of('render_process_state', 'eco_id'),
    people: play.numbers,
    serverTimes: (at) => play.serverTimes(at),
  };
  const streams = [...ecos, ...facts.runs.map((run) => run.run_id)];
  facts.events = await server.sql('SELECT *, occurred_at::text AS at FROM strike.events WHERE stream_id = ANY ($1) ORDER BY occurred_at, position', streams);
  facts.feed = await server.sql('SELECT seq, stream_id, version FROM strike.feed WHERE stream_id = ANY ($1) ORDER BY seq', streams);
  facts.contacts = await server.sql(
    `SELECT c.*, r.name, r.phone FROM strike.pager_run_contacts c JOIN strike.contact_refs r USING (contact_ref)
     WHERE c.run_id = ANY ($1) ORDER BY c.run_id, c.contact_no`, facts.runs.map((run) => run.run_id));
  facts.timeline = {};
  for (const eco of ecos) facts.timeline[eco] = await server.sql('SELECT * FROM strike.strike_eco_timeline($1)', eco);
  facts.problems = await server.sql('SELECT * FROM strike.strike_verify_events()');
  facts.failures = await server.sql('SELECT * FROM strike.delivery_failure');
  [facts.whole] = await server.sql(
    `SELECT (SELECT count(*) FROM strike.events)::int AS events, count(*)::int AS fed, count(DISTINCT (stream_id, version))::int AS different,
       coalesce(min(seq), 1)::int AS first, coalesce(max(seq), 0)::int AS last FROM strike.feed`);
  facts.steps = await server.sql("SELECT from_state, to_state FROM strike.strike_transitions() WHERE machine = 'pager attempt' AND emits IS NOT NULL");

  nameCalls(facts);
  facts.calls = play.plan.transport === 'calls' ? callsOf(facts, play) : await executionsOf(play);
  facts.keys = play.plan.transport === 'calls' ? keysHeard(facts) : keysInContexts(facts.calls);
  for (const call of facts.calls) call.phones = phonesOf(facts, call.carried[0].attempt_id);
  return facts;
}

module.exports = { gather };
