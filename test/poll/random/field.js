// The work in the field: what people do to an order's tasks in the mock, and the model of it, kept
// version by version, so that it is known what each list request was answered.
'use strict';

const PAGE_SIZE = 50; // the mock's
const WORDS = ['blueprinted', 'pending', 'tasked', 'allocated', 'releasable', 'released', 'jeopardy', 'completed'];
const STRANGE = ['on hold', 'wartet', 'RELEASED'];
const PEOPLE = ['R. Field', 'M. Chan', "D'Arcy \"Doc\" Ä.", 'K. Novak'];
const CREWS = ['crew 7', 'crew 8', 'Nachtschicht'];
const TEXTS = ['fibre is dark', 'splice at pole 14', 'Kabel Ø 12 mm; "dringend"', 'x:1,y:2'];

const lastOf = (list) => list[list.length - 1];

class Field {
  // mock: the work system; subsector: the order's there
  constructor(mock, subsector, project) {
    Object.assign(this, { mock, subsector, project });
    this.versions = []; // { after, by, tasks }: answered to requests beyond 'after', and for sure beyond 'by'
  }

  get tasks() {
    return lastOf(this.versions).tasks;
  }

  // The last request in the journal.
  async number() {
    const { entries } = await this.mock.get('/control/journal?limit=1');
    return entries.length > 0 ? entries[0].n : 0;
  }

  async begin(id) {
    this.versions.push({ after: -1, by: -1, tasks: [await this.#told({ project_task_id: id })] });
  }

  async #told(body) {
    const answer = await fetch(`${this.mock.url}/control/task`, { method: 'POST', body: JSON.stringify({ subsector: this.subsector, ...body }) });
    if (answer.status !== 200) throw new Error(`/control/task ${JSON.stringify(body)}: ${answer.status} ${await answer.text()}`);
    return this.#taskOf(await answer.json());
  }

  #taskOf(json) {
    return { id: json.projectTaskId, status: json.status, assignee: json.assignee, crew: json.crew, description: json.description, clonedFrom: json.clonedFrom, hidden: false };
  }

  // change(tasks) tells the mock and returns the tasks as they are then.
  async #change(change) {
    const after = await this.number();
    const tasks = await change(this.tasks.map((task) => ({ ...task })));
    this.versions.push({ after, by: await this.number(), tasks });
  }

  async set(index, body) {
    await this.#change(async (tasks) => {
      const before = tasks[index];
      const hidden = body.hidden === undefined ? before.hidden : body.hidden;
      tasks[index] = { ...(await this.#told({ project_task_id: before.id, ...body })), hidden };
      return tasks;
    });
  }

  async remove(index) {
    await this.#change(async (tasks) => {
      await this.#told({ project_task_id: tasks[index].id, delete: true });
      tasks.splice(index, 1);
      return tasks;
    });
  }

  async clone(index, body) {
    await this.#change(async (tasks) => [...tasks, await this.#told({ project_task_id: tasks[index].id, clone: true, ...body })]);
  }

  // Somebody else makes a task in the same subsector.
  async foreign(description, bearer) {
    await this.#change(async (tasks) => {
      const answer = await fetch(`${this.mock.url}/render/tasks`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        body: JSON.stringify({ project: this.project, taskType: 'other', subsector: this.subsector, description, externalId: `foreign-${this.versions.length}-${this.subsector}`, geometry: { type: 'Point', coordinates: [0, 0] } }),
      });
      if (answer.status !== 201) throw new Error(`a foreign task: ${answer.status} ${await answer.text()}`);
      return [...tasks, this.#taskOf(await answer.json())];
    });
  }

  // What a request for a page may have been answered: [tasks, …].
  answers(n, page) {
    const found = [];
    for (const [k, version] of this.versions.entries()) {
      const next = this.versions[k + 1];
      if (version.after >= n || (next && n > next.by)) continue;
      found.push(version.tasks.filter((task) => !task.hidden).slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE));
    }
    return found;
  }

  // One thing that somebody does, by chance; returns what, in words.  quiet: no answer is hurt
  async act(r, quiet, bearer) {
    const tasks = this.tasks;
    const kind = r.weighed({ assign: 4, release: 4, complete: 6, word: 3, strange: 2, unassign: 1, crew: 3, text: 1, clone: tasks.length < 6 ? 1.5 : 0.2, hide: 1.5, show: 2, delete: tasks.length > 1 ? 0.8 : 0.1, all: 1.5, foreign: 0.7, many: 0.3, back: 1 });
    const index = r.whole(0, Math.max(0, tasks.length - 1));
    const drawn = { word: r.pick(WORDS), strange: r.pick(STRANGE), who: r.pick(PEOPLE), crew: r.pick(CREWS), text: r.pick(TEXTS), half: r.chance(0.5) };
    if (kind === 'foreign' || tasks.length === 0) {
      if (quiet) await this.foreign(drawn.text, bearer);
      return 'a foreign task';
    }
    const told = `${kind} ${index + 1}`;
    if (kind === 'assign') await this.set(index, { status: 'allocated', assignee: drawn.who, ...(drawn.half ? { crew: drawn.crew } : {}) });
    else if (kind === 'release') await this.set(index, drawn.half ? { status: 'released', assignee: drawn.who } : { status: 'released' });
    else if (kind === 'complete') await this.set(index, { status: 'completed' });
    else if (kind === 'word') await this.set(index, { status: drawn.word });
    else if (kind === 'strange') await this.set(index, { status: drawn.strange });
    else if (kind === 'unassign') await this.set(index, { assignee: null });
    else if (kind === 'crew') await this.set(index, { crew: drawn.half ? drawn.crew : null });
    else if (kind === 'text') await this.set(index, { description: drawn.half ? drawn.text : `${drawn.text}!` });
    else if (kind === 'clone') await this.clone(index, drawn.half ? { status: drawn.word, assignee: drawn.who } : {});
    else if (kind === 'hide') await this.set(index, { hidden: true });
    else if (kind === 'show') {
      for (const [i, task] of tasks.entries()) if (task.hidden && (drawn.half || i === index)) await this.set(i, { hidden: false });
    } else if (kind === 'delete') await this.remove(index);
    else if (kind === 'all') {
      for (const i of tasks.keys()) await this.set(i, { status: 'completed', hidden: false });
    } else if (kind === 'many') {
      for (let i = 0; i < 55 && this.tasks.length < 60; i++) await this.clone(index, { status: 'completed' });
    } else if (kind === 'back') {
      // there and back again: whoever looks in between sees it
      const { status } = tasks[index];
      await this.set(index, { status: drawn.word });
      await this.set(index, { status });
    }
    return told;
  }
}

module.exports = { Field };
