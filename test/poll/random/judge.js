// What must hold when a round is over.  judge(facts) → [{ order?, check }]: the promises broken.
//
// Of each order the events are folded, append by append, beside the looks that the work system's
// journal has: each append must be what the rules make of one look's answer, and of looks in their
// order.  A look may be without an append (it found nothing, or its worker died), an append never
// without a look.  Where more than one look or answer fits, all are followed.  At each comparison
// nothing may be left to tell.
'use strict';
const rules = require('./rules');
const { latest, earliest, wallOf } = require('./clock');

const WORLDS_MAX = 400;
const LOST_MS = 10 * 60 * 1000;
const SAME_MS = 20; // between the clocks of the wall, the work system's journal and Strike's

// Appends: events in a row that one transaction wrote.
function batchesOf(events) {
  const batches = [];
  for (const event of events) {
    const last = batches[batches.length - 1];
    if (last && last.batch === event.batch) last.events.push(event);
    else batches.push({ batch: event.batch, actor: event.actor, events: [event] });
  }
  return batches;
}

// A task event, in the rules' words; people by name.
function told(event, people) {
  const p = event.payload;
  const base = { type: event.event_type, id: p.project_task_id };
  switch (event.event_type) {
    case 'TaskChangedEvent': {
      const changed = {};
      for (const [name, { from = null, to = null }] of Object.entries(p.changed)) {
        const word = (text) => (name === 'assignee' && text !== null ? people.get(text) || `nobody known (${text})` : text);
        changed[name] = { from: word(from), to: word(to) };
      }
      return { ...base, from: p.from, to: p.to, changed, fingerprint: p.fingerprint, display: p.display };
    }
    case 'LateCloneDetectedEvent':
    case 'TaskVanishedEvent':
    case 'UnknownTaskStatusEvent':
      return { ...base, clonedFrom: p.cloned_from || null, status: p.status, display: p.display };
    case 'TasksObservedEvent':
      return { type: event.event_type, tasks: p.tasks.map((task) => ({ id: task.project_task_id, status: task.status, display: task.display })) };
    default:
      return null;
  }
}

// The lists that a look may have been answered: its pages one after the other.
function listsOf(order, look) {
  let lists = [[]];
  for (const { n, page } of look.pages) {
    const answers = order.field.answers(n, page);
    lists = lists.flatMap((list) => answers.map((answer) => [...list, ...answer]));
  }
  return lists;
}

class Fold {
  constructor(facts, order, broken) {
    Object.assign(this, { facts, order, broken });
    this.eco = { status: 'OPEN', reopened: false, graceUntil: null };
    this.lost = false;
    this.missing = false; // the NOC was told that nothing is left but what is missing
    this.worlds = [{ look: -1, tasks: new Map() }]; // what may be known, and from which look
    this.seen = new Set();
    this.begunAt = -Infinity; // Strike's time, ms: the watch, once more
    this.untold = null; // a look's number
    this.lookedAt = -Infinity; // the last look that was recorded for sure, at the earliest
  }

  fail(check) {
    this.broken(this.order, check);
    throw new Error('told');
  }

  // Worlds that are alike are one.
  #keep(worlds) {
    const kept = new Map();
    for (const world of worlds) {
      const key = `${world.look} ${rules.canonical([...world.tasks.values()])}`;
      if (!kept.has(key)) kept.set(key, world);
    }
    this.worlds = [...kept.values()];
    if (this.worlds.length > WORLDS_MAX) this.fail(`${this.worlds.length} histories fit: too many to follow`);
  }

  step(event) {
    const { from, to } = event.payload;
    if (from !== this.eco.status) this.fail(`v${event.version}: from ${from} to ${to}, and the order is ${this.eco.status}`);
    this.eco = { status: to, reopened: ['HARD_COMPLETE', 'CANCELED'].includes(from), graceUntil: null };
    if (to !== 'COMPLETED' && to !== 'HARD_COMPLETE') return;
    this.eco.graceUntil = to === 'COMPLETED' ? Date.parse(event.payload.grace_until) : null;
    if (to !== 'COMPLETED') return;
    // from the moment of the look on, which was just before; the clock may have been turned between
    const looked = this.eco.graceUntil - this.facts.graceS * 1000;
    const [before, then] = [looked, event.at * 1000].map((at) => wallOf(this.facts.clock, at));
    if (!(looked <= event.at * 1000 && then - before < 60000)) this.fail(`v${event.version}: completed at ${new Date(event.at * 1000).toISOString()}, observed until ${event.payload.grace_until}`);
  }

  batch({ actor, events }) {
    if (actor !== 'strike:render') return this.#operated(events);
    const tasks = events.map((event) => told(event, this.facts.people)).filter(Boolean);
    const steps = events.filter((event) => event.event_type === 'StatusUpdatedEvent');
    const resumed = events.filter((event) => event.event_type === 'WatchResumedEvent').length;
    if (events.some((event) => event.event_type === 'WatchLostEvent')) {
      if (this.lost || events.length > 1) this.fail(`v${events[0].version}: the watch is lost, once more or with something else`);
      this.#mayBeLost(events[0]);
      this.lost = true;
      return undefined;
    }
    const missing = events.filter((event) => event.event_type === 'TasksMissingEvent');
    if (tasks.some((task) => ['TaskChangedEvent', 'LateCloneDetectedEvent', 'TaskVanishedEvent'].includes(task.type))) this.missing = false;
    if (tasks.length === 0 && steps.length === 0 && resumed === 0) return missing.forEach((event) => this.#onlyMissing(event));
    if (resumed !== (this.lost ? 1 : 0)) this.fail(`v${events[0].version}: ${resumed} WatchResumedEvents, and the watch was ${this.lost ? '' : 'not '}lost`);
    this.lost = false;
    if (!['OPEN', 'IN_PROGRESS', 'COMPLETED'].includes(this.eco.status)) this.fail(`v${events[0].version}: a look is told of a ${this.eco.status} order`);
    this.#once(events, tasks);
    this.#looked(events, tasks, steps);
    missing.forEach((event) => this.#onlyMissing(event));
    for (const event of steps) this.step(event);
    return undefined;
  }

  // Nothing is left but these, for ten intervals, and it wasn't told yet.
  #onlyMissing(event) {
    const { tasks, since } = event.payload;
    const shown = tasks.map((task) => task.project_task_id).sort();
    if (this.missing) this.fail(`v${event.version}: tasks are missing, told a second time`);
    if (event.at * 1000 - Date.parse(since) < LOST_MS - 1) this.fail(`v${event.version}: tasks are missing since ${since}, told before ten intervals`);
    const fitting = this.worlds.filter((world) => {
      const known = [...world.tasks.values()];
      const gone = known.filter((task) => task.vanished && !task.settled).map((task) => task.id).sort();
      return gone.length > 0 && rules.canonical(gone) === rules.canonical(shown) && known.every((task) => task.vanished || task.status.toLowerCase() === 'completed');
    });
    if (fitting.length === 0) this.fail(`v${event.version}: nothing is left but ${shown}, and known are\n  ${[...this.worlds[0].tasks.values()].map(rules.canonical).join('\n  ')}`);
    this.#keep(fitting);
    this.missing = true;
  }

  // No look has succeeded for ten intervals, nor has the watch just begun, or none after the
  // observation: when nothing is known against it.
  #mayBeLost(event) {
    const at = event.at * 1000;
    if (this.eco.status === 'COMPLETED' && at >= this.eco.graceUntil) return;
    const since = Math.max(this.lookedAt, this.begunAt);
    if (at - since < LOST_MS) this.fail(`v${event.version}: lost ${((at - since) / 1000).toFixed(3)} s after a look, or the watch's beginning`);
  }

  // Whatever the looks were: no change from the same to the same, no task new twice.
  #once(events, tasks) {
    for (const task of tasks) {
      if (task.type === 'TaskChangedEvent' && Object.keys(task.changed).length === 0) this.fail(`v${events[0].version}: ${task.id} changed, and nothing did`);
      for (const { id } of task.type === 'LateCloneDetectedEvent' ? [task] : task.tasks || []) {
        if (this.seen.has(id)) this.fail(`v${events[0].version}: ${id} is new a second time`);
        this.seen.add(id);
      }
    }
    const counts = events.filter((event) => event.event_type === 'LateCloneDetectedEvent').map((event) => event.payload.task_count);
    counts.reverse().forEach((count, i) => {
      if (count !== this.seen.size - i) this.fail(`v${events[0].version}: ${count} tasks are told, ${this.seen.size - i} are known`);
    });
  }

  // The looks that an append of that moment can come from: it is the last one before it, since nobody
  // looks again before the answer is recorded, or given up.
  #looksBefore(event) {
    const { looks } = this.order;
    const wall = wallOf(this.facts.clock, event.at * 1000);
    const before = looks.filter((look) => look.at <= wall + SAME_MS).length;
    let first = before - 1;
    while (first > 0 && (looks[first - 1].n === looks[first].n || looks[first].at > wall - SAME_MS)) first--;
    return [first, before];
  }

  // Was its answer recorded for sure?  In calm, and the next look followed.
  #isSure(k) {
    const { looks } = this.order;
    const next = looks.find((look, i) => i > k && look.n !== looks[k].n);
    return Boolean(next) && this.facts.calm.some(({ from, to }) => looks[k].at >= from && next.at <= to);
  }

  // No look after the world's own and before 'end' saw what nobody told.
  #nothingUntold(world, end) {
    const { order } = this;
    for (let k = world.look + 1; k < end; k++) {
      const { n } = order.looks[k];
      if (!this.#isSure(k) || order.looks.some((look, i) => i !== k && look.n === n)) continue;
      const quiet = listsOf(order, order.looks[k]).some((list) => rules.look(world.tasks, list, order.ours, this.eco).events.length === 0);
      if (!quiet) {
        this.untold = n;
        return false;
      }
    }
    return true;
  }

  // Which look is it?  One after the last one's, whose answer makes just these events.
  #looked(events, tasks, steps) {
    const { order } = this;
    const [first, end] = this.#looksBefore(events[0]);
    const wanted = rules.canonical(rules.sorted(tasks));
    const made = steps.map((event) => [event.payload.from, event.payload.to]);
    const closes = made.length === 1 && made[0][1] === 'HARD_COMPLETE';
    const worlds = [];
    let nearest = null;
    for (const world of this.worlds) {
      for (let i = Math.max(first, world.look + 1); i < end; i++) {
        for (const list of listsOf(order, order.looks[i])) {
          const result = rules.look(world.tasks, list, order.ours, this.eco);
          const fits = rules.canonical(result.events) === wanted && (closes ? result.mayClose : rules.canonical(result.steps) === rules.canonical(made));
          if (fits && this.#nothingUntold(world, i)) worlds.push({ look: i, tasks: result.tasks });
          else if (!nearest || result.events.some((event) => rules.sorted(tasks).includes(event))) nearest = { n: order.looks[i].n, ...result };
        }
      }
    }
    if (worlds.length === 0) {
      this.fail(`v${events[0].version}: no look accounts for\n  ${[...rules.sorted(tasks), ...made.map(String)].join('\n  ')}\na look like it (${nearest && nearest.n}) would tell${this.untold ? `, and look ${this.untold} saw what isn't told` : ''}\n  ${nearest ? [...nearest.events, ...nearest.steps.map(String)].join('\n  ') : ''}\nknown before\n  ${[...this.worlds[0].tasks.values()].map(rules.canonical).join('\n  ')}`);
    }
    this.#keep(closes ? this.#closing(worlds, events[0]) : worlds);
    this.lookedAt = earliest(this.facts.clock, Math.min(...this.worlds.map((world) => order.looks[world.look].at)));
  }

  // Closed by a look later than the observation, and by the last one.
  #closing(worlds, event) {
    const { order, facts } = this;
    const reopen = order.commands.find((one) => one.what === 'reopen_eco' && latest(facts.clock, one.at) >= event.at * 1000 - 2000);
    const last = order.looks.filter((look) => !reopen || look.at < reopen.at).length - 1;
    const late = worlds.filter((world) => latest(facts.clock, order.looks[world.look].at) >= this.eco.graceUntil);
    if (late.length === 0) this.fail(`v${event.version}: closed by a look before ${new Date(this.eco.graceUntil).toISOString()}`);
    const ending = late.filter((world) => world.look >= last);
    if (ending.length === 0) this.fail(`v${event.version}: closed by look ${order.looks[late[late.length - 1].look].n}, and look ${order.looks[last].n} followed`);
    return ending;
  }

  #operated(events) {
    for (const event of events) {
      if (event.event_type === 'StatusUpdatedEvent') {
        this.step(event);
        if (this.eco.reopened) this.begunAt = event.at * 1000;
      }
      if (event.event_type !== 'TaskSettledEvent') continue;
      this.missing = false;
      const id = event.payload.project_task_id;
      this.eco.reopened = false;
      const fitting = this.worlds.filter(({ tasks }) => tasks.has(id) && tasks.get(id).vanished && !tasks.get(id).settled);
      if (fitting.length === 0) this.fail(`v${event.version}: ${id} is settled, and isn't missing`);
      this.#keep(fitting.map((world) => ({ ...world, tasks: new Map(world.tasks).set(id, { ...world.tasks.get(id), settled: true }) })));
    }
  }

  // After looks at all that was there: nothing is left to tell, and the rows say what the events say.
  compare(what, one) {
    const { order } = this;
    const list = order.field.versions[one.model].tasks.filter((task) => !task.hidden);
    const fail = (check) => this.fail(`${what}, v${one.version}: ${check}`);
    const looks = order.looks.filter((look) => look.n <= one.n).length;
    let said = null;
    const kept = this.worlds.filter((world) => {
      if (!one.watched) return true; // closed: what came later isn't seen
      const { events, steps } = rules.look(world.tasks, list, order.ours, this.eco);
      if (!this.#nothingUntold(world, looks)) said = `look ${this.untold} saw it`;
      else if (world.look >= looks) said = `look ${order.looks[world.look].n} comes later`;
      else if (events.length > 0 || steps.length > 0) said = [...events, ...steps.map(String)].join('\n  ');
      else return true;
      return false;
    });
    if (kept.length === 0) fail(`looked at, and not told:\n  ${said}`);
    this.#keep(kept.map((world) => ({ ...world, look: Math.max(world.look, looks - 1) })));
    if (one.watched && this.lost) fail('looked at, and the watch is still lost');
    if (one.watched && this.eco.status === 'COMPLETED' && one.seen * 1000 >= this.eco.graceUntil && list.every((task) => task.status.toLowerCase() === 'completed') && [...kept[0].tasks.values()].every((task) => !task.vanished || task.settled)) fail('looked at after the observation, all is completed, and it isn\'t closed');
    if (one.watched !== ['OPEN', 'IN_PROGRESS', 'COMPLETED'].includes(this.eco.status)) fail(`${this.eco.status}, and ${one.watched ? '' : 'not '}watched`);
    if (one.view.status !== this.eco.status) fail(`eco_views says ${one.view.status}, the events say ${this.eco.status}`);
    if (one.view.task_count !== this.seen.size) fail(`eco_views has ${one.view.task_count} tasks, the events have ${this.seen.size}`);
    const row = (task) => rules.canonical({ id: task.project_task_id, status: task.status, assignee: task.assignee, crew: task.fields.crew, description: task.fields.description, clonedFrom: task.cloned_from, vanished: task.vanished_at !== null, settled: task.settled_at !== null, display: task.display_status, fingerprint: task.fingerprint });
    const known = (task) => rules.canonical({ id: task.id, status: task.status, assignee: task.assignee, crew: task.crew, description: task.description, clonedFrom: task.clonedFrom, vanished: task.vanished, settled: task.settled, display: task.display, fingerprint: task.fingerprint });
    const rows = one.tasks.map(row).sort();
    const same = this.worlds.filter((world) => rules.canonical([...world.tasks.values()].map(known).sort()) === rules.canonical(rows));
    if (same.length === 0) fail(`render_tasks has\n  ${rows.join('\n  ')}\nthe events say\n  ${[...this.worlds[0].tasks.values()].map(known).sort().join('\n  ')}`);
    this.#keep(same);
  }
}

function judgeOrder(facts, order, original, broken) {
  const fold = new Fold(facts, order, broken);
  const comparisons = facts.comparisons.map((one) => ({ what: `comparison ${one.what}`, ...one.orders.get(original) }));
  const due = (version) => {
    while (comparisons.length > 0 && comparisons[0].version < version) {
      const one = comparisons.shift();
      fold.compare(one.what, one);
      const quiet = order.events.filter((event) => event.version > one.version && event.version <= one.quietVersion && event.payload.to !== 'HARD_COMPLETE');
      if (quiet.length > 0) fold.fail(`${one.what}: nothing happened, and v${quiet[0].version} ${quiet[0].event_type} is told`);
    }
  };
  if (order.events.some((event, i) => event.version !== i + 1)) fold.fail('versions are missing');
  for (const batch of batchesOf(order.events)) {
    due(batch.events[0].version);
    fold.batch(batch);
  }
  due(Infinity);
  if (order.over === undefined) return;
  const late = order.looks.filter((look) => look.n > order.over);
  if (late.length > 0) fold.fail(`closed, and looked at again: ${late.map((look) => look.n)}`);
  if (!['HARD_COMPLETE', 'CANCELED'].includes(fold.eco.status)) fold.fail(`at the end it is ${fold.eco.status}`);
}

function judge(facts) {
  const list = [];
  const broken = (order, check) => list.push({ order, check });
  for (const [original, order] of facts.byOrder) {
    try {
      judgeOrder(facts, order, original, broken);
    } catch (error) {
      if (error.message !== 'told') throw error;
    }
  }
  for (const one of facts.problems) broken(null, `the chain: ${JSON.stringify(one)}`);
  return list;
}

module.exports = { judge };
