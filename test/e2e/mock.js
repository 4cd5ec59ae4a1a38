// A mock of one test's own: its journal holds what that test caused, and nothing else.
'use strict';
const path = require('path');
const { spawn } = require('child_process');
const { root } = require('./server');

const all = [];

class Mock {
  static async start(...options) {
    const mock = new Mock();
    mock.process = spawn(path.join(root, 'mock', 'strike-mock'), ['--port', '0', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
    all.push(mock.process);
    mock.url = await new Promise((resolve, reject) => {
      let text = '';
      mock.process.stdout.on('data', (data) => {
        text += data;
        const ready = /ready on (http:\/\/\S+)/.exec(text);
        if (ready) resolve(ready[1]);
      });
      mock.process.on('exit', (status) => reject(new Error(`the mock ended with ${status}`)));
    });
    return mock;
  }

  async control(what, body) {
    const answer = await fetch(`${this.url}/control/${what}`, { method: 'POST', body: JSON.stringify(body) });
    if (answer.status !== 200) throw new Error(`/control/${what}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async journal(filter = {}) {
    const answer = await fetch(`${this.url}/control/journal?${new URLSearchParams(filter)}`);
    const { entries, dropped } = await answer.json();
    if (dropped > 0) throw new Error('the journal is not whole any more');
    return entries;
  }

  async eco(subsector) {
    const { ecos } = await (await fetch(`${this.url}/control/status`)).json();
    return ecos.find((one) => one.subsector === subsector);
  }
}

module.exports = { Mock, stopMocks: () => all.forEach((process) => process.kill('SIGKILL')) };
