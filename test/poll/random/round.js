// A round: two contractors with a work system each, orders that are watched, then steps drawn from
// the seed: field work, time, trouble with answers, deaths of processes, operators, comparisons.
// What is drawn depends on the seed and the model alone, never on how fast something went.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const { Mock, until, sleep } = require('../../simulation/server');
const { Random } = require('../../simulation/random');
const { Field } = require('./field');
const { judge } = require('./judge');

const INTERVAL_S = 60;
const POINTS = ['poll_answer', 'poll_record', 'poll_recorded'];
const DEATH_STEPS = 8; // steps from one death to the next
const QUIET_MS = 60000;
let rounds = 0;

class Round {
  // fault: [point, action], if the round shall come to that one
  constructor(server, seed, fault) {
    const r = new Random(seed);
    Object.assign(this, { server, seed, r, wanted: fault, orders: [], done: [], clock: [], comparisons: [], calm: [], troubled: new Map() });
    this.counts = { changes: 0, faults: 0, crashes: 0, checkpoints: 0, reached: new Set() };
    this.name = `${process.pid}-${++rounds}`;
    this.graceS = r.pick([600, 1800, 7200, 86400]);
    this.settings = { 'strike.poll_interval': `${INTERVAL_S}s`, 'strike.render_timeout': '1s', 'strike.grace_period': `${this.graceS}s`, 'strike.poll_concurrency': r.pick([1, 2, 16]) };
    this.steps = r.whole(45, 65);
  }

  log(text) {
    this.done.push({ at: Date.now(), text });
  }

  // ---- the stage ----

  async run() {
    const { server, r } = this;
    this.mocks = [await Mock.start(this.seed), await Mock.start(this.seed + 1)];
    for (const mock of this.mocks) {
      await mock.control('scenario', { scenario: 'happy-path' });
      await mock.control('speed', { speed: 50 });
    }
    server.set({ ...this.settings, 'strike.fault': null, 'strike.enabled': null });
    await server.settled();
    await this.#measure();
    await this.#configure();
    const many = r.whole(3, 5);
    for (let i = 0; i < many; i++) await this.#create(i, i < 2 ? i : r.whole(0, 1));
    for (const order of this.orders) await this.#begin(order);
    this.log(`the round begins: ${JSON.stringify(this.settings)}`);
    this.#calm();
    // whoever comes to a fault point dies, at each once; another one fails, or waits
    const deaths = r.shuffled([...POINTS.map((point) => [point, 'crash']), [r.pick(POINTS), 'error'], [r.pick(POINTS), 'pause']]);
    for (let i = 0; i < this.steps; i++) {
      await this.#step();
      const drawn = (i % DEATH_STEPS === DEATH_STEPS - 1 && deaths.shift()) || [];
      const [point, action] = drawn.length > 0 && this.wanted ? this.wanted : drawn;
      if (point && (r.chance(0.7) || this.wanted)) await this.#lift();
      if (point) await this.#fault(point, action);
    }
    await this.#compare('at the end');
    await this.#close();
  }

  async #configure() {
    const { server } = this;
    for (const [i, mock] of this.mocks.entries()) {
      const osp = `poll-${this.name}-${i}`;
      await server.sql("INSERT INTO strike.tenants (code, name, kind) VALUES ($1, $1, 'OSP')", osp);
      await server.sql(
        `INSERT INTO strike.render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)
         VALUES ($1, $2 || '/render', $2 || '/render/oauth/token', $1, 'a-secret', $1)`, osp, mock.url);
    }
    // the first one's people can be called; nobody can of the other, whose orders are watched all the same
    const osp = `poll-${this.name}-0`;
    await server.sql(
      `INSERT INTO strike.twilio_accounts (osp_tenant, api_url, studio_url, account_sid, auth_token, from_number, flow_sid)
       VALUES ($1, $2 || '/twilio', $2 || '/twilio', 'AC' || md5($1), md5($1), '+15125550100', 'FW' || md5($1))`, osp, this.mocks[0].url);
    await server.sql(
      `WITH region AS (INSERT INTO strike.pager_regions (osp_tenant, name) VALUES ($1, 'All') RETURNING region_id)
       INSERT INTO strike.pager_contacts (region_id, position, name, phone) SELECT region_id, 1, 'Somebody', '+15125550111' FROM region`, osp);
  }

  async #create(no, which) {
    const [row] = await this.server.sql(
      "SELECT * FROM strike.strike_create_eco('noc-east', $1, 'CMR', 'Fibre cut', '{\"type\": \"Point\", \"coordinates\": [1, 1]}', $2)", `poll-${this.name}-${which}`, crypto.randomUUID());
    const subsector = `ECO-${row.job_id}`;
    this.orders.push({ no, which, ecoId: row.eco_id, jobId: row.job_id, subsector, field: new Field(this.mocks[which], subsector, `poll-${this.name}-${which}`), commands: [] });
  }

  async #begin(order) {
    const row = await until(`order ${order.no} is watched`, async () => {
      const [one] = await this.server.sql('SELECT project_task_id, next_poll_at FROM strike.render_process_state WHERE eco_id = $1', order.ecoId);
      return one && one.next_poll_at && one.project_task_id ? one : null;
    });
    order.ours = row.project_task_id;
    await order.field.begin(row.project_task_id);
    this.log(`order ${order.no} is ${order.jobId} at work system ${order.which}: ${row.project_task_id}`);
  }

  // ---- calm ----

  // From here on nothing keeps a look's answer from being recorded, until something does.
  #calm() {
    const last = this.calm[this.calm.length - 1];
    if (!last || last.to < Infinity) this.calm.push({ from: Date.now(), to: Infinity });
  }

  #disturbed() {
    const last = this.calm[this.calm.length - 1];
    if (last) last.to = Math.min(last.to, Date.now());
  }

  // ---- time ----

  // The virtual clock's lead over the wall, as it is or may be from then on, ms.
  async #measure() {
    const began = Date.now();
    const [{ ahead }] = await this.server.sql('SELECT (extract(epoch FROM strike.strike_now() - clock_timestamp()) * 1000)::float8 AS ahead');
    this.clock.push({ at: began, ahead });
    return ahead;
  }

  async #pass(seconds) {
    const last = this.clock[this.clock.length - 1].ahead;
    const step = { at: Date.now(), ahead: last + seconds * 1000 };
    this.clock.push(step);
    // said again when the server went away under it: time passes once
    const [{ until: end }] = await this.server.sql('SELECT (strike.strike_now() + $1::float8 * interval \'1 second\')::text AS until', seconds);
    await this.server.sql("SELECT strike.strike_clock_advance(greatest($1::timestamptz - strike.strike_now(), interval '0'))", end);
    // less, when the server was away for a while: what happens before it is measured has its time, too
    step.ahead = await this.#measure();
    this.log(`${seconds} s pass`);
  }

  #pause() {
    const { r } = this;
    const kind = r.weighed({ moment: 4, interval: 6, minutes: 2, grace: 1 });
    if (kind === 'moment') return r.whole(3, 20);
    if (kind === 'interval') return r.whole(30, 90);
    if (kind === 'minutes') return r.whole(120, 1500);
    return this.graceS + r.whole(-30, 90);
  }

  // Until nothing is due, or a moment has passed: nothing is promised about it.
  async #letLook(ms) {
    const end = Date.now() + ms;
    while (Date.now() < end) {
      const rows = await this.server.ask('SELECT FROM strike.render_process_state WHERE eco_id = ANY ($1) AND next_poll_at <= strike.strike_now() LIMIT 1', this.#ids());
      if (rows && rows.length === 0) return;
      await sleep(20);
    }
  }

  #ids() {
    return this.orders.map((order) => order.ecoId);
  }

  // ---- steps ----

  async #step() {
    const { r } = this;
    const kind = r.weighed({ work: 12, pass: 12, trouble: 4, lift: 2.5, crash: 0.5, error: 0.5, pause: 0.5, kill: 0.7, restart: 0.5, terminate: 0.5, operator: 4, chatter: 1.5, create: 0.4, compare: 1.5, finish: 2, again: 1.2 });
    if (kind === 'work') await this.#work(r.whole(2, 5));
    else if (kind === 'pass') {
      const [seconds, wait] = [this.#pause(), r.pick([0, 30, 600, 600])];
      await this.#pass(seconds);
      await this.#letLook(wait);
    } else if (kind === 'trouble') await this.#trouble();
    else if (kind === 'lift') await this.#lift();
    else if (kind === 'crash' || kind === 'error' || kind === 'pause') await this.#fault(r.pick(POINTS), kind);
    else if (kind === 'kill' || kind === 'terminate') await this.#kill(kind, r.weighed({ render: 5, outbox: 1, launcher: 1 }));
    else if (kind === 'restart') await this.#restart();
    else if (kind === 'operator') await this.#operate();
    else if (kind === 'chatter') await this.#chatter();
    else if (kind === 'create') await this.#late();
    else if (kind === 'finish') await this.#finish(r.pick(this.orders), this.#finishing());
    else if (kind === 'again') await this.#again();
    else await this.#compare('on the way');
  }

  async #work(times) {
    const { r } = this;
    const order = r.pick(this.orders);
    for (let i = 0; i < times; i++) {
      const mock = this.mocks[order.which];
      const quiet = !this.troubled.has(order.which);
      const what = await order.field.act(r, quiet, quiet ? await this.#bearer(mock) : null);
      this.counts.changes++;
      this.log(`order ${order.no}: ${what}`);
    }
  }

  async #bearer(mock) {
    const answer = await fetch(`${mock.url}/render/oauth/token`, { method: 'POST', headers: { authorization: `Basic ${Buffer.from('somebody:else').toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' }, body: 'grant_type=client_credentials' });
    return (await answer.json()).access_token;
  }

  async #trouble() {
    const { r } = this;
    const which = r.whole(0, 1);
    const kind = r.weighed({ drop_response: 3, truncate_response: 3, status: 5, latency_ms: 1, oauth: 1, oversize_response: 0.5 });
    const rate = r.pick([0.3, 0.6, 1]);
    const set = { provider: 'render' };
    const [status, wait, slow] = [r.pick([500, 503, 429, 404, 404, 401]), r.pick([0, 1, 30]), r.pick([50, 200, 1300])];
    if (kind === 'status') Object.assign(set, { error_rate: rate, status, retry_after_s: wait });
    else if (kind === 'oauth') Object.assign(set, { provider: 'oauth', error_rate: rate, status: 503, token_lifetime_s: 1 });
    else set[kind] = kind === 'latency_ms' ? slow : rate;
    const one = this.orders.find((order) => order.which === which);
    if (r.chance(0.3) && kind !== 'oauth') set.subsector = one.subsector;
    this.troubled.set(which, true);
    if (set.latency_ms) this.#disturbed(); // a whole answer may come too late
    this.counts.faults++;
    this.log(`trouble at work system ${which}: ${JSON.stringify(set)}`);
    await this.mocks[which].control('faults', set);
  }

  async #lift() {
    for (const which of this.troubled.keys()) await this.mocks[which].control('faults', {});
    if (this.troubled.size > 0) this.log('the answers come again');
    this.troubled.clear();
  }

  #logged(text) {
    return fs.readFileSync(path.join(this.server.env.PGDATA, '..', 'log'), 'latin1').split(text).length - 1;
  }

  // A fault point: something is changed, time passes, and whoever comes to it dies, fails or waits.
  async #fault(point, action, only) {
    const { r, server } = this;
    const during = only || r.weighed({ nothing: 1, time: 3, work: 4, kill: 2, restart: 1, operator: 3 });
    const text = `fault point ${point}: ${action}`;
    this.#disturbed();
    const before = this.#logged(text);
    this.log(`fault point ${point}: ${action}${action === 'pause' ? `, ${during} meanwhile` : ''}`);
    server.set({ 'strike.fault': `${point}:${action}` });
    const chance = r.real();
    for (const { field } of only ? [] : this.orders) {
      const shown = [...field.tasks.keys()].filter((i) => !field.tasks[i].hidden);
      if (shown.length > 0) await field.set(shown[Math.floor(chance * shown.length)], { description: `changed ${field.versions.length}` });
    }
    for (let i = 0; i < 3 && this.#logged(text) === before; i++) {
      await this.#pass(70);
      const end = Date.now() + 600;
      while (this.#logged(text) === before && Date.now() < end) await sleep(20);
    }
    if (this.#logged(text) > before) {
      this.log('it was reached');
      this.counts.crashes++;
      this.counts.reached.add(`${point}:${action}`);
    }
    if (action === 'pause') {
      if (during === 'time') await this.#pass(this.graceS);
      else if (during === 'work') await this.#work(2);
      else if (during === 'kill') await this.#kill('kill', 'render');
      else if (during === 'restart') await this.#restart();
      else if (during === 'operator') await this.#operate(true);
    }
    server.set({ 'strike.fault': null });
  }

  async #kill(how, worker) {
    const rows = await this.server.ask('SELECT pid FROM strike.workers WHERE worker = $1', worker);
    this.#disturbed();
    this.log(`${how} of ${worker}`);
    if (!rows || !rows[0] || !rows[0].pid) return;
    this.counts.crashes++;
    if (how === 'terminate') {
      await this.server.ask('SELECT pg_terminate_backend($1)', rows[0].pid);
      return;
    }
    try {
      process.kill(rows[0].pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }

  async #restart() {
    this.#disturbed();
    this.log('the server crashes and is started again');
    this.counts.crashes++;
    await this.server.restart('immediate');
  }

  // Whom an operator means: who reopens or settles, one where there is something to do, if there is
  // one.  What is drawn later doesn't hang on it.
  async #meant(what, chance) {
    const fitting = {
      reopen_eco: "SELECT eco_id FROM strike.eco_views WHERE eco_id = ANY ($1) AND status IN ('HARD_COMPLETE', 'CANCELED')",
      settle_tasks: 'SELECT DISTINCT eco_id FROM strike.render_tasks WHERE eco_id = ANY ($1) AND vanished_at IS NOT NULL AND settled_at IS NULL',
    }[what];
    const rows = (fitting && (await this.server.ask(fitting, this.#ids()))) || [];
    const some = this.orders.filter((order) => rows.some((row) => row.eco_id === order.ecoId));
    const list = some.length > 0 ? some : this.orders;
    return list[Math.floor(chance * list.length)];
  }

  // What an operator says, said again when the server went away under it.  Refusals are answers, too.
  async #operate(short) {
    const { r } = this;
    const what = r.weighed({ add_note: 2, reopen_eco: 3, settle_tasks: 3, cancel_eco: 0.3 });
    const order = await this.#meant(what, r.real());
    if (!short) return this.#command(order, what);
    // whoever is held at a fault point may hold the row: nobody waits for that
    const said = this.#command(order, what, true);
    this.later = Promise.all([this.later, said]);
    return Promise.race([said, sleep(300)]);
  }

  // Said until it is answered; once: it may be lost with the server.
  async #command(order, what, once) {
    const began = Date.now();
    this.#disturbed();
    const command = `SELECT strike.strike_${what}($1, $2)`;
    const say = async () => {
      try {
        const rows = await this.server.ask(command, order.ecoId, 'so says the operator');
        return rows ? 'done' : null;
      } catch (error) {
        if (error.code !== 'PT409') throw error;
        return `refused: ${error.message}`;
      }
    };
    const outcome = await (once ? say() : until(`${what} of ${order.jobId}`, say));
    order.commands.push({ what, at: began });
    this.log(`${what} of order ${order.no}: ${outcome || 'not answered'}`);
  }

  // People write notes while looks are recorded: who appends may find that another one was faster.
  async #chatter() {
    this.#disturbed();
    this.log('notes are written while time passes');
    const notes = this.orders.flatMap((order) => [1, 2, 3, 4].map((n) => this.server.ask('SELECT strike.strike_add_note($1, $2)', order.ecoId, `note ${n}`)));
    await Promise.all([this.#pass(65), ...notes]);
  }

  // An order's work is done, and its observation passes: just so, with late work in between, or while
  // a look that was asked for before its end waits to be recorded.
  #finishing() {
    const { r } = this;
    return { how: r.weighed({ plain: 3, late: 3, held: 3 }), word: r.pick(['blueprinted', 'completed']), part: r.between(0.1, 1.1), edit: r.chance(0.5) };
  }

  async #finish(order, { how, word, part, edit }) {
    const { field } = order;
    this.log(`order ${order.no} is to be finished: ${how}`);
    for (let i = 0; i < field.tasks.length; i++) {
      const { status, hidden } = field.tasks[i];
      if (status !== 'completed' || hidden) await field.set(i, { status: 'completed', hidden: false });
    }
    this.counts.changes++;
    await this.#pass(65);
    await this.#letLook(300);
    if (how === 'late' && field.tasks.length > 0) {
      await this.#pass(Math.round(this.graceS * part));
      await field.clone(0, { status: word });
      this.counts.changes++;
      await this.#pass(65);
      await this.#letLook(300);
    }
    if (how === 'held' && edit && field.tasks.length > 0) await field.set(0, { description: `edited ${field.versions.length}` });
    if (how === 'held') await this.#fault('poll_answer', 'pause', 'time');
    await this.#pass(this.graceS);
    await this.#letLook(300);
    await this.#pass(65);
    await this.#letLook(300);
  }

  // An order is opened again, or was canceled by mistake, perhaps while its work system is away.
  async #again() {
    const { r } = this;
    const [away, cancels, chance, finishing] = [r.chance(0.4), r.chance(0.2), r.real(), this.#finishing()];
    const order = await this.#meant('reopen_eco', chance);
    const [view] = await this.server.sql('SELECT status FROM strike.eco_views WHERE eco_id = $1', order.ecoId);
    if (!['HARD_COMPLETE', 'CANCELED'].includes(view.status)) await this.#finish(order, { ...finishing, how: 'plain' });
    if (cancels) await this.#command(order, 'cancel_eco');
    if (away) await this.mocks[order.which].control('faults', { provider: 'render', error_rate: 1, status: 500, subsector: order.subsector });
    await this.#command(order, 'reopen_eco');
    await this.#pass(25);
    await this.#letLook(300);
    if (!away) return;
    await this.mocks[order.which].control('faults', { provider: 'render', subsector: order.subsector });
    this.log('its work system is there again');
  }

  // One order more, while the others live.
  async #late() {
    const which = this.r.whole(0, 1);
    if (this.troubled.has(which) || this.orders.length >= 6) return;
    await this.#create(this.orders.length, which);
    await this.#begin(this.orders[this.orders.length - 1]);
  }

  // ---- comparisons ----

  // The world is whole again: no fault, all workers.
  async #whole() {
    await this.#lift();
    this.server.set({ 'strike.fault': null });
    await this.server.settled();
    await this.server.workers();
    await this.later;
  }

  #rows() {
    return this.server.sql(
      `SELECT eco_id, next_poll_at IS NOT NULL AS watched, extract(epoch FROM seen_at)::float8 AS seen,
         next_poll_at <= strike.strike_now() AS due, poll_failures, last_error FROM strike.render_process_state WHERE eco_id = ANY ($1)`, this.#ids());
  }

  // Until each watched order has been looked at, by a look asked for from now on.
  async #lookedAt() {
    const [{ now }] = await this.server.sql('SELECT extract(epoch FROM strike.strike_now())::float8 AS now');
    let late = [];
    await until(() => `a look at ${JSON.stringify(late)}`, async () => {
      late = (await this.#rows()).filter((row) => row.watched && !(row.seen > now));
      if (late.length === 0) return true;
      await this.#pass(17);
      await this.#letLook(300);
      return false;
    }, QUIET_MS);
  }

  async #settled() {
    await until('everything is delivered', async () => {
      const rows = await this.server.ask('SELECT (SELECT count(*) FROM strike.outbox)::int AS waiting, (SELECT count(*) FROM strike.delivery_failure)::int AS parked');
      return rows && rows[0].waiting === 0 && rows[0].parked === 0;
    });
  }

  async #versions() {
    const rows = await this.server.sql('SELECT stream_id, max(version) AS version FROM strike.events WHERE stream_id = ANY ($1) GROUP BY 1', this.#ids());
    return new Map(rows.map((row) => [row.stream_id, row.version]));
  }

  // What is known on both sides when nothing happens any more; then once more after a look that
  // must have nothing to say.
  async #compare(what) {
    this.log(`comparison ${what}`);
    await this.#whole();
    await this.#lookedAt();
    this.#calm();
    await this.#settled();
    const versions = await this.#versions();
    const rows = new Map((await this.#rows()).map((row) => [row.eco_id, row]));
    const tasks = await this.server.sql('SELECT * FROM strike.render_tasks WHERE eco_id = ANY ($1)', this.#ids());
    const views = await this.server.sql('SELECT * FROM strike.eco_views WHERE eco_id = ANY ($1)', this.#ids());
    const comparison = { what, orders: new Map() };
    for (const order of this.orders) {
      comparison.orders.set(order, {
        n: await order.field.number(),
        version: versions.get(order.ecoId),
        model: order.field.versions.length - 1,
        watched: rows.get(order.ecoId).watched,
        seen: rows.get(order.ecoId).seen,
        tasks: tasks.filter((task) => task.eco_id === order.ecoId),
        view: views.find((view) => view.eco_id === order.ecoId),
      });
    }
    await this.#lookedAt();
    const after = await this.#versions();
    for (const [order, one] of comparison.orders) one.quietVersion = after.get(order.ecoId);
    this.comparisons.push(comparison);
    this.counts.checkpoints++;
    if (judge(await this.facts()).length > 0) throw new Error('the comparison fails');
  }

  // All work is done, the observation passes, and everything is closed; then nobody looks any more.
  async #close() {
    for (const order of this.orders) {
      const { field } = order;
      for (let i = 0; i < field.tasks.length; i++) {
        const { status, hidden } = field.tasks[i];
        if (status !== 'completed' || hidden) await field.set(i, { status: 'completed', hidden: false });
      }
      if (field.tasks.length === 0) await field.foreign('done', await this.#bearer(this.mocks[order.which])).then(() => field.set(0, { status: 'completed' }));
    }
    this.log('all is completed');
    await this.#lookedAt();
    for (const order of this.orders) {
      this.#disturbed();
      await this.server.sql('SELECT strike.strike_settle_tasks($1, $2)', order.ecoId, 'gone for good').catch(() => {});
      order.commands.push({ what: 'settle_tasks', at: Date.now() });
    }
    const open = () => this.server.sql("SELECT job_id, status, task_count, completed_count FROM strike.eco_views WHERE eco_id = ANY ($1) AND status NOT IN ('HARD_COMPLETE', 'CANCELED')", this.#ids());
    let left = [];
    let last = 0;
    await until(() => `the orders are closed: ${JSON.stringify(left)}`, async () => {
      await this.#lookedAt();
      await this.#settled();
      left = await open();
      if (left.length === 0) return true;
      if (Date.now() - last > 1000) await this.#nudge();
      last = Date.now();
      await this.#pass(this.graceS + 1);
      return false;
    }, QUIET_MS);
    await this.#compare('closed');
    for (const order of this.orders) {
      order.over = await order.field.number();
      await order.field.clone(0, { status: 'released' });
    }
    await this.#pass(20 * INTERVAL_S);
    await this.#letLook(500);
    await sleep(300);
    await this.#pass(20 * INTERVAL_S);
    await sleep(300);
    for (const order of this.orders) order.overVersion = (await this.#versions()).get(order.ecoId);
  }

  // A reopened order stays in progress until something changes: something does.
  async #nudge() {
    const rows = await this.server.sql("SELECT eco_id FROM strike.eco_views WHERE eco_id = ANY ($1) AND status = 'IN_PROGRESS'", this.#ids());
    for (const row of rows) {
      const order = this.orders.find((one) => one.ecoId === row.eco_id);
      this.log(`order ${order.no} is told of once more`);
      await order.field.set(0, { description: `done, ${order.field.versions.length}` });
    }
  }

  // ---- what is known ----

  async facts() {
    const journals = await Promise.all(this.mocks.map((mock) => mock.journal()));
    const rows = await this.server.sql(
      `SELECT stream_id, version, event_type, payload, metadata->>'actor' AS actor, xmin::text AS batch, extract(epoch FROM occurred_at)::float8 AS at
       FROM strike.events WHERE stream_id = ANY ($1) ORDER BY stream_id, version`, this.#ids());
    const people = await this.server.sql('SELECT contact_ref, name FROM strike.contact_refs');
    const facts = { graceS: this.graceS, clock: this.clock, comparisons: this.comparisons, calm: this.calm, people: new Map(people.map((one) => [one.contact_ref, one.name])), told: 0, closed: 0, problems: [] };
    facts.orders = this.orders.map((order) => ({
      ...order,
      events: rows.filter((row) => row.stream_id === order.ecoId),
      looks: looksOf(journals[order.which], order),
    }));
    facts.byOrder = new Map(facts.orders.map((order, i) => [this.orders[i], order]));
    facts.told = rows.filter((row) => /^(Task|LateClone|UnknownTask|Status|Watch)/.test(row.event_type)).length;
    facts.closed = rows.filter((row) => row.payload.to === 'HARD_COMPLETE').length;
    facts.problems = await this.server.sql('SELECT * FROM strike.strike_verify_events()');
    facts.journals = journals;
    return facts;
  }

  async stop() {
    this.server.set({ 'strike.fault': null });
    for (const mock of this.mocks || []) await mock.stop();
  }
}

// The looks at an order as the work system took them: { n, at, pages: [{ n, page }], whole }.  One
// that was refused, lost or cut is none, and nor is one whose worker died between its pages.
function looksOf(journal, order) {
  const looks = [];
  let open = null;
  for (const entry of journal) {
    if (entry.direction !== 'request' || entry.method !== 'GET' || entry.subsector !== order.subsector || !entry.path.startsWith('/render/tasks')) continue;
    const page = Number(new URL(entry.path, 'http://mock').searchParams.get('page') || 1);
    if (page === 1) open = { n: entry.n, at: Date.parse(entry.at), pages: [] };
    if (!open || page !== open.pages.length + 1) continue;
    if (entry.status !== 200 || entry.note) continue;
    open.pages.push({ n: entry.n, page });
    open.at = Date.parse(entry.at);
    const more = order.field.answers(entry.n, page + 1).map((tasks) => tasks.length > 0);
    if (!more.every(Boolean)) looks.push({ ...open, pages: [...open.pages] }); // may be whole with this page
  }
  return looks;
}

module.exports = { Round, POINTS };
