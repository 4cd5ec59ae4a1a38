// What befalls the server.  A disaster waits until every test of its group is in the middle of
// something, strikes once, and lets them go on when the server is back.
'use strict';
const { test, until } = require('./harness');
const { sql, crash, restart, kill, workers, gateway } = require('./server');

async function back() {
  await workers();
  await until('the gateway reaches the database', async () => (await fetch(`${gateway.url}/healthz`)).status === 200);
}

// hooks run when the server is just down, before it comes back.
async function immediateRestart(hooks) {
  await crash();
  await Promise.all(hooks.map((hook) => hook()));
  await restart('immediate');
  await back();
}

// One process that dies takes all backends with it: the server starts them anew by itself.
const killOf = (role) => async (hooks) => {
  const pid = await kill(role);
  await Promise.all(hooks.map((hook) => hook()));
  await until(`another ${role}`, async () => {
    const [row] = await sql('SELECT pid FROM strike.workers WHERE worker = $1', role);
    return row && row.pid !== null && row.pid !== pid;
  });
  await back();
};

class Disaster {
  constructor(strike) {
    this.strike = strike;
    this.waiting = 0; // tests that aren't there yet
    this.before = [];
    this.during = [];
    this.over = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
  }

  // A test of the group; body(open, strikes): strikes() is called once, in the middle.
  test(name, body) {
    test(name, async (open) => {
      this.waiting++;
      let there = false;
      const arrive = () => {
        if (!there && --this.waiting === 0) this.#strike();
        there = true;
      };
      try {
        await body(open, ({ before, during } = {}) => {
          if (before) this.before.push(before);
          if (during) this.during.push(during);
          arrive();
          return this.over;
        });
      } finally {
        arrive(); // who failed is not waited for
      }
    });
  }

  async #strike() {
    try {
      await Promise.all(this.before.map((hook) => hook()));
      await this.strike(this.during);
      this.settle.resolve();
    } catch (error) {
      this.settle.reject(error);
    }
  }
}

module.exports = { Disaster, immediateRestart, killOf };
