// An order as a conversation: each step waits for what it says, and announces what the mock hears
// of it.  Waits are for events, which stay, so no step can come too late to see.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const { sql, value } = require('./server');
const { until } = require('./harness');
const { assertHeard } = require('./transcript');

// CONTRACT's required keys of each event's payload
const KEYS = {
  ECOCreatedEvent: 'job_id noc_tenant osp_tenant job_type description location request_id',
  RenderIntegrationStatusUpdatedEvent: 'from to render_instance project_task_id error',
  PagerRunStartedEvent: 'eco_id run_no region contacts message',
  PagerAttemptUpdatedEvent: 'eco_id run_id attempt_id contact_no contact_ref state provider_sid reason at_provider',
  PagerRunCompletedEvent: 'eco_id run_id outcome accepted_by',
};

const ENDED = ['ACCEPTED', 'DECLINED', 'NO_ANSWER', 'BUSY', 'VOICEMAIL', 'FAILED', 'TIMEOUT', 'CANCELED', 'STOOD_DOWN'];

const lp = (text) => {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

class Order {
  constructor(world, row, asked) {
    this.world = world;
    this.mock = world.mock;
    this.ecoId = row.eco_id;
    this.jobId = row.job_id;
    this.subsector = `ECO-${row.job_id}`;
    this.asked = asked;
    this.message = `NOC: ECO ${Number(row.job_id.split('-')[1])} - ${asked.description}`;
    this.announced = [];
    this.aside = new Set();
  }

  announce(...lines) {
    this.announced.push(...lines);
  }

  // Lines that may come any number of times, anywhere.
  mayHear(...lines) {
    for (const one of lines) this.aside.add(one);
  }

  // A live call is looked at now and then, which rings nobody: that may stand anywhere.
  assertHeard(entries = []) {
    const look = (one) => /^(ask|context) .* 200$/.test(one);
    const announced = this.announced
      .map((one) => (typeof one === 'string' ? one : { ...one, lines: one.lines.filter((text) => !look(text)) }))
      .filter((one) => (typeof one === 'string' ? !look(one) : one.lines.length > 0));
    assertHeard(`order ${this.subsector}`, entries.map((entry) => entry.line).filter((one) => !this.aside.has(one) && !look(one)), announced);
  }

  // --- what the database says ---------------------------------------------------------------

  async view() {
    return (await sql('SELECT * FROM strike.eco_views WHERE eco_id = $1', this.ecoId))[0] || {};
  }

  runs() {
    return sql('SELECT * FROM strike.pager_process_state WHERE eco_id = $1 ORDER BY run_no', this.ecoId);
  }

  async run() {
    return (await this.runs()).pop() || {};
  }

  // With the person's name; in the order in which they were made.
  attempts() {
    return sql(
      `SELECT a.*, r.name FROM strike.pager_attempts a JOIN strike.contact_refs r USING (contact_ref)
       WHERE a.eco_id = $1 ORDER BY a.created_at`,
      this.ecoId
    );
  }

  async render() {
    return (await sql('SELECT * FROM strike.render_process_state WHERE eco_id = $1', this.ecoId))[0] || {};
  }

  // Of the order and its pages.
  storedEvents() {
    return sql(
      `SELECT e.* FROM strike.events e WHERE e.stream_id = $1
       OR e.stream_id IN (SELECT run_id FROM strike.pager_process_state WHERE eco_id = $1)
       ORDER BY e.occurred_at, e.position`,
      this.ecoId
    );
  }

  async people() {
    const rows = await sql('SELECT contact_ref, name, phone, salt FROM strike.contact_refs');
    return new Map(rows.map((row) => [row.contact_ref, row]));
  }

  // "PagerAttemptUpdatedEvent J. Reyes CALLING" …: types and what matters of the payloads
  async events() {
    const stored = await this.storedEvents();
    const people = await this.people(); // after the events: they name nobody who isn't there yet
    const name = (ref) => (ref ? people.get(ref).name : 'nobody');
    return stored.map(({ event_type: type, payload: p }) => {
      if (type === 'RenderIntegrationStatusUpdatedEvent') return `${type} ${p.from} > ${p.to}`;
      if (type === 'PagerRunStartedEvent') return `${type} ${p.run_no}: ${p.contacts.map((c) => name(c.contact_ref)).join(', ')}`;
      if (type === 'PagerAttemptUpdatedEvent') return `${type} ${name(p.contact_ref)} ${p.state}`;
      if (type === 'PagerRunCompletedEvent') return `${type} ${p.outcome} ${name(p.accepted_by)}`;
      return type;
    });
  }

  async summaries() {
    return (await sql('SELECT summary FROM strike.strike_eco_timeline($1)', this.ecoId)).map((row) => row.summary);
  }

  // All that is known, for the message of a failure.
  async known() {
    const attempts = (await this.attempts()).map((a) => `${a.name} ${a.state} next=${a.next_action} claim=${a.claim} line=${a.line}`);
    const heard = ((await this.world.heard()).get(this.subsector) || []).map((entry) => entry.line);
    const all = { job: this.jobId, render: await this.render(), run: await this.run(), attempts, events: await this.events(), heard };
    return JSON.stringify(all, null, 1);
  }

  until(what, condition) {
    return until(async () => `${what}; known: ${await this.known()}`, condition);
  }

  event(text) {
    return this.until(`the event ${text}`, async () => (await this.events()).includes(text));
  }

  // The n-th entry of the mock's journal with that line.
  hears(text, n = 1) {
    return this.until(`the mock hears "${text}"`, async () => {
      const entries = (await this.world.heard()).get(this.subsector) || [];
      return entries.filter((entry) => entry.line === text)[n - 1];
    });
  }

  // --- the conversation ---------------------------------------------------------------------

  // The work system has the task and has said so.
  async tasked() {
    if (this.world.byHand) {
      await this.hears('task 201');
      await this.mock.control('advance', { seconds: 4 });
    }
    if (this.world.announced.length === 0) this.world.announce('token 200');
    this.announce('task 201');
    await this.event('RenderIntegrationStatusUpdatedEvent PENDING > TASKED');
  }

  // That telephone rings, and Strike knows whose call it is.
  async ringing(name) {
    this.announce(`call ${name} 201`);
    await this.rings(name);
  }

  // The same where the request was announced already.
  async rings(name) {
    this.announce(`${name} CALLING 204`);
    if (this.world.byHand) {
      await this.hears(`call ${name} 201`);
      await this.mock.control('advance', { seconds: 0.2 });
    }
    await this.event(`PagerAttemptUpdatedEvent ${name} CALLING`);
    await this.until(`the answer about ${name}'s call is recorded`, async () =>
      (await this.attempts()).some((a) => a.name === name && a.claim === null && a.provider_sid !== null));
  }

  async #does(name, action) {
    if (!this.world.byHand) return;
    const attempt = (await this.attempts()).filter((a) => a.name === name).pop();
    await this.mock.control('call', { attempt_id: attempt.attempt_id, action });
  }

  async pressing(name, key) {
    const state = { 1: 'ACCEPTED', 2: 'DECLINED' }[key];
    this.announce(`${name} ${state} 200`);
    await this.#does(name, String(key));
    await this.event(`PagerAttemptUpdatedEvent ${name} ${state}`);
  }

  // Presses the key on a line that loses, delays or forges: nothing is waited for.
  async presses(name, key) {
    await this.#does(name, String(key));
  }

  async notAnswering(name) {
    this.announce(`${name} FAILED 204`);
    await this.#does(name, 'hangup');
    await this.event(`PagerAttemptUpdatedEvent ${name} NO_ANSWER`);
  }

  async busy(name) {
    this.announce(`${name} FAILED 204`);
    await this.#does(name, 'busy');
    await this.event(`PagerAttemptUpdatedEvent ${name} BUSY`);
  }

  // Answered by nobody and nothing: the carrier gave up.
  async unconnected(name) {
    this.announce(`${name} FAILED 204`);
    await this.#does(name, 'fail');
    await this.event(`PagerAttemptUpdatedEvent ${name} FAILED`);
  }

  async #becomes(what, expected) {
    await this.until(what, async () => {
      const view = await this.view();
      return view.render_status === expected.render_status && view.pager_status === expected.pager_status;
    });
    const view = await this.view();
    for (const [key, wanted] of Object.entries(expected)) {
      if (wanted instanceof RegExp) assert.match(view[key], wanted, key);
      else assert.strictEqual(view[key], wanted, key);
    }
  }

  async #ended(outcome) {
    const run = await this.run();
    assert.strictEqual(run.status, 'COMPLETED');
    assert.strictEqual(run.outcome, outcome);
  }

  async dispatched(name) {
    await this.#becomes(`${this.jobId} is DISPATCHED`, {
      status: 'OPEN',
      render_status: 'DISPATCHED',
      pager_status: 'accepted',
      phase: new RegExp(`^contractor dispatched · ${name.replace('.', '\\.')}, \\d\\d:\\d\\d after creation$`),
      accepted_by: name,
      needs_attention: false,
      attention_reason: null,
    });
    await this.#ended('DISPATCHED');
  }

  async exhausted() {
    await this.#becomes(`${this.jobId}: nobody is left to call`, {
      status: 'OPEN',
      render_status: 'TASKED',
      pager_status: 'exhausted',
      phase: 'nobody answered: act now',
      accepted_by: null,
      needs_attention: true,
      attention_reason: 'nobody answered: act now',
      dispatched_at: null,
    });
    await this.#ended('EXHAUSTED');
  }

  // There is a task, but nobody to call, or no way to.
  async cannotPage(why) {
    await this.#becomes(`${this.jobId} can't be paged`, {
      status: 'OPEN',
      render_status: 'TASKED',
      pager_status: 'failed',
      phase: `can't page: ${why}`,
      accepted_by: null,
      needs_attention: true,
      attention_reason: `can't page: ${why}`,
      dispatched_at: null,
    });
    await this.#ended('FAILED');
  }

  // The work system can't be reached; nobody is called for that.
  async unreachable() {
    const words = `can't reach ${this.world.name}'s work system: act now`;
    await this.#becomes(`${this.jobId} is FAILED`, {
      status: 'OPEN',
      render_status: 'FAILED',
      pager_status: 'none',
      phase: words,
      accepted_by: null,
      needs_attention: true,
      attention_reason: words,
      dispatched_at: null,
    });
    assert.deepStrictEqual(await this.runs(), [], 'no page without a task');
  }

  // --- the end of each test -----------------------------------------------------------------

  // Nothing is under way any more, and nothing will be.
  async quiet() {
    await this.until('quiet', async () => {
      const busy = await value(
        `SELECT (SELECT count(*) FROM strike.outbox o WHERE o.stream_id = $1
             OR o.stream_id IN (SELECT run_id FROM strike.pager_process_state WHERE eco_id = $1))
           + (SELECT count(*) FROM strike.pager_process_state WHERE eco_id = $1 AND status <> 'COMPLETED')
           + (SELECT count(*) FROM strike.pager_attempts WHERE eco_id = $1
             AND (claim IS NOT NULL OR next_action IS NOT NULL OR line IS NOT NULL))
           + (SELECT count(*) FROM strike.render_process_state WHERE eco_id = $1
             AND (claim IS NOT NULL OR next_attempt_at IS NOT NULL))`,
        this.ecoId
      );
      const eco = (await this.mock.eco(this.subsector)) || { calls: [] };
      const ended = ['completed', 'no-answer', 'busy', 'failed', 'canceled'];
      const over = eco.calls.every((call) => ended.includes(call.status));
      // what the caller is told of his key takes its time, and so does the carrier
      if (this.world.byHand && !over && (await this.attempts()).every((one) => ENDED.includes(one.state))) await this.mock.control('advance', { seconds: 10 });
      return Number(busy) === 0 && over;
    });
  }

  async nobodyElseWasCalled() {
    await this.quiet();
    const entries = (await this.world.heard()).get(this.subsector) || [];
    this.assertHeard(entries);
    await this.#wellMade(entries);
    await this.#wellWritten();
    this.verified = true;
  }

  // Each request says what the contract says, and one task is there if one was asked for.
  async #wellMade(entries) {
    const stored = new Map((await this.attempts()).map((a) => [a.attempt_id, a]));
    for (const { line, body, path } of entries) {
      if (/^task \d/.test(line)) {
        const { project, taskType, ...rest } = JSON.parse(body);
        assert.deepStrictEqual([project, taskType], [this.world.osp, 'Investigation']);
        assert.deepStrictEqual(rest, {
          subsector: this.subsector,
          description: this.asked.description,
          geometry: this.asked.location,
          externalId: this.ecoId,
        });
      } else if (/^call .* \d+/.test(line)) {
        const form = new URLSearchParams(body);
        if (/\/Calls\.json/.test(path)) {
          this.#wellMadeCall(form, stored);
          continue;
        }
        const { callback_url: url, next = [], ...parameters } = JSON.parse(form.get('Parameters'));
        const attempt = stored.get(parameters.attempt_id);
        assert(attempt, 'each call has its attempt');
        assert.strictEqual(this.world.nameOf(form.get('To')), attempt.name);
        assert.strictEqual(form.get('From'), '+15125550100');
        if (url !== '') assert(new URL(url).pathname === `/twilio/studio/${attempt.attempt_id}`, url);
        assert.deepStrictEqual(parameters, { attempt_id: attempt.attempt_id, eco_id: this.ecoId, subsector: this.subsector, message: this.message });
        for (const one of next) {
          assert.deepStrictEqual(Object.keys(one).sort(), ['attempt_id', 'callback_url', 'eco_id', 'message', 'subsector']);
          assert(one.eco_id !== this.ecoId && new URL(one.callback_url).pathname === `/twilio/studio/${one.attempt_id}`);
        }
        assert(!path.includes('?'));
      }
    }
    const eco = await this.mock.eco(this.subsector);
    const { project_task_id: id } = await this.render();
    if (!this.watched) assert.deepStrictEqual(((eco || {}).tasks || []).map((task) => task.projectTaskId), id ? [id] : [], 'one task, and it is known');
  }

  // A call with TwiML: everything that Twilio needs, and where it reports.
  #wellMadeCall(form, stored) {
    const [, id] = /\/twilio\/voice\/([0-9a-f-]{36})\?subsector=/.exec(form.get('Url')) || [];
    const attempt = stored.get(id);
    assert(attempt, 'each call has its attempt');
    assert.strictEqual(this.world.nameOf(form.get('To')), attempt.name);
    assert.strictEqual(form.get('From'), '+15125550100');
    assert.match(form.get('StatusCallback'), new RegExp(`/twilio/status/${id}\\?subsector=${this.subsector}#rc=3&rp=ct,rt,5xx$`));
    assert.deepStrictEqual(form.getAll('StatusCallbackEvent'), ['initiated', 'ringing', 'answered', 'completed']);
    assert.strictEqual(form.get('MachineDetection'), 'Enable');
    assert(Number(form.get('Timeout')) <= 25, 'it does not ring longer than the contact has time');
  }

  // Each event has its keys, its actor, and no name or number of anybody.
  async #wellWritten() {
    const stored = await this.storedEvents();
    const people = await this.people();
    for (const { event_type: type, payload, metadata } of stored) {
      for (const key of (KEYS[type] || '').split(' ').filter(Boolean)) assert(key in payload, `${type} without ${key}`);
      assert.strictEqual(metadata.v, 1);
      assert(metadata.actor, `${type} without an actor`);
      const text = JSON.stringify(payload);
      for (const [number, name] of this.world.numbers) assert(!text.includes(number) && !text.includes(name), `${type} names ${name}`);
      for (const contact of payload.contacts || []) {
        const { name, phone, salt } = people.get(contact.contact_ref);
        const digest = crypto.createHash('sha256').update(Buffer.concat([salt, lp(name), lp(phone)])).digest('hex');
        assert.strictEqual(contact.contact_digest, digest);
      }
    }
  }
}

module.exports = { Order };
