// Serves the pages and their live feed as the gateway does, until the gateway itself does.
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');
const { Client } = require('pg');
const { WebSocketServer } = require('ws');

const web = path.join(__dirname, '..', '..', 'web');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.txt': 'text/plain' };
let server = null;
let sockets = null;
let listener = null;

const connection = () => ({ host: process.env.PGHOST, port: process.env.PGPORT, user: process.env.PGUSER, database: 'strike' });
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());

async function start({ port, restUrl }) {
  server = http.createServer((request, response) => {
    const name = new URL(request.url, 'http://x').pathname;
    response.setHeader('Content-Security-Policy', `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ${restUrl} ws://127.0.0.1:${port}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`);
    if (name === '/config.json') {
      response.setHeader('Content-Type', 'application/json');
      return response.end(JSON.stringify({ restUrl, tileUrl: null, version: '0.1' }));
    }
    const file = name === '/' ? '/index.html' : name === '/wall' ? '/wall.html' : name;
    const full = path.join(web, path.normalize(file));
    if (!full.startsWith(web) || !fs.existsSync(full) || !fs.statSync(full).isFile()) {
      response.statusCode = 404;
      return response.end();
    }
    response.setHeader('Content-Type', TYPES[path.extname(full)] || 'application/octet-stream');
    return response.end(fs.readFileSync(full));
  });
  sockets = new WebSocketServer({ server, path: '/ws' });
  listener = new Client(connection());
  await listener.connect();
  await listener.query('LISTEN strike_feed');
  const clients = new Set();
  sockets.on('connection', (socket) => {
    socket.once('message', async (data) => {
      const { token, since } = JSON.parse(data);
      const [{ head }] = (await listener.query('SELECT coalesce(max(seq), 0)::int AS head FROM strike.feed')).rows;
      clients.add({ socket, claims: claimsOf(token), since: since ?? head });
      send();
    });
    socket.on('close', () => {
      for (const one of clients) if (one.socket === socket) clients.delete(one);
    });
  });
  const send = async () => {
    for (const one of clients) {
      const { rows } = await listener.query(
        `SELECT f.seq::int, e.event_type AS type, to_json(n) AS eco FROM strike.feed f
         JOIN strike.events e USING (stream_id, version)
         JOIN strike.noc_ecos n ON n.eco_id = coalesce((e.payload->>'eco_id')::uuid, e.stream_id)
         WHERE f.seq > $1 AND $2 IN (n.noc_tenant, n.osp_tenant) ORDER BY f.seq`, [one.since, one.claims.tenant]);
      for (const row of rows) {
        if (row.seq <= one.since) continue;
        one.since = row.seq;
        one.socket.send(JSON.stringify(row));
      }
    }
  };
  let busy = Promise.resolve();
  listener.on('notification', () => (busy = busy.then(send)));
  server.listen(port, '127.0.0.1');
}

async function stop() {
  for (const one of sockets.clients) one.terminate();
  server.close();
  server.closeAllConnections();
  await listener.end();
}

module.exports = { start, stop };
