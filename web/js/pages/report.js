// The response report: how quickly somebody accepted, by contractor and job type; as a plot, tables
// and CSV.
import { rpc, Refused } from '../api.js';
import { csv } from '../csv.js';
import { save } from '../download.js';
import { moment, seconds, spoken } from '../words.js';
import { groupsOf } from '../percentile.js';
import { plot } from '../plot.js';

const COLUMNS = ['eco_id', 'job_id', 'noc_tenant', 'osp_tenant', 'job_type', 'created_at', 'notified', 'seconds_to_task', 'seconds_to_first_ring', 'seconds_to_acceptance', 'seconds_to_field_work', 'seconds_to_completion'];
const SHOWN = 200;
const RESULTS = { ACCEPTED: 'pressed 1', DECLINED: 'pressed 2', NO_ANSWER: 'no answer', TIMEOUT: 'no answer in time', BUSY: 'busy', VOICEMAIL: 'voicemail', CANCELED: 'not needed any more', STOOD_DOWN: 'stood down', FAILED: 'no key press' };

const day = (d) => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`;

export const reportPage = ({ app, now }) => () => ({
  from: '',
  to: '',
  rows: [],
  groups: [],
  state: '',
  error: '',
  seconds,
  spoken,
  init() {
    const today = new Date(now());
    this.to = day(today);
    this.from = day(new Date(today.getTime() - 6 * 86400000));
    this.$watch('$store.app.contractors', () => this.regroup());
    this.read();
  },
  nameOf(code) {
    return app.contractors.find((one) => one.osp_tenant === code)?.name || code;
  },
  get shown() {
    return this.rows.slice(0, SHOWN);
  },
  get summary() {
    if (this.state !== 'there') return this.state;
    if (this.rows.length === 0) return 'No orders in this time.';
    const [all] = this.groups;
    return `${all.count} orders, ${all.accepted} accepted${all.accepted ? `; half of them within ${seconds(all.p50)}, nine of ten within ${seconds(all.p90)}, the slowest ${seconds(all.worst)}` : ''}.${this.rows.length > SHOWN ? ` The table shows the newest ${SHOWN}; the CSV has all.` : ''}`;
  },
  time(row) {
    return moment(row.created_at, now());
  },
  href(row) {
    return `#/eco/${row.eco_id}`;
  },
  calls(row) {
    return (row.notified || []).map((one) => `${one.name || 'a supervisor'}: ${RESULTS[one.result] || 'called'}`).join('; ') || 'nobody';
  },
  regroup() {
    this.groups = Object.freeze(groupsOf(this.rows, (code) => this.nameOf(code)));
    plot(this.$refs.plot, this.groups);
  },
  async read() {
    if (!this.from || !this.to) return;
    this.error = '';
    this.state = 'Reading …';
    const end = new Date(`${this.to}T00:00:00`);
    end.setDate(end.getDate() + 1);
    try {
      const rows = await rpc('strike_response_report', { from_time: new Date(`${this.from}T00:00:00`).toISOString(), to_time: end.toISOString() }, { timeout: 30000 });
      rows.sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
      this.rows = Object.freeze(rows.map((one) => Object.freeze(one)));
      this.state = 'there';
      this.regroup();
    } catch (error) {
      this.state = '';
      this.error = error instanceof Refused ? error.message : 'The report could not be read: no connection.';
    }
  },
  saveCsv() {
    save(`response-${this.from}-${this.to}.csv`, 'text/csv', csv(this.rows, COLUMNS));
  },
});
