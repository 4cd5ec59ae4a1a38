// A new callout: place, contractor, type, what is known.  The draft outlives reloads, errors and a
// lost connection.  One request_id goes with one callout: however often it is sent, it is one order.
import { rpc, Refused, SessionOver, Unreachable } from '../api.js';
import { makeMap } from '../map.js';
import { describe, found, parsePlace } from '../place.js';
import { choiceName, planSays } from '../plan.js';
import { JOB_TYPES } from '../words.js';

const KEY = 'strike.draft';
const AGAIN_MS = [1000, 2000, 4000, 8000];
const fresh = () => ({ request: crypto.randomUUID(), geometry: null, typed: '', osp: '', chosenByHand: false, type: '', text: '', sending: '' });

function kept() {
  try {
    return { ...fresh(), ...JSON.parse(sessionStorage.getItem(KEY)) };
  } catch {
    return fresh();
  }
}

export const calloutPage = ({ Alpine, app, orders, say }) => () => ({
  ...kept(),
  types: JOB_TYPES,
  choices: [],
  placeError: '',
  candidates: [],
  plan: [],
  planFor: '',
  planError: '',
  error: '',
  tool: 'point',
  tries: 0,
  map: null,
  timers: {},

  get placeWords() {
    return this.geometry ? describe(this.geometry) : '';
  },
  get locked() {
    return this.sending !== '';
  },
  get missing() {
    if (!this.geometry) return 'a place';
    if (!this.osp) return 'a contractor';
    if (!this.type) return 'a job type';
    if (this.text.trim() === '') return 'what is known';
    return '';
  },
  get ready() {
    return this.missing === '' && !this.locked && this.text.length <= 2000;
  },
  get button() {
    if (this.sending === 'sending') return 'Calling out …';
    return this.locked ? 'Waiting for the connection …' : 'Call out now';
  },
  get hint() {
    if (this.locked) return '';
    return this.missing ? `Still missing: ${this.missing}.` : 'Ctrl+Enter presses it.';
  },
  get state() {
    if (this.sending === 'unsent') return 'NOT sent: no connection. What you wrote is kept, and is sent as soon as the connection is back.';
    if (this.sending === 'unknown') return 'It is not known whether it arrived. The same callout is being sent again until that is known; it stays one order.';
    return '';
  },
  get planWords() {
    if (this.planError) return this.planError;
    if (!this.geometry || !this.osp) return 'Who will be called shows here once place and contractor are known.';
    if (this.planFor !== this.planKey()) return 'Asking who will be called …';
    return planSays(this.plan).words;
  },
  get planBad() {
    return this.planFor !== '' && this.planFor === this.planKey() && planSays(this.plan).bad;
  },
  get warnings() {
    return this.plan.filter((one) => one.reason && one.position !== null).map((one) => `${one.contact_name}: ${one.reason}`);
  },

  async init() {
    this.$watch('text', () => this.keep());
    this.$watch('type', () => this.keep());
    this.$watch('osp', () => {
      this.keep();
      this.askPlan();
    });
    this.drawMap();
    this.$nextTick(() => this.$refs.paste?.focus());
    if (this.geometry) this.placed(this.geometry, false);
    this.back = () => this.sending && this.again(0);
    window.addEventListener('online', this.back);
    if (this.sending) {
      this.sending = 'unknown';
      this.again(0);
    }
  },
  destroy() {
    window.removeEventListener('online', this.back);
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    if (this.effect) Alpine.release(this.effect);
    this.map?.made.destroy();
  },

  keep() {
    const { request, geometry, typed, osp, chosenByHand, type, text, sending } = this;
    sessionStorage.setItem(KEY, JSON.stringify({ request, geometry, typed, osp, chosenByHand, type, text, sending }));
  },

  // --- the place
  typedPlace() {
    const result = parsePlace(this.typed);
    this.choices = result.choices || [];
    this.placeError = result.error || '';
    if (result.geometry) this.placed(result.geometry);
    else this.cleared();
  },
  choose(choice) {
    this.choices = [];
    this.placed(choice.geometry);
    this.$refs.text.focus();
  },
  cleared() {
    this.geometry = null;
    this.candidates = [];
    this.plan = [];
    this.planFor = '';
    this.drawPlace();
    this.keep();
  },
  async placed(geometry, move = true) {
    this.geometry = geometry;
    this.drawPlace(move);
    this.keep();
    try {
      const candidates = await rpc('strike_contractors', { location: geometry });
      if (JSON.stringify(geometry) !== JSON.stringify(this.geometry)) return;
      this.candidates = candidates;
      const covering = candidates.filter((one) => one.covers);
      if (!this.chosenByHand || !this.osp) this.osp = covering.length === 1 ? covering[0].osp_tenant : covering.some((one) => one.osp_tenant === this.osp) ? this.osp : '';
      this.placeError = '';
    } catch (error) {
      if (error instanceof Refused) {
        this.placeError = error.message;
        this.candidates = [];
      }
    }
    this.askPlan();
  },
  get options() {
    return this.candidates.length > 0 ? this.candidates : app.contractors;
  },
  optionName(one) {
    return choiceName(one, this.geometry !== null);
  },
  get ospHint() {
    if (!this.geometry) return 'Filled in from the place.';
    const covering = this.candidates.filter((one) => one.covers);
    if (covering.length > 1) return `${covering.map((one) => one.name).join(' and ')} cover this place: choose one.`;
    if (covering.length === 0 && this.candidates.length > 0) return 'No contractor’s region covers this place: choose who shall be called.';
    return '';
  },
  picked() {
    this.chosenByHand = true;
    this.keep();
  },

  // --- who will be called
  planKey() {
    return this.geometry && this.osp ? `${this.osp} ${JSON.stringify(this.geometry)}` : '';
  },
  askPlan() {
    clearTimeout(this.timers.plan);
    const key = this.planKey();
    this.planError = '';
    if (!key) {
      this.plan = [];
      this.planFor = '';
      return;
    }
    this.timers.plan = setTimeout(async () => {
      try {
        const plan = await rpc('strike_page_plan', { osp_tenant: this.osp, location: this.geometry });
        if (key !== this.planKey()) return;
        this.plan = plan;
        this.planFor = key;
      } catch (error) {
        if (key !== this.planKey()) return;
        this.planError = error instanceof Refused ? error.message : 'Who will be called is not known without a connection.';
        if (error instanceof Unreachable) this.timers.plan = setTimeout(() => this.askPlan(), 3000);
      }
    }, 120);
  },

  // --- sending
  keydown(event) {
    if (event.ctrlKey && event.key === 'Enter') {
      event.preventDefault();
      this.press();
    }
  },
  press() {
    if (!this.ready) return;
    this.error = '';
    this.tries = 0;
    this.sending = 'sending';
    this.keep();
    this.deliver();
  },
  again(ms) {
    clearTimeout(this.timers.again);
    this.timers.again = setTimeout(() => this.deliver(), ms);
  },
  async deliver() {
    if (this.delivering) return;
    this.delivering = true;
    const { request, geometry, osp, type, text } = this;
    try {
      const answer = await rpc('strike_create_eco', {
        noc_tenant: app.tenant, osp_tenant: osp, job_type: type, description: text.trim(), location: geometry, request_id: request,
      });
      const eco = Array.isArray(answer) ? answer[0] : answer;
      orders.put(eco);
      sessionStorage.removeItem(KEY);
      say(`Called out: ${eco.job_id}.`);
      if (this.$root.isConnected) app.go(`/eco/${eco.eco_id}`);
    } catch (error) {
      if (error instanceof Refused) {
        this.sending = '';
        this.error = error.code === 'PT409' ? 'An earlier version of this callout has arrived already: look at the board. If you press again, it is another order.' : error.message;
        // nothing came of this one: the next press is another callout
        this.request = crypto.randomUUID();
        this.$nextTick(() => this.$refs.error?.focus());
      } else if (error instanceof SessionOver) {
        this.sending = '';
        this.error = error.message;
      } else {
        // once it may have arrived, that stays so until an answer says otherwise
        this.sending = error.arrived === false && this.sending !== 'unknown' ? 'unsent' : 'unknown';
        this.again(AGAIN_MS[Math.min(this.tries++, AGAIN_MS.length - 1)]);
      }
      this.keep();
    } finally {
      this.delivering = false;
    }
  },
  // stop waiting; what was typed stays
  giveUp() {
    clearTimeout(this.timers.again);
    const known = this.sending === 'unsent';
    this.sending = '';
    this.error = known ? 'Not sent. Nothing has arrived.' : 'It may have arrived: look at the board before you call out again.';
    this.keep();
  },
  clearAll() {
    const first = fresh();
    Object.assign(this, first, { choices: [], placeError: '', candidates: [], plan: [], planFor: '', error: '' });
    sessionStorage.removeItem(KEY);
    this.drawPlace();
    this.$refs.paste.focus();
  },

  // --- the map
  async drawMap() {
    const place = this.$refs.map;
    const made = await makeMap(place, 'Map: click for a point, or draw a line');
    if (!place.isConnected) {
      made.destroy();
      return;
    }
    this.map = Object.freeze({ made });
    this.effect = Alpine.effect(() => {
      made.setRegions(app.outlines);
      if (!this.geometry) made.fit(app.outlines.map((one) => one.area));
    });
    made.map.on('click', (event) => {
      if (this.tool !== 'point' || this.locked) return;
      this.fromMap([[event.latlng.wrap().lng, event.latlng.wrap().lat]]);
    });
    this.drawing(made);
    this.drawPlace(true);
  },
  setTool(tool) {
    this.tool = tool;
    const map = this.map?.made.map;
    if (!map) return;
    if (tool === 'line') map.dragging.disable();
    else map.dragging.enable();
  },
  // press, drag, let go: a line of at most 200 points.  Also with Shift held, whatever the tool.
  drawing(made) {
    const { L, map } = made;
    map.boxZoom.disable();
    let points = null;
    let line = null;
    const element = map.getContainer();
    const at = (event) => map.mouseEventToLatLng(event);
    element.addEventListener('pointerdown', (event) => {
      if ((this.tool !== 'line' && !event.shiftKey) || this.locked || event.button !== 0 || event.target.closest('.leaflet-control')) return;
      event.preventDefault();
      map.dragging.disable();
      element.setPointerCapture(event.pointerId);
      points = [at(event)];
      line = L.polyline(points, { className: 'place-line', interactive: false }).addTo(map);
    });
    element.addEventListener('pointermove', (event) => {
      if (!points) return;
      const next = at(event);
      const last = map.latLngToContainerPoint(points[points.length - 1]);
      if (map.latLngToContainerPoint(next).distanceTo(last) < 6 || points.length >= 200) return;
      points.push(next);
      line.setLatLngs(points);
    });
    const done = () => {
      if (!points) return;
      const drawn = points;
      points = null;
      line.remove();
      if (this.tool !== 'line') map.dragging.enable();
      if (drawn.length >= 2) this.fromMap(drawn.map((one) => [one.wrap().lng, one.wrap().lat]));
    };
    element.addEventListener('pointerup', done);
    element.addEventListener('pointercancel', done);
  },
  fromMap(points) {
    const rounded = points.map(([lon, lat]) => [Number(lon.toFixed(6)), Number(lat.toFixed(6))]);
    const result = found(rounded);
    this.choices = [];
    this.typed = rounded.length === 1 ? `${rounded[0][1]}, ${rounded[0][0]}` : JSON.stringify(result.geometry);
    this.placeError = '';
    this.placed(result.geometry, false);
    this.$refs.text.focus({ preventScroll: true });
  },
  drawPlace(move = false) {
    if (!this.map) return;
    const { L, map, fit } = this.map.made;
    this.drawn?.remove();
    this.drawn = null;
    if (!this.geometry) return;
    const plain = JSON.parse(JSON.stringify(this.geometry));
    const layer = L.geoJSON(plain, {
      interactive: false,
      style: { className: 'place-line' },
      pointToLayer: (feature, at) => L.marker(at, { interactive: false, keyboard: false, icon: L.divIcon({ className: 'pin place', html: '✚', iconSize: [30, 30] }) }),
    }).addTo(map);
    this.drawn = Object.freeze({ remove: () => layer.remove() });
    if (move) fit([plain], 13);
  },
});
