// node suite.js CLUSTER SECONDS [SEED…]: a lane: rounds of the seeds named, then fresh ones until the
// time is over.
'use strict';
const crypto = require('crypto');
const { Server } = require('./server');
const { plan } = require('./plan');
const { Play } = require('./play');
const { gather } = require('./facts');
const { judge } = require('./judge');
const { tell } = require('./story');

const [cluster, seconds, ...named] = process.argv.slice(2);
const server = new Server(cluster, process.env);
let failed = 0;

async function round(seed) {
  const began = Date.now();
  const play = new Play(server, plan(seed));
  let facts;
  let broken = [];
  try {
    await play.run();
    facts = await gather(play);
    broken = judge(facts, play.plan.clock.length > 0 || play.plan.disasters.some((one) => one.action === 'pause'));
  } catch (error) {
    broken.push({ order: null, check: String(error.stack || error) });
    facts = await gather(play).catch(() => null);
  }
  const took = ((Date.now() - began) / 1000).toFixed(0);
  if (broken.length === 0) {
    const outcomes = facts.runs.map((run) => run.outcome);
    const count = (outcome) => outcomes.filter((one) => one === outcome).length;
    console.log(`ok - seed ${seed}: ${facts.orders.length} orders, ${count('DISPATCHED')} dispatched, ${count('EXHAUSTED')} exhausted, ${count('FAILED')} failed, ${facts.calls.length} calls by ${play.plan.transport}, ${facts.attempts.filter((one) => one.call_of).length} shared, ${play.plan.faults.length} faults, ${play.plan.disasters.length} disasters, ${play.plan.commands.length} commands, ${play.jumps.length} clock jumps (${took} s)`);
  } else {
    failed++;
    // at once: lanes side by side print to the same place
    const lines = [`not ok - seed ${seed}: ${broken[0].check.split('\n')[0]} (${took} s; again: test/simulation/run 0 ${seed})`];
    for (const { order, check } of broken) lines.push(`# ${order ? `${order.jobId}: ` : ''}${check}`.replace(/\n/g, '\n#   '));
    for (const line of tell(play, facts, broken.map((one) => one.order).filter(Boolean))) lines.push(`#   ${line}`);
    console.log(lines.join('\n'));
  }
  await play.stop();
  if (broken.length > 0) await server.renew();
}

async function main() {
  await server.install();
  const end = Date.now() + Number(seconds) * 1000;
  for (const seed of named.map(Number)) await round(seed);
  while (Date.now() < end) await round(crypto.randomInt(1, 2 ** 31));
  await server.close();
}

main().then(
  () => process.exit(failed === 0 ? 0 : 1),
  (error) => {
    console.log(`not ok - the suite\n${String(error.stack || error).replace(/^/gm, '#   ')}`);
    process.exit(1);
  }
);
