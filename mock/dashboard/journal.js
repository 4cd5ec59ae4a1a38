// The journal: the newest entries on top, filtered here, each with its body when it is opened.
import { $, element, button, keyed, setText, setOptions } from './dom.js';
import { get } from './control.js';

const KEPT = 2000;
const SHOWN = 200;
let entries = [];
let last = 0;
let dropped = 0;
const open = new Set();

function wanted(entry) {
  const [word, direction, eco] = [$('journal-filter').value.toLowerCase(), $('journal-direction').value, $('journal-eco').value];
  return (!direction || entry.direction === direction) && (!eco || entry.subsector === eco) && (!word || JSON.stringify(entry).toLowerCase().includes(word));
}

function readable(body) {
  if (!/^[\w.%+*-]+=/.test(body)) return body;
  return [...new URLSearchParams(body)].filter(([, value]) => value).map(([name, value]) => `${name} = ${value}`).join('\n');
}

// An entry as it is read when it is opened.
function whole({ path, subsector, attempt_id: attempt, headers, body, answer, elapsed_s: elapsed }) {
  return [
    path, subsector, attempt ? `attempt ${attempt}` : '', `${elapsed} s after the reset`, '',
    ...Object.entries(headers || {}).map(([name, value]) => `${name}: ${value}`), '',
    readable(body) || '(no body)', ...(answer ? ['', 'answered:', answer] : []),
  ].filter((line, i, all) => line || all[i - 1]).join('\n');
}

function makeRow(entry) {
  const row = element('tr');
  row.append(element('td', entry.at.slice(11, 23)), element('td', entry.direction === 'request' ? 'Strike →' : '→ Strike'), element('td'), element('td'), element('td', entry.subsector || ''));
  const more = button('', undefined, () => {
    if (!open.delete(entry.n)) open.add(entry.n);
    drawJournal();
  });
  more.append(element('span', `${entry.method} ${entry.path.replace(/^\/twilio\/v2\/Flows\/FW\w+/, '… ').replace(/^\/twilio\/2010-04-01\/Accounts\/AC\w+/, '… ')}`));
  row.children[2].append(more);
  return row;
}

function updateRow(row, entry) {
  const shown = row.children[2];
  setText(row.children[3], `${entry.status || '…'}${entry.note ? ` (${entry.note})` : ''}`);
  row.className = entry.status >= 400 || entry.note ? 'refused' : '';
  shown.firstChild.setAttribute('aria-expanded', String(open.has(entry.n)));
  if (!open.has(entry.n)) shown.querySelector('pre')?.remove();
  else if (!shown.querySelector('pre')) shown.append(element('pre', whole(entry)));
}

export function drawJournal() {
  const matching = entries.filter(wanted);
  keyed($('journal'), matching.slice(-SHOWN).reverse(), (entry) => entry.n, makeRow, updateRow);
  $('journal-empty').hidden = matching.length > 0;
  setText($('journal-empty'), entries.length > 0 ? 'Nothing fits.' : 'Nothing was said yet.');
  setText($('journal-note'), [
    dropped > 0 ? `The journal is full: ${dropped} older entries were dropped.` : '',
    matching.length > SHOWN ? `${matching.length - SHOWN} more are not shown.` : '',
  ].filter(Boolean).join(' '));
}

export async function updateJournal(status) {
  dropped = status.journal.dropped;
  setOptions($('journal-eco'), [['', 'all'], ...status.ecos.map(({ subsector }) => [subsector, subsector])]);
  if ($('journal-hold').checked) return;
  if (status.journal.kept === 0) {
    entries = [];
    last = 0;
  }
  const fresh = (await get(`journal?since=${last}&limit=500`)).entries;
  if (fresh.length > 0) {
    // those that still wait for their answer are looked at again next time
    const waiting = fresh.find((entry) => entry.status === 0 && !entry.note);
    entries = entries.filter((entry) => entry.n < fresh[0].n).concat(fresh).slice(-KEPT);
    last = (waiting || fresh[fresh.length - 1]).n - (waiting ? 1 : 0);
  }
  drawJournal();
}

for (const id of ['journal-filter', 'journal-direction', 'journal-eco']) $(id).addEventListener('input', drawJournal);
