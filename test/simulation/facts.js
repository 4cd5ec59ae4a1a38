// All that is known when a round is over: from the server, and from the mock, who judges.
'use strict';

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

  // The executions as the provider knows them, with the key that was pressed.
  const headers = { authorization: `Basic ${Buffer.from(`${play.account}:${play.token}`).toString('base64')}` };
  facts.executions = [];
  for (let page = 0; ; page++) {
    const { executions, meta } = await mock.get(`/twilio/v2/Flows/${play.flow}/Executions?PageSize=100&Page=${page}`, headers);
    for (const one of executions) {
      const { context } = await mock.get(`/twilio/v2/Flows/${play.flow}/Executions/${one.sid}/Context`, headers);
      const ask = context.widgets.ask || {};
      facts.executions.unshift({ sid: one.sid, to: one.contact_channel_address, status: one.status, attempt_id: context.flow.data.attempt_id, eco_id: context.flow.data.eco_id, digit: ask.Digits || '' });
    }
    if (!meta.next_page_url) break;
  }
  return facts;
}

module.exports = { gather };
