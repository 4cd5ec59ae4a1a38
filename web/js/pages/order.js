// One order: whether somebody is coming, who was called and when, the field work, the record; and
// the same at any moment of its past.
import { get, rpc, Refused, SessionOver } from '../api.js';
import { nameTitle } from '../alarm.js';
import { csv } from '../csv.js';
import { save } from '../download.js';
import { makeMap } from '../map.js';
import { resultAt, segmentsOf } from '../strip.js';
import { clockTime, jobTypeName, moment, seconds, view } from '../words.js';
import { stepName, stepsFor } from './action.js';

const NOW = 1000; // the slider's right end

export const orderPage = ({ Alpine, app, orders, now, refresh }) => () => ({
  id: app.id,
  order: null, // as it is
  then: null, // as it was, while the slider is not at its end
  missing: '',
  timeline: [],
  calls: [],
  tasks: [],
  tasksThen: [],
  record: '',
  slider: NOW,
  at: null,
  strip: [],
  acceptance: '',
  map: null,
  effects: [],
  timers: {},
  jobTypeName,
  moment,
  stepName,

  get shown() {
    return this.then || this.order;
  },
  get replaying() {
    return this.slider < NOW;
  },
  get banner() {
    return this.at === null ? '' : `${moment(this.at, now())}, not now`;
  },
  get past() {
    return this.replaying && this.at !== null ? this.timeline.filter((one) => Date.parse(one.at) <= this.at) : this.timeline;
  },
  get history() {
    return [...this.past].reverse().map((one, i) => Object.freeze({ key: this.past.length - i, time: moment(one.at, now()), summary: one.summary, who: this.actor(one.actor), source: one.source }));
  },
  get steps() {
    return app.operator && !this.replaying ? [...new Set([...stepsFor(this.order), ...(this.tasks.some((one) => one.missing) ? ['settle'] : []), ...(this.order?.open ? ['note', 'cancel'] : [])])] : [];
  },
  get work() {
    return this.replaying ? this.tasksThen : this.tasks;
  },
  get people() {
    const until = this.replaying ? this.at : Infinity;
    return this.calls.filter((one) => Date.parse(one.begun_at) <= until).map((one, i) => {
      const took = (from, to) => (from && to && Date.parse(to) <= until ? seconds((Date.parse(to) - Date.parse(from)) / 1000) : '');
      return Object.freeze({
        key: i, page: one.page, name: one.contact_name + (one.possible_repeat ? ' (possibly called twice)' : ''), begun: moment(one.begun_at, now()),
        queue: took(one.begun_at, one.ringing_at || one.answered_at || one.ended_at), ring: took(one.ringing_at, one.answered_at || one.ended_at),
        talk: took(one.answered_at, one.ended_at), result: resultAt(one, until),
      });
    });
  },
  actor(name) {
    if (!name) return '';
    if (name.startsWith('strike:')) return 'Strike';
    if (name.startsWith('contact:')) return 'by key press';
    return name;
  },
  taskName(task) {
    return `#${task.task_no}${task.clone_of ? ` (clone of #${task.clone_of})` : ''} ${task.description || 'task'}`;
  },
  taskRole(task) {
    return { Blocked: 'warn', 'In Progress': 'work', Assigned: 'work', Complete: 'done' }[task.display_status] || 'neutral';
  },
  since(task) {
    return moment(task.changed_at || task.first_seen_at, now());
  },
  fuse() {
    return { from: this.shown?.completed_at, until: this.shown?.grace_until };
  },
  span() {
    return { from: this.shown?.call?.since, until: this.shown?.call?.deadline_at };
  },
  step(kind) {
    Alpine.store('action').open(this.order, kind);
  },

  async init() {
    this.order = orders.get(this.id);
    this.stopListening = orders.subscribe((rows, changes) => {
      if (!changes.some(({ after, before }) => (after || before)?.eco_id === this.id)) return;
      const known = orders.get(this.id);
      if (known) this.order = known;
      this.readSoon();
    });
    this.acted = () => this.readSoon();
    document.addEventListener('strike:acted', this.acted);
    this.printing = () => this.onPaper();
    window.addEventListener('beforeprint', this.printing);
    this.timers.tick = setInterval(() => this.order?.open && !this.replaying && this.draw(), 1000);
    await this.read();
    this.drawMap();
  },
  destroy() {
    this.stopListening();
    document.removeEventListener('strike:acted', this.acted);
    window.removeEventListener('beforeprint', this.printing);
    clearInterval(this.timers.tick);
    clearTimeout(this.timers.soon);
    clearTimeout(this.timers.replay);
    for (const one of this.effects) Alpine.release(one);
    this.map?.made.destroy();
  },
  readSoon() {
    clearTimeout(this.timers.soon);
    this.timers.soon = setTimeout(() => this.read(), 150);
  },
  async read() {
    try {
      if (!this.order) {
        const [eco] = await get(`/noc_ecos?eco_id=eq.${this.id}`);
        if (eco) {
          orders.put(eco);
          this.order = view({ ...eco, call: null }, Object.fromEntries(app.contractors.map((one) => [one.osp_tenant, one.name])));
        } else {
          // just created: its row follows in a moment; else it isn't ours
          const state = await rpc('strike_eco_state', { eco_id: this.id });
          if (state) this.order = view({ ...state, call: null });
        }
      }
      const [timeline, calls, tasks] = await Promise.all([
        rpc('strike_eco_timeline', { eco_id: this.id }), rpc('strike_eco_calls', { eco_id: this.id }), rpc('strike_eco_tasks', { eco_id: this.id }),
      ]);
      Object.assign(this, { timeline: Object.freeze(timeline), calls: Object.freeze(calls), tasks: Object.freeze(tasks), missing: '' });
      this.draw();
      nameTitle(`${this.order.number} ${this.order.description}`);
    } catch (error) {
      if (error instanceof Refused) this.missing = 'There is no such order among yours.';
      else if (error instanceof SessionOver) refresh();
      else this.timers.soon = setTimeout(() => this.read(), 3000);
    }
  },
  draw() {
    if (!this.order) return;
    const upTo = this.replaying && this.at !== null ? this.at : now();
    const { segments, accepted } = segmentsOf(this.order, this.timeline, this.calls, upTo);
    const start = Date.parse(this.order.created_at);
    this.strip = segments.map((one, i) => Object.freeze({ ...one, key: i, grow: Math.max(one.to - one.from, 1), time: seconds((one.to - one.from) / 1000), below: `${seconds((one.to - one.from) / 1000)}${one.end ? ` · ${one.end}` : ''}`, begins: clockTime(one.from) }));
    this.acceptance = accepted ? `${seconds((accepted - start) / 1000)} to acceptance` : segments.length > 0 ? `${seconds((segments[segments.length - 1].to - start) / 1000)}, nobody has accepted yet` : '';
  },
  grow(segment) {
    return { flexGrow: String(segment.grow) };
  },
  segmentTitle(segment) {
    return `${segment.begins}: ${segment.label}, ${segment.time}`;
  },
  whoWords(segment) {
    return { us: 'us', provider: 'provider', person: 'person' }[segment.who];
  },

  // --- replay: each event is a station, the way between two is as long for a second as for a day
  slide() {
    const value = Number(this.slider);
    if (value >= NOW || this.timeline.length === 0) {
      Object.assign(this, { slider: NOW, then: null, at: null });
      this.draw();
      return;
    }
    const stations = [...this.timeline.map((one) => Date.parse(one.at)), now()];
    const where = (value / NOW) * (stations.length - 1);
    const i = Math.min(Math.floor(where), stations.length - 2);
    this.at = Math.ceil(stations[i] + (where - i) * (stations[i + 1] - stations[i]));
    this.draw();
    clearTimeout(this.timers.replay);
    this.timers.replay = setTimeout(() => this.look(), 60);
  },
  async look() {
    const { at } = this;
    if (at === null) return;
    const as_of = new Date(at).toISOString();
    try {
      const [state, tasks] = await Promise.all([rpc('strike_eco_state', { eco_id: this.id, as_of }), rpc('strike_eco_tasks', { eco_id: this.id, as_of })]);
      if (this.at !== at) return;
      this.then = state ? view({ ...state, call: null }, Object.fromEntries(app.contractors.map((one) => [one.osp_tenant, one.name]))) : null;
      this.tasksThen = Object.freeze(tasks);
    } catch {
      if (this.at === at) this.timers.replay = setTimeout(() => this.look(), 2000);
    }
  },
  get sliderWords() {
    if (!this.replaying) return 'now';
    const last = this.past[this.past.length - 1];
    return `${moment(this.at, now())}: ${last ? last.summary : 'before its creation'}`;
  },
  backToNow() {
    this.slider = NOW;
    this.slide();
  },

  // --- the record
  async check() {
    this.record = 'checking …';
    try {
      const [result] = await rpc('strike_record_check', { eco_id: this.id });
      this.record = result.intact ? `record intact ✓ (chain checked to event ${result.events})` : 'RECORD NOT INTACT: tell your administrator at once';
    } catch {
      this.record = 'could not be checked: no connection';
    }
  },
  name() {
    return `ECO-${this.order.job_id}`;
  },
  saveJson() {
    const { call, need, role, word, somebody, number, osp, said, alarm, silent, unreachable, open, burning, ...facts } = this.order;
    save(`${this.name()}.json`, 'application/json', JSON.stringify({ order: facts, calls: this.calls, tasks: this.tasks, history: this.timeline }, null, 2));
  },
  saveCsv() {
    save(`${this.name()}.csv`, 'text/csv', csv(this.timeline, ['at', 'source', 'actor', 'summary']));
  },
  // paper is read on another day, elsewhere
  onPaper() {
    const words = `ECO-${this.order.job_id}, created ${moment(this.order.created_at, 0)}; printed ${moment(now(), 0)} for ${app.sub}. All times: ${Intl.DateTimeFormat().resolvedOptions().timeZone}.${this.record ? ` ${this.record}.` : ''}`;
    if (this.$refs.paper) this.$refs.paper.textContent = words;
  },
  print() {
    this.onPaper();
    window.print();
  },

  async drawMap() {
    const place = this.$refs.map;
    if (!place || !this.order) return;
    const made = await makeMap(place, `Map: where ${this.order.number} is`);
    if (!place.isConnected) {
      made.destroy();
      return;
    }
    this.map = Object.freeze({ made });
    this.effects = [Alpine.effect(() => made.setRegions(app.outlines)), Alpine.effect(() => this.shown && made.setOrders([this.shown], null))];
    made.fit([JSON.parse(JSON.stringify(this.order.location))], 11);
  },
});
