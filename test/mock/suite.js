// suite.js BINARY LABEL [FILE …]: every test file against one mock; ends with a failing status if
// any fails.
'use strict';
const assert = require('assert');
const { test, runTests, Mock, Receiver } = require('./harness');

const [binary, label, ...only] = process.argv.slice(2);
const FILES = ['scenarios', 'flow', 'providers', 'calls', 'telephone', 'trouble', 'callbacks', 'steering', 'journal', 'client'];
let mock;
let receiver;

for (const file of only.length > 0 ? only : FILES) require(`./${file}`)(() => mock, () => receiver, binary);

test('the mock ends cleanly on SIGTERM, with nothing leaked', async () => {
  assert.strictEqual(await mock.stop(), 0);
});

(async () => {
  mock = await Mock.start(binary, '--speed', '100');
  receiver = await Receiver.start();
  const { failed } = await runTests(label);
  receiver.stop();
  process.exit(failed > 0 ? 1 : 0);
})();
