// The orders known to this page: kept by key, given out as sorted rows.  News is applied in
// batches, so that a storm costs one pass a moment, not one a message.
import { view } from './words.js';

const BATCH_MS = 120;
const KEEP_CLOSED = 60;

export class Orders {
  #byId = new Map(); // eco_id → noc_ecos row as received
  #views = new Map(); // eco_id → frozen view; rebuilt only when its order or call changes
  #calls = new Map(); // eco_id → who is being called
  #names = {};
  #dirty = new Set();
  #put = new Map(); // eco_id → when it was last heard of, counted
  #count = 0;
  #timer = null;
  #listeners = new Set();

  // changed(rows, [{before, after}])
  subscribe(changed) {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  setNames(names) {
    this.#names = names;
    for (const id of this.#byId.keys()) this.#dirty.add(id);
    this.#schedule();
  }

  // An order as some answer had it: older news than what is known is dropped.
  put(eco) {
    this.#put.set(eco.eco_id, ++this.#count);
    const known = this.#byId.get(eco.eco_id);
    if (known && (Date.parse(known.updated_at) > Date.parse(eco.updated_at) || known.version > eco.version)) return;
    if (known && JSON.stringify(known) === JSON.stringify(eco)) return;
    this.#byId.set(eco.eco_id, eco);
    this.#dirty.add(eco.eco_id);
    this.#schedule();
  }

  // taken before all open orders are read, for replaceOpen
  mark() {
    return this.#count;
  }

  // All open orders, read at once: what is missing among them is closed, or not ours any more, unless
  // it was heard of since the reading began.
  replaceOpen(ecos, alsoKnown, mark) {
    const there = new Set(ecos.map((one) => one.eco_id));
    const gone = [...this.#byId.keys()].filter((id) => !there.has(id) && this.#put.get(id) <= mark);
    for (const one of [...ecos, ...alsoKnown]) this.put(one);
    for (const id of gone) {
      const one = this.#byId.get(id);
      if (one.status !== 'HARD_COMPLETE' && one.status !== 'CANCELED') {
        this.#forget(id);
        this.#dirty.add(id);
      }
    }
    this.#apply();
  }

  setCalls(calls) {
    const next = new Map(calls.map((one) => [one.eco_id, Object.freeze({ ...one })]));
    for (const id of new Set([...next.keys(), ...this.#calls.keys()])) {
      if (JSON.stringify({ ...next.get(id), now: 0 }) !== JSON.stringify({ ...this.#calls.get(id), now: 0 })) this.#dirty.add(id);
    }
    this.#calls = next;
    this.#schedule();
  }

  get(id) {
    return this.#views.get(id) || null;
  }

  // how many need a human and nobody has acknowledged it
  get attention() {
    let n = 0;
    for (const one of this.#byId.values()) n += one.needs_attention ? 1 : 0;
    return n;
  }

  clear() {
    this.#byId.clear();
    this.#put.clear();
    this.#views.clear();
    this.#calls.clear();
    this.#dirty.clear();
    this.#apply();
  }

  #schedule() {
    if (this.#timer === null) this.#timer = setTimeout(() => this.#apply(), BATCH_MS);
  }

  #apply() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const changes = [];
    for (const id of this.#dirty) {
      const before = this.#views.get(id) || null;
      const eco = this.#byId.get(id);
      const after = eco ? view({ ...eco, call: this.#calls.get(id) || null }, this.#names) : null;
      if (after) this.#views.set(id, after);
      else this.#views.delete(id);
      changes.push({ before, after });
    }
    this.#dirty.clear();
    this.#forgetClosed();
    const rows = [...this.#views.values()];
    for (const changed of this.#listeners) changed(rows, changes);
  }

  #forgetClosed() {
    const closed = [...this.#views.values()].filter((one) => !one.open);
    if (closed.length <= KEEP_CLOSED) return;
    closed.sort((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at));
    for (const one of closed.slice(KEEP_CLOSED)) {
      this.#views.delete(one.eco_id);
      this.#forget(one.eco_id);
    }
  }

  #forget(id) {
    this.#byId.delete(id);
    this.#put.delete(id);
  }
}

const newest = (a, b) => Date.parse(b.created_at) - Date.parse(a.created_at) || (a.eco_id < b.eco_id ? -1 : 1);
const ORDERINGS = {
  need: (a, b) => a.need - b.need || newest(a, b),
  newest,
  oldest: (a, b) => -newest(a, b),
};

// which: open, alarm, all; text: any of the words a person remembers
export function arrange(rows, { which = 'open', text = '', ordering = 'need' } = {}) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (one) => {
    if (which === 'open' && !one.open) return false;
    if (which === 'alarm' && !one.alarm) return false;
    if (words.length === 0) return true;
    const hay = `${one.job_id} ${one.number} ${one.description} ${one.osp} ${one.job_type} ${one.said} ${one.word}`.toLowerCase();
    return words.every((word) => hay.includes(word));
  };
  return rows.filter(matches).sort(ORDERINGS[ordering] || ORDERINGS.need);
}
