// node suite.js [WORDS]: all tests, or those whose name contains the words.
'use strict';
const server = require('./server');
const { World } = require('./world');
const { stopMocks } = require('./mock');
const { group, runAll, attempt, counts, until } = require('./harness');

const SETTINGS = {
  'strike.pager_deadline': '10s',
  'strike.twilio_timeout': '4s',
  'strike.render_timeout': '10s',
  'strike.render_give_up': '20s',
  'strike.poll_interval': '1h', // field work is not followed here
};
const worlds = [];

// A test gets a way to open worlds; at its end each order of theirs is looked at once more.
async function around(body) {
  const mine = [];
  const open = async (options) => {
    const world = await World.open(options);
    worlds.push(world);
    mine.push(world);
    return world;
  };
  await body(open);
  for (const world of mine) {
    for (const order of world.orders) if (!order.verified) await order.nobodyElseWasCalled();
    await world.nothingElseHappened();
    world.passed = true;
  }
}

async function main() {
  await server.gateway.start();
  await server.install({ ...SETTINGS, 'strike.public_url': server.gateway.url });
  group('at once');
  require('./scenarios');
  require('./reports');
  require('./providers');
  require('./interventions');
  require('./calls');
  require('./lists');
  require('./test_call');
  require('./storm');
  require('./outage');
  require('./crashes');
  await runAll(around, process.argv[2]);

  await server.reload({ 'strike.pager_rounds': '2', 'strike.pager_round_pause': '1s' });
  group('two rounds');
  require('./rounds');
  await runAll(around, process.argv[2]);
  await server.reload({ 'strike.pager_rounds': '1', 'strike.pager_deadline': '5min' });
  group('with time');
  require('./waiting');
  require('./forged');
  await runAll(around, process.argv[2]);
  await server.reload({ 'strike.pager_deadline': SETTINGS['strike.pager_deadline'] });

  // the sweep is out of reach: each question and each deadline wakes the worker by itself
  await server.reload({ 'strike.public_url': '', 'strike.pager_interval': '1min' });
  group('without webhooks');
  require('./silent');
  await runAll(around, process.argv[2]);
  await server.reload({ 'strike.public_url': server.gateway.url, 'strike.pager_interval': '5s' });

  // Long after: nobody was called late.
  const passed = worlds.filter((world) => world.passed);
  await attempt('nothing was asked or called after a test had ended', async () => {
    for (const world of passed) await world.nothingElseHappened();
  });
  await attempt('the server is well: no page is overdue, no delivery parked, no request in trouble', async () => {
    const bad = await server.sql("SELECT check_name, value, detail FROM strike.strike_health() WHERE NOT ok");
    if (bad.length > 0) throw new Error(JSON.stringify(bad));
  });
  require('./field_work'); // last: it turns the clock to a virtual one, and old orders are looked at
  require('./lifetime');
  await runAll(around, process.argv[2]);
  await attempt('the outbox is empty, and the chains hold', async () => {
    await until('the outbox is empty', async () => (await server.sql('SELECT * FROM strike.outbox')).length === 0);
    const problems = await server.sql('SELECT * FROM strike.strike_verify_events()');
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
  });
  await attempt('no process died but those that were killed, and the log holds no error', async () => {
    const killed = server.killed();
    const died = server.log().filter((one) => /was terminated by signal|PANIC|TRAP/.test(one));
    const mine = died.filter((one) => killed.some((pid) => one.includes(`(PID ${pid}) was terminated by signal 9`)));
    if (died.length !== mine.length) throw new Error(died.join('\n'));
    // what operators were refused is told to them, and stands in the log
    const said = server.log().filter((one) => /\b(ERROR|WARNING): /.test(one) && !/the order is (canceled|closed|done, under observation)|a page is running|a test call is running|too many test calls|due to statement timeout/.test(one));
    if (said.length > 0) throw new Error(said.join('\n'));
  });
  await server.gateway.stop();
  await server.close();
}

process.on('exit', () => {
  stopMocks();
  if (server.gateway.process) server.gateway.process.kill('SIGKILL');
});
main().then(
  () => process.exit(counts().failed === 0 && counts().passed > 0 ? 0 : 1),
  (error) => {
    console.log(`not ok - the suite\n${String(error.stack || error).replace(/^/gm, '#   ')}`);
    process.exit(1);
  }
);
