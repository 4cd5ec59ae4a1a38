// The pages: what is served, how, and what never is.
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');
const { test, until } = require('./harness');

const LARGE = 'console.log("strike");\n'.repeat(2000);

// A directory as the web pages' is, and things in it that nobody may get.
function prepare(web) {
  fs.rmSync(web, { recursive: true, force: true });
  const put = (name, content) => {
    fs.mkdirSync(path.dirname(path.join(web, name)), { recursive: true });
    fs.writeFileSync(path.join(web, name), content);
  };
  put('index.html', '<!doctype html><title>Strike</title><h1>Board</h1>');
  put('roads.geojson', '{"type":"FeatureCollection","features":[]}');
  put('wall.html', '<!doctype html><title>Wall</title>');
  put('js/app.js', LARGE);
  put('css/app.css', 'h1 { color: red }');
  put('icon.png', Buffer.from([137, 80, 78, 71, 1, 2, 3]));
  put('sub/index.html', '<!doctype html><title>Sub</title>');
  put('.env', 'JWT_SECRET=hidden');
  put('.git/config.js', 'hidden');
  put('package.json', '{"hidden":true}');
  put('install', '#!/bin/sh');
  put('notes.md', 'hidden');
  put('we ird.js', 'hidden');
  put('huge.js', 'x'.repeat(1024 * 1024 + 1));
  put('node_modules/leaflet/dist/leaflet.js', 'window.L = {}');
  put('node_modules/leaflet/package.json', '{"hidden":true}');
  put('node_modules/other/index.js', 'hidden');
  put('libraries.list', '# what the pages need\nnode_modules/leaflet/dist/leaflet.js\nnode_modules/../package.json\n../../../etc/hostname\nnode_modules/absent.js\n/etc/passwd\n');
  fs.symlinkSync('/etc/passwd', path.join(web, 'passwd.txt'));
  fs.symlinkSync('/etc', path.join(web, 'etc'));
}

function tests({ gateway, web }) {
  const get = (url, headers = {}, method = 'GET') => gateway.request(method, url, { headers });

  test('pages, scripts, styles and pictures are served with their types', async () => {
    for (const [url, type, content] of [['/', 'text/html; charset=utf-8', /Board/], ['/index.html', 'text/html; charset=utf-8', /Board/], ['/wall', 'text/html; charset=utf-8', /Wall/],
      ['/sub/', 'text/html; charset=utf-8', /Sub/], ['/js/app.js', 'text/javascript; charset=utf-8', /strike/], ['/js/app.js?v=1', 'text/javascript; charset=utf-8', /strike/],
      ['/css/app.css', 'text/css; charset=utf-8', /red/], ['/node_modules/leaflet/dist/leaflet.js', 'text/javascript; charset=utf-8', /window\.L/]]) {
      const answer = await get(url);
      assert.deepStrictEqual([answer.status, answer.headers['content-type'], answer.headers['x-content-type-options'], answer.headers['cache-control']], [200, type, 'nosniff', 'no-cache'], url);
      assert.match(answer.text, content);
    }
    const icon = await get('/icon.png');
    assert.deepStrictEqual([icon.headers['content-type'], [...icon.body]], ['image/png', [137, 80, 78, 71, 1, 2, 3]]);
  });

  test('nothing else is: no traversal, no hidden file, no package, no link out, nothing unlisted', async () => {
    for (const url of ['/../../../etc/passwd', '/..%2f..%2fetc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/js/../index.html', '/js/..', '/js/.', '/./index.html', '//index.html', '/js//app.js', '/.env', '/%2eenv', '/.git/config.js',
      '/package.json', '/install', '/notes.md', '/libraries.list', '/we%20ird.js', '/we+ird.js', '/huge.js', '/passwd.txt', '/etc/hostname', '/etc/', '/js', '/js/', '/wall/', '/wall.html/', '/index', '/index.html%00', '/index.html/',
      '/node_modules/other/index.js', '/node_modules/leaflet/package.json', '/node_modules/', '/node_modules/../package.json', '/\\index.html', '/index.html;x', '/INDEX.HTML', '/config', '/%69ndex.html', `/${'a/'.repeat(500)}`]) {
      const answer = await get(url);
      assert.ok(answer.status === 404 || (url === '/index' && answer.status === 200), `${url}: ${answer.status}`);
      assert.doesNotMatch(answer.text, /hidden|root:/);
    }
  });

  test('gzip where the client takes it and it is shorter; each form has a tag of its own', async () => {
    const plain = await get('/js/app.js');
    const packed = await get('/js/app.js', { 'Accept-Encoding': 'br, gzip;q=0.8' });
    assert.deepStrictEqual([plain.headers['content-encoding'], packed.headers['content-encoding'], packed.headers.vary], [undefined, 'gzip', 'Accept-Encoding']);
    assert.strictEqual(zlib.gunzipSync(packed.body).toString(), LARGE);
    assert.strictEqual(plain.text, LARGE);
    assert.ok(packed.body.length < LARGE.length / 10);
    assert.notStrictEqual(plain.headers.etag, packed.headers.etag);
    for (const refusing of ['identity', 'gzip;q=0', 'gzip; q=0.0, br', 'gzipped', '']) assert.strictEqual((await get('/js/app.js', { 'Accept-Encoding': refusing })).headers['content-encoding'], undefined, refusing);
    assert.strictEqual((await get('/icon.png', { 'Accept-Encoding': 'gzip' })).headers['content-encoding'], undefined);
  });

  test('what the client has is a 304', async () => {
    for (const headers of [{}, { 'Accept-Encoding': 'gzip' }]) {
      const { etag } = (await get('/js/app.js', headers)).headers;
      assert.match(etag, /^"[0-9a-f]{40}(-gz)?"$/);
      for (const has of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const answer = await get('/js/app.js', { ...headers, 'If-None-Match': has });
        assert.deepStrictEqual([answer.status, answer.rest, answer.headers.etag, answer.headers['content-type']], [304, 0, etag, undefined], has);
      }
      for (const other of ['"other"', etag.slice(1, -1), `${etag}x`, `"${'0'.repeat(40)}"`]) assert.strictEqual((await get('/js/app.js', { ...headers, 'If-None-Match': other })).status, 200, other);
    }
  });

  test('HEAD has the headers and no body; other methods are 405', async () => {
    const got = await get('/js/app.js');
    const head = await get('/js/app.js', {}, 'HEAD');
    assert.deepStrictEqual([head.status, head.rest, head.headers['content-length'], head.headers.etag], [200, 0, String(LARGE.length), got.headers.etag]);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await get('/', {}, method);
      assert.deepStrictEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD'], method);
    }
  });

  test('the content policy: no inline script, no eval, what a page may talk to and show', async () => {
    const policy = (await get('/')).headers['content-security-policy'];
    const parts = Object.fromEntries(policy.split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]));
    assert.deepStrictEqual([parts['default-src'], parts['script-src'], parts['style-src'], parts['frame-ancestors'], parts['base-uri']], ["'none'", "'self'", "'self'", "'none'", "'none'"]);
    assert.strictEqual(parts['connect-src'], "'self' https://rest.example:444");
    assert.strictEqual(parts['img-src'], "'self' data: https://*.tiles.example");
    assert.doesNotMatch(policy, /unsafe/);
    assert.match((await get('/js/app.js')).headers['content-security-policy'], /default-src 'none'/);
  });

  test('/config.json tells the pages where things are', async () => {
    const { json, headers } = await get('/config.json');
    assert.deepStrictEqual([json.restUrl, json.tileUrl, headers['content-type']], ['https://rest.example:444/api', 'https://{s}.tiles.example/{z}/{x}/{y}.png', 'application/json']);
    assert.match(json.version, /^\d+\.\d+\+[0-9a-f]{8}$/);
    assert.strictEqual(json.roadsUrl, '/roads.geojson');
    assert.strictEqual((await get(json.roadsUrl)).headers['content-type'], 'application/geo+json');
  });

  test('a changed, new or removed file is served so without a restart, and the version changes', async () => {
    const { json: { version }, headers: { etag } } = await get('/config.json');
    fs.writeFileSync(path.join(web, 'css/app.css'), 'h1 { color: blue }');
    fs.writeFileSync(path.join(web, 'new.html'), 'new');
    await until('the new style', async () => (await get('/css/app.css')).text.includes('blue'));
    assert.strictEqual((await get('/new')).text, 'new');
    assert.notStrictEqual((await get('/config.json', { 'If-None-Match': etag })).json.version, version);
    fs.unlinkSync(path.join(web, 'new.html'));
    fs.unlinkSync(path.join(web, 'roads.geojson'));
    await until('the roads are gone', async () => (await get('/config.json')).json.roadsUrl === null);
    await until('it is gone', async () => (await get('/new')).status === 404);
  });
}

module.exports = { prepare, tests };
