// node seeds.js DIR: what the fuzzers begin with.
'use strict';
const fs = require('fs');
const path = require('path');
const { token, frame: masked, handshake } = require('../websocket');

const dir = process.argv[2];
// the same bytes each time
const frame = (payload, options) => masked(payload, { mask: Buffer.from('mask'), ...options });
const put = (name, bytes) => {
  fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
  fs.writeFileSync(path.join(dir, name), bytes);
};
put('http/get', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
put('http/post', 'POST /twilio/x?a=%2F HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=1&b=2GET ');
put('http/chunks', 'POST /twilio/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n3;a="b"\r\na=1\r\n4\r\n&b=2\r\n0\r\nX-Trailer: 1\r\n\r\n');
put('http/absolute', 'GET http://strike.test:80/a?b HTTP/1.0\r\nConnection: keep-alive, x\r\n\r\n');
put('http/handshake', handshake({ Origin: 'https://noc.example', 'X-Forwarded-For': '203.0.113.9, ::1' }));
// good for ever, so that a run depends on its number alone
const good = token({ exp: undefined });
put('websocket/hello', frame(JSON.stringify({ token: good, since: 5 })));
put('websocket/bare', JSON.stringify({ token: good, since: null }));
put('websocket/parts', Buffer.concat([frame('{"token":', { final: false }), frame('x', { opcode: 9 }), frame(`"${good}"}`, { opcode: 0 })]));
put('websocket/close', frame(Buffer.from([3, 0xe8, 0x62]), { opcode: 8 }));
put('websocket/long', frame('x'.repeat(8192)));
put('websocket/claims', JSON.stringify({ token: token({ exp: 1, nbf: 5, aud: ['a'] }), since: 1 }));
