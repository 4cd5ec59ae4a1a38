// The work system of one ECO: tasks as cards, to be dragged from column to column, moved by the
// arrow keys, by the technician's buttons, or by their chooser.
import { element, button, option, keyed, setText } from './dom.js';
import { steer } from './control.js';

const COLUMNS = ['blueprinted', 'allocated', 'releasable', 'released', 'jeopardy', 'completed'];

// What a technician does next with a task that stands there: word, and where it goes.
const NEXT = {
  blueprinted: ['assign', 'allocated'], allocated: ['release', 'released'], releasable: ['release', 'released'],
  released: ['complete', 'completed'], jeopardy: ['unblock', 'released'], completed: ['reopen', 'released'],
};

const FIELDS = [['assignee', 'Assignee'], ['crew', 'Crew'], ['task_type', 'Type'], ['description', 'Description']];

export const number = (id) => `#${id.replace(/^PT-[0-9a-f]+-0*/, '')}`;
const change = (card, body) => steer('task', { subsector: card.dataset.subsector, project_task_id: card.dataset.key, ...body });

// A crew gets its technician with the first step out of blueprinted, as in the field.
const moved = (card, status) => change(card, { status, ...(status !== 'blueprinted' && !card.dataset.assignee ? { assignee: 'R. Field', crew: 'crew 7' } : {}) });

// Everything that is changed seldom: any status, the fields, vanishing, deletion.
function makeMore(card, name) {
  const more = element('details');
  const summary = element('summary', 'more');
  summary.setAttribute('aria-label', `more for ${name}`);
  const chooser = element('select');
  chooser.append(...COLUMNS.map((status) => option(status)));
  chooser.setAttribute('aria-label', `status of ${name}`);
  chooser.addEventListener('change', () => moved(card, chooser.value));
  const form = element('form');
  for (const [field, words] of FIELDS) {
    const label = element('label', words);
    const input = element('input');
    input.name = field;
    input.maxLength = 400;
    label.append(input);
    form.append(label);
  }
  const save = element('button', 'save');
  save.setAttribute('aria-label', `save ${name}`);
  form.append(save);
  form.addEventListener('input', () => (form.dirty = true));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(FIELDS.map(([field]) => [field, form.elements[field].value.trim() || null]));
    if (!fields.task_type) delete fields.task_type; // a task has one
    if (await change(card, fields)) form.dirty = false;
  });
  const rest = element('div', undefined, 'buttons');
  rest.append(chooser, button('vanish', `vanish ${name}`, () => change(card, { hidden: !card.classList.contains('hidden') })), button('delete', `delete ${name}`, () => change(card, { delete: true })));
  more.append(summary, rest, form);
  return more;
}

function makeCard(task) {
  const card = element('div', undefined, 'task');
  card.draggable = true;
  card.tabIndex = 0;
  card.setAttribute('role', 'group');
  const name = `task ${task.projectTaskId}`;
  const head = element('div');
  head.append(element('strong', number(task.projectTaskId)), element('span', undefined, 'who'));
  head.title = task.projectTaskId;
  const buttons = element('div', undefined, 'buttons');
  buttons.append(
    button('', '', () => moved(card, NEXT[card.dataset.status]?.[1] || 'allocated')),
    button('jeopardy', `jeopardy: ${name} is blocked`, () => moved(card, 'jeopardy')),
    button('clone', `clone ${name}`, () => change(card, { clone: true })),
    makeMore(card, name)
  );
  buttons.firstChild.className = 'main';
  card.append(head, element('p'), buttons);
  card.addEventListener('dragstart', (event) => {
    event.dataTransfer.setData('text/plain', JSON.stringify([card.dataset.subsector, card.dataset.key]));
    event.dataTransfer.effectAllowed = 'move';
  });
  card.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.target !== card) return;
    event.preventDefault();
    const to = COLUMNS[COLUMNS.indexOf(card.dataset.status) + step];
    if (to) moved(card, to);
  });
  return card;
}

function updateCard(card, eco, task) {
  const [head, what, buttons] = card.children;
  const [next, block, , more] = buttons.children;
  const [, rest, form] = more.children;
  const name = `task ${task.projectTaskId}`;
  Object.assign(card.dataset, { subsector: eco.subsector, status: task.status, assignee: task.assignee || '' });
  card.classList.toggle('hidden', Boolean(task.hidden));
  card.classList.toggle('blocked', task.status === 'jeopardy');
  setText(head.lastChild, ` ${[task.taskType, task.assignee, task.crew].filter(Boolean).join(' · ')}`);
  setText(what, [task.clonedFrom ? `clone of ${number(task.clonedFrom)}` : '', task.hidden ? 'vanished' : '', COLUMNS.includes(task.status) ? '' : `status “${task.status}”`, task.description].filter(Boolean).join(' · '));
  card.setAttribute('aria-label', `${name}, ${task.status}, arrow keys move it`);
  const [word] = NEXT[task.status] || ['assign'];
  setText(next, word);
  next.setAttribute('aria-label', `${word} ${name}`);
  block.disabled = task.status === 'jeopardy';
  const [chooser, hide] = rest.children;
  if (document.activeElement !== chooser) chooser.value = task.status;
  setText(hide, task.hidden ? 'reappear' : 'vanish');
  hide.setAttribute('aria-label', `${hide.textContent} ${name}`);
  if (form.dirty || form.contains(document.activeElement)) return;
  for (const [field, value] of Object.entries({ assignee: task.assignee, crew: task.crew, task_type: task.taskType, description: task.description }))
    if (form.elements[field].value !== (value || '')) form.elements[field].value = value || '';
}

export function makeTasks(subsector) {
  const board = element('div');
  const columns = element('div', undefined, 'columns');
  board.append(element('h4', 'Work system'), element('p', undefined, 'nothing'), columns);
  for (const status of COLUMNS) {
    const column = element('div', undefined, 'column');
    const cards = element('div');
    column.append(element('h4', status), cards);
    column.addEventListener('dragover', (event) => {
      event.preventDefault();
      column.classList.add('over');
    });
    column.addEventListener('dragleave', (event) => column.contains(event.relatedTarget) || column.classList.remove('over'));
    column.addEventListener('drop', (event) => {
      event.preventDefault();
      column.classList.remove('over');
      let from, id;
      try {
        [from, id] = JSON.parse(event.dataTransfer.getData('text/plain'));
      } catch (error) {
        return; // something else was dropped
      }
      const card = board.querySelector(`[data-key="${CSS.escape(id || '')}"]`);
      if (from === subsector && card) moved(card, status);
    });
    columns.append(column);
  }
  return board;
}

export function updateTasks(board, eco) {
  const at = board.contains(document.activeElement) ? document.activeElement : null;
  const focused = at?.closest('[data-key]');
  const [, empty, columns] = board.children;
  columns.hidden = eco.tasks.length === 0;
  empty.hidden = !columns.hidden;
  setText(empty, /refused/.test(eco.step) ? 'No task: it was refused.' : 'No task yet.');
  const cards = new Map([...columns.querySelectorAll('.task')].map((card) => [card.dataset.key, card]));
  [...columns.children].forEach((column, i) => {
    // what has a status that nobody knows stands in the first column and says so
    const own = eco.tasks.filter((task) => (COLUMNS.includes(task.status) ? task.status === COLUMNS[i] : i === 0));
    keyed(column.lastElementChild, own, (task) => task.projectTaskId, (task) => cards.get(task.projectTaskId) || makeCard(task), (card, task) => updateCard(card, eco, task));
    column.classList.toggle('empty', own.length === 0);
  });
  // a card that moved, with what is open and half typed in it, keeps the focus
  if (focused && document.activeElement !== at) (at.isConnected ? at : board.querySelector(`[data-key="${CSS.escape(focused.dataset.key)}"]`))?.focus();
}
