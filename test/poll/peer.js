// Stands for the work systems of several contractors: /NAME/oauth/token, /NAME/tasks.  Each answers
// as it is told ({kind: "held"}: when it is told something else, and then so): POST /control/NAME {kind, …, orders: {SUBSECTOR: answer to that order's list}};
// GET /control/NAME tells {lists, tokens, under_way, most, asked: {SUBSECTOR: lists}}.
// A token is good for one NAME only.  Prints "PID URL".
'use strict';
const http = require('http');

const systems = new Map();
let made = 0;

function system(name) {
  if (!systems.has(name)) systems.set(name, { answer: { kind: 'tasks', tasks: [] }, lists: 0, tokens: 0, under_way: 0, most: 0, at: [], asked: {}, held: [] });
  return systems.get(name);
}

function json(response, status, value, headers = {}) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

const task = (of) => (given) => ({ subsector: of, ...given });

// kinds of answers to the list
const kinds = {
  tasks: (a, of, page, response) => json(response, 200, { tasks: a.tasks.map(task(of)), nextPage: null }),
  status: (a, of, page, response) => json(response, a.status, a.body || { code: 'no', message: 'no' }, a.headers),
  raw: (a, of, page, response) => json(response, 200, a.body),
  truncated: (a, of, page, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 1000 });
    response.write('{"tasks": [{"projectTaskId": "T1", "sta');
    setTimeout(() => response.destroy(), 20);
  },
  huge: (a, of, page, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.on('error', () => {});
    response.write('{"tasks": [');
    response.end(`${' '.repeat(10 * 1024 * 1024)}]}`);
  },
  // every page names one more task and another page
  pages: (a, of, page, response) => json(response, 200, {
    tasks: [{ projectTaskId: a.same ? 'T1' : `T${page}`, status: a.word || 'released', subsector: of }],
    nextPage: a.loop ? a.loop : page < a.pages ? page + 1 : null,
    padding: a.padding ? 'x'.repeat(a.padding) : undefined,
  }),
  silent: () => {},
  'slow pages': (a, of, page, response) => setTimeout(() => kinds.pages(a, of, page, response), a.ms),
  slow: (a, of, page, response) => setTimeout(() => kinds.tasks(a, of, page, response), a.ms),
};

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (data) => { body += data; });
  request.on('end', () => {
    const url = new URL(request.url, 'http://peer');
    const [, first, second] = url.pathname.split('/');
    if (first === 'control') {
      const of = system(second);
      if (request.method === 'POST') {
        of.answer = JSON.parse(body);
        of.most = of.under_way;
        of.at = [];
        for (const again of of.held.splice(0)) again();
      }
      json(response, 200, { lists: of.lists, tokens: of.tokens, under_way: of.under_way, most: of.most, at: of.at, asked: of.asked });
      return;
    }
    const of = system(first);
    if (second === 'oauth') {
      of.tokens++;
      if (of.answer.kind === 'no token') json(response, 401, { error: 'invalid_client' });
      else json(response, 200, { access_token: `${first}-${of.tokens}`, token_type: 'Bearer', expires_in: 3600 });
    } else if (request.method === 'POST') json(response, 201, { projectTaskId: of.own || `OWN-${++made}`, status: 'blueprinted' });
    else {
      of.lists++;
      of.at.push(Date.now());
      of.under_way++;
      of.most = Math.max(of.most, of.under_way);
      response.on('close', () => { of.under_way--; });
      const of_order = url.searchParams.get('subsector');
      of.asked[of_order] = (of.asked[of_order] || 0) + 1;
      const own = (of.answer.orders || {})[of_order];
      if (of.answer.kind === 'held') of.held.push(() => kinds[of.answer.kind](of.answer, of_order, 1, response));
      else if (own) kinds[own.kind](own, of_order, Number(url.searchParams.get('page')), response);
      else if (of.answer.kind === '401 once' && request.headers.authorization === `Bearer ${first}-${of.answer.tokens}`) json(response, 401, { code: 'expired' });
      else if (of.answer.kind === '401 once') kinds.tasks(of.answer, of_order, 1, response);
      else if (of.answer.kind === 'no token') json(response, 401, { code: 'no' });
      else kinds[of.answer.kind](of.answer, of_order, Number(url.searchParams.get('page')), response);
    }
  });
});
server.listen(0, '127.0.0.1', () => console.log(`${process.pid} http://127.0.0.1:${server.address().port}`));
