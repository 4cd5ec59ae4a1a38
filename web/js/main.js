// The page's table of contents: stores, routes, pages.
import Alpine from '../node_modules/@alpinejs/csp/dist/module.esm.min.js';
import { rpc, Unreachable, SessionOver } from './api.js';
import { nameTitle, setSound, soundBlocked, soundOn, unlock, watchAlarms } from './alarm.js';
import { now, startClock } from './clock.js';
import { addDirectives } from './directives.js';
import { Live } from './live.js';
import { Orders } from './orders.js';
import { claims, getToken, signIn, signOut, takeTokenFromAddress } from './session.js';
import { clockTime, left } from './words.js';
import { actionDialog } from './pages/action.js';
import { boardPage } from './pages/board.js';
import { calloutPage } from './pages/callout.js';
import { listsPage } from './pages/lists.js';
import { orderPage } from './pages/order.js';
import { reportPage } from './pages/report.js';

export const orders = new Orders();
takeTokenFromAddress();

const TITLES = { board: '', new: 'New callout', order: 'Order', report: 'Report', lists: 'Pager lists' };
const ROUTES = [
  [/^$|^\/$/, () => ({ page: 'board' })],
  [/^\/new$/, () => ({ page: 'new' })],
  [/^\/eco\/([0-9a-f-]{36})$/, (match) => ({ page: 'order', id: match[1] })],
  [/^\/report$/, () => ({ page: 'report' })],
  [/^\/lists$/, () => ({ page: 'lists' })],
];

Alpine.store('app', {
  page: 'board',
  id: null,
  signedIn: false,
  why: '',
  role: '',
  tenant: '',
  tenantName: '',
  sub: '',
  contractors: [],
  outlines: [],
  // names of contractors by code
  get operator() {
    return this.signedIn && this.role !== 'strike_contractor';
  },
  get contractor() {
    return this.signedIn && this.role === 'strike_contractor';
  },
  go(hash) {
    location.hash = hash;
  },
});

Alpine.store('live', {
  state: 'connecting',
  asOf: '',
  latency: '',
  health: null,
  get healthRole() {
    return !this.health || this.health.ok ? '' : this.health.grave ? 'grave' : 'slow';
  },
  get healthWords() {
    if (!this.health) return '';
    return this.health.words + (this.health.proof ? ` · last proof call ${this.health.proof}` : '');
  },
  get live() {
    return this.state === 'live';
  },
  get lost() {
    return this.state === 'lost';
  },
});

Alpine.store('sound', {
  on: soundOn(),
  blocked: soundBlocked(),
  get words() {
    return !this.on ? 'Sound off' : this.blocked ? 'Sound: click to allow' : 'Sound on';
  },
  toggle() {
    if (this.on && this.blocked) unlock().then(() => (this.blocked = soundBlocked()));
    else {
      this.on = !this.on;
      setSound(this.on);
      setTimeout(() => (this.blocked = soundBlocked()), 300);
    }
  },
});

// What screen readers hear: polite for changes, assertive for orders that need a human.
Alpine.store('said', { polite: '', assertive: '' });
export function say(text) {
  Alpine.store('said').polite = text;
}

// orders by key for pages that show one
Alpine.store('orders', { version: 0, rows: [], sure: false });

const app = Alpine.store('app');
const liveStore = Alpine.store('live');
const live = new Live(orders, (news) => {
  if (news.over) {
    leave('Your session is over. Sign in again; nothing you typed is lost.');
    return;
  }
  if (news.latency !== undefined) liveStore.latency = `${(news.latency / 1000).toFixed(1)} s`;
  if (news.health) liveStore.health = news.health;
  if (news.me) {
    app.tenantName = news.me.tenant_name;
    if (app.contractors.length === 0) readContractors();
  }
  if (news.state) {
    if (news.state === 'lost' && liveStore.state !== 'lost') say('Connection lost. What you see is not live.');
    if (news.state === 'live' && liveStore.state === 'lost') say('Connected again. What you see is live.');
    liveStore.state = news.state;
    liveStore.asOf = news.asOf ? clockTime(news.asOf) : '';
    if (news.state === 'live') Alpine.store('orders').sure = true;
  }
});
export const refresh = () => live.refresh();

async function readContractors() {
  try {
    const [contractors, outlines] = await Promise.all([rpc('strike_contractors'), rpc('strike_region_outlines')]);
    app.contractors = contractors;
    app.outlines = outlines;
    orders.setNames(Object.fromEntries(contractors.map((one) => [one.osp_tenant, one.name])));
  } catch (error) {
    if (!(error instanceof Unreachable) && !(error instanceof SessionOver)) throw error;
  }
}

orders.subscribe((rows, changes) => {
  const store = Alpine.store('orders');
  store.rows = Object.freeze(rows);
  store.version++;
  const fresh = watchAlarms(rows);
  if (fresh.length > 0) Alpine.store('said').assertive = fresh.map((one) => `Act now: ${one.number}, ${one.description}: ${one.said}`).join('. ');
  if (!store.sure) return;
  const said = changes.filter(({ before, after }) => before && after && before.said !== after.said && !after.alarm).map(({ after }) => `${after.number}: ${after.said}`);
  if (said.length > 3) say(`${said.length} orders have changed.`);
  else if (said.length > 0) say(said.join('. '));
});

function enter() {
  const claimed = claims();
  if (!getToken() || !claimed) return;
  Object.assign(app, { signedIn: true, why: '', role: claimed.role, tenant: claimed.tenant || '', tenantName: claimed.tenant || '', sub: claimed.sub || '' });
  live.start();
}

function leave(why) {
  live.stop();
  signOut();
  orders.clear();
  Object.assign(app, { signedIn: false, why, contractors: [], outlines: [] });
  Alpine.store('orders').sure = false;
}

function route() {
  if (location.hash.startsWith('#token=')) {
    takeTokenFromAddress();
    leaveQuietly();
    enter();
  }
  const path = location.hash.replace(/^#/, '');
  for (const [pattern, made] of ROUTES) {
    const match = pattern.exec(path);
    if (!match) continue;
    const next = made(match);
    if (app.page === next.page && app.id !== (next.id || null)) {
      // the same page for another order: made anew
      app.page = '';
      Alpine.nextTick(() => Object.assign(app, { id: next.id || null, page: next.page }));
    } else {
      Object.assign(app, { id: next.id || null, page: next.page });
    }
    nameTitle(TITLES[next.page]);
    window.scrollTo(0, 0);
    // the keyboard and the screen reader go along; the form has its own first field
    if (next.page !== 'new') setTimeout(() => document.getElementById('content')?.focus({ preventScroll: true }), 60);
    return;
  }
  location.hash = '';
}
function leaveQuietly() {
  live.stop();
  orders.clear();
  app.signedIn = false;
}

Alpine.data('shell', () => ({
  token: '',
  error: '',
  keys: localStorage.getItem('strike.keys') !== 'off',
  setKeys(on) {
    this.keys = on;
    localStorage.setItem('strike.keys', on ? 'on' : 'off');
  },
  submit() {
    if (signIn(this.token)) {
      this.token = '';
      this.error = '';
      enter();
    } else {
      this.error = 'This is no valid token, or its time is over.';
    }
  },
  signOut() {
    leave('You are signed out.');
  },
  keydown(event) {
    if (!this.keys || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest('input, textarea, select, dialog, [contenteditable]')) return;
    if (event.key === 'n' && app.operator) {
      event.preventDefault();
      app.go('/new');
    } else if (event.key === 'b') app.go('/');
  },
  touched() {
    unlock().then(() => (Alpine.store('sound').blocked = soundBlocked()));
  },
}));

addDirectives(Alpine);
const context = { Alpine, app, orders, say, refresh, now, left };
for (const [name, page] of Object.entries({ board: boardPage, callout: calloutPage, order: orderPage, report: reportPage, lists: listsPage, action: actionDialog })) {
  Alpine.data(name, page(context));
}
window.addEventListener('hashchange', route);
document.addEventListener('pointerdown', () => unlock().then(() => (Alpine.store('sound').blocked = soundBlocked())), { once: true });
startClock();
route();
enter();
Alpine.start();
