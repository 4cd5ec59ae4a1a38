// HTTP itself: limits, framing, methods, connections.
'use strict';
const assert = require('assert');
const { test, until, answersIn } = require('./harness');

module.exports = (gateway) => {
  const head = (line, ...lines) => `${line}\r\n${['Host: x', ...lines].join('\r\n')}\r\n\r\n`;
  const status = async (bytes) => (await gateway.raw(bytes)).map((answer) => answer.status);

  test('unknown paths are 404, wrong methods 405 with Allow', async () => {
    for (const path of ['/', '/twilio', '/twiliox/', '/healthz/', '/%74wilio/x', '//twilio/x', '/ws/', '/wsx', '/../web/index.html']) assert.strictEqual((await gateway.request('GET', path)).status, 404, path);
    const wrong = await gateway.request('DELETE', '/twilio/x');
    assert.deepStrictEqual([wrong.status, wrong.headers.allow], [405, 'GET, POST']);
    assert.strictEqual((await gateway.request('POST', '/healthz', { body: '' })).status, 405);
    assert.strictEqual((await gateway.request('BREW', '/metrics')).headers.allow, 'GET, HEAD');
  });

  test('HEAD has the headers and no body', async () => {
    const answer = await gateway.request('HEAD', '/healthz');
    assert.deepStrictEqual([answer.status, answer.rest], [200, 0]);
    assert.ok(Number(answer.headers['content-length']) > 100);
    const refused = await gateway.request('HEAD', '/twilio/x');
    assert.deepStrictEqual([refused.status, refused.rest], [405, 0]);
  });

  test('no answer tells what runs here', async () => {
    for (const [method, url] of [['GET', '/healthz'], ['GET', '/nothing'], ['POST', '/twilio/x']]) {
      const { headers } = await gateway.request(method, url);
      assert.deepStrictEqual([headers.server, headers['x-powered-by'], headers['cache-control'], headers['x-content-type-options']], [undefined, undefined, 'no-store', 'nosniff']);
    }
  });

  test('a body over 64 kB is 413, by length and by chunks, and the client hears it', async () => {
    const big = 'x'.repeat(4 << 20);
    assert.deepStrictEqual(await status(head('POST /twilio/x HTTP/1.1', `Content-Length: ${big.length}`) + big), [413]);
    assert.deepStrictEqual(await status(`${head('POST /twilio/x HTTP/1.1', 'Transfer-Encoding: chunked')}10001\r\n${'x'.repeat(65537)}\r\n0\r\n\r\n`), [413]);
    assert.deepStrictEqual(await status(head('POST /twilio/x HTTP/1.1', 'Content-Length: 99999999999999999')), [413]);
  });

  test('a URL over 4 kB is 414, and one of 4 kB arrives', async () => {
    const url = `/twilio/${'x'.repeat(4096 - 8)}`;
    assert.strictEqual((await gateway.request('POST', url)).json.url, url);
    assert.strictEqual((await gateway.request('POST', `${url}x`)).status, 414);
    assert.deepStrictEqual(await status(`GET /${'x'.repeat(100000)}`), [414]);
  });

  test('too many or too long headers are 431', async () => {
    assert.deepStrictEqual(await status(head('GET /healthz HTTP/1.1', ...Array.from({ length: 64 }, (_, i) => `X-${i}: 1`))), [431]);
    assert.deepStrictEqual(await status(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(50000)}`), [431]);
  });

  test('a request that two readers could take differently is refused, and the connection ends', async () => {
    const cases = {
      'two lengths': head('POST /twilio/x HTTP/1.1', 'Content-Length: 1', 'Content-Length: 1') + 'a',
      'length and chunks': head('POST /twilio/x HTTP/1.1', 'Content-Length: 1', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
      'a signed length': head('POST /twilio/x HTTP/1.1', 'Content-Length: +1') + 'a',
      'a list of lengths': head('POST /twilio/x HTTP/1.1', 'Content-Length: 1, 1') + 'a',
      'an empty length': head('POST /twilio/x HTTP/1.1', 'Content-Length:') + 'a',
      'a folded line': head('POST /twilio/x HTTP/1.1', 'X-A: 1', ' folded'),
      'a blank before the colon': head('POST /twilio/x HTTP/1.1', 'Content-Length : 0'),
      'a bare line feed': 'GET /healthz HTTP/1.1\nHost: x\n\r\n\r\n',
      'a bare carriage return': head('GET /healthz HTTP/1.1', 'X-A: 1\r2'),
      'no host': 'GET /healthz HTTP/1.1\r\n\r\n',
      'two hosts': head('GET /healthz HTTP/1.1', 'Host: y'),
      'a blank in the URL': head('GET /healthz x HTTP/1.1'),
      'NUL in a header': head('GET /healthz HTTP/1.1', 'X-A: \0'),
      'a bad chunk size': head('POST /twilio/x HTTP/1.1', 'Transfer-Encoding: chunked') + '-1\r\n',
      'a chunk longer than it says': head('POST /twilio/x HTTP/1.1', 'Transfer-Encoding: chunked') + '1\r\nab\r\n0\r\n\r\n',
      'no version': 'GET /healthz\r\n\r\n',
      'TLS': Buffer.from('16030100c8010000c40303\r\n\r\n', 'hex'),
    };
    for (const [name, bytes] of Object.entries(cases)) {
      if (name === 'TLS') continue;
      const answers = await gateway.raw(Buffer.concat([Buffer.from(bytes), Buffer.from(head('GET /healthz HTTP/1.1'))]), 2);
      assert.deepStrictEqual([name, ...answers.map((answer) => answer.status)], [name, 400]);
    }
    assert.deepStrictEqual(await status(head('GET /healthz HTTP/2.0')), [505]);
    assert.deepStrictEqual(await status(head('POST /twilio/x HTTP/1.1', 'Transfer-Encoding: gzip')), [501]);
    assert.deepStrictEqual(await status(head('POST /twilio/x HTTP/1.1', 'Expect: a miracle')), [417]);
  });

  test('pipelined requests are answered in order, also after the client has sent its last', async () => {
    const client = gateway.connect();
    client.socket.end(['POST /twilio/p?n=1&sleep=0.1', 'GET /twilio/p?n=2', 'GET /twilio/p?n=3'].map((line, i) => head(`${line} HTTP/1.1`, ...(i === 0 ? ['Content-Length: 3'] : [])) + (i === 0 ? 'a=1' : '')).join('\r\n'));
    await until('closed', () => client.closed);
    assert.deepStrictEqual(answersIn(client.bytes).map((answer) => answer.json.url.slice(-1 - 10 * answer.json.url.includes('sleep'))), ['1&sleep=0.1', '2', '3']);
  });

  test('hundreds of pipelined requests are answered', async () => {
    const answers = await gateway.raw(head('GET /nothing HTTP/1.1').repeat(700), 700);
    assert.strictEqual(answers.filter((answer) => answer.status === 404).length, 700);
  });

  test('a chunked body is put together, sent byte by byte, with extensions and trailers', async () => {
    const client = gateway.connect();
    client.socket.setNoDelay(true);
    for (const byte of Buffer.from(`${head('POST /twilio/c HTTP/1.1', 'Transfer-Encoding: chunked')}3;a="b"\r\nä=\r\n04\r\n1&b=\r\n0\r\nX-Trailer: 1\r\n\r\n`)) {
      client.socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    const [answer] = await until('an answer', () => answersIn(client.bytes).length && answersIn(client.bytes));
    assert.strictEqual(answer.json.body, 'ä=1&b=');
    client.socket.write(head('GET /healthz HTTP/1.1'));
    await until('the next answer', () => answersIn(client.bytes).length === 2);
    client.socket.destroy();
  });

  test('Expect: 100-continue is answered before the body comes', async () => {
    const client = gateway.connect();
    client.socket.write(head('POST /twilio/e HTTP/1.1', 'Content-Length: 3', 'Expect: 100-continue'));
    await until('100', () => String(client.bytes) === 'HTTP/1.1 100 Continue\r\n\r\n');
    client.socket.write('a=1');
    const answers = await until('the answer', () => answersIn(client.bytes).length === 2 && answersIn(client.bytes));
    assert.strictEqual(answers[1].json.body, 'a=1');
    client.socket.destroy();
  });

  test('connections are kept or closed as the client asks', async () => {
    for (const [bytes, kept] of [[head('GET /healthz HTTP/1.1'), true], [head('GET /healthz HTTP/1.1', 'Connection: foo, Close'), false], [head('GET /healthz HTTP/1.0'), false], [head('GET /healthz HTTP/1.0', 'Connection: Keep-Alive'), true]]) {
      const answers = await gateway.raw(bytes + head('GET /healthz HTTP/1.1', 'Connection: close'), 2);
      assert.strictEqual(answers.length, kept ? 2 : 1, bytes);
      assert.strictEqual(answers[0].headers.connection === 'close', !kept);
    }
  });

  test('absolute URLs are served by their path', async () => {
    const [answer] = await gateway.raw(head('GET http://strike.test:80/twilio/x?a=/b HTTP/1.1'));
    assert.strictEqual(answer.json.url, '/twilio/x?a=/b');
    assert.deepStrictEqual(await status(head('OPTIONS * HTTP/1.1')), [400]);
  });

  test('six hundred idle connections keep nobody out', async () => {
    const idle = Array.from({ length: 600 }, () => gateway.connect());
    await Promise.all(idle.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve).once('error', resolve))));
    assert.strictEqual((await gateway.request('POST', '/twilio/x', { body: 'a=1' })).status, 200);
    await until('some were closed', () => idle.some((client) => client.closed));
    idle.forEach(({ socket }) => socket.destroy());
    await until('they are forgotten', async () => Number(/http_connections (\d+)/.exec((await gateway.request('GET', '/metrics')).text)[1]) < 50);
  });

  test('/metrics is Prometheus text that counts webhooks by result', async () => {
    const count = async () => Number(/webhooks_total\{result="raised"\} (\d+)/.exec((await gateway.request('GET', '/metrics')).text)[1]);
    const before = await count();
    await gateway.request('POST', '/twilio/x?raise');
    assert.strictEqual(await count(), before + 1);
    const { headers, text } = await gateway.request('GET', '/metrics');
    assert.ok(headers['content-type'].startsWith('text/plain; version=0.0.4'));
    for (const line of text.trim().split('\n')) assert.match(line, /^(# (HELP|TYPE) strike_gateway_\w+ .+|strike_gateway_\w+(\{\w+="\w+"\})? [0-9.]+)$/);
    assert.match(text, /strike_gateway_database_connected 1\n/);
    assert.match(text, /strike_gateway_queue_depth \d+\n/);
  });
};
