// A failed round as people read it: what was done, and all that is known of the orders.
'use strict';

// in the server's time
const wall = (value) => new Date(value).toISOString().slice(11, 23);

function ofJournal(entry, nameOf, clock) {
  const form = new URLSearchParams(entry.body.startsWith('{') ? '' : entry.body);
  const who = entry.attempt_id ? ` ${nameOf(entry.attempt_id)} ${entry.attempt_id.slice(0, 8)}` : '';
  const what = entry.direction === 'callback' ? `report ${form.get('Event') || `${entry.path.split('/')[2]} ${form.get('CallStatus')}`} ${form.get('Digits') || ''}` : `${entry.method} ${entry.path.replace(/\/twilio\/(v2\/Flows\/FW[0-9a-f]{32}|2010-04-01\/Accounts\/AC[0-9a-f]{32})/, '').slice(0, 120)} ${form.get('Status') || ''}`;
  return `${clock(entry.at)} provider  ${what}${who} ${entry.status}${entry.note ? ` (${entry.note})` : ''}`;
}

function ofEvent(event, nameOf) {
  const p = event.payload;
  const words = [p.from && `${p.from} >`, p.to, p.state, p.outcome, p.attempt_id && `${nameOf(p.attempt_id)} ${p.attempt_id.slice(0, 8)}`, p.reason, p.error].filter(Boolean).join(' ');
  return `${wall(event.occurred_at)} event     ${event.event_type} v${event.version} ${words}`;
}

function tell(play, facts, orders) {
  const clock = (at) => wall(play.serverTimes(at).most);
  const lines = play.done.map((one) => `${clock(one.at)} round     ${one.text}`);
  if (facts) {
    const contact = new Map(facts.contacts.map((one) => [one.contact_ref, one.name]));
    const attempts = new Map(facts.attempts.map((one) => [one.attempt_id, contact.get(one.contact_ref)]));
    const nameOf = (id) => attempts.get(id) || 'somebody';
    const told = orders.length > 0 ? orders : facts.orders;
    const mine = (eco) => told.some((order) => order.ecoId === eco);
    const runs = facts.runs.filter((run) => mine(run.eco_id));
    for (const event of facts.events) if (mine(event.stream_id) || runs.some((run) => run.run_id === event.stream_id)) lines.push(ofEvent(event, nameOf));
    for (const entry of facts.journal) if (!entry.subsector || told.some((order) => order.subsector === entry.subsector)) lines.push(ofJournal(entry, nameOf, clock));
    lines.sort();
    for (const one of facts.attempts.filter((attempt) => mine(attempt.eco_id))) lines.push(`attempt ${nameOf(one.attempt_id)} ${JSON.stringify(one)}`);
    for (const one of runs) lines.push(`page ${JSON.stringify(one)}`);
    for (const one of facts.calls.filter((call) => call.carried.some((order) => mine(order.eco_id)))) lines.push(`call ${JSON.stringify(one)}`);
    for (const one of facts.views.filter((view) => mine(view.eco_id))) lines.push(`view ${JSON.stringify({ ...one, location: undefined, state: undefined })}`);
  }
  return lines;
}

module.exports = { tell };
