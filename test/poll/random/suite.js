// node suite.js CLUSTER SECONDS [SEED…]: rounds of the seeds named; without any, of a fixed set and
// then of fresh ones until the time is over.
'use strict';
const crypto = require('crypto');
const { Server } = require('../../simulation/server');
const { Round, POINTS } = require('./round');
const { judge } = require('./judge');
const { tell } = require('./story');

const FIXED = [3, 4, 8, 10, 12, 14]; // they come to each fault point
const ROUNDS_MORE = 6;
const [cluster, seconds, ...named] = process.argv.slice(2);
const server = new Server(cluster, process.env);
let failed = 0;
const reached = new Set(); // fault points, by what they did

async function play(seed, fault) {
  const began = Date.now();
  const round = new Round(server, seed, fault);
  let broken = [];
  let facts = null;
  try {
    await round.run();
    facts = await round.facts();
    broken = judge(facts);
  } catch (error) {
    facts = await round.facts().catch(() => null);
    if (facts) broken = judge(facts);
    if (broken.length === 0) broken.push({ order: null, check: String(error.stack || error) });
  }
  const took = ((Date.now() - began) / 1000).toFixed(0);
  if (broken.length === 0) {
    const looks = facts.orders.reduce((sum, order) => sum + order.looks.length, 0);
    const { changes, faults, crashes, checkpoints } = round.counts;
    for (const one of round.counts.reached) reached.add(one);
    console.log(`ok - seed ${seed}: ${facts.orders.length} orders, ${looks} looks, ${changes} changes, ${facts.told} events, ${faults} faults, ${crashes} crashes, ${checkpoints} comparisons, ${facts.closed} closed (${took} s)`);
  } else {
    failed++;
    const lines = [`not ok - seed ${seed}: ${broken[0].check.split('\n')[0]} (${took} s; ${fault ? `sent to ${fault.join(': ')}` : `again: POLL_SEED=${seed} test/poll/run 06_random`})`];
    for (const { order, check } of broken) lines.push(`# ${order ? `${order.jobId}: ` : ''}${check}`.replace(/\n/g, '\n#   '));
    if (facts) for (const line of tell(round, facts, broken.map((one) => one.order).filter(Boolean))) lines.push(`#   ${line}`);
    console.log(lines.join('\n'));
  }
  await round.stop();
  if (broken.length > 0) await server.renew();
}

// Has a round come to that fault point?  If none has, which is chance, some are sent there.
async function come(point, action) {
  for (let i = 0; i < ROUNDS_MORE && !reached.has(`${point}:${action}`); i++) await play(crypto.randomInt(1, 2 ** 31), [point, action]);
  return reached.has(`${point}:${action}`);
}

async function main() {
  await server.install();
  const end = Date.now() + Number(seconds) * 1000;
  for (const seed of named.length > 0 ? named.map(Number) : FIXED) await play(seed);
  // one at least, and no more than fit
  let longest = 0;
  while (named.length === 0) {
    const began = Date.now();
    await play(crypto.randomInt(1, 2 ** 31));
    longest = Math.max(longest, Date.now() - began);
    if (Date.now() + longest > end) break;
  }
  for (const point of named.length > 0 ? [] : POINTS) {
    for (const action of ['crash', 'error', 'pause']) {
      const there = await come(point, action);
      if (!there) failed++;
      console.log(`${there ? 'ok' : 'not ok'} - fault point ${point} was reached: ${action}`);
    }
  }
  await server.close();
}

main().then(
  () => process.exit(failed === 0 ? 0 : 1),
  (error) => {
    console.log(`not ok - the suite\n${String(error.stack || error).replace(/^/gm, '#   ')}`);
    process.exit(1);
  }
);
