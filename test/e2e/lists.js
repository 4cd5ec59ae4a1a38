// What the contractor does to his lists before and while a page runs.
'use strict';
const { test } = require('./harness');
const { sql } = require('./server');
const { PEOPLE } = require('./world');

const [FIRST, SECOND, THIRD] = PEOPLE;
const told = (order, ...lines) =>
  order.until(`the timeline says: ${lines.join(' / ')}`, async () => {
    const said = await order.summaries();
    return lines.every((line) => said.includes(line));
  });
const change = (noc, name, to) =>
  sql(`UPDATE strike.pager_contacts SET ${to} WHERE name = $2 AND region_id IN (SELECT region_id FROM strike.pager_regions WHERE osp_tenant = $1)`, noc.osp, name);
// on duty yesterday or tomorrow, wherever he is: not now
const offDuty = async (noc, name) => {
  await change(noc, name, "time_zone = 'America/Chicago'");
  await sql(
    `INSERT INTO strike.pager_duty (contact_id, weekdays, from_time, to_time)
     SELECT contact_id, ARRAY[(extract(isodow FROM strike.strike_now() AT TIME ZONE 'America/Chicago')::int + 2) % 7 + 1], '00:00', '24:00'
     FROM strike.pager_contacts JOIN strike.pager_regions r USING (region_id) WHERE r.osp_tenant = $1 AND pager_contacts.name = $2`,
    noc.osp, name
  );
};

test('one is set inactive, one taken off the list while the first is called: the last one is called', async (open) => {
  const noc = await open({ byHand: true, regions: [[...PEOPLE, 'P. Novak']] });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  await change(noc, SECOND, 'active = false');
  await sql('DELETE FROM strike.pager_contacts c USING strike.pager_regions r WHERE r.region_id = c.region_id AND r.osp_tenant = $1 AND c.name = $2', noc.osp, THIRD);
  await order.notAnswering(FIRST);
  await order.ringing('P. Novak');
  await order.pressing('P. Novak', 1);
  await order.dispatched('P. Novak');
  await told(order, `${SECOND} not called: set inactive meanwhile`, `${THIRD} not called: taken off the list meanwhile`);
  await order.nobodyElseWasCalled();
});

test('the first is off duty: the second is called at once', async (open) => {
  const noc = await open({ byHand: true });
  await offDuty(noc, FIRST);
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(SECOND);
  await order.pressing(SECOND, 1);
  await order.dispatched(SECOND);
  await told(order, `${FIRST} not called: off duty`);
  await order.nobodyElseWasCalled();
});

test('nobody is on duty: everybody is called all the same', async (open) => {
  const noc = await open({ byHand: true });
  for (const name of PEOPLE) await offDuty(noc, name);
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  await order.notAnswering(FIRST);
  await order.ringing(SECOND);
  await order.pressing(SECOND, 1);
  await order.dispatched(SECOND);
  await told(order, 'nobody on the list is on duty: everybody is called');
  await order.nobodyElseWasCalled();
});

test('nobody is on duty, on a list that leaves people alone then: the NOC knows at once', async (open) => {
  const noc = await open({ byHand: true });
  for (const name of PEOPLE) await offDuty(noc, name);
  await sql('UPDATE strike.pager_regions SET call_off_duty = false WHERE osp_tenant = $1', noc.osp);
  const order = await noc.callsOut();
  await order.tasked();
  await order.cannotPage('nobody on this list is on duty now');
  await order.nobodyElseWasCalled();
});
