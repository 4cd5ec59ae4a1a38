// What a look must report, written once more from docs/statuses.md and docs/events.md: an order as
// it is known, and a list of tasks → the events.  Shares nothing with the product.
'use strict';
const crypto = require('crypto');

const KNOWN_WORDS = ['blueprinted', 'pending', 'tasked', 'allocated', 'releasable', 'released', 'jeopardy', 'completed'];
const FIELD_WORK = ['released', 'jeopardy', 'completed'];

// In whatever case the work system writes it.
const word = (task) => task.status.toLowerCase();

// Status, assignee, crew, clonedFrom and description, each with its length before it.
function fingerprint(task) {
  const md5 = crypto.createHash('md5');
  for (const text of [task.status, task.assignee, task.crew, task.clonedFrom, task.description]) md5.update(`${Buffer.byteLength(text || '')}:${text || ''}`);
  return md5.digest('hex');
}

function display(task, allocated) {
  if (word(task) === 'completed') return 'Complete';
  if (word(task) === 'jeopardy') return 'Blocked';
  if (word(task) === 'released') return task.assignee || allocated ? 'In Progress' : 'Assigned';
  return ['allocated', 'releasable'].includes(word(task)) ? 'Assigned' : 'Pending';
}

function change(fields, name, from, to) {
  if ((from || null) !== (to || null)) fields[name] = { from: from || null, to: to || null };
}

// One task: as known (undefined = never seen) and as found → what is told of it.
function taskEvents(known, found, seen) {
  const list = [];
  const allocated = Boolean((known && known.allocated) || ['allocated', 'releasable'].includes(word(found)));
  const shown = display(found, allocated);
  const next = { ...found, allocated, display: shown, fingerprint: fingerprint(found), vanished: false, settled: false };
  if (known) {
    const changed = {};
    change(changed, 'status', known.status, found.status);
    change(changed, 'assignee', known.assignee, found.assignee);
    change(changed, 'crew', known.crew, found.crew);
    change(changed, 'cloned_from', known.clonedFrom, found.clonedFrom);
    change(changed, 'description', known.description, found.description);
    if (known.vanished) change(changed, 'vanished', 'true', 'false');
    if (Object.keys(changed).length > 0) list.push({ type: 'TaskChangedEvent', id: found.id, from: known.status, to: found.status, changed, fingerprint: next.fingerprint, display: shown });
    else next.settled = known.settled;
  } else if (!seen.ours) list.push({ type: 'LateCloneDetectedEvent', id: found.id, clonedFrom: found.clonedFrom, status: found.status, display: shown });
  if (!KNOWN_WORDS.includes(word(found)) && (!known || known.status !== found.status)) list.push({ type: 'UnknownTaskStatusEvent', id: found.id, clonedFrom: found.clonedFrom, status: found.status, display: shown });
  return { list, next };
}

// The order's own steps: [[from, to], …]; 'close' is left to whoever knows the time.
function steps(eco, look) {
  const list = [];
  const go = (to) => {
    list.push([eco.status, to]);
    eco = { ...eco, status: to };
  };
  if (eco.status === 'COMPLETED') {
    if (!look.newWork) return { list, mayClose: look.allCompleted };
    go('IN_PROGRESS');
  }
  if (look.allCompleted && (!eco.reopened || look.news)) {
    if (eco.status === 'OPEN') go('IN_PROGRESS');
    go('COMPLETED');
  } else if (eco.status === 'OPEN' && look.fieldWork) go('IN_PROGRESS');
  return { list, mayClose: false };
}

// tasks: Map id → as known; list: as a look found them; ours: the id of the task that Strike made.
// Returns { events (sorted), steps, mayClose, tasks: the Map afterwards }.
function look(tasks, list, ours, eco) {
  const after = new Map(tasks);
  const events = [];
  const observed = [];
  const what = { news: false, newWork: false, fieldWork: false, allCompleted: true };
  const there = new Set();
  for (const found of list) {
    if (there.has(found.id)) continue;
    there.add(found.id);
    const known = tasks.get(found.id);
    const one = taskEvents(known, found, { ours: found.id === ours });
    after.set(found.id, one.next);
    events.push(...one.list);
    if (!known && found.id === ours) observed.push({ id: found.id, status: found.status, display: one.next.display });
    const moved = one.list.some((event) => event.type === 'TaskChangedEvent');
    if (!known && found.id !== ours) what.news = what.newWork = true;
    if (moved) what.news = true;
    if (moved && word(found) !== 'completed' && (word(known) === 'completed' || known.settled)) what.newWork = true;
    if (FIELD_WORK.includes(word(found))) what.fieldWork = true;
    if (word(found) !== 'completed') what.allCompleted = false;
  }
  for (const [id, known] of tasks) {
    if (there.has(id)) continue;
    if (!known.vanished) {
      what.news = true;
      after.set(id, { ...known, vanished: true });
      events.push({ type: 'TaskVanishedEvent', id, clonedFrom: known.clonedFrom, status: known.status, display: known.display });
    }
    if (!known.settled) what.allCompleted = false;
  }
  if (after.size === 0) what.allCompleted = false;
  if (observed.length > 0) events.push({ type: 'TasksObservedEvent', tasks: observed });
  return { events: sorted(events), tasks: after, ...(({ list: itsSteps, mayClose }) => ({ steps: itsSteps, mayClose }))(steps(eco, what)) };
}

// As texts that can be compared.
function sorted(events) {
  return events.map(canonical).sort();
}

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || value === undefined) return 'null';
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${key}:${canonical(value[key])}`).join()}}`;
}

module.exports = { look, sorted, canonical, fingerprint };
