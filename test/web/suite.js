// The pages as people use them.  Each test has its own page and its own contractor; all share one
// server.  Tests of a group run side by side.
'use strict';
const services = require('./services');
const browser = require('./browser');
const orders = require('./orders');
const { runAll, counts, group } = require('../e2e/harness');
const { stopMocks } = require('../e2e/mock');
const server = require('../e2e/server');

async function main() {
  const stand = await services.start();
  orders.use(stand.mock);
  await browser.open();
  const only = process.argv[2];
  for (const file of ['./callout', './board', './one_order', './pages', './loss']) {
    require(file)({ ...stand, group });
    await runAll((body) => body(), only);
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
