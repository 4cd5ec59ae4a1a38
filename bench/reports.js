// node bench/reports.js GATEWAY FILE RATE: posts signed reports (a line each: path, body, signature) over 64
// connections, RATE a second, or as fast as they are answered (0).
// Prints: reports a second, p50 and p99 in ms (from the moment each was due), how many weren't answered 2xx.
'use strict';
const fs = require('fs');
const http = require('http');

const [gateway, file, rateText] = process.argv.slice(2);
const { hostname, port } = new URL(gateway);
const rate = Number(rateText);
const reports = fs.readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => line.split('\t'));
const CONNECTIONS = 64;
const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const took = [];
let refused = 0;

function post([path, body, signature]) {
  return new Promise((resolve) => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body), 'X-Twilio-Signature': signature };
    const request = http.request({ hostname, port, path, method: 'POST', agent, headers }, (answer) => {
      if (answer.statusCode < 200 || answer.statusCode > 299) refused++;
      answer.resume();
      answer.on('end', resolve);
    });
    request.on('error', () => { refused++; resolve(); });
    request.end(body);
  });
}

async function main() {
  const began = performance.now();
  let next = 0;
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    while (next < reports.length) {
      const i = next++;
      const due = rate > 0 ? began + (i * 1000) / rate : performance.now();
      const early = due - performance.now();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      await post(reports[i]);
      took.push(performance.now() - due);
    }
  }));
  const seconds = (performance.now() - began) / 1000;
  took.sort((a, b) => a - b);
  const at = (part) => took[Math.min(took.length - 1, Math.floor(took.length * part))].toFixed(1);
  console.log(`${(reports.length / seconds).toFixed(0)} ${at(0.5)} ${at(0.99)} ${refused}`);
  agent.destroy();
}

main();
