// node suite.js [WORDS]: all tests, or those whose name contains the words.
'use strict';
const stack = require('./stack');
const { select, counts } = require('./harness');

async function main() {
  select(process.argv[2]);
  await stack.open();
  for (const part of ['./openapi', './commands', './reassign', './reading', './rebuild', './test_calls', './tenants', './identity', './manual']) await require(part)();
  await stack.close();
}

main().then(
  () => process.exit(counts().failed === 0 && counts().passed > 0 ? 0 : 1),
  (error) => {
    console.log(`not ok - the suite\n${String(error.stack || error).replace(/^/gm, '#   ')}`);
    process.exit(1);
  }
);
