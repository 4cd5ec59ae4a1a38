// The work system of one ECO: tasks as cards, to be dragged from column to column, moved by the
// arrow keys, or by their chooser.
import { element, button, option, keyed, setText } from './dom.js';
import { steer } from './control.js';

const COLUMNS = ['blueprinted', 'allocated', 'releasable', 'released', 'jeopardy', 'completed'];

const change = (card, body) => steer('task', { subsector: card.dataset.subsector, project_task_id: card.dataset.key, ...body });

// A crew gets its technician with the first step out of blueprinted, as in the field.
const moved = (card, status) => change(card, { status, ...(status !== 'blueprinted' && !card.dataset.assignee ? { assignee: 'R. Field', crew: 'crew 7' } : {}) });

function makeCard(task) {
  const card = element('div', undefined, 'task');
  card.draggable = true;
  card.tabIndex = 0;
  card.setAttribute('role', 'group');
  card.append(element('strong'), element('span', undefined, 'who'), element('span', undefined, 'who'));
  const buttons = element('div', undefined, 'buttons');
  const chooser = element('select');
  chooser.append(...COLUMNS.map((status) => option(status)));
  chooser.addEventListener('change', () => moved(card, chooser.value));
  const name = `task ${task.projectTaskId}`;
  const hide = button('vanish', `vanish ${name}`, () => change(card, { hidden: !card.classList.contains('hidden') }));
  const more = element('details');
  const summary = element('summary', 'more');
  summary.setAttribute('aria-label', `more for ${name}`);
  const rest = element('div', undefined, 'buttons');
  more.append(summary, rest);
  buttons.append(chooser, button('clone', `clone ${name}`, () => change(card, { clone: true })), more);
  rest.append(
    button('unassign', `unassign ${name}`, () => change(card, { assignee: card.dataset.assignee ? null : 'R. Field' })),
    button('edit', `edit ${name}`, () => {
      const text = prompt('Description', card.dataset.description);
      if (text !== null) change(card, { description: text });
    }),
    hide,
    button('delete', `delete ${name}`, () => change(card, { delete: true }))
  );
  card.append(buttons);
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
  const [id, who, what] = card.children;
  const [chooser, , more] = card.lastElementChild.children;
  const [unassign, , hide] = more.lastElementChild.children;
  Object.assign(card.dataset, { subsector: eco.subsector, status: task.status, assignee: task.assignee || '', description: task.description || '' });
  card.classList.toggle('hidden', Boolean(task.hidden));
  setText(id, task.projectTaskId.replace(/^PT-[0-9a-f]+-0*/, '#'));
  id.title = task.projectTaskId;
  setText(who, [task.taskType, task.assignee, task.crew].filter(Boolean).join(' · '));
  setText(what, [task.description, task.clonedFrom ? `clone of #${task.clonedFrom.replace(/^PT-[0-9a-f]+-0*/, '')}` : '', task.hidden ? 'vanished' : '', COLUMNS.includes(task.status) ? '' : `status “${task.status}”`].filter(Boolean).join(' · '));
  card.setAttribute('aria-label', `task ${task.projectTaskId}, ${task.status}, arrow keys move it`);
  chooser.setAttribute('aria-label', `status of task ${task.projectTaskId}`);
  if (document.activeElement !== chooser) chooser.value = task.status;
  setText(unassign, task.assignee ? 'unassign' : 'assign');
  setText(hide, task.hidden ? 'reappear' : 'vanish');
  hide.setAttribute('aria-label', `${hide.textContent} task ${task.projectTaskId}`);
}

export function makeTasks(subsector) {
  const board = element('div');
  board.append(element('h4', 'Work system'));
  const columns = element('div', undefined, 'columns');
  board.append(columns);
  for (const status of COLUMNS) {
    const column = element('div', undefined, 'column');
    const cards = element('div');
    column.append(element('h4', status), cards);
    column.addEventListener('dragover', (event) => {
      event.preventDefault();
      column.classList.add('over');
    });
    column.addEventListener('dragleave', () => column.classList.remove('over'));
    column.addEventListener('drop', (event) => {
      event.preventDefault();
      column.classList.remove('over');
      const [from, id] = JSON.parse(event.dataTransfer.getData('text/plain') || '[]');
      const card = board.querySelector(`[data-key="${CSS.escape(id || '')}"]`);
      if (from === subsector && card) moved(card, status);
    });
    columns.append(column);
  }
  return board;
}

export function updateTasks(board, eco) {
  const focused = board.contains(document.activeElement) ? document.activeElement.closest('[data-key]') : null;
  [...board.lastElementChild.children].forEach((column, i) => {
    // what has a status that nobody knows stands in the first column and says so
    const own = eco.tasks.filter((task) => (COLUMNS.includes(task.status) ? task.status === COLUMNS[i] : i === 0));
    keyed(column.lastElementChild, own, (task) => task.projectTaskId, makeCard, (card, task) => updateCard(card, eco, task));
    column.classList.toggle('empty', own.length === 0);
  });
  // a card that was moved by the keyboard keeps the focus
  if (focused && !focused.isConnected) board.querySelector(`[data-key="${CSS.escape(focused.dataset.key)}"]`)?.focus();
}
