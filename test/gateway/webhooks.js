// What the function is given, and what becomes of its answer.
'use strict';
const assert = require('assert');
const { test, until, sql, run } = require('./harness');

module.exports = (gateway) => {
  const post = (url, body = 'CallSid=CA1', headers = {}) => gateway.request('POST', url, { headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers }, body });

  test('the URL arrives byte by byte, nothing decoded, tidied or cut', async () => {
    for (const url of ['/twilio/studio/5b1f?subsector=ECO%2FE2-1&a=1+2&b=&&c', '/twilio/a%2Fb/../c//d/./%zz?x=%00%ff&y', '/twilio/', '/twilio/?', '/twilio/ü?ö=ä', '/twilio/x#frag?y', "/twilio/x?quote='%22\\&semi=;--"]) {
      const answer = await post(url);
      assert.strictEqual(answer.status, 200, url);
      assert.strictEqual(answer.json.url, url);
    }
  });

  test('form and JSON bodies arrive byte by byte, with their type', async () => {
    for (const [type, body] of [['application/x-www-form-urlencoded', 'Digits=1&Empty=&Name=Jos%C3%A9+R%2B&bare'], ['application/x-www-form-urlencoded; charset=utf-8', 'näme=日本語 😀\r\n\t end'], ['application/json', '{"a":"\\u0000 ü"}']]) {
      const { json } = await post('/twilio/b', body, { 'Content-Type': type });
      assert.deepStrictEqual([json.body, json.content_type, json.method], [body, type, 'POST']);
    }
  });

  test('a body of exactly 64 kB arrives whole', async () => {
    const body = 'x'.repeat(65536);
    assert.strictEqual((await post('/twilio/b', body)).json.body, body);
  });

  test('the signature is passed on as it came, and null without one', async () => {
    assert.strictEqual((await post('/twilio/s', 'a=1', { 'x-TWILIO-signature': '  RSOYDt4T1cUTdK1PDd93/VVr8B8= ' })).json.signature, 'RSOYDt4T1cUTdK1PDd93/VVr8B8=');
    assert.strictEqual((await post('/twilio/s', 'a=1')).json.signature, null);
    const get = await gateway.request('GET', '/twilio/s?a=1');
    assert.deepStrictEqual([get.json.method, get.json.body, get.json.content_type, get.json.signature], ['GET', '', null, null]);
  });

  test('two signatures, or two content types, are ambiguous: 400', async () => {
    const [two] = await gateway.raw('POST /twilio/x HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: a\r\nX-Twilio-Signature: b\r\nContent-Length: 0\r\n\r\n');
    assert.strictEqual(two.status, 400);
  });

  test('it connects as strike_gateway, whatever PGUSER says', async () => {
    assert.strictEqual(process.env.PGUSER, 'postgres');
    assert.strictEqual((await post('/twilio/u')).json.user, 'strike_gateway');
  });

  test('204 has no body and no length', async () => {
    const answer = await post('/twilio/x?status=204&type=text/plain&body=never');
    assert.strictEqual(answer.status, 204);
    assert.strictEqual(answer.rest, 0);
    assert.deepStrictEqual([answer.headers['content-length'], answer.headers['content-type']], [undefined, undefined]);
  });

  test('403 and TwiML are answered as the function says', async () => {
    const forged = await post('/twilio/x?status=403&type=text/plain&body=forged');
    assert.deepStrictEqual([forged.status, forged.headers['content-type'], forged.text], [403, 'text/plain', 'forged']);
    const twiml = await post('/twilio/voice/1?status=200&type=text/xml&body=<Response><Say>Größe</Say></Response>');
    assert.deepStrictEqual([twiml.status, twiml.headers['content-type'], twiml.text], [200, 'text/xml', '<Response><Say>Größe</Say></Response>']);
    assert.strictEqual((await post('/twilio/x?status=500&type=text/plain&body=x')).status, 500);
    assert.strictEqual((await post('/twilio/x?status=503&type=text/plain&body=x')).headers['retry-after'], '1');
  });

  test('an answer that HTTP cannot carry is a 502', async () => {
    for (const told of ['null', 'rows=0', 'rows=2', 'split', 'large=1048577', 'status=99', 'status=100', 'status=600'])
      assert.strictEqual((await post(`/twilio/x?${told}`)).status, 502, told);
    assert.strictEqual((await post('/twilio/x?large=1048576')).text.length, 1048576);
  });

  test('an error of the function is a 503 with Retry-After, and nothing of it leaks', async () => {
    const answer = await post('/twilio/x?raise', 'Secret=in-the-body');
    assert.deepStrictEqual([answer.status, answer.headers['retry-after'], answer.text], [503, '1', 'Service Unavailable']);
    assert.strictEqual(await sql("SELECT count(*) FROM strike.seen WHERE url = '/twilio/x?raise'"), '0');
  });

  test('a commit that fails after the result is a 503', async () => {
    const answer = await post('/twilio/x?deferred');
    assert.strictEqual(answer.status, 503);
    assert.strictEqual(await sql("SELECT count(*) FROM strike.seen WHERE url LIKE '%deferred%'"), '0');
  });

  test('a commit that no synchronous standby confirmed is a 503', async () => {
    await sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await sql('SELECT pg_reload_conf()');
    await until('the setting is on', async () => (await sql('SHOW synchronous_standby_names')) === 'nobody');
    try {
      const asked = post('/twilio/x?unconfirmed');
      await until('the commit waits', () => sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'strike_gateway' AND wait_event = 'SyncRep'"));
      assert.strictEqual((await asked).status, 503);
    } finally {
      await sql('ALTER SYSTEM RESET synchronous_standby_names');
      await sql('SELECT pg_reload_conf()');
    }
    await until('commits go on', async () => (await post('/twilio/x')).status === 200);
  });

  test('bodies and URLs that are not UTF-8, or hold NUL, are a 400', async () => {
    for (const bytes of [[0x61, 0x00], [0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]])
      assert.strictEqual((await post('/twilio/x', Buffer.from(bytes))).status, 400, bytes);
    const [url] = await gateway.raw(Buffer.from('GET /twilio/\xff HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1'));
    assert.strictEqual(url.status, 400);
  });

  test('a hundred at once are all answered, each with its own', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => post(`/twilio/many?n=${i}&sleep=0.02`, `n=${i}`)));
    answers.forEach((answer, i) => assert.deepStrictEqual([answer.status, answer.json && answer.json.body], [200, `n=${i}`]));
  });

  test('curl is served: form, file, chunks, HTTP/1.0, Expect', async () => {
    const url = `http://127.0.0.1:${gateway.port}/twilio/curl?a=%2F`;
    const body = 'x'.repeat(30000);
    for (const options of [[], ['-H', 'Transfer-Encoding: chunked'], ['--http1.0'], ['-H', 'Expect: 100-continue']]) {
      const { stdout } = await run('curl', ['-sS', '--path-as-is', ...options, '-d', body, url]);
      const json = JSON.parse(stdout);
      assert.deepStrictEqual([json.url, json.body.length], ['/twilio/curl?a=%2F', 30000], options.join(' '));
    }
  });

  test('a client that leaves does not undo its webhook', async () => {
    const client = gateway.connect();
    client.socket.write('POST /twilio/leaves?sleep=0.3 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=1');
    await until('it is being served', async () => (await gateway.health()).connections.busy > 0);
    client.socket.resetAndDestroy();
    await until('it is stored', async () => (await sql("SELECT count(*) FROM strike.seen WHERE url LIKE '/twilio/leaves%'")) === '1');
    assert.strictEqual((await post('/twilio/x')).status, 200);
  });
};
