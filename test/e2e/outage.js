// The gateway is away, Strike is paused: for all orders at once, so by themselves.
'use strict';
const assert = require('assert');
const { group, test, until } = require('./harness');
const { sql, value, gateway, reload } = require('./server');
const { PEOPLE } = require('./world');

const [FIRST] = PEOPLE;

group('the gateway is away');
test('the gateway is away while the key is pressed: the yes is found by asking or by a repeat, nobody else is called', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  await gateway.stop();
  await order.presses(FIRST, 1);
  const missed = `${FIRST} ACCEPTED (no connection)`;
  await order.hears(missed);
  await noc.mock.control('advance', { seconds: 60 }); // the flow's second and third report
  await order.hears(missed, 2);
  await noc.mock.control('advance', { seconds: 60 });
  await order.hears(missed, 3);
  await noc.mock.control('advance', { seconds: 60 }); // "not recorded, please call the NOC"
  order.mayHear(missed, `${FIRST} ACCEPTED 200`);
  await gateway.start(gateway.port());
  order.announce(`ask ${FIRST} 200`, `context ${FIRST} 200`);
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});

group('the gateway is back before the repeat');
test('the gateway is back before the repeat of a report: the yes counts at once', async (open) => {
  const noc = await open({ byHand: true });
  const order = await noc.callsOut();
  await order.tasked();
  await order.ringing(FIRST);
  await gateway.stop();
  await order.presses(FIRST, 1);
  order.mayHear(`${FIRST} ACCEPTED (no connection)`);
  await order.hears(`${FIRST} ACCEPTED (no connection)`);
  await gateway.start(gateway.port());
  order.announce(`${FIRST} ACCEPTED 200`);
  await noc.mock.control('advance', { seconds: 1 });
  await order.dispatched(FIRST);
  await order.nobodyElseWasCalled();
});

group('paused');
test('strike.enabled off: nothing is asked of anybody; on: it all happens', async (open) => {
  const noc = await open({ byHand: true });
  const ringing = await noc.callsOut('on the telephone');
  await ringing.tasked();
  await ringing.ringing(FIRST);
  await reload({ 'strike.enabled': 'off' });
  await until('both workers have noticed', async () =>
    Number(await value("SELECT count(*) FROM strike.workers WHERE worker IN ('render', 'pager') AND note LIKE 'paused%'")) === 2);
  const order = await noc.callsOut('while paused');
  await order.until('it waits', async () => (await order.render()).status === 'DUE');
  // a report that comes meanwhile is taken
  await ringing.pressing(FIRST, 2);
  await until('all of it has been delivered', async () => (await sql('SELECT * FROM strike.outbox')).length === 0);
  assert.strictEqual((await ringing.attempts()).length, 1, 'nobody is called while paused');
  assert.strictEqual((await noc.heard()).get(order.subsector), undefined);
  const live = await value("SELECT ok FROM strike.strike_health() WHERE check_name = 'live_host'");
  assert.strictEqual(live, false, 'and it says so');
  await reload({ 'strike.enabled': 'on' });
  const [, second] = PEOPLE;
  await ringing.ringing(second);
  await ringing.pressing(second, 1);
  await ringing.dispatched(second);
  await order.tasked();
  await order.ringing(FIRST);
  await order.pressing(FIRST, 1);
  await order.dispatched(FIRST);
});
