// node soak.js BINARY SECONDS: see soak.
'use strict';
const { Gateway, cluster } = require('./harness');
const { WebSocket, token, SECRET } = require('./websocket');
const { prepare, create, numbered, visible, NOCS, OSPS } = require('./orders');

const [binary, seconds] = process.argv.slice(2);
const readers = [...NOCS.map((tenant) => ({ role: 'strike_operator', tenant })), ...OSPS.map((tenant) => ({ role: 'strike_contractor', tenant }))];
const below = (n) => Math.floor(Math.random() * n);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const end = Date.now() + Number(seconds) * 1000;
let connections = 0;
process.env.JWT_SECRET = SECRET;

async function write() {
  while (Date.now() < end) await create(1 + below(20), 'z'.repeat(below(3) ? 100 : 1900)).catch(() => {});
}

async function restart() {
  for (let i = 0; Date.now() + 25000 < end; i++) {
    await pause(14000);
    await cluster(i % 2 ? 'crash' : 'restart');
    if (i % 2) await cluster('restart');
  }
}

async function client(gateway, reader) {
  const got = [];
  let since = 0;
  while (Date.now() < end) {
    const ws = await WebSocket.open(gateway, { token: token(reader), since });
    connections++;
    const stops = below(4) === 0;
    if (stops) ws.pause();
    await pause(below(10) ? below(1500) : 13000);
    if (stops) {
      ws.resume();
      await pause(50);
    }
    ws.client.socket[below(2) ? 'destroy' : 'resetAndDestroy']();
    got.push(...ws.seqs);
    since = Math.max(since, ws.since);
  }
  return { reader, got, since };
}

(async () => {
  await prepare();
  const gateway = await Gateway.start(binary);
  await gateway.healthy();
  const [results] = await Promise.all([Promise.all(Array.from({ length: 60 }, (_, i) => client(gateway, readers[i % 4]))), write(), restart()]);
  const { head } = await numbered();
  let wrong = 0;
  for (const reader of readers) {
    const all = await visible(reader.tenant);
    for (const { got, since } of results.filter((result) => result.reader === reader)) wrong += JSON.stringify(got) !== JSON.stringify(all.filter((seq) => seq <= since));
  }
  console.log((await gateway.request('GET', '/metrics')).text.split('\n').filter((line) => /^strike_gateway_(websockets_closed|feed_queries|feed_messages).* [1-9]/.test(line)).join('\n'));
  const { status } = await gateway.stop();
  const clean = status === 0 && !/Sanitizer|runtime error/.test(gateway.log);
  console.log(`${connections} connections, ${head} events: ${wrong} clients of 60 got something else; the gateway ended ${clean ? 'cleanly' : `with ${status}\n${gateway.log}`}`);
  process.exit(wrong === 0 && clean ? 0 : 1);
})();
