// A contractor's own pager lists: regions on the map, and who is called in each, in which order.
import { get, rpc, send, Refused, SessionOver } from '../api.js';
import { makeMap } from '../map.js';
import { editArea } from '../area.js';
import { moment } from '../words.js';

const E164 = /^\+[1-9]\d{1,14}$/;
const DAYS = [[1, 'Mon'], [2, 'Tue'], [3, 'Wed'], [4, 'Thu'], [5, 'Fri'], [6, 'Sat'], [7, 'Sun']].map(([day, name]) => Object.freeze({ day, name }));
const LOOK_MS = 1000; // at a test call that is under way
let tail = Promise.resolve(); // changes wait for each other
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export const listsPage = ({ Alpine, app, say, refresh, now }) => () => ({
  regions: [],
  contacts: [],
  windows: [],
  days: DAYS,
  zones: Intl.supportedValuesOf('timeZone'),
  chosen: null, // region_id
  naming: '',
  drawing: false,
  changed: false,
  form: null, // contact being edited or added
  error: '',
  loaded: false,
  busy: false,
  tests: [], // the last test call to each contact
  timers: {},
  map: null,

  get region() {
    return this.regions.find((one) => one.region_id === this.chosen) || null;
  },
  get list() {
    return this.contacts.filter((one) => one.region_id === this.chosen).sort((a, b) => a.position - b.position);
  },
  get empty() {
    return this.loaded && this.region && !this.list.some((one) => one.active);
  },
  windowsOf(contact) {
    return this.windows.filter((one) => one.contact_id === contact.contact_id);
  },
  dutyWords(contact) {
    const some = this.windowsOf(contact).map((one) => `${this.dayWords(one.weekdays)} ${one.from_time.slice(0, 5)}–${one.to_time.slice(0, 5)}`);
    return some.length === 0 ? 'at all times' : `on duty ${some.join(', ')} (${contact.time_zone})`;
  },
  dayWords(weekdays) {
    const days = [...weekdays].sort();
    if (days.length === 7) return 'daily';
    const runs = days.every((one, i) => i === 0 || one === days[i - 1] + 1);
    const name = (day) => DAYS[day - 1].name;
    return runs && days.length > 2 ? `${name(days[0])}–${name(days.at(-1))}` : days.map(name).join(' ');
  },
  pressed(region) {
    return String(region.region_id === this.chosen);
  },
  people(region) {
    const n = this.contacts.filter((one) => one.region_id === region.region_id && one.active).length;
    return n === 0 ? 'nobody is called' : `${n} called`;
  },
  first(contact) {
    return this.list[0] === contact;
  },
  last(contact) {
    return this.list[this.list.length - 1] === contact;
  },

  async init() {
    await this.read();
    this.draw();
  },
  destroy() {
    clearTimeout(this.timers.tests);
    this.editor?.end();
    this.map?.made.destroy();
  },
  async read() {
    try {
      const [regions, contacts, windows, tests] = await Promise.all([get('/pager_regions?order=name'), get('/pager_contacts?order=position'), get('/pager_duty?order=from_time'), rpc('strike_test_calls')]);
      this.heard(tests);
      this.windows = Object.freeze(windows.map(Object.freeze));
      this.regions = Object.freeze(regions.map(Object.freeze));
      this.contacts = Object.freeze(contacts.map(Object.freeze));
      this.loaded = true;
      if (!this.region) this.chosen = this.regions[0]?.region_id || null;
    } catch (error) {
      this.failed(error, 'Your lists could not be read: no connection.');
    }
  },
  failed(error, otherwise) {
    if (error instanceof SessionOver) refresh();
    this.error = error instanceof Refused || error instanceof SessionOver ? error.message : otherwise;
  },
  // One change at a time, and none is dropped; what is shown afterwards is what the server has.
  async change(words, work) {
    const before = tail;
    let finish;
    tail = new Promise((resolve) => (finish = resolve));
    this.busy = true;
    await before;
    this.busy = true;
    this.error = '';
    let done = true;
    try {
      await work();
      say(words);
    } catch (error) {
      done = false;
      this.failed(error, 'It is not known whether this arrived. Look at the list: it shows what is stored.');
    }
    await this.read();
    this.busy = false;
    this.showAreas();
    finish();
    return done;
  },

  // --- contacts
  edit(contact) {
    this.form = { ...contact, time_zone: contact.time_zone || HERE, windows: this.windowsOf(contact).map((one) => ({ ...one, weekdays: [...one.weekdays], from_time: one.from_time.slice(0, 5), to_time: one.to_time.slice(0, 5) })) };
    this.focusForm();
  },
  add() {
    const position = this.list.reduce((most, one) => Math.max(most, one.position), 0) + 1;
    this.form = { contact_id: null, region_id: this.chosen, position, name: '', phone: '+', active: true, time_zone: HERE, windows: [] };
    this.focusForm();
  },
  focusForm() {
    this.$nextTick(() => document.getElementById('contact-name')?.focus());
  },
  addWindow() {
    this.form.windows.push({ duty_id: null, weekdays: [1, 2, 3, 4, 5], from_time: '07:00', to_time: '19:00' });
  },
  dropWindow(i) {
    this.form.windows.splice(i, 1);
  },
  hasDay(window, day) {
    return window.weekdays.includes(day);
  },
  setDay(window, day, on) {
    window.weekdays = on ? [...new Set([...window.weekdays, day])].sort() : window.weekdays.filter((one) => one !== day);
  },
  get formError() {
    if (!this.form) return '';
    if (this.form.name.trim() === '') return 'A name is missing.';
    if (!E164.test(this.form.phone.replace(/[\s()-]/g, ''))) return 'The number begins with + and the country: +1 512 555 0111.';
    if (this.form.windows.some((one) => one.weekdays.length === 0 || !one.from_time || !one.to_time)) return 'A duty window needs days, a beginning and an end.';
    if (this.form.windows.length > 0 && !this.form.time_zone) return 'Duty windows need a time zone.';
    return '';
  },
  async keepContact() {
    if (!this.form || this.formError) return;
    const { contact_id, region_id, position, windows } = this.form;
    const body = { name: this.form.name.trim(), phone: this.form.phone.replace(/[\s()-]/g, ''), active: this.form.active };
    if (windows.length > 0) body.time_zone = this.form.time_zone;
    const wanted = JSON.parse(JSON.stringify(windows));
    const had = contact_id ? this.windowsOf({ contact_id }) : [];
    const done = await this.change(`${body.name} is kept.`, async () => {
      let id = contact_id;
      if (id) await send('PATCH', `/pager_contacts?contact_id=eq.${id}`, body);
      else [{ contact_id: id }] = await send('POST', '/pager_contacts', { ...body, region_id, position }, { Prefer: 'return=representation' });
      // new windows before the old ones go: in between he is on duty too long, not too short
      for (const { duty_id, ...one } of wanted) {
        if (duty_id) await send('PATCH', `/pager_duty?duty_id=eq.${duty_id}`, { weekdays: one.weekdays, from_time: one.from_time, to_time: one.to_time });
        else await send('POST', '/pager_duty', { contact_id: id, weekdays: one.weekdays, from_time: one.from_time, to_time: one.to_time });
      }
      for (const { duty_id } of had) if (!wanted.some((one) => one.duty_id === duty_id)) await send('DELETE', `/pager_duty?duty_id=eq.${duty_id}`);
    });
    if (done) this.form = null;
  },
  setActive(contact, active) {
    return this.change(`${contact.name} is ${active ? 'called again' : 'not called any more'}.`, () => send('PATCH', `/pager_contacts?contact_id=eq.${contact.contact_id}`, { active }));
  },
  // both places at once, in one statement
  move(contact, by) {
    const list = this.list;
    const i = list.indexOf(contact);
    const other = list[i + by];
    if (!other) return undefined;
    const swapped = [{ ...contact, position: other.position }, { ...other, position: contact.position }];
    return this.change(`${contact.name} is number ${i + by + 1} now.`, () => send('POST', '/pager_contacts?on_conflict=contact_id', swapped, { Prefer: 'resolution=merge-duplicates' }));
  },
  remove(contact) {
    if (!window.confirm(`Take ${contact.name} off this list?`)) return undefined;
    return this.change(`${contact.name} is off the list.`, () => send('DELETE', `/pager_contacts?contact_id=eq.${contact.contact_id}`));
  },

  // --- test calls
  get testing() {
    return this.tests.some((one) => !one.ended_at);
  },
  testOf(contact) {
    return this.tests.find((one) => one.contact_id === contact.contact_id);
  },
  testWords(contact) {
    const test = this.testOf(contact);
    if (!test) return '';
    return test.ended_at ? `${test.confirmed ? '✓ ' : '✗ '}test call ${moment(test.begun_at, now())}: ${test.result}` : `test call: ${test.result} …`;
  },
  testRole(contact) {
    const test = this.testOf(contact);
    return !test ? '' : !test.ended_at ? 'under-way' : test.confirmed ? 'good' : 'bad';
  },
  tryContact(contact) {
    if (!window.confirm(`Call ${contact.name} now, as a test? The call says that nobody has to go out.`)) return undefined;
    return this.change(`${contact.name} is being called, as a test.`, () => rpc('strike_test_call', { contact_id: contact.contact_id }));
  },
  heard(tests) {
    for (const one of tests) {
      const before = this.tests.find((other) => other.test_id === one.test_id);
      if (before && !before.ended_at && one.ended_at) say(`Test call to ${one.contact_name}: ${one.result}.`);
    }
    this.tests = Object.freeze(tests.map(Object.freeze));
    clearTimeout(this.timers.tests);
    if (this.testing) this.timers.tests = setTimeout(() => this.lookAtTests(), LOOK_MS);
  },
  async lookAtTests() {
    try {
      this.heard(await rpc('strike_test_calls'));
    } catch (error) {
      if (error instanceof SessionOver) refresh();
      else this.timers.tests = setTimeout(() => this.lookAtTests(), 3 * LOOK_MS);
    }
  },

  // --- regions
  choose(region) {
    this.stopEditing();
    this.chosen = region.region_id;
    this.form = null;
    this.showAreas(true);
  },
  async draw() {
    const made = await makeMap(this.$refs.map, 'Map of your regions');
    if (!this.$refs.map?.isConnected) {
      made.destroy();
      return;
    }
    this.map = Object.freeze({ made });
    this.showAreas(true);
  },
  showAreas(fit = false) {
    if (!this.map) return;
    const withArea = this.regions.filter((one) => one.area);
    this.map.made.setRegions(withArea.filter((one) => !(this.editor && one.region_id === this.chosen)).map((one) => ({ name: one.name, area: one.area, chosen: one.region_id === this.chosen })));
    if (!fit) return;
    const areas = this.region?.area ? [this.region.area] : withArea.map((one) => one.area);
    this.map.made.fit(JSON.parse(JSON.stringify(areas)), 12);
  },
  editRegion() {
    this.beginEditing(this.region.area);
    this.naming = this.region.name;
  },
  newRegion() {
    this.stopEditing();
    this.chosen = null;
    this.naming = '';
    this.beginEditing(null);
    this.$nextTick(() => document.getElementById('region-name')?.focus());
  },
  beginEditing(area) {
    this.drawing = true;
    this.editor = Object.freeze(editArea(this.map.made, area ? JSON.parse(JSON.stringify(area)) : null, () => (this.changed = !this.changed)));
    this.showAreas();
  },
  stopEditing() {
    this.editor?.end();
    this.editor = null;
    this.drawing = false;
  },
  cancelEditing() {
    this.stopEditing();
    if (!this.chosen) this.chosen = this.regions[0]?.region_id || null;
    this.showAreas();
  },
  get corners() {
    // changed is read so that this is asked again
    return this.changed || !this.changed ? this.editor?.corners() || 0 : 0;
  },
  get coordinates() {
    return this.changed || !this.changed ? this.editor?.text() || '' : '';
  },
  typedCorners(event) {
    if (!this.editor?.setText(event.target.value)) this.error = 'Each line is one corner: latitude, longitude; at least three.';
    else {
      this.error = '';
      this.map.made.fit([this.editor.area()], 12);
    }
  },
  get regionReady() {
    return this.drawing && this.naming.trim() !== '' && this.corners >= 3 && !this.busy;
  },
  async keepRegion() {
    if (!this.regionReady) return;
    const body = { name: this.naming.trim(), area: this.editor.area() };
    const done = await this.change(`Region ${body.name} is kept.`, () =>
      this.chosen ? send('PATCH', `/pager_regions?region_id=eq.${this.chosen}`, body) : send('POST', '/pager_regions', { ...body, osp_tenant: app.tenant })
    );
    if (!done) return;
    this.stopEditing();
    if (!this.chosen) this.chosen = this.regions.find((one) => one.name === body.name)?.region_id || null;
    this.showAreas(true);
  },
  setOffDuty(call_off_duty) {
    return this.change(call_off_duty ? 'Everybody is called when nobody is on duty.' : 'Nobody is called when nobody is on duty.', () => send('PATCH', `/pager_regions?region_id=eq.${this.chosen}`, { call_off_duty }));
  },
  removeRegion() {
    const region = this.region;
    if (!window.confirm(`Remove the region ${region.name} and its list? Nobody is called there then.`)) return undefined;
    return this.change(`Region ${region.name} is removed.`, () => send('DELETE', `/pager_regions?region_id=eq.${region.region_id}`));
  },
});
