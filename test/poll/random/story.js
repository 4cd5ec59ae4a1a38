// A failed round as people read it: what was done, and what is known of the orders in question.
'use strict';
const { wallOf } = require('./clock');

const clock = (value) => new Date(value).toISOString().slice(11, 23);

function tell(round, facts, orders) {
  const lines = round.done.map((one) => `${clock(one.at)} round     ${one.text}`);
  const told = orders.length > 0 ? orders : facts.orders;
  for (const order of told) {
    for (const event of order.events) {
      const { from, to, project_task_id: id, ...rest } = event.payload;
      if (event.event_type === 'ECOCreatedEvent') continue;
      lines.push(`${clock(wallOf(facts.clock, event.at * 1000))} event     ${order.no} v${event.version} (${event.batch}) ${event.event_type} ${id || ''} ${from || ''} > ${to || ''} ${JSON.stringify(rest)}`);
    }
    for (const entry of facts.journals[order.which]) {
      if (entry.subsector === order.subsector && entry.path.startsWith('/render/tasks')) lines.push(`${clock(entry.at)} work      ${order.no} ${entry.n} ${entry.method} ${entry.path.replace(/.*&/, '')} ${entry.status} ${entry.note || ''}`);
    }
  }
  lines.sort();
  for (const order of told) {
    for (const [k, version] of order.field.versions.entries()) lines.push(`order ${order.no}, version ${k} (${version.after}, ${version.by}]: ${version.tasks.slice(0, 8).map((task) => `${task.id.slice(-6)} ${task.status}${task.hidden ? ' (hidden)' : ''} ${task.assignee || '-'} ${task.crew || '-'}`).join('; ')}`);
  }
  return lines;
}

module.exports = { tell };
