// A contractor's own pager lists: regions on the map, and who is called in each, in which order.
import { get, send, Refused, SessionOver } from '../api.js';
import { makeMap } from '../map.js';
import { editArea } from '../area.js';

const E164 = /^\+[1-9]\d{1,14}$/;

export const listsPage = ({ Alpine, app, say, refresh }) => () => ({
  regions: [],
  contacts: [],
  chosen: null, // region_id
  naming: '',
  drawing: false,
  changed: false,
  form: null, // contact being edited or added
  error: '',
  loaded: false,
  busy: false,
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
  get duty() {
    return this.contacts.length > 0 && 'duty_from' in this.contacts[0];
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
    this.editor?.end();
    this.map?.made.destroy();
  },
  async read() {
    try {
      const [regions, contacts] = await Promise.all([get('/pager_regions?order=name'), get('/pager_contacts?order=position')]);
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
  // one change at a time; what is shown afterwards is what the server has
  async change(words, work) {
    if (this.busy) return false;
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
    return done;
  },

  // --- contacts
  edit(contact) {
    this.form = { ...contact };
    this.focusForm();
  },
  add() {
    const position = this.list.reduce((most, one) => Math.max(most, one.position), 0) + 1;
    this.form = { contact_id: null, region_id: this.chosen, position, name: '', phone: '+', active: true, ...(this.duty ? { duty_from: null, duty_to: null } : {}) };
    this.focusForm();
  },
  focusForm() {
    this.$nextTick(() => document.getElementById('contact-name')?.focus());
  },
  get formError() {
    if (!this.form) return '';
    if (this.form.name.trim() === '') return 'A name is missing.';
    if (!E164.test(this.form.phone.replace(/[\s()-]/g, ''))) return 'The number begins with + and the country: +1 512 555 0111.';
    return '';
  },
  async keepContact() {
    if (!this.form || this.formError) return;
    const { contact_id, region_id, position, ...rest } = this.form;
    const body = { ...rest, name: rest.name.trim(), phone: rest.phone.replace(/[\s()-]/g, '') };
    for (const key of ['duty_from', 'duty_to']) if (body[key] === '') body[key] = null;
    const done = await this.change(`${body.name} is kept.`, () =>
      contact_id
        ? send('PATCH', `/pager_contacts?contact_id=eq.${contact_id}`, body)
        : send('POST', '/pager_contacts', { ...body, region_id, position })
    );
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
    this.map.made.setRegions(withArea.filter((one) => !(this.editor && one.region_id === this.chosen)).map((one) => ({ name: one.name, area: one.area })));
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
    else this.error = '';
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
  removeRegion() {
    const region = this.region;
    if (!window.confirm(`Remove the region ${region.name} and its list? Nobody is called there then.`)) return undefined;
    return this.change(`Region ${region.name} is removed.`, () => send('DELETE', `/pager_regions?region_id=eq.${region.region_id}`));
  },
});
