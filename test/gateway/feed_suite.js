// node feed_suite.js BINARY LABEL: the live feed and the pages, against the real extension.
'use strict';
const path = require('path');
const { runTests, Gateway } = require('./harness');
const { SECRET } = require('./websocket');
const { prepare } = require('./orders');

const [binary, label, ...parts] = process.argv.slice(2);
process.env.JWT_SECRET = SECRET;

(async () => {
  await prepare();
  const shared = { web: path.join(__dirname, '.build', `web-${label}`) };
  const chosen = parts.length > 0 ? parts : ['pages', 'tokens', 'feed', 'sockets', 'failover'];
  if (chosen.includes('pages')) require('./pages').prepare(shared.web);
  shared.gateway = await Gateway.start(binary, ...(chosen.includes('pages') ? ['--web', shared.web, '--rest-url', 'https://rest.example:444/api', '--tile-url', 'https://{s}.tiles.example/{z}/{x}/{y}.png'] : []));
  await shared.gateway.healthy();
  // sockets' slow clients begin now and are looked at last
  for (const part of chosen) await (require(`./${part}`).tests || require(`./${part}`))(shared, binary);
  const { failed } = await runTests(label);
  const end = await shared.gateway.stop();
  if (end.status !== 0 || /Sanitizer|runtime error|libwebsockets/.test(shared.gateway.log)) {
    console.log(`not ok - ${label}: the gateway ends cleanly\n${shared.gateway.log}`);
    process.exit(1);
  }
  console.log(`ok - ${label}: the gateway ends cleanly`);
  process.exit(failed === 0 ? 0 : 1);
})();
