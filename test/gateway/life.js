// Start, end, options, log.
'use strict';
const assert = require('assert');
const { once } = require('events');
const { test, until, Gateway, answersIn } = require('./harness');

// {status, text} of a gateway that is expected to end by itself
async function ends(binary, ...options) {
  const child = Gateway.spawn(binary, options);
  let text = '';
  child.stderr.on('data', (data) => { text += data; });
  const [status] = await once(child, 'close');
  return { status, text };
}

module.exports = (gateway, binary) => {
  test('a taken port, a bad address, a bad option: it ends and says why', async () => {
    const taken = await ends(binary, '--port', String(gateway.port));
    assert.strictEqual(taken.status, 1);
    assert.match(taken.text, new RegExp(`port ${gateway.port} on 127.0.0.1 is taken`));
    assert.strictEqual((await ends(binary, '--bind', 'not-an-address')).status, 1);
    for (const options of [['--port', '65536'], ['--port', '8x'], ['--db', 'nonsense=1'], ['--db-connections', '0'], ['--unknown'], ['stray']]) {
      const { status, text } = await ends(binary, ...options);
      assert.deepStrictEqual([status, text.length > 0], [2, true], options.join(' '));
    }
  });

  test('it starts without a database, says so once, and serves when it comes', async () => {
    const alone = await Gateway.start(binary, '--db', 'host=127.0.0.1 port=1 password=hidden-word', '--db-connections', '1');
    assert.strictEqual((await alone.request('POST', '/twilio/x')).status, 503);
    assert.strictEqual((await alone.health()).status, 503);
    assert.deepStrictEqual(await alone.stop(), { status: 0, signal: null });
    assert.strictEqual(alone.log.match(/can't be reached/g).length, 1);
    assert.doesNotMatch(alone.log, /hidden-word/);
  });

  test('it listens on IPv6 when told', async () => {
    const six = await Gateway.start(binary, '--bind', '::1');
    assert.deepStrictEqual(await six.stop('SIGINT'), { status: 0, signal: null });
  });

  test('SIGTERM: what is under way is answered, then it ends with status 0', async () => {
    const other = await Gateway.start(binary);
    await other.healthy();
    const asked = other.request('POST', '/twilio/last?sleep=0.3', { body: 'a=1' });
    const idle = other.connect();
    await until('it is being served', async () => (await gateway.request('GET', '/healthz')) && (await other.health()).connections.busy > 0);
    const ended = other.stop();
    const answer = await asked;
    assert.deepStrictEqual([answer.status, answer.headers.connection], [200, 'close']);
    assert.deepStrictEqual(await ended, { status: 0, signal: null });
    await until('idle connections are closed', () => idle.closed);
  });

  test('SIGTERM does not wait for the slow', async () => {
    const other = await Gateway.start(binary);
    await other.healthy();
    const client = other.connect();
    client.socket.write('POST /twilio/slow?sleep=6 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\nGET /half');
    await until('it is being served', async () => (await other.health()).connections.busy > 0);
    assert.deepStrictEqual(await other.stop(), { status: 0, signal: null });
    await until('closed', () => client.closed);
    assert.deepStrictEqual(answersIn(client.bytes), []);
  });

  test('the log has no query, body or signature in it', async () => {
    await gateway.request('POST', '/twilio/log?raise&token=hidden-query', { headers: { 'X-Twilio-Signature': 'hidden-signature' }, body: 'a=hidden-body' });
    await until('the line', () => /webhook POST \/twilio\/log: raised, SQLSTATE P0001/.test(gateway.log));
    assert.doesNotMatch(gateway.log, /hidden|secret|\?/i);
  });

  test('after all this it ends cleanly, nothing leaked', async () => {
    assert.deepStrictEqual(await gateway.stop(), { status: 0, signal: null });
    assert.doesNotMatch(gateway.log, /Sanitizer|runtime error|libwebsockets/);
  });
};
