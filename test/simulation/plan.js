// What happens in a round: everything is decided here, from the seed alone, before it begins.
//
//   seed ─► { transport, speed, settings, people, regions, orders with answers, faults, disasters, commands, clock, webhooks }
//
// Times are seconds from the beginning of the round.
'use strict';
const { Random } = require('./random');

const NAMES = ['J. Reyes', 'A. Ortiz', 'M. Chan', 'K. Novak', 'S. Okafor', 'T. Lind'];
const SCENARIOS = ['happy-path', 'second-accepts', 'pager-declined', 'pager-exhausted', 'pager-timeout'];
const POINTS = ['outbox_deliver', 'outbox_committed', 'render_intent', 'render_answer', 'pager_intent', 'pager_answer', 'pager_read', 'pager_news', 'pager_record'];
const ACTIVE_S = 9; // orders, faults and disasters begin within

// What a person does when the telephone rings.  'late' comes around the deadline.
const ANSWERS = { 1: 8, 2: 4, nobody: 3, busy: 2, fail: 1, voicemail: 2, silent: 2, hangup: 1, late: 3 };

function twilioFaults(r) {
  const set = { provider: 'twilio' };
  const kinds = r.shuffled(['drop_response', 'error', 'latency_ms', 'truncate_response', 'oversize_response', 'calls_per_second']).slice(0, r.whole(0, 2));
  for (const kind of kinds) {
    if (kind === 'error') Object.assign(set, { error_rate: r.pick([0.3, 0.6, 1]), status: r.pick([500, 503, 429, 409, 502]), retry_after_s: r.pick([0, 1, 2]) });
    else if (kind === 'latency_ms') set.latency_ms = r.pick([50, 300, 900, 1500, 3000]);
    else if (kind === 'calls_per_second') set.calls_per_second = r.pick([1, 2]);
    else set[kind] = r.pick([0.3, 0.6, 1]);
  }
  return Object.assign(set, reportFaults(r));
}

function reportFaults(r) {
  const set = {};
  for (const kind of ['duplicate_callbacks', 'reorder_callbacks', 'lose_callbacks', 'late_callbacks', 'forge_callbacks']) {
    if (r.chance(0.3)) set[kind] = r.pick([0.2, 0.5, 1]);
  }
  if (set.forge_callbacks) set.forge_callbacks = 0.2;
  if (set.late_callbacks) set.callback_delay_s = r.pick([1, 5, 20]);
  for (const kind of ['voicemail_rate', 'busy_rate', 'carrier_failure_rate']) if (r.chance(0.1)) set[kind] = r.pick([0.2, 0.5]);
  return set;
}

function renderFaults(r) {
  const set = { provider: r.chance(0.15) ? 'oauth' : 'render' };
  const kind = r.pick(['drop_response', 'error', 'latency_ms', 'truncate_response']);
  if (kind === 'error') Object.assign(set, { error_rate: r.pick([0.3, 0.6, 1]), status: r.pick([500, 503, 429, 502]), retry_after_s: r.pick([0, 1]) });
  else if (kind === 'latency_ms') set.latency_ms = r.pick([100, 800, 1500]);
  else set[kind] = r.pick([0.3, 0.6, 1]);
  return set;
}

function disaster(r) {
  const what = r.weighed({ kill: 3, terminate: 2, fault: 6, restart: 1, gateway: 2, pause: 2, slow: 1, race: 4 });
  const one = { at: r.between(0.1, ACTIVE_S), what };
  if (what === 'kill' || what === 'terminate') one.worker = r.pick(['outbox', 'render', 'pager', 'launcher']);
  if (what === 'fault') {
    const action = r.weighed({ crash: 3, error: 3, pause: 2 });
    Object.assign(one, { point: r.pick(POINTS), action, for: action === 'crash' ? r.between(0.3, 3) : r.between(0.2, 2.5) });
    one.fault = `${one.point}:${one.action}`;
  }
  // whoever is about to record news is held, and then all are let go at once
  if (what === 'race') {
    const point = r.pick(['pager_read', 'pager_news']);
    Object.assign(one, { what: 'fault', point, action: 'pause', fault: `${point}:pause`, for: r.between(0.1, 0.4), times: r.whole(1, 8) });
  }
  if (what === 'gateway' || what === 'pause') one.for = r.between(0.2, 4);
  if (what === 'slow') one.for = r.between(0.2, 2);
  return one;
}

// What an operator does to an order.
function command(r, orders) {
  return { at: r.between(0.5, ACTIVE_S + 4), order: r.pick(orders).no, what: r.weighed({ repage: 4, take_over: 2, cancel_eco: 2, acknowledge: 1 }) };
}

function plan(seed) {
  const r = new Random(seed);
  const wild = r.pick([0, 1, 2, 2, 3, 4]);
  const speed = r.pick([1.5, 2.5, 5, 10, 20]);
  const people = NAMES.slice(0, r.whole(2, NAMES.length));
  const regions = Array.from({ length: r.whole(1, 3) }, () => r.shuffled(people).slice(0, r.whole(1, 3)));
  const deadline = r.pick([5, 5, 6]);
  const settings = {
    'strike.pager_deadline': `${deadline}s`,
    'strike.twilio_timeout': r.pick(['1s', '1s', '2s']),
    'strike.render_timeout': '1s',
    'strike.render_give_up': r.pick(['5s', '10s', '30s']),
    'strike.pager_interval': r.pick(['500ms', '5s']),
    'strike.poll_interval': '1h',
  };
  const orders = Array.from({ length: r.pick([1, 2, 3, 4, 5, 6, 7, 8]) }, (_, i) => {
    const region = r.whole(0, regions.length - 1);
    const order = { no: i, at: r.chance(0.3) ? 0 : r.between(0, ACTIVE_S / 2), region, description: `Damage ${i}` };
    if (r.chance(0.4)) order.scenario = r.pick(SCENARIOS);
    else {
      order.scenario = 'pager-timeout';
      order.answers = {};
      for (const name of regions[region]) {
        const does = r.weighed(ANSWERS);
        order.answers[name] = { does, after: does === 'late' ? r.between(deadline - 0.6, deadline + 1.6) : r.between(0.05, 1.5) };
      }
    }
    return order;
  });
  const faults = [];
  if (wild > 0 && r.chance(0.6)) faults.push({ at: 0, for: 60, set: { provider: 'twilio', ...reportFaults(r) } });
  for (let i = 0; i < wild; i++) {
    const set = r.chance(0.7) ? twilioFaults(r) : renderFaults(r);
    faults.push({ at: r.between(0, ACTIVE_S), for: r.chance(0.2) ? r.between(6, 20) : r.between(0.5, 6), set });
  }
  const disasters = Array.from({ length: wild === 0 ? 0 : r.whole(wild - 1, wild + 1) }, () => disaster(r)).sort((a, b) => a.at - b.at);
  const commands = r.chance(0.5) ? Array.from({ length: r.whole(1, 4) }, () => command(r, orders)) : [];
  const transport = r.chance(0.35) ? 'calls' : 'studio';
  // the server's clock jumps forward; decided by a sequence of its own, so that the rest stays as it is
  const c = new Random(seed ^ 0x5bd1e995);
  const clock = wild > 0 && c.chance(0.3) ? Array.from({ length: c.whole(1, 2) }, () => ({ at: c.between(0.5, ACTIVE_S), by: c.pick([2, 7, 40, 300]) })) : [];
  // so are the webhooks: none at all, or none for a while, when asking alone finds what was pressed
  const w = new Random(seed ^ 0x2c1b3c6d);
  const few = orders.length <= 4; // everybody on the list may have to be called
  const webhooks = few && w.chance(0.2) ? { from: 0 } : wild > 0 && w.chance(0.1) ? { from: w.between(0.5, ACTIVE_S), for: w.between(0.3, 6) } : null;
  // and how often a page goes through its list
  if (few && !webhooks && w.chance(0.25)) Object.assign(settings, { 'strike.pager_rounds': '2', 'strike.pager_round_pause': w.pick(['0s', '500ms', '2s']) });
  return { clock, webhooks, seed, wild, transport, speed, deadline, settings, people, regions, orders, faults, disasters, commands };
}

module.exports = { plan };
