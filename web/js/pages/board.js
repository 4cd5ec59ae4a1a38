// The board: every order, the ones that need a human first.
import { arrange } from '../orders.js';
import { makeMap } from '../map.js';
import { stepName, stepsFor } from './action.js';

const SHOWN = 200;

export const boardPage = ({ Alpine, app }) => () => ({
  which: 'open',
  text: '',
  ordering: 'need',
  chosen: null,
  map: null,
  effects: [],
  fitted: '',
  touched: false,
  get rows() {
    return arrange(Alpine.store('orders').rows, this);
  },
  get shown() {
    return this.rows.slice(0, SHOWN);
  },
  get hidden() {
    return Math.max(0, this.rows.length - SHOWN);
  },
  get acting() {
    return Alpine.store('orders').rows.filter((one) => one.alarm).length;
  },
  get alarmWords() {
    if (!app.operator) return `${this.acting} without a crew`;
    return `${this.acting} ${this.acting === 1 ? 'needs' : 'need'} you now`;
  },
  get verdict() {
    const open = Alpine.store('orders').rows.filter((one) => one.open);
    if (!Alpine.store('orders').sure) return 'Reading the orders …';
    if (open.length === 0) return 'No open orders';
    const n = (role) => open.filter((one) => one.role === role).length;
    const parts = [];
    const calling = n('active') + n('neutral');
    if (calling > 0) parts.push(`${calling} being called`);
    if (n('good') > 0) parts.push(`${n('good')} coming`);
    const work = n('warn') + n('work');
    if (work > 0) parts.push(`${work} in work`);
    if (n('done') > 0) parts.push(`${n('done')} done`);
    return parts.join(' · ');
  },
  get empty() {
    if (!Alpine.store('orders').sure) return '';
    if (this.text) return 'No order matches these words.';
    if (this.which === 'alarm') return 'Nothing needs you now.';
    return app.operator ? 'No open orders. A new callout begins with N.' : 'No open orders.';
  },
  steps(order) {
    return app.operator && order.alarm ? stepsFor(order) : [];
  },
  stepName,
  step(order, kind) {
    Alpine.store('action').open(order, kind);
  },
  href(order) {
    return `#/eco/${order.eco_id}`;
  },
  rowId(order) {
    return `row-${order.eco_id}`;
  },
  span(order) {
    return { from: order.call?.since, until: order.call?.deadline_at };
  },
  fuse(order) {
    return { from: order.completed_at, until: order.grace_until };
  },
  async init() {
    const place = this.$refs.map;
    const made = await makeMap(place, 'Map of the orders shown');
    if (!place.isConnected) return made.destroy();
    this.map = Object.freeze({ made });
    for (const name of ['pointerdown', 'wheel', 'keydown']) place.addEventListener(name, () => (this.touched = true), { passive: true });
    this.effects.push(Alpine.effect(() => made.setRegions(app.outlines)), Alpine.effect(() => {
      const rows = this.shown;
      made.setOrders(rows, (id) => this.select(id), this.chosen);
      // until a person moves it, the map shows all that is there
      if (this.touched) return;
      const areas = rows.length > 0 ? rows.map((one) => one.location) : app.outlines.map((one) => one.area);
      const key = rows.map((one) => one.eco_id).sort().join() || `${areas.length} regions`;
      if (key !== this.fitted) made.fit(areas, 10.5);
      this.fitted = key;
    }));
    return undefined;
  },
  select(id) {
    this.chosen = id;
    const row = document.getElementById(`row-${id}`);
    if (row) {
      row.scrollIntoView({ block: 'nearest' });
      row.querySelector('a')?.focus({ preventScroll: true });
    }
  },
  destroy() {
    for (const one of this.effects) Alpine.release(one);
    this.map?.made.destroy();
  },
});
