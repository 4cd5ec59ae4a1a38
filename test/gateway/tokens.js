// Who gets in: tokens, forged ones, and how long they are good.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const { once } = require('events');
const { test, until, Gateway } = require('./harness');
const { WebSocket, token, encode, SECRET } = require('./websocket');

const seconds = (more) => Math.floor(Date.now() / 1000) + more;

module.exports = ({ gateway }, binary) => {
  const file = (name, content) => {
    const at = path.join(__dirname, '.build', name);
    fs.writeFileSync(at, content, { mode: 0o600 });
    return at;
  };
  const enters = async (hello, of = gateway) => {
    const ws = await WebSocket.open(of, hello);
    await until('a word', () => ws.now !== null || ws.code !== null || ws.closed);
    ws.leave();
    return ws.code === null && ws.now !== null ? 'in' : ws.code;
  };
  const refused = async (tokens, of = gateway) => {
    for (const [what, text] of Object.entries(tokens)) assert.deepStrictEqual([what, await enters({ token: text }, of)], [what, 1008]);
  };

  test('good tokens get in', async () => {
    for (const claims of [{}, { exp: undefined }, { exp: seconds(600) + 0.5 }, { nbf: seconds(-10) }, { nbf: seconds(5) }, { aud: 'strike' }, { aud: ['other', 'strike'] }, { tenant: 'osp-fibre', role: 'strike_contractor' },
      { role: 'strike_admin', tenant: null }, { iat: 1, jti: 'x', further: { a: [1] } }]) assert.strictEqual(await enters({ token: token(claims) }), 'in', JSON.stringify(claims));
  });

  test('claims that do not do are refused', async () => {
    await refused(Object.fromEntries([{ exp: seconds(-1) }, { exp: 0 }, { exp: 'never' }, { exp: -5 }, { exp: null }, { nbf: seconds(120) }, { nbf: 'x' }, { aud: 'other' }, { aud: [] }, { aud: ['other'] }, { aud: 7 }, { aud: null }, { role: undefined },
      { role: 'strike_anon' }, { role: 'strike_gateway' }, { role: 'postgres' }, { role: ['strike_admin'] }, { role: 'x'.repeat(200) }, { role: 'strike_operator\u0000' }, { tenant: undefined }, { tenant: '' }, { tenant: 'nobody' }, { tenant: 5 },
      { tenant: "noc-east' OR true --" }, { tenant: 'osp-fibre' }, { tenant: 'noc-east\u0000' }, { role: 'strike_contractor', tenant: 'noc-east' }, { tenant: ['noc-east'] }].map((claims) => [JSON.stringify(claims), token(claims)])));
  });

  test('forged and broken tokens are refused', async () => {
    const good = token();
    const [header, payload, signature] = good.split('.');
    await refused({
      'no signature': `${header}.${payload}.`,
      'two parts': `${header}.${payload}`,
      'four parts': `${good}.x`,
      empty: '.',
      words: 'not a token',
      'another secret': token({}, { secret: 'another secret of more than thirty-two bytes' }),
      'another payload': `${header}.${encode({ role: 'strike_admin' })}.${signature}`,
      'a cut signature': good.slice(0, -4),
      'alg none': token({}, { header: { alg: 'none' }, sign: () => '' }),
      'alg none, signed': token({}, { header: { alg: 'none' } }),
      'alg None': token({}, { header: { alg: 'None' } }),
      'no alg': token({}, { header: { alg: undefined } }),
      'alg HS512': token({}, { header: { alg: 'HS512' }, sign: (text) => crypto.createHmac('sha512', SECRET).update(text).digest('base64url') }),
      'alg RS256': token({}, { header: { alg: 'RS256' } }),
      'a list as alg': token({}, { header: { alg: ['HS256'] } }),
      'crit': token({}, { header: { crit: ['exp'] } }),
      'two algs': `${encode('{"alg":"none","alg":"HS256"}')}.${payload}.${crypto.createHmac('sha256', SECRET).update(`${encode('{"alg":"none","alg":"HS256"}')}.${payload}`).digest('base64url')}`,
      'no object': `${header}.${encode('[]')}.${crypto.createHmac('sha256', SECRET).update(`${header}.${encode('[]')}`).digest('base64url')}`,
      padded: `${good}==`,
      'a line end': `${good}\n`,
      NUL: `${good}\u0000`,
      'too long': token({ filler: 'x'.repeat(5000) }),
    });
  });

  test('RS256: the public key checks, and is nobody\'s secret', async () => {
    const { publicKey, privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    const other = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const key = file('issuer.pem', publicKey);
    const rsa = await Gateway.start(binary, '--jwt-alg', 'RS256', '--jwt-key', key);
    const signed = (secret, claims = {}, alg = 'RS256') => token(claims, { header: { alg }, sign: (text) => crypto.sign('sha256', Buffer.from(text), secret).toString('base64url') });
    assert.strictEqual(await enters({ token: signed(privateKey) }, rsa), 'in');
    await refused({
      'another key': signed(other),
      expired: signed(privateKey, { exp: seconds(-1) }),
      'the public key as an HS256 secret': token({}, { secret: publicKey }),
      'and named RS256': token({}, { header: { alg: 'RS256' }, secret: publicKey }),
      'the development secret': token(),
      none: token({}, { header: { alg: 'none' }, sign: () => '' }),
      'RS256 named RS512': signed(privateKey, {}, 'RS512'),
    }, rsa);
    await rsa.stop();
    for (const options of [['--jwt-alg', 'HS256', '--jwt-key', key], ['--jwt-alg', 'RS256', '--jwt-key', file('secret', SECRET)], ['--jwt-alg', 'RS256', '--jwt-key', file('private.pem', privateKey)],
      ['--jwt-alg', 'HS256', '--jwt-key', file('short', 'too short')], ['--jwt-key', '/nonexistent'], ['--jwt-alg', 'none'], ['--jwt-alg', 'hs256']]) {
      const child = Gateway.spawn(binary, ['--port', '0', ...options]);
      const [status] = await once(child, 'close');
      assert.strictEqual(status, 2, options.join(' '));
    }
  });

  test('keys as an identity provider publishes them: JSON Web Keys, RSA and curves', async () => {
    const jwk = (pair, more) => ({ ...pair.publicKey.export({ format: 'jwk' }), ...more });
    const rsa = [2048, 2048, 4096].map((modulusLength) => crypto.generateKeyPairSync('rsa', { modulusLength }));
    const signed = (pair, alg, claims) => token(claims, { header: { alg, kid: 'any' }, sign: (text) => crypto.sign(`sha${alg.slice(2)}`, Buffer.from(text), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url') });
    const set = { keys: [jwk(rsa[0], { alg: 'RS256', use: 'sig', kid: '1' }), { kty: 'oct', k: encode('s'.repeat(32)) }, jwk(rsa[1], { use: 'enc' }), { kty: 'RSA', n: 'AQAB', e: 'AQAB' }, { kty: 'RSA' }, 5, jwk(rsa[2])] };
    const provider = await Gateway.start(binary, '--jwt-alg', 'RS256', '--jwt-key', file('jwks.json', JSON.stringify(set, null, 2)));
    for (const pair of [rsa[0], rsa[2]]) assert.strictEqual(await enters({ token: signed(pair, 'RS256') }, provider), 'in');
    await refused({ 'a key for something else': signed(rsa[1], 'RS256'), 'its secret': token({}, { secret: 's'.repeat(32) }), 'another algorithm': signed(rsa[0], 'RS384') }, provider);
    await provider.stop();
    for (const [alg, namedCurve] of [['ES256', 'P-256'], ['ES384', 'P-384']]) {
      const pair = crypto.generateKeyPairSync('ec', { namedCurve });
      const curve = await Gateway.start(binary, '--jwt-alg', alg, '--jwt-key', file('jwk.json', JSON.stringify(jwk(pair))));
      assert.strictEqual(await enters({ token: signed(pair, alg) }, curve), 'in', alg);
      await refused({ 'another key': signed(crypto.generateKeyPairSync('ec', { namedCurve }), alg) }, curve);
      await curve.stop();
    }
    const shared = await Gateway.start(binary, '--jwt-key', file('oct.json', JSON.stringify({ kty: 'oct', k: encode('s'.repeat(32)) })));
    assert.strictEqual(await enters({ token: token({}, { secret: 's'.repeat(32) }) }, shared), 'in');
    await shared.stop();
    for (const [alg, content] of [['RS256', '{"keys":[]}'], ['RS256', '{"kty":"RSA","n":"AQAB","e":"AQAB"}'], ['ES256', JSON.stringify(jwk(crypto.generateKeyPairSync('ec', { namedCurve: 'P-384' })))], ['HS256', '{"kty":"oct","k":"short"}'], ['RS256', '{"keys":7}']]) {
      const child = Gateway.spawn(binary, ['--port', '0', '--jwt-alg', alg, '--jwt-key', file('bad.json', content)]);
      const [status] = await once(child, 'close');
      assert.strictEqual(status, 2, content);
    }
  });

  test('a secret from a file, without its last newline; another audience; two keys while they change; no key at all', async () => {
    const own = await Gateway.start(binary, '--jwt-key', file('own', `${'k'.repeat(32)}\n`), '--jwt-aud', 'elsewhere');
    assert.strictEqual(await enters({ token: token({ aud: 'elsewhere' }, { secret: 'k'.repeat(32) }) }, own), 'in');
    await refused({ aud: token({ aud: 'strike' }, { secret: 'k'.repeat(32) }), secret: token() }, own);
    await own.stop();
    const both = await Gateway.start(binary, '--jwt-key', file('own', 'k'.repeat(32)), '--jwt-key', file('next', 'n'.repeat(32)));
    for (const secret of ['k', 'n']) assert.strictEqual(await enters({ token: token({}, { secret: secret.repeat(32) }) }, both), 'in');
    await refused({ neither: token() }, both);
    await both.stop();
    delete process.env.JWT_SECRET;
    const keyless = await Gateway.start(binary);
    process.env.JWT_SECRET = SECRET;
    assert.strictEqual((await WebSocket.open(keyless)).status, 503);
    await keyless.stop();
  });

  test('exp closes the socket; a new token in time keeps it open, for the same tenant', async () => {
    const expiring = await WebSocket.open(gateway, { token: token({ exp: seconds(3) }) });
    const renewed = await WebSocket.open(gateway, { token: token({ exp: seconds(3) }) });
    const stolen = await WebSocket.open(gateway, { token: token() });
    const hasty = await WebSocket.open(gateway, { token: token() });
    await until('all are in', () => [expiring, renewed, stolen, hasty].every((ws) => ws.now !== null));
    hasty.say({ token: token() });
    assert.deepStrictEqual([await hasty.closes(), hasty.reason], [1008, 'too many messages']);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    renewed.say({ token: token({ exp: seconds(600) }) });
    stolen.say({ token: token({ tenant: 'noc-west' }) });
    assert.strictEqual(await stolen.closes(), 1008);
    assert.deepStrictEqual([await expiring.closes(), expiring.reason], [1008, 'token expired']);
    const heard = renewed.messages.length;
    await until('the renewed one goes on', () => renewed.messages.length > heard + 1);
    assert.strictEqual(renewed.closed, false);
    renewed.leave();
    assert.match((await gateway.request('GET', '/metrics')).text, /websockets_closed_total\{reason="expired"\} 1\n/);
  });

  test('the log names no token', async () => {
    const bad = token({ exp: 1 });
    await enters({ token: bad });
    assert.doesNotMatch(gateway.log, new RegExp(bad.slice(0, 20)));
    assert.match(gateway.log, /refused: token expired/);
  });
};
