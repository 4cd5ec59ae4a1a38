// server.js PORTS_FILE TLS_KEY TLS_CERTIFICATE: the peer of http_test.c, on loopback.  Writes
// "NAME PORT" lines to PORTS_FILE when all listen.  Answers well, badly, late or never, by path.
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');
const net = require('net');

const [portsFile, keyFile, certificateFile] = process.argv.slice(2);
const counts = new Map(); // requests by path
const held = []; // answers that wait for /release
let connections = 0;
const gate = { open: 0, most: 0, waiting: [] };

function admit() {
	const batch = gate.waiting.splice(0);
	for (const answer of batch) {
		gate.open--;
		answer.end('through');
	}
}

// Holds answers until `size` requests wait, then a moment longer: one too many would show.
function atGate(answer, size) {
	gate.open++;
	gate.most = Math.max(gate.most, gate.open);
	gate.waiting.push(answer);
	if (gate.waiting.length === size) setTimeout(admit, 30);
}

const routes = {
	'/hello': (query, request, answer) => answer.end('hello'),
	'/empty': (query, request, answer) => answer.writeHead(204).end(),
	'/bytes': (query, request, answer) => answer.end(Buffer.from([0x61, 0x00, 0xff])),
	'/echo': (query, request, answer, body) => {
		const lines = [`method=${request.method}`, `url=${request.url}`];
		for (const name of ['content-type', 'content-length', 'authorization', 'expect', 'user-agent', 'accept-encoding'])
			lines.push(`${name}=${request.headers[name] ?? '(none)'}`);
		answer.end(`${lines.join('\n')}\nbody=${body}\n`);
	},
	'/count': (query, request, answer) => answer.end(String(counts.get(query.get('path')) ?? 0)),
	'/connections': (query, request, answer) => answer.end(String(connections)),
	'/connection': (query, request, answer) => answer.end(String(request.socket.number)),
	'/status': (query, request, answer) => {
		const headers = {};
		if (query.has('after')) headers['Retry-After'] = query.get('after');
		if (query.has('date')) headers.Date = query.get('date');
		if (query.has('after_s'))
			headers['Retry-After'] = new Date(Date.now() + 1000 * query.get('after_s')).toUTCString();
		answer.sendDate = !query.has('undated');
		answer.writeHead(Number(query.get('code')), headers).end('told');
	},
	'/redirect': (query, request, answer) => answer.writeHead(302, { Location: '/landed' }).end(),
	'/landed': (query, request, answer) => answer.end('landed'),
	'/gate': (query, request, answer) => atGate(answer, Number(query.get('size'))),
	'/gate-reset': (query, request, answer) => {
		gate.most = 0;
		answer.end('ok');
	},
	'/gate-most': (query, request, answer) => answer.end(String(gate.most)),
	'/never': () => {},
	'/hold': (query, request, answer) => held.push(answer),
	'/release': (query, request, answer) => {
		for (const one of held.splice(0)) one.end('released');
		answer.end('ok');
	},
	'/drop': (query, request) => request.socket.destroy(),
	'/big': (query, request, answer) => {
		const body = Buffer.alloc(Number(query.get('bytes')), 'x');
		if (!query.has('chunked')) answer.setHeader('Content-Length', body.length);
		answer.write(body);
		answer.end();
	},
	'/truncated': (query, request, answer) => {
		if (!query.has('chunked')) answer.setHeader('Content-Length', 100);
		answer.write('only this', () => request.socket.destroy());
	},
};

function serve(request, answer) {
	const url = new URL(request.url, 'http://h');
	const chunks = [];
	request.on('data', (chunk) => chunks.push(chunk));
	request.on('end', () => {
		counts.set(url.pathname, (counts.get(url.pathname) ?? 0) + 1);
		const route = routes[url.pathname];
		if (route) route(url.searchParams, request, answer, Buffer.concat(chunks).toString());
		else answer.writeHead(404).end();
	});
}

function number(socket) {
	socket.number = ++connections;
}

// Peers that speak no proper HTTP, by the path asked for.
const oddities = {
	'/not-http': 'this is not HTTP\r\n\r\n',
	'/silent-close': '',
	'/early-hints': 'HTTP/1.1 103 Early Hints\r\nRetry-After: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
	'/half-headers': 'HTTP/1.1 200 OK\r\nContent-Le',
	'/many-headers': `HTTP/1.1 200 OK\r\n${`X: ${'x'.repeat(1000)}\r\n`.repeat(400)}Content-Length: 2\r\n\r\nok`,
	'/ok-close': 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end',
};

const plain = http.createServer(serve).on('connection', number);
const tls = https.createServer({ key: fs.readFileSync(keyFile), cert: fs.readFileSync(certificateFile) }, serve);
tls.on('tlsClientError', () => {});
const odd = net.createServer((socket) => {
	socket.on('error', () => {});
	socket.once('data', (data) => {
		const path = data.toString('latin1').split(' ')[1].split('?')[0];
		socket.end(oddities[path] ?? '');
	});
});
const mute = net.createServer((socket) => socket.on('error', () => {})); // accepts, says nothing
const closed = net.createServer();

const servers = { plain, tls, odd, mute, closed };
const ports = {};
for (const [name, server] of Object.entries(servers)) {
	server.listen(0, '127.0.0.1', 512, () => {
		ports[name] = server.address().port;
		if (Object.keys(ports).length < Object.keys(servers).length) return;
		closed.close(() => {
			const lines = Object.entries(ports).map(([key, port]) => `${key} ${port}\n`);
			fs.writeFileSync(`${portsFile}.new`, lines.join(''));
			fs.renameSync(`${portsFile}.new`, portsFile);
		});
	});
}
