// A contractor of a test's own: with its work system and telephone account (one mock), regions and
// people.  Whatever that mock hears must have been announced.
'use strict';
const crypto = require('crypto');
const { Mock } = require('./mock');
const { sql, value, transaction, gateway } = require('./server');
const { line, assertHeard } = require('./transcript');
const { Order } = require('./order');

const PEOPLE = ['J. Reyes', 'A. Ortiz', 'M. Chan'];
const place = (region) => ({ type: 'Point', coordinates: [region + 0.5, 10.5] });
let contractors = 0;
let numbers = 0;

class World {
  // regions: a list of names each.
  // byHand: the mock's time stands still and the test moves it: the work system answers, telephones
  // ring and keys are pressed when the conversation says so.  Else scenario and speed are the mock's.
  static async open({ regions = [PEOPLE], byHand = false, scenario = byHand ? 'pager-timeout' : 'happy-path', speed = 10, transport = 'studio', secret = 'a-secret', token = crypto.randomBytes(16).toString('hex') } = {}) {
    const world = new World();
    world.byHand = byHand;
    world.osp = `osp-${++contractors}`;
    world.name = `Contractor ${contractors}`;
    world.token = token;
    world.mock = await Mock.start('--speed', String(byHand ? 0.01 : speed), '--scenario', scenario);
    world.orders = [];
    world.announced = []; // of what belongs to no order: tokens, lists of calls
    world.numbers = new Map(); // number → name
    const account = 'AC' + crypto.randomBytes(16).toString('hex');
    const flow = 'FW' + crypto.randomBytes(16).toString('hex');
    await sql("INSERT INTO strike.tenants (code, name, kind) VALUES ($1, $2, 'OSP')", world.osp, world.name);
    await sql(
      `INSERT INTO strike.render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)
       VALUES ($1, $2 || '/render', $2 || '/render/oauth/token', $1, $3, $1)`,
      world.osp, world.mock.url, secret
    );
    await sql(
      `INSERT INTO strike.twilio_accounts (osp_tenant, api_url, studio_url, account_sid, auth_token, from_number, flow_sid, transport)
       VALUES ($1, $2 || '/twilio', $2 || '/twilio', $3, $4, '+15125550100', $5, $6)`,
      world.osp, world.mock.url, account, world.token, transport === 'studio' ? flow : null, transport
    );
    for (let i = 0; i < regions.length; i++) await world.#addRegion(i, regions[i]);
    return world;
  }

  async #addRegion(i, people) {
    const region = await value(
      `INSERT INTO strike.pager_regions (osp_tenant, name, area)
       VALUES ($1, $2, ST_Multi(ST_MakeEnvelope($3::float8, 10, $3::float8 + 0.9, 11, 4326))) RETURNING region_id`,
      this.osp, `Region ${i}`, i
    );
    for (let p = 0; p < people.length; p++) {
      const number = `+1512${String(++numbers).padStart(7, '0')}`;
      this.numbers.set(number, people[p]);
      await sql('INSERT INTO strike.pager_contacts (region_id, position, name, phone) VALUES ($1, $2, $3, $4)', region, p + 1, people[p], number);
    }
  }

  // strike_create_eco's row; ask: sql, or a transaction's.  With request_id, so that it is one order
  // however often it is asked for.
  async asks(description, { region = 0, request = crypto.randomUUID() }, ask = sql) {
    const rows = await ask(
      "SELECT * FROM strike.strike_create_eco('noc-east', $1, 'CMR', $2, $3, $4)",
      this.osp, description, JSON.stringify(place(region)), request
    );
    return rows[0];
  }

  // An order at region i, in a scenario of its own if one is named.
  async callsOut(description, { scenario, ...options } = {}) {
    if (!scenario) return this.callsOutIn(sql, description, options);
    return transaction(async (ask) => {
      // chosen before anybody can act on the order
      const mine = await this.callsOutIn(ask, description, options);
      await this.mock.control('scenario', { scenario, subsector: mine.subsector });
      return mine;
    });
  }

  // The same in a transaction of the caller's.
  async callsOutIn(ask, description = 'Fiber cut on Main St', { region = 0, request } = {}) {
    const row = await this.asks(description, { region, request }, ask);
    const order = new Order(this, row, { description, location: place(region) });
    this.orders.push(order);
    return order;
  }

  announce(...lines) {
    this.announced.push(...lines);
  }

  nameOf(number) {
    return this.numbers.get(number) || number;
  }

  // Everything that the mock heard: {order lines by subsector, the rest}
  async heard() {
    const entries = await this.mock.journal();
    const attempts = new Map();
    for (const { method, path, body, attempt_id: its } of entries) {
      if (method === 'POST' && /\/Calls\.json/.test(path)) attempts.set(its, this.nameOf(new URLSearchParams(body).get('To')));
      const form = method === 'POST' && /(^|&)Parameters=/.test(body) ? new URLSearchParams(body) : null;
      if (!form) continue;
      const { attempt_id: first, next = [] } = JSON.parse(form.get('Parameters'));
      for (const id of [first, ...next.map((one) => one.attempt_id)]) attempts.set(id, this.nameOf(form.get('To')));
    }
    const bySubsector = new Map();
    for (const entry of entries) {
      const key = !entry.subsector || entry.subsector === '(no subsector)' ? '' : entry.subsector;
      if (!bySubsector.has(key)) bySubsector.set(key, []);
      bySubsector.get(key).push({ ...entry, line: line(entry, (one) => attempts.get(one.attempt_id) || this.numbers.get(new URLSearchParams(one.body).get('To')) || 'somebody') });
    }
    return bySubsector;
  }

  // A report as Twilio sends and signs it, without the mock.
  async reports(path, form) {
    const url = gateway.url + path;
    const text = Object.keys(form).sort().reduce((all, name) => all + name + form[name], url);
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      'X-Twilio-Signature': crypto.createHmac('sha1', this.token).update(text).digest('base64'),
    };
    const answer = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(form).toString() });
    return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
  }

  // Nothing reached the work system or the telephone service but what was announced.
  async nothingElseHappened() {
    const heard = await this.heard();
    // a look into the provider's queue rings nobody
    const lines = (key) => (heard.get(key) || []).map((entry) => entry.line).filter((one) => one !== 'queue 200');
    for (const order of this.orders) {
      order.assertHeard(heard.get(order.subsector));
      heard.delete(order.subsector);
    }
    assertHeard(`${this.osp}, without an order`, lines(''), this.announced);
    heard.delete('');
    assertHeard(`${this.osp}, orders that nobody made`, [...heard.keys()], []);
  }
}

module.exports = { World, PEOPLE };
