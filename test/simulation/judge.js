// What must hold when a round is over.  judge(facts) → [{ order?, check }]: the promises broken.
//
// The mock's journal says what was asked of the telephone service and what it decided, its state
// which telephones rang; its executions, or the keys that it sent, say what was pressed for which
// order of a call.  The server's events and rows are held against them.
'use strict';

// A request that was under way when the yes was recorded may still arrive; its intent is held against
// the yes by the server's own times.  Whoever commits an intent and sits on it is seen here: so long,
// on a machine that stands still for a while, nobody does by chance.
const IN_FLIGHT_MS = 10000;
const ENDED = ['ACCEPTED', 'DECLINED', 'NO_ANSWER', 'BUSY', 'VOICEMAIL', 'FAILED', 'TIMEOUT', 'CANCELED', 'STOOD_DOWN'];
const PAGER_STATUS = { DISPATCHED: 'accepted', EXHAUSTED: 'exhausted', FAILED: 'failed', TAKEN_OVER: 'taken_over', CANCELED: 'none' };

const time = (value) => new Date(value).getTime();
const groupBy = (list, key) => {
  const groups = new Map();
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) || []), one]);
  return groups;
};

// The requests for a call that the provider took.
function created(facts) {
  return facts.journal.filter((entry) => entry.direction === 'request' && entry.method === 'POST' && /\/(Executions|Calls\.json)$/.test(entry.path) && entry.status === 201);
}

// The attempt whose call it is: its own, or the one it shares with other orders.
const carrierOf = (attempt) => attempt.call_of || attempt.attempt_id;

// Was somebody's telephone rung for that attempt?  The call that carries it rang, and carried it:
// who then hung up, or never came to that order, was called all the same.
function rung(facts, attempt) {
  return facts.calls.some((call) => call.carried.some((one) => one.attempt_id === attempt.attempt_id) && call.phones.some((phone) => phone.rang_at));
}

function judgeCalls(facts, broken, held) {
  const calls = created(facts);
  const attempts = new Map(facts.attempts.map((one) => [one.attempt_id, one]));
  const order = (attempt) => attempt && facts.orders.find((one) => one.ecoId === attempt.eco_id);
  for (const [id, list] of groupBy(calls, (entry) => entry.attempt_id)) {
    const attempt = attempts.get(id);
    if (!attempt) broken(null, `a call for attempt ${id}, which nobody intended`);
    else if (attempt.call_of) broken(order(attempt), `a call for attempt ${id}, which shares another's`);
    else if (list.length > 1 && !attempt.possible_repeat) broken(order(attempt), `${list.length} calls for attempt ${id}, which isn't marked as a possible repeat`);
    else if (list.length > 1) broken(order(attempt), `${list.length} calls for attempt ${id}: the first was there to be found`);
    if (attempt && list[0] && facts.serverTimes(list[0].at).most < time(attempt.created_at) - 5) broken(order(attempt), `a call before its intent, attempt ${id}`);
  }
  judgeSharing(facts, attempts, order, broken);
  // never two calls to one number at once
  const phones = facts.status.ecos.flatMap((eco) => eco.calls);
  for (const [to, list] of groupBy(phones, (call) => call.to)) {
    const sorted = [...list].sort((a, b) => time(a.created_at) - time(b.created_at));
    for (let i = 1; i < sorted.length; i++) {
      if (time(sorted[i].created_at) < time(sorted[i - 1].ended_at)) broken(null, `two calls to ${facts.people.get(to)} at once: ${sorted[i - 1].call_sid}, ${sorted[i].call_sid}`);
    }
  }
  // nobody is called once the page is over: by a yes, a take-over, a cancel
  for (const run of facts.runs) {
    const over = facts.events.find((one) => one.stream_id === run.run_id && one.event_type === 'PagerRunCompletedEvent');
    for (const call of over ? facts.calls : []) {
      const [first] = call.carried;
      const entry = calls.find((one) => one.attempt_id === first.attempt_id);
      for (const { attempt_id: id } of call.carried) {
        const attempt = attempts.get(id);
        if (!entry || !attempt || attempt.run_id !== run.run_id) continue;
        if (time(attempt.requested_at) > time(over.occurred_at) + 5) broken(order(attempt), `attempt ${id} was requested after the page had ended`);
        else if (!held && facts.serverTimes(entry.at).least > time(over.occurred_at) + IN_FLIGHT_MS) broken(order(attempt), `attempt ${id} was called ${facts.serverTimes(entry.at).least - time(over.occurred_at)} ms after the page had ended`);
      }
    }
  }
  for (const call of facts.calls) if (call.status !== 'ended') broken(order(attempts.get(call.carried[0].attempt_id)), `call ${call.sid} is still active`);
}

// One call for several orders: to one telephone, at most four, and each is in one call only.
function judgeSharing(facts, attempts, order, broken) {
  const phoneOf = (attempt) => (facts.contacts.find((one) => one.run_id === attempt.run_id && one.contact_ref === attempt.contact_ref) || {}).phone;
  for (const [carrier, list] of groupBy(facts.attempts.filter((one) => one.call_of), carrierOf)) {
    const first = attempts.get(carrier);
    const numbers = list.map((one) => one.call_no);
    if (!first || first.call_of) broken(order(list[0]), `attempt ${list[0].attempt_id} shares the call of ${carrier}, which has none`);
    else if (list.some((one) => phoneOf(one) !== phoneOf(first))) broken(order(first), `the call of ${carrier} is shared with somebody else's`);
    if (new Set(numbers).size !== numbers.length || numbers.some((one) => one < 2 || one > 4)) broken(order(list[0]), `in the call of ${carrier} the orders are ${numbers}`);
    if (new Set([...list.map((one) => one.eco_id), first && first.eco_id]).size !== list.length + 1) broken(order(list[0]), `the call of ${carrier} asks about an order twice`);
  }
  for (const call of facts.calls) {
    const [first, ...riders] = call.carried;
    for (const { attempt_id: id } of riders) {
      const rider = attempts.get(id);
      if (!rider || rider.call_of !== first.attempt_id) broken(order(rider), `call ${call.sid} asks about attempt ${id}, which isn't to share it`);
    }
  }
}

function judgeOrder(facts, order, broken) {
  const fail = (check) => broken(order, check);
  const runs = facts.runs.filter((one) => one.eco_id === order.ecoId);
  const attempts = facts.attempts.filter((one) => one.eco_id === order.ecoId);
  const view = facts.views.find((one) => one.eco_id === order.ecoId);
  const own = facts.events.filter((one) => one.stream_id === order.ecoId);
  const keys = facts.keys.filter((one) => one.digit === '1' && attempts.some((attempt) => attempt.attempt_id === one.attempt_id));
  const mock = facts.status.ecos.find((one) => one.subsector === order.subsector) || { tasks: [] };
  if (!view) return fail('the order is not in eco_views');

  const canceled = own.find((one) => one.event_type === 'StatusUpdatedEvent' && one.payload.to === 'CANCELED');
  const left = order.commands.includes('take_over') || canceled; // a human said that no page is needed

  // one task, one page
  if (mock.tasks.length > 1 || (mock.tasks.length === 0 && !canceled)) fail(`${mock.tasks.length} tasks in the work system`);
  else if (mock.tasks.length > 0 && view.render_task_id !== mock.tasks[0].projectTaskId) fail(`the task is ${mock.tasks[0].projectTaskId}, the view says ${view.render_task_id}`);
  if (!['TASKED', 'DISPATCHED'].includes(view.render_status) && !canceled) fail(`render_status is ${view.render_status}`);
  if (order.commands.length === 0 && runs.length !== 1) fail(`${runs.length} pages`);
  if (runs.length === 0 && !canceled) fail('no page');
  for (const run of runs) if (run.status !== 'COMPLETED' || !run.outcome) fail(`page ${run.run_no} has no outcome`);

  // a yes is a key press, and a key press is a yes
  const accepted = attempts.filter((one) => one.state === 'ACCEPTED');
  for (const attempt of [...accepted, ...attempts.filter((one) => one.state === 'STOOD_DOWN')]) {
    if (!keys.some((one) => one.attempt_id === attempt.attempt_id)) fail(`attempt ${attempt.attempt_id} is ${attempt.state}, and nobody pressed 1`);
  }
  for (const { sid, attempt_id: id } of keys.filter((one) => one.heard)) {
    const attempt = attempts.find((one) => one.attempt_id === id);
    if (attempt && !['ACCEPTED', 'STOOD_DOWN'].includes(attempt.state)) fail(`1 was pressed in ${sid}, and the attempt is ${attempt.state}`);
  }
  if (keys.some((one) => one.heard) && !left && accepted.length === 0) fail(`1 was pressed (${keys.map((one) => one.sid)}), and nobody has accepted`);
  if ((view.render_status === 'DISPATCHED') !== (accepted.length > 0)) fail(`${accepted.length} people accepted, and the order is ${view.render_status}`);
  // the first yes counts, until a page after a dispatch asks for another one
  const epochOf = (attempt) => runs.find((run) => run.run_id === attempt.run_id).epoch;
  for (const [epoch, list] of groupBy(accepted, epochOf)) if (list.length > 1) fail(`${list.length} people accepted in epoch ${epoch}`);
  for (const event of facts.events) {
    if (event.payload.state !== 'ACCEPTED' || event.payload.eco_id !== order.ecoId) continue;
    const run = runs.find((one) => one.run_id === event.stream_id);
    if (canceled && time(event.occurred_at) > time(canceled.occurred_at) + 5) fail('accepted after it was canceled');
    const ask = runs.filter((one) => time(one.created_at) <= time(event.occurred_at) - 5);
    if (ask.some((one) => one.epoch > run.epoch)) fail(`page ${run.run_no} was accepted after a page that asked for another yes`);
    const last = ask[ask.length - 1];
    if (last && last.outcome === 'TAKEN_OVER' && time(event.occurred_at) > time(last.completed_at) + 5) fail('accepted after it was taken over');
  }
  for (const run of runs) judgeRun(facts, order, run, attempts.filter((one) => one.run_id === run.run_id), accepted, fail);
  judgeView(facts, order, view, own, runs, fail);
}

// The view is what the events say, in the feed's order.
function judgeView(facts, order, view, own, runs, fail) {
  const seq = new Map(facts.feed.map((one) => [`${one.stream_id} ${one.version}`, Number(one.seq)]));
  const inFeed = (events) => [...events].sort((a, b) => seq.get(`${a.stream_id} ${a.version}`) - seq.get(`${b.stream_id} ${b.version}`));
  const last = (list) => list[list.length - 1];
  const render = last(own.filter((one) => one.event_type === 'RenderIntegrationStatusUpdatedEvent'));
  const status = last(own.filter((one) => one.event_type === 'StatusUpdatedEvent'));
  if (view.render_status !== (render ? render.payload.to : 'PENDING')) fail(`eco_views says ${view.render_status}, the events say ${render ? render.payload.to : 'PENDING'}`);
  if (view.status !== (status ? status.payload.to : 'OPEN')) fail(`eco_views says ${view.status}, the events say ${status ? status.payload.to : 'OPEN'}`);

  let [pager, by, runNo] = ['none', null, 0];
  for (const event of inFeed(facts.events.filter((one) => runs.some((run) => run.run_id === one.stream_id)))) {
    const run = runs.find((one) => one.run_id === event.stream_id);
    if (event.event_type === 'PagerRunStartedEvent' && run.run_no > runNo) [pager, runNo] = ['queued', run.run_no];
    if (event.event_type !== 'PagerRunCompletedEvent' || (run.run_no < runNo && !event.payload.accepted_by)) continue;
    pager = PAGER_STATUS[event.payload.outcome];
    by = event.payload.accepted_by || by;
  }
  if (view.pager_status !== pager) fail(`eco_views says ${view.pager_status}, the events say ${pager}`);
  const name = by ? (facts.contacts.find((one) => one.contact_ref === by) || {}).name : null;
  if (view.accepted_by !== name) fail(`eco_views says accepted by ${view.accepted_by}, the events say ${name}`);
  if (view.version !== own.length) fail(`eco_views is at version ${view.version} of ${own.length}`);
  if ((view.render_status === 'DISPATCHED') !== (view.dispatched_at !== null)) fail(`dispatched_at is ${view.dispatched_at} at ${view.render_status}`);
  const told = facts.timeline[order.ecoId].length;
  const events = own.length + facts.events.filter((one) => runs.some((run) => run.run_id === one.stream_id)).length;
  if (told !== events) fail(`the timeline has ${told} of ${events} events`);
}

function judgeRun(facts, order, run, attempts, accepted, fail) {
  const events = facts.events.filter((one) => one.stream_id === run.run_id).sort((a, b) => a.version - b.version);
  const ofType = (type) => events.filter((one) => one.event_type === type);
  const contacts = facts.contacts.filter((one) => one.run_id === run.run_id);

  if (ofType('PagerRunStartedEvent').length !== 1 || events[0].event_type !== 'PagerRunStartedEvent') fail('a page begins once, with its start');
  const yes = ofType('PagerAttemptUpdatedEvent').filter((one) => one.payload.state === 'ACCEPTED');
  if (yes.length > 1) fail(`${yes.length} ACCEPTED events in page ${run.run_no}`);
  if (yes.length > 0 && run.outcome !== 'DISPATCHED') fail(`page ${run.run_no} was accepted and is ${run.outcome}`);
  const ends = ofType('PagerRunCompletedEvent');
  if (ends.length === 0 || ends[ends.length - 1].payload.outcome !== run.outcome) fail(`page ${run.run_no} is ${run.outcome}, the events say ${ends.map((one) => one.payload.outcome)}`);
  if (ends.length > 2 || (ends.length === 2 && (ends[0].payload.outcome === 'DISPATCHED' || ends[1].payload.outcome !== 'DISPATCHED'))) fail(`page ${run.run_no} ended ${ends.map((one) => one.payload.outcome)}`);
  // by a key press in this page, or in an earlier one of the order
  if (run.outcome === 'DISPATCHED' && !accepted.some((one) => one.contact_ref === run.accepted_by && (yes.length === 0 || one.run_id === run.run_id))) fail(`page ${run.run_no}: accepted_by is nobody who accepted`);

  // nobody was left out; who wasn't reached is said so
  if (run.outcome === 'EXHAUSTED') {
    for (const contact of contacts) {
      const his = attempts.filter((one) => one.contact_ref === contact.contact_ref);
      if (!his.some((one) => rung(facts, one))) fail(`EXHAUSTED, and ${contact.name} was never rung`);
    }
  }
  if (run.outcome === 'FAILED' && !run.last_error) fail('FAILED, and nobody says why');

  // each change of an attempt is an event
  for (const attempt of attempts) {
    const states = ofType('PagerAttemptUpdatedEvent').filter((one) => one.payload.attempt_id === attempt.attempt_id).map((one) => one.payload.state);
    if (states[0] !== 'INTENT') fail(`attempt ${attempt.attempt_id} begins with ${states[0]}`);
    if (states[states.length - 1] !== attempt.state) fail(`attempt ${attempt.attempt_id} is ${attempt.state}, its last event ${states[states.length - 1]}`);
    if (!ENDED.includes(attempt.state)) fail(`attempt ${attempt.attempt_id} is ${attempt.state}`);
    if (attempt.line || attempt.claim || attempt.next_action) fail(`attempt ${attempt.attempt_id} is over and has ${attempt.line ? 'a line' : ''} ${attempt.claim ? 'a claim' : ''} ${attempt.next_action || ''}`);
    for (let i = 1; i < states.length; i++) {
      const known = facts.steps.some((step) => step.from_state === states[i - 1] && step.to_state === states[i]);
      if (!known) fail(`attempt ${attempt.attempt_id}: from ${states[i - 1]} to ${states[i]}`);
    }
  }
}

function judgeStore(facts, broken) {
  const { events, fed, different, first, last } = facts.whole;
  if (events !== fed || fed !== different) broken(null, `${events} events, ${fed} in the feed, ${different} different ones`);
  if (first !== 1 || last !== fed) broken(null, `the feed runs from ${first} to ${last} and has ${fed} entries`);
  for (const [stream, list] of groupBy(facts.feed, (one) => one.stream_id)) {
    if (list.some((one, i) => one.version !== i + 1)) broken(null, `the feed has stream ${stream} as ${list.map((one) => one.version)}`);
  }
  for (const one of facts.problems) broken(null, `the chain: ${JSON.stringify(one)}`);
  for (const one of facts.failures) broken(null, `parked: ${JSON.stringify(one)}`);
}

// held: a fault point kept a worker between a commit and what follows it, or the clock jumped there
function judge(facts, held) {
  const list = [];
  const broken = (order, check) => list.push({ order: order || null, check });
  judgeCalls(facts, broken, held);
  for (const order of facts.orders) judgeOrder(facts, order, broken);
  judgeStore(facts, broken);
  return list;
}

module.exports = { judge };
