// Keeps the orders as the server has them, and knows at each moment whether that is so.
//
//   connecting ──► live ──► lost ──► live …
//
// Live needs both: the websocket, which brings each change and a line every two seconds of silence,
// and the beat, a small request every few seconds (it brings the calls' deadlines).  When either fails the state
// is lost at once, the clock stops at the last moment that is known to be true, and both are tried
// again until they work; then everything is read anew.  While only the websocket is missing, the
// beat goes on reading, so "as of" moves; it is still not called live.
import { get, rpc, SessionOver } from './api.js';
import { freeze, now, setServerTime, thaw } from './clock.js';
import { getToken } from './session.js';
import { health } from './words.js';

const BEAT_MS = 5000;
const BEAT_TIMEOUT_MS = 4000;
const HEALTH_EVERY = 2; // beats
const RETRY_MS = [300, 700, 1500, 3000, 5000];
const OPEN_TIMEOUT_MS = 6000;
const SILENCE_MS = 6000; // the gateway says something every two seconds
const OPEN = '/noc_ecos?status=not.in.(HARD_COMPLETE,CANCELED)&order=needs_attention.desc,created_at.desc&limit=1000';
const CLOSED = '/noc_ecos?status=in.(HARD_COMPLETE,CANCELED)&order=updated_at.desc&limit=40';

export class Live {
  #orders;
  #told; // told(change): {state, asOf, latency, health, over}
  #socket = null;
  #seq = null;
  #tries = 0;
  #timers = {};
  #running = false;
  #beats = 0;
  #state = '';
  #asOf = null;
  #beating = false;
  #differs = false;

  constructor(orders, told) {
    this.#orders = orders;
    this.#told = told;
    window.addEventListener('offline', () => this.#running && this.#lost());
    window.addEventListener('online', () => this.#running && this.#again(0));
    document.addEventListener('visibilitychange', () => {
      if (this.#running && document.visibilityState === 'visible') this.#beat();
    });
  }

  start() {
    this.#running = true;
    this.#say('connecting');
    this.#open();
  }

  stop() {
    this.#running = false;
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#timers = {};
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#seq = null;
    thaw();
  }

  // after a command, or when a page wants certainty
  async refresh() {
    try {
      await this.#readAll();
    } catch (error) {
      this.#failed(error);
    }
  }

  #say(state, more = {}) {
    if (state === 'live') thaw();
    this.#state = state;
    this.#told({ state, asOf: this.#asOf, ...more });
  }

  #lost() {
    if (this.#state !== 'lost') {
      this.#asOf = this.#asOf ?? null;
      freeze(this.#asOf ?? now());
      this.#say('lost');
    }
    clearTimeout(this.#timers.silence);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#again(RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)]);
  }

  #again(ms) {
    clearTimeout(this.#timers.again);
    this.#timers.again = setTimeout(() => this.#open(), ms + Math.random() * ms * 0.3);
  }

  #failed(error) {
    if (!this.#running) return;
    if (error instanceof SessionOver) {
      this.stop();
      this.#told({ over: true });
      return;
    }
    this.#lost();
  }

  #open() {
    if (!this.#running) return;
    clearTimeout(this.#timers.again);
    const before = this.#socket;
    this.#socket = null;
    before?.close();
    let socket;
    try {
      socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
    } catch {
      this.#lost();
      return;
    }
    this.#socket = socket;
    clearTimeout(this.#timers.opening);
    this.#timers.opening = setTimeout(() => socket === this.#socket && socket.readyState !== 1 && this.#lost(), OPEN_TIMEOUT_MS);
    socket.onopen = async () => {
      if (socket !== this.#socket) return;
      socket.send(JSON.stringify({ token: getToken(), ...(this.#seq === null ? {} : { since: this.#seq }) }));
      try {
        await this.#readAll();
        if (socket !== this.#socket || socket.readyState !== 1) return;
        this.#tries = 0;
        this.#listenForSilence();
        this.#say('live');
        this.#beat();
      } catch (error) {
        if (socket === this.#socket) this.#failed(error);
      }
    };
    socket.onmessage = (event) => socket === this.#socket && this.#heard(event.data);
    socket.onclose = () => {
      if (socket !== this.#socket || !this.#running) return;
      this.#lost();
      // without the websocket: what is asked for every few seconds
      clearTimeout(this.#timers.beat);
      this.#timers.beat = setTimeout(() => this.#beat(), BEAT_MS);
    };
  }

  #heard(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (message.database === 'down') {
      this.#lost();
      return;
    }
    if (this.#asOf !== null && this.#state === 'live') this.#asOf = now();
    this.#listenForSilence();
    const seq = message.seq ?? message.now;
    if (Number.isSafeInteger(seq)) this.#seq = message.reset ? seq : Math.max(this.#seq ?? 0, seq);
    if (message.reset) this.refresh();
    if (Number.isSafeInteger(message.attention)) this.#compare(message.attention);
    if (!message.eco) return;
    this.#orders.put(message.eco);
    // who is being called, and until when, is not in the order's row
    clearTimeout(this.#timers.calls);
    this.#timers.calls = setTimeout(() => this.#readCalls().catch(() => {}), 60);
  }

  #listenForSilence() {
    clearTimeout(this.#timers.silence);
    this.#timers.silence = setTimeout(() => this.#running && this.#lost(), SILENCE_MS);
  }

  // an order can come to need a human without an event: then the counts differ, twice in a row
  #compare(attention) {
    const same = this.#orders.attention === attention;
    if (!same && this.#differs && this.#state === 'live') this.refresh();
    this.#differs = !same && !this.#differs;
  }

  async #readCalls() {
    const sent = performance.now();
    const calls = await rpc('strike_calls', {}, { timeout: BEAT_TIMEOUT_MS });
    const latency = performance.now() - sent;
    if (calls.length > 0) setServerTime(calls[0].now, latency);
    this.#orders.setCalls(calls);
    return latency;
  }

  async #readAll() {
    const mark = this.#orders.mark();
    const sent = performance.now();
    const me = await rpc('strike_me', {}, { timeout: BEAT_TIMEOUT_MS });
    const latency = performance.now() - sent;
    if (me.length > 0) setServerTime(me[0].now, latency);
    const [open, closed] = await Promise.all([get(OPEN), get(CLOSED), this.#readCalls(), this.#readHealth()]);
    this.#orders.replaceOpen(open, closed, mark);
    this.#asOf = Date.parse(me[0]?.now) || Date.now();
    this.#told({ latency, me: me[0] || null });
  }

  async #readHealth() {
    this.#told({ health: health(await rpc('strike_health', {}, { timeout: BEAT_TIMEOUT_MS })) });
  }

  async #beat() {
    clearTimeout(this.#timers.beat);
    if (!this.#running || this.#beating) return;
    this.#beating = true;
    try {
      if (this.#state !== 'live') {
        await this.#readAll();
        freezeAgain(this.#asOf);
        this.#say(this.#state);
      } else {
        const latency = await this.#readCalls();
        this.#asOf = now();
        this.#told({ latency });
        if (this.#beats++ % HEALTH_EVERY === 0) await this.#readHealth();
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#beating = false;
      if (this.#running) {
        clearTimeout(this.#timers.beat);
        this.#timers.beat = setTimeout(() => this.#beat(), BEAT_MS);
      }
    }
  }
}

function freezeAgain(at) {
  thaw();
  freeze(at);
}
