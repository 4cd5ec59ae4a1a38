// Stands for Render and Twilio: says yes to everything, or never answers where it is told so.
// Prints "PID URL"; /control/silent (POST, a regular expression), /control/journal (a line a request).
'use strict';
const http = require('http');

const journal = [];
let silent = null;
let made = 0;

function answer(request, path) {
  if (path.startsWith('/render/oauth/token')) return [200, { access_token: 't', token_type: 'Bearer', expires_in: 3600 }];
  if (path.startsWith('/render/tasks') && request.method === 'POST') return [201, { projectTaskId: `RT-${++made}`, status: 'tasked' }];
  if (path.startsWith('/render/tasks')) return [200, { tasks: [], nextPage: null }];
  const sid = `FN${String(++made).padStart(32, '0')}`;
  if (/\/Executions$/.test(path) && request.method === 'POST') return [201, { sid, status: 'active' }];
  if (/\/Executions(\?|$)/.test(path)) return [200, { executions: [], meta: { next_page_url: null } }];
  if (/\/Context/.test(path)) return [200, { context: {} }];
  return [200, { sid: path.split('/').pop(), status: request.method === 'POST' ? 'ended' : 'active' }];
}

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (data) => { body += data; });
  request.on('end', () => {
    if (request.url === '/control/silent') {
      silent = body ? new RegExp(body) : null;
      response.end();
    } else if (request.url === '/control/journal') {
      response.end(journal.map((line) => `${line}\n`).join(''));
    } else {
      const line = `${request.method} ${request.url}`;
      journal.push(line);
      if (silent && silent.test(line)) return;
      const [status, value] = answer(request, request.url);
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(value));
    }
  });
});
server.listen(0, '127.0.0.1', () => console.log(`${process.pid} http://127.0.0.1:${server.address().port}`));
