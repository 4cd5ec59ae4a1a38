// WebSockets as such: handshake, frames, limits, those who are slow.
'use strict';
const assert = require('assert');
const { test, until, Gateway } = require('./harness');
const { WebSocket, token, frame, handshake } = require('./websocket');
const { create, numbered, visible } = require('./orders');

// Begins slow things now; they are looked at when their turn comes.
function slowOnes(gateway) {
  const silent = WebSocket.open(gateway, null);
  const dripping = WebSocket.open(gateway, null).then((ws) => {
    const bytes = frame(JSON.stringify({ token: token() }));
    let i = 0;
    const timer = setInterval(() => (ws.closed || ws.code !== null ? clearInterval(timer) : ws.raw(bytes.subarray(i, ++i))), 300);
    return ws;
  });
  const deaf = WebSocket.open(gateway).then((ws) => Object.assign(ws, { deaf: true }));
  return { silent, dripping, deaf };
}

module.exports = ({ gateway }, binary) => {
  const slow = slowOnes(gateway);
  const metric = async (name, of = gateway) => Number(new RegExp(`${name} ([0-9.]+)`).exec((await of.request('GET', '/metrics')).text)[1]);

  test('what is no handshake is refused', async () => {
    const cases = [[{ Upgrade: null }, 426], [{ Upgrade: 'h2c' }, 426], [{ Connection: 'keep-alive' }, 426], [{ 'Sec-WebSocket-Version': '8' }, 426], [{ 'Sec-WebSocket-Version': null }, 426],
      [{ 'Sec-WebSocket-Key': null }, 400], [{ 'Sec-WebSocket-Key': 'short' }, 400], [{ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ=!' }, 400], [{ 'Content-Length': '1' }, 400]];
    for (const [headers, status] of cases) {
      const ws = gateway.raw(`${handshake(headers)}x`);
      assert.strictEqual((await ws)[0].status, status, JSON.stringify(headers));
    }
    assert.strictEqual((await WebSocket.open(gateway, null, { Upgrade: null })).answer.headers['sec-websocket-version'], '13');
    assert.strictEqual((await gateway.raw(handshake().replace('GET', 'POST')))[0].status, 405);
    assert.strictEqual((await gateway.raw(handshake().replace('HTTP/1.1', 'HTTP/1.0')))[0].status, 426);
    const good = await WebSocket.open(gateway, {}, { Connection: 'keep-alive, Upgrade', Upgrade: 'WebSocket', 'Sec-WebSocket-Protocol': 'x', 'Sec-WebSocket-Extensions': 'permessage-deflate' });
    await until('in', () => good.now !== null);
    assert.doesNotMatch(good.head, /sec-websocket-(protocol|extensions)/i);
    good.leave();
  });

  test('Origin: the host that is asked, or those that are set; nobody else\'s pages', async () => {
    const status = async (origin, of = gateway) => { const ws = await WebSocket.open(of, null, { Origin: origin }); ws.leave(); return ws.status; };
    for (const origin of ['http://gateway.test', 'https://gateway.test', 'HTTP://GATEWAY.TEST']) assert.strictEqual(await status(origin), 101, origin);
    for (const origin of ['http://evil.test', 'null', '', 'http://gateway.test.evil.test', 'http://gateway.test:81', 'file://gateway.test', 'gateway.test', 'http://gateway.test/']) assert.strictEqual(await status(origin), 403, origin);
    const strict = await Gateway.start(binary, '--origin', 'https://noc.example', '--origin', 'http://localhost:5173/');
    assert.deepStrictEqual([await status('https://noc.example', strict), await status('http://localhost:5173', strict), await status('http://gateway.test', strict), await status('http://noc.example', strict)], [101, 101, 403, 403]);
    await strict.stop();
  });

  test('bad first messages are refused with the reason', async () => {
    const cases = { '': 1008, x: 1008, '[]': 1008, '{}': 1008, null: 1008, '{"token":5}': 1008, '{"token":""}': 1008, '{"token":"x","token":"y"}': 1008, '{"since":1}': 1008, '{"token":"x"': 1008 };
    for (const since of ['"1"', '-1', '1.5', 'true', '{}', '1e3', '99999999999999999999', '9007199254740993']) cases[`{"token":"${token()}","since":${since}}`] = 1008;
    for (const [text, code] of Object.entries(cases)) {
      const ws = await WebSocket.open(gateway, null);
      ws.say(text);
      assert.deepStrictEqual([text, await ws.closes()], [text, code]);
      assert.ok(ws.reason.length > 0);
    }
  });

  test('frames that the standard forbids end the socket', async () => {
    const hello = JSON.stringify({ token: token() });
    const cases = {
      unmasked: [frame(hello, { masked: false }), 1002], 'a reserved bit': [frame(hello, { reserved: 0x40 }), 1002], 'a reserved opcode': [frame(hello, { opcode: 3 }), 1002], 'a reserved control': [frame('', { opcode: 11 }), 1002],
      binary: [frame(hello, { opcode: 2 }), 1003], 'a continuation of nothing': [frame(hello, { opcode: 0 }), 1002], 'a fragmented ping': [frame('', { opcode: 9, final: false }), 1002],
      'a long ping': [frame('x'.repeat(126), { opcode: 9 }), 1002], 'not UTF-8': [frame(Buffer.from([0xff, 0xfe])), 1007], 'a NUL': [frame(Buffer.from([0x7b, 0])), 1007],
      'over 8 kB': [frame('x'.repeat(8193)), 1009], 'over 8 kB promised': [frame('', { length: 1 << 20 }), 1009], '4 GB promised': [frame('', { length: 0xffffffff }), 1009],
      'over 8 kB in parts': [Buffer.concat([frame('x'.repeat(8000), { final: false }), frame('x'.repeat(8000), { opcode: 0 })]), 1009],
      'text amid text': [Buffer.concat([frame('{', { final: false }), frame('}')]), 1002], 'a length in too many bytes': [Buffer.from([0x81, 0xfe, 0, 5, 1, 2, 3, 4]), 1002],
      'a length of 2^63': [Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]), 1002], 'a close code of one byte': [frame('x', { opcode: 8 }), 1002], 'close 1005': [frame(Buffer.from([3, 0xed]), { opcode: 8 }), 1002],
      'close 999': [frame(Buffer.from([3, 0xe7]), { opcode: 8 }), 1002],
    };
    for (const [name, [bytes, code]] of Object.entries(cases)) {
      const ws = await WebSocket.open(gateway, null);
      ws.raw(bytes);
      assert.deepStrictEqual([name, await ws.closes()], [name, code]);
    }
  });

  test('a message in parts, byte by byte, with a ping in between, is understood; pings are answered', async () => {
    const hello = JSON.stringify({ token: token(), since: 0 });
    const ws = await WebSocket.open(gateway, null);
    const bytes = Buffer.concat([frame(hello.slice(0, 50), { final: false }), frame('are you there', { opcode: 9 }), frame('', { opcode: 0, final: false }), frame(hello.slice(50), { opcode: 0 })]);
    for (const byte of bytes) ws.raw(Buffer.from([byte]));
    await until('the feed', () => ws.now !== null && ws.frames.some((f) => f.first === 0x8a));
    assert.deepStrictEqual(ws.frames.find((f) => f.first === 0x8a).payload.toString(), 'are you there');
    assert.ok(ws.frames.every((f) => f.masked === 0));
    ws.raw(frame(Buffer.from([0x0f, 0xa0, 0x62]), { opcode: 8 }));
    assert.strictEqual(await ws.closes(), 4000);
  });

  test('bytes right behind the handshake are not lost', async () => {
    const ws = await WebSocket.open(gateway, null, { 'X-Filler': 'x'.repeat(3000) });
    ws.leave();
    const client = gateway.connect();
    client.socket.write(Buffer.concat([Buffer.from(handshake()), frame(JSON.stringify({ token: token() }))]));
    await until('now', () => client.bytes.includes('{"now":'));
    client.socket.destroy();
  });

  test('at most --sockets, at most --per-address, a proxy\'s clients by their own addresses', async () => {
    const small = await Gateway.start(binary, '--sockets', '3', '--proxy', 'none');
    const open = await Promise.all([1, 2, 3].map(() => WebSocket.open(small)));
    assert.deepStrictEqual(open.map((ws) => ws.status), [101, 101, 101]);
    assert.strictEqual((await WebSocket.open(small)).status, 503);
    open[0].leave();
    await until('there is room again', async () => (await WebSocket.open(small)).status === 101);
    await small.stop();

    const fair = await Gateway.start(binary, '--per-address', '4');
    const from = async (address) => (await WebSocket.open(fair, {}, { 'X-Forwarded-For': address })).status;
    const each = [];
    for (let i = 0; i < 5; i++) each.push(await from('203.0.113.9, 198.51.100.7'), await from(`2001:db8::${i}`), await from('192.0.2.1'));
    assert.deepStrictEqual(each, [...Array(12).fill(101), 429, 429, 429]);
    assert.strictEqual(await from('198.51.100.8'), 101);
    assert.strictEqual((await WebSocket.open(fair)).status, 101);
    await fair.stop();

    const strict = await Gateway.start(binary, '--per-address', '4', '--proxy', 'none');
    const idle = [1, 2, 3].map(() => strict.connect());
    await until('all are counted', async () => (await metric('http_connections', strict)) === 4);
    const own = await WebSocket.open(strict, {}, { 'X-Forwarded-For': '192.0.2.77' });
    assert.deepStrictEqual([own.status, idle.some((client) => client.closed)], [101, false]);
    assert.strictEqual((await strict.request('GET', '/healthz')).status, 200);
    await until('of its own the one that waits longest gives way', () => idle.some((client) => client.closed));
    idle.forEach(({ socket }) => socket.destroy());
    await strict.stop();
  });

  test('hundreds without a token keep nobody out', async () => {
    const before = await metric('closed_total\\{reason="no_token"\\}');
    const idle = [];
    for (let i = 0; i < 560; i += 40) idle.push(...await Promise.all(Array.from({ length: 40 }, () => WebSocket.open(gateway, null))));
    assert.ok(idle.every((ws) => ws.status === 101));
    const ws = await WebSocket.open(gateway);
    await until('in', () => ws.now !== null);
    assert.ok(await metric('closed_total\\{reason="no_token"\\}') > before);
    assert.strictEqual(await idle[0].closes(), 1008);
    for (const each of [ws, ...idle]) each.leave();
  });

  test('garbage in any state ends that socket and nothing else', async () => {
    let state = 7;
    const draw = (below) => { state = (state * 48271) % 2147483647; return state % below; };
    const hello = frame(JSON.stringify({ token: token(), since: 0 }));
    const good = await WebSocket.open(gateway);
    const ends = await Promise.all(Array.from({ length: 300 }, async () => {
      const bytes = Buffer.concat([Buffer.from(handshake()), hello, frame('x', { opcode: 9 }), hello, frame(Buffer.from([3, 232]), { opcode: 8 })]);
      for (let n = draw(8); n > 0; n--) bytes[draw(bytes.length)] = draw(256);
      const client = gateway.connect();
      client.socket.write(bytes.subarray(0, draw(3) ? bytes.length : draw(bytes.length)));
      if (draw(2)) await new Promise(setImmediate);
      client.socket[draw(2) ? 'end' : 'resetAndDestroy']();
      return until('its end', () => client.closed || client.socket.destroyed);
    }));
    assert.strictEqual(ends.length, 300);
    const heard = good.messages.length;
    await until('others hear on', () => good.messages.length > heard);
    good.leave();
    assert.strictEqual((await gateway.health()).status, 200);
  });

  test('a client that does not read is closed with 1013; others get everything meanwhile', async () => {
    const { head: before } = await numbered();
    const stuck = await WebSocket.open(gateway, { since: before });
    const fine = await WebSocket.open(gateway, { since: before });
    await until('both are in', () => stuck.now !== null && fine.now !== null);
    stuck.pause();
    await create(1500, 'y'.repeat(1500));
    const { head } = await numbered();
    const began = Date.now();
    await until('the other has all', () => fine.since >= head);
    assert.deepStrictEqual(fine.seqs, await visible('noc-east', before));
    await until('it is closed as slow', async () => (await metric('closed_total\\{reason="slow"\\}')) === 1);
    assert.ok(Date.now() - began < 30000);
    assert.ok(await metric('websockets\\{state="open"\\}') >= 1);
    // it hears so when it reads on, and gets the rest when it comes back
    stuck.resume();
    await until('1013', () => stuck.code === 1013);
    const back = await WebSocket.open(gateway, { since: stuck.since });
    await until('all', () => back.since >= head);
    assert.deepStrictEqual([...stuck.seqs, ...back.seqs], await visible('noc-east', before));
    for (const ws of [stuck, fine, back]) ws.leave();
  });

  test('one that sends pings and does not read gets no memory of ours', async () => {
    const ws = await WebSocket.open(gateway);
    ws.pause();
    const ping = frame('x'.repeat(125), { opcode: 9 });
    for (let i = 0; i < 200; i++) ws.raw(Buffer.concat(Array(100).fill(ping)));
    await gateway.request('GET', '/healthz');
    ws.leave();
  });

  test('a client that says nothing, or drips, is let go after ten seconds', async () => {
    for (const ws of [await slow.silent, await slow.dripping]) assert.deepStrictEqual([await ws.closes(), ws.reason], [1008, 'no token came']);
  });

  test('one that answers no ping is let go', async () => {
    const ws = await slow.deaf;
    assert.deepStrictEqual([await ws.closes(), ws.reason], [1013, 'no answer to ping']);
  });

  test('/metrics tells of the feed, the sockets and their ends', async () => {
    const { text } = await gateway.request('GET', '/metrics');
    for (const line of text.trim().split('\n')) assert.match(line, /^(# (HELP|TYPE) strike_gateway_\w+ .+|strike_gateway_\w+(\{\w+="\w+"\})? [0-9.]+)$/);
    for (const reason of ['left', 'no_token', 'refused', 'malformed', 'slow', 'silent']) assert.ok(await metric(`closed_total\\{reason="${reason}"\\}`) > 0, reason);
    assert.ok(await metric('feed_head') > 0 && await metric('messages_sent_total') > await metric('feed_messages_total'));
    assert.ok(await metric('feed_silence_seconds') < 5);
  });
};
