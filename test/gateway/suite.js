// node suite.js BINARY LABEL: every test against this build of the gateway.
'use strict';
const { runTests, Gateway, sql } = require('./harness');

const [binary, label] = process.argv.slice(2);

(async () => {
  await sql('TRUNCATE strike.seen');
  const gateway = await Gateway.start(binary);
  await gateway.healthy();
  // slow's clients begin now, on a gateway of their own, and are looked at later
  for (const part of ['webhooks', 'requests', 'slow', 'database', 'life']) await require(`./${part}`)(gateway, binary);
  const { failed } = await runTests(label);
  process.exit(failed === 0 ? 0 : 1);
})();
