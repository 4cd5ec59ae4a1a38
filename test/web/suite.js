// The pages as people use them.  Each test has its own page and its own contractor; all share one
// server.  Tests of a group run side by side, a few at a time.
'use strict';
const services = require('./services');
const browser = require('./browser');
const orders = require('./orders');
const { runAll, counts, group } = require('../e2e/harness');
const { stopMocks } = require('../e2e/mock');
const server = require('../e2e/server');

const AT_ONCE = 6; // tests, each with its page: what two cores carry
let running = 0;
const queue = [];

async function inTurn(body) {
  if (running === AT_ONCE) await new Promise((resolve) => queue.push(resolve));
  else running++;
  try {
    await body();
  } finally {
    if (queue.length > 0) queue.shift()();
    else running--;
  }
}

async function main() {
  const stand = await services.start();
  orders.use(stand.mock, stand.slow);
  await browser.open();
  const only = process.argv[2];
  for (const files of [['./callout', './board'], ['./one_order', './pages'], ['./loss']]) {
    group(files.map((one) => one.slice(2)).join(' and '));
    for (const file of files) require(file)({ ...stand, group });
    await runAll(inTurn, only);
    await browser.pictures();
  }
  await browser.close();
}

main()
  .catch((error) => console.log(`not ok - the suite\n${String(error.stack).replace(/^/gm, '#   ')}`))
  .then(async () => {
    stopMocks();
    await Promise.all([services.gateway, services.rest].filter((one) => one.process).map((one) => one.stop()));
    await server.close();
    process.exit(counts().failed === 0 && counts().passed > 0 ? 0 : 1);
  });
