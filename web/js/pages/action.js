// An operator's step on an order, with its reason: one dialog for all of them.  Pressing twice is
// safe: the button rests while a request is under way, and the server refuses what was done already.
import { rpc, Refused, SessionOver } from '../api.js';
import { choiceName, planSays } from '../plan.js';

const ACTIONS = {
  repage: { title: 'Page again', call: 'strike_repage', button: 'Page again', reason: (o) => (o.pager_status === 'exhausted' ? 'Nobody answered: calling the list again' : 'Calling the list again'), does: 'Calls everybody on the list again, from the first on.', done: 'is being paged again' },
  reassign: { title: 'Other contractor', call: 'strike_reassign_eco', button: 'Give it to this contractor', reason: (o, name) => (o.pager_status === 'exhausted' ? `No answer from ${name}: another contractor takes it` : 'Another contractor takes it'), does: 'Cancels this order and makes the same one for another contractor, linked to this one.', done: 'was given to another contractor' },
  takeover: { title: "I'll handle it", call: 'strike_take_over', button: "I'll handle it", reason: () => 'I am arranging a crew by telephone', does: 'Ends all calls. No page starts by itself any more: you arrange the crew.', done: 'is handled by you' },
  retry: { title: 'Try the work system again', call: 'strike_retry_render', button: 'Try again', reason: () => 'The work system should be reachable again', does: "Sends the order to the contractor's work system again; then the page starts.", done: 'is sent again' },
  acknowledge: { title: 'I have seen it', call: 'strike_acknowledge', button: 'Silence the alarm', note: true, reason: () => 'Seen, acting on it', does: 'Silences the alarm. The order stays as it is: somebody still has to act.', done: 'is silent now' },
  note: { title: 'Write a note', call: 'strike_add_note', button: 'Keep the note', note: true, reason: () => '', does: 'Kept with the order for ever.', done: 'has a new note' },
  settle: { title: 'Missing tasks are settled', call: 'strike_settle_tasks', button: 'They count as done', reason: () => 'Asked the contractor: this work is done', does: "Tasks that have vanished from the contractor's work system count as complete until they are back.", done: 'has its missing tasks settled' },
  cancel: { title: 'Cancel the order', call: 'strike_cancel_eco', button: 'Cancel the order', reason: () => 'False alarm', does: "Ends all calls. The task in the contractor's work system stays: tell the contractor.", done: 'is canceled' },
  reopen: { title: 'Reopen the order', call: 'strike_reopen_eco', button: 'Reopen', reason: () => 'More work was reported', does: 'The order goes on: its field work is watched again.', done: 'is open again' },
};

export { stepName, stepsFor } from '../steps.js';

export const actionDialog = ({ Alpine, app, orders, say }) => {
  Alpine.store('action', { kind: '', order: null, open(order, kind) {
    Object.assign(this, { order, kind });
    document.dispatchEvent(new CustomEvent('strike:action'));
  } });
  return () => ({
    kind: '',
    order: null,
    title: '',
    does: '',
    button: '',
    reason: '',
    osp: '',
    error: '',
    busy: false,
    candidates: [],
    plan: '',
    planBad: false,
    get others() {
      const all = this.candidates.length > 0 ? this.candidates : app.contractors;
      return all.filter((one) => this.order && one.osp_tenant !== this.order.osp_tenant);
    },
    choiceName(one) {
      return choiceName(one, this.candidates.length > 0);
    },
    // whom the others would call there: another contractor without a list helps nobody
    async askOthers() {
      const { order } = this;
      const candidates = await rpc('strike_contractors', { location: order.location }).catch(() => []);
      if (order !== this.order || this.kind !== 'reassign') return;
      this.candidates = candidates;
      const covering = this.others.filter((one) => one.covers);
      if (this.osp === '' && covering.length === 1) this.osp = covering[0].osp_tenant;
      this.askPlan();
    },
    async askPlan() {
      const { osp, order } = this;
      this.plan = '';
      if (osp === '') return;
      const plan = await rpc('strike_page_plan', { osp_tenant: osp, location: order.location }).catch(() => null);
      if (plan === null || osp !== this.osp || order !== this.order) return;
      const { words, bad } = planSays(plan);
      Object.assign(this, { plan: words, planBad: bad });
    },
    get ready() {
      return !this.busy && this.reason.trim() !== '' && (this.kind !== 'reassign' || this.osp !== '');
    },
    init() {
      this.opened = () => {
        const { kind, order } = Alpine.store('action');
        const action = ACTIONS[kind];
        Object.assign(this, { kind, order, title: `${action.title}: ${order.number}`, does: action.does, button: action.button, reason: action.reason(order, app.contractors.find((one) => one.osp_tenant === order.osp_tenant)?.name || order.osp), osp: '', error: '', busy: false, candidates: [], plan: '', planBad: false });
        if (kind === 'reassign') this.askOthers();
        this.$el.showModal();
        const field = this.$el.querySelector('textarea');
        field.value = this.reason;
        field.focus();
        field.select();
      };
      document.addEventListener('strike:action', this.opened);
    },
    destroy() {
      document.removeEventListener('strike:action', this.opened);
    },
    close() {
      this.$el.closest('dialog').close();
    },
    keydown(event) {
      if (event.ctrlKey && event.key === 'Enter' && this.ready) {
        event.preventDefault();
        this.press();
      }
    },
    async press() {
      if (!this.ready) return;
      this.busy = true;
      this.error = '';
      const action = ACTIONS[this.kind];
      const args = { eco_id: this.order.eco_id, [action.note ? 'note' : 'reason']: this.reason.trim() };
      if (this.kind === 'reassign') args.osp_tenant = this.osp;
      try {
        const answer = await rpc(action.call, args);
        const eco = Array.isArray(answer) ? answer[0] : answer;
        if (eco) orders.put(eco);
        say(`${this.order.number} ${action.done}.`);
        document.querySelector('dialog.action').close();
        if (this.kind === 'reassign' && eco) app.go(`/eco/${eco.eco_id}`);
        document.dispatchEvent(new CustomEvent('strike:acted', { detail: this.order.eco_id }));
      } catch (error) {
        if (error instanceof SessionOver || error instanceof Refused) this.error = error.message;
        else this.error = error.arrived === false ? 'No connection: it has not been sent. Press again when it is back.' : `It is not known whether it arrived. ${this.kind === 'note' ? 'Look at the history before you press again.' : 'Pressing again is safe.'}`;
      } finally {
        this.busy = false;
      }
    },
  });
};
