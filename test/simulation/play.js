// Plays a plan against the server; leaves a quiet server, and a record of what was done when.
'use strict';
const crypto = require('crypto');
const { Mock, Server, until, sleep } = require('./server');

const QUIET_MS = 180000;
const DEFAULTS = { 'strike.fault': null, 'strike.enabled': null, 'strike.pager_rounds': null, 'strike.pager_round_pause': null };
const TWILIO_ENDED = ['completed', 'no-answer', 'busy', 'failed', 'canceled'];
let rounds = 0;

class Play {
  constructor(server, plan) {
    this.server = server;
    this.plan = plan;
    this.osp = `osp-${process.pid}-${++rounds}`;
    this.orders = []; // { plan, ecoId, jobId, subsector }
    this.done = []; // { at, text }
    this.jumps = []; // { from, to: our time around it, by: ms } of the server's clock
    this.numbers = new Map(plan.people.map((name, i) => [`+1512${String(rounds * 10 + i).padStart(7, '0')}`, name]));
    this.account = 'AC' + crypto.randomBytes(16).toString('hex');
    this.flow = 'FW' + crypto.randomBytes(16).toString('hex');
    this.token = crypto.randomBytes(16).toString('hex');
    this.faults = new Map();
    this.over = false;
  }

  log(text) {
    this.done.push({ at: Date.now(), text });
  }

  // The server's time at a moment of ours and the mock's: { least, most } in ms, as jumps take a moment.
  serverTimes(at) {
    const here = new Date(at).getTime();
    const ahead = (passed) => this.jumps.filter(passed).reduce((sum, one) => sum + one.by, this.ahead || 0);
    return { least: here + ahead((one) => one.to <= here), most: here + ahead((one) => one.from <= here + 1) };
  }

  async run() {
    const { server, plan } = this;
    this.mock = await Mock.start(plan.seed);
    await this.mock.control('speed', { speed: plan.speed });
    server.set({ ...DEFAULTS, ...plan.settings, 'strike.public_url': plan.webhooks && plan.webhooks.from === 0 ? '' : server.gateway.url });
    await server.settled();
    await this.#configure();
    [{ ahead: this.ahead }] = await server.sql('SELECT (extract(epoch FROM strike.strike_now() - clock_timestamp()) * 1000)::float8 AS ahead');
    this.began = Date.now();
    this.log(`the round begins: speed ${plan.speed}, ${JSON.stringify(plan.settings)}, lists ${JSON.stringify(plan.regions)}`);
    const people = this.#people();
    try {
      await Promise.all([
        ...plan.orders.map((order) => this.#at(order.at, () => this.#create(order))),
        ...plan.faults.map((fault) => this.#fault(fault)),
        ...plan.commands.map((command) => this.#at(command.at, () => this.#command(command))),
        ...plan.clock.map((jump) => this.#at(jump.at, () => this.#jump(jump))),
        this.#withoutWebhooks(),
        this.#disasters(),
      ]);
      await this.#lift();
      await this.#quiet();
    } finally {
      this.over = true;
      await people;
    }
  }

  async #at(seconds, act) {
    await sleep(Math.max(0, this.began + seconds * 1000 - Date.now()));
    return act();
  }

  async #configure() {
    const { server, mock, osp } = this;
    await server.sql("INSERT INTO strike.tenants (code, name, kind) VALUES ($1, $1, 'OSP')", osp);
    await server.sql(
      `INSERT INTO strike.render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)
       VALUES ($1, $2 || '/render', $2 || '/render/oauth/token', $1, 'a-secret', $1)`, osp, mock.url);
    await server.sql(
      `INSERT INTO strike.twilio_accounts (osp_tenant, api_url, studio_url, account_sid, auth_token, from_number, flow_sid, transport)
       VALUES ($1, $2 || '/twilio', $2 || '/twilio', $3, $4, '+15125550100', $5, $6)`, osp, mock.url, this.account, this.token, this.flow, this.plan.transport);
    const numberOf = new Map([...this.numbers].map(([number, name]) => [name, number]));
    for (const [i, names] of this.plan.regions.entries()) {
      const [{ region_id: region }] = await server.sql(
        `INSERT INTO strike.pager_regions (osp_tenant, name, area)
         VALUES ($1, $2, ST_Multi(ST_MakeEnvelope($3::float8, 10, $3::float8 + 0.9, 11, 4326))) RETURNING region_id`, osp, `Region ${i}`, i);
      for (const [p, name] of names.entries()) {
        await server.sql('INSERT INTO strike.pager_contacts (region_id, position, name, phone) VALUES ($1, $2, $3, $4)', region, p + 1, name, numberOf.get(name));
      }
    }
  }

  // Asked for until it is there; request_id makes it one order.
  async #create(order) {
    const location = JSON.stringify({ type: 'Point', coordinates: [order.region + 0.5, 10.5] });
    const request = crypto.randomUUID();
    const made = await until(`order ${order.no} is made`, async () => {
      try {
        return await this.server.transaction(async (ask) => {
          const [row] = await ask("SELECT * FROM strike.strike_create_eco('noc-east', $1, 'CMR', $2, $3, $4)", this.osp, order.description, location, request);
          await this.mock.control('scenario', { scenario: order.scenario, subsector: `ECO-${row.job_id}` });
          return row;
        });
      } catch (error) {
        if (Server.isLost(error)) return null;
        throw error;
      }
    });
    this.orders.push({ plan: order, commands: [], ecoId: made.eco_id, jobId: made.job_id, subsector: `ECO-${made.job_id}` });
    this.log(`order ${order.no} is ${made.job_id}: region ${order.region}, ${order.scenario}, ${JSON.stringify(order.answers || {})}`);
  }

  // An operator's command; said again when the server went away under it, or another was in its way.
  async #command({ order: no, what }) {
    const order = this.orders.find((one) => one.plan.no === no);
    if (!order) return;
    const outcome = await until(`${what} of ${order.jobId}`, () => this.server.ask(`SELECT strike.strike_${what}($1, $2)`, order.ecoId, 'so says the operator')
      .then((rows) => rows && 'done', (error) => {
        if (error.code === '40P01') return null; // deadlock
        if (error.code !== 'PT409') throw error;
        return `refused: ${error.message}`;
      }));
    order.commands.push(what);
    this.log(`${what} of ${order.jobId}: ${outcome}`);
  }

  // The server's clock jumps; not while the server is away.
  async #jump({ by }) {
    const from = Date.now();
    const rows = await this.server.ask('SELECT strike.strike_clock_advance(make_interval(secs => $1))', by);
    if (rows) this.jumps.push({ from, to: Date.now(), by: by * 1000 });
    this.log(`the clock jumps by ${by} s: ${rows ? 'done' : 'the server is away'}`);
  }

  // Somebody takes the webhooks' address out of the settings, and puts it back.
  async #withoutWebhooks() {
    const { webhooks } = this.plan;
    if (!webhooks) return;
    const setTo = (url) => {
      this.server.set({ 'strike.public_url': url });
      this.log(`the webhooks' address is '${url}'`);
    };
    if (webhooks.from === 0) return this.log('without webhooks');
    await this.#at(webhooks.from, () => setTo(''));
    await sleep(webhooks.for * 1000);
    setTo(this.server.gateway.url);
  }

  // Sets of one provider that overlap in time are merged: the mock knows one set a provider.
  async #tellFaults(provider) {
    const sets = [...this.faults].filter(([fault]) => fault.set.provider === provider).map(([fault]) => fault.set);
    const merged = Object.assign({ provider }, ...sets);
    this.log(`faults: ${JSON.stringify(merged)}`);
    await this.mock.control('faults', merged);
  }

  async #fault(fault) {
    await this.#at(fault.at, () => {
      this.faults.set(fault, true);
      return this.#tellFaults(fault.set.provider);
    });
    if (fault.for >= 60) return; // to the end of the round
    await sleep(fault.for * 1000);
    this.faults.delete(fault);
    await this.#tellFaults(fault.set.provider);
  }

  // One after the other: each may find the server down from the one before.
  async #disasters() {
    const { server } = this;
    for (const one of this.plan.disasters) {
      await sleep(Math.max(0, this.began + one.at * 1000 - Date.now()));
      this.log(`disaster: ${JSON.stringify(one)}`);
      if (one.what === 'kill' || one.what === 'terminate') {
        const rows = await server.ask('SELECT pid FROM strike.workers WHERE worker = $1', one.worker);
        if (!rows || !rows[0] || !rows[0].pid) continue;
        if (one.what === 'terminate') await server.ask('SELECT pg_terminate_backend($1)', rows[0].pid);
        else {
          try {
            process.kill(rows[0].pid, 'SIGKILL');
          } catch (error) {
            if (error.code !== 'ESRCH') throw error;
          }
        }
      } else if (one.what === 'fault') {
        for (let i = 0; i < (one.times || 1); i++) {
          server.set({ 'strike.fault': one.fault });
          await sleep(one.for * 1000);
          server.set({ 'strike.fault': null });
          if (one.times) await sleep(150);
        }
      } else if (one.what === 'restart') await server.restart('immediate');
      else if (one.what === 'gateway') {
        await server.killGateway();
        await sleep(one.for * 1000);
        await until('the gateway is back', () => server.startGateway().then(() => true, () => false));
      } else if (one.what === 'pause') {
        server.set({ 'strike.enabled': 'off' });
        await sleep(one.for * 1000);
        server.set({ 'strike.enabled': null });
      } else if (one.what === 'slow') {
        // somebody's maintenance holds the pager's rows for a moment
        await server.transaction(async (ask) => {
          await ask('SELECT FROM strike.pager_process_state ORDER BY run_id FOR UPDATE');
          await sleep(one.for * 1000);
        }).catch((error) => {
          if (!Server.isLost(error) && error.code !== '40P01') throw error; // deadlock: he holds them another time
        });
      }
      this.log(`over: ${one.what}`);
    }
  }

  // People whose conduct the plan decides: looks for telephones that ring.
  async #people() {
    const answered = new Set();
    const timers = [];
    const act = (call, after, action, name) => {
      timers.push(sleep(after * 1000).then(async () => {
        if (this.over) return;
        const status = await this.mock.control('call', { call_sid: call.call_sid, action }).catch(() => 0);
        if (status === 200) this.log(`${name}: ${action} (${call.call_sid})`);
      }));
    };
    while (!this.over) {
      await sleep(40);
      const { ecos } = await this.mock.get('/control/status').catch(() => ({ ecos: [] }));
      for (const eco of ecos) {
        for (const call of eco.calls) {
          const name = this.numbers.get(call.to);
          // the first order of a call decides whether it is answered; each is then asked about
          const [, no] = (call.asking && /Damage (\d+)/.exec(call.hears)) || [];
          const order = this.orders.find((one) => (no ? one.plan.no === Number(no) : one.subsector === eco.subsector))
            || (!call.attempt_id && this.orders.find((one) => one.plan.answers && one.plan.answers[name])); // it doesn't say whose it is
          if (!order || !order.plan.answers || (call.status !== 'ringing' && !no)) continue;
          const about = `${call.call_sid} ${order.plan.no}`;
          if (answered.has(about)) continue;
          answered.add(about);
          const { does, after } = order.plan.answers[name] || { does: 'nobody' };
          if (does === '1' || does === '2') act(call, after, does, name);
          else if (does === 'late') act(call, after, '1', name);
          else if (does === 'hangup' && no) act(call, after, does, name);
          else if (no) continue; // nothing is said to this one
          else if (does === 'silent') act(call, after, 'answer', name);
          else if (does !== 'nobody') act(call, after, does, name);
        }
      }
    }
    await Promise.all(timers);
  }

  // The world is whole again.
  async #lift() {
    const { server } = this;
    this.faults.clear();
    await this.mock.control('faults', {});
    server.set({ 'strike.fault': null, 'strike.enabled': null });
    await server.settled();
    await server.workers();
    this.log('all faults are lifted');
  }

  async #busy() {
    const rows = await this.server.ask(
      `SELECT 'outbox' AS what, count(*) FROM strike.outbox
       UNION ALL SELECT 'parked', count(*) FROM strike.delivery_failure
       UNION ALL SELECT 'pages', count(*) FROM strike.pager_process_state WHERE status <> 'COMPLETED'
       UNION ALL SELECT 'attempts', count(*) FROM strike.pager_attempts WHERE claim IS NOT NULL OR next_action IS NOT NULL OR line IS NOT NULL
       UNION ALL SELECT 'tasks', count(*) FROM strike.render_process_state WHERE claim IS NOT NULL OR next_attempt_at IS NOT NULL
       UNION ALL SELECT 'orders', count(*) FROM strike.eco_views WHERE render_status = 'PENDING'
       UNION ALL SELECT 'orders unseen', (SELECT count(*) FROM strike.events WHERE event_type = 'ECOCreatedEvent') - (SELECT count(*) FROM strike.eco_views)
       UNION ALL SELECT 'tasks without a page', count(*) FROM strike.eco_views v WHERE render_status = 'TASKED' AND status <> 'CANCELED'
         AND NOT EXISTS (SELECT FROM strike.pager_process_state p WHERE p.eco_id = v.eco_id)`);
    if (!rows) return 'the server is away';
    const busy = rows.filter((row) => Number(row.count) !== 0).map((row) => `${row.what} ${row.count}`);
    const { ecos, timers } = await this.mock.get('/control/status');
    const calls = ecos.flatMap((eco) => eco.calls).filter((call) => !TWILIO_ENDED.includes(call.status));
    if (calls.length > 0) busy.push(`calls ${calls.length}`);
    if (timers.waiting > 0) busy.push(`the provider's timers ${timers.waiting}`);
    return busy.join(', ');
  }

  // An operator tries again what the work system didn't take.
  async #retryFailed() {
    let tried = 0;
    for (const order of this.orders) {
      const rows = await this.server.ask("SELECT FROM strike.eco_views WHERE eco_id = $1 AND render_status = 'FAILED' AND status <> 'CANCELED'", order.ecoId);
      if (!rows || rows.length === 0) continue;
      await this.server.ask('SELECT strike.strike_retry_render($1, $2)', order.ecoId, 'the work system is back').catch((error) => {
        if (error.code !== 'PT409') throw error; // found meanwhile
      });
      this.log(`retry of ${order.jobId}`);
      tried++;
    }
    return tried;
  }

  // Nothing is under way any more, and nothing will be.
  async #quiet() {
    let still = 0;
    const redrive = Date.now() + 8000;
    let redriven = false;
    await until(async () => `quiet: ${await this.#busy()}`, async () => {
      still = (await this.#busy()) === '' ? still + 1 : 0;
      if (still === 1 && (await this.#retryFailed()) > 0) still = 0;
      if (still === 0 && !redriven && Date.now() > redrive) {
        redriven = true;
        await this.server.ask('SELECT strike.strike_redrive()');
      }
      return still >= 4;
    }, QUIET_MS);
    this.log('quiet');
  }

  async stop() {
    await this.mock.stop();
  }
}

module.exports = { Play };
