// Times to acceptance as dots on a logarithmic axis, a row a group, with median and 90 % marks.  The
// table beside it says the same to who can't see it.
const NS = 'http://www.w3.org/2000/svg';
const MARKS = [[1, '1 s'], [2, '2 s'], [3, '3 s'], [5, '5 s'], [10, '10 s'], [20, '20 s'], [30, '30 s'], [60, '1 min'], [120, '2 min'], [300, '5 min'], [600, '10 min'], [1800, '30 min'], [3600, '1 h'], [7200, '2 h'], [28800, '8 h'], [86400, '1 d']];
const APART = 45; // between two marks
const ROW = 34;
const LEFT = 190;
const WIDTH = 900;

function draw(parent, name, attributes, text) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

export function plot(svg, groups) {
  svg.replaceChildren();
  const times = groups.flatMap((one) => one.times).filter((one) => one > 0);
  if (times.length === 0) {
    svg.setAttribute('viewBox', `0 0 ${WIDTH} 1`);
    return;
  }
  const low = Math.log(Math.max(0.5, Math.min(...times) * 0.8));
  const high = Math.max(Math.log(Math.max(...times) * 1.25), low + 1);
  const x = (s) => LEFT + ((Math.log(Math.max(s, 0.5)) - low) / (high - low)) * (WIDTH - LEFT - 20);
  const height = groups.length * ROW + 30;
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${height}`);
  let last = -Infinity;
  for (const [s, name] of MARKS) {
    if (Math.log(s) < low || Math.log(s) > high || x(s) - last < APART) continue;
    last = x(s);
    draw(svg, 'line', { x1: x(s), x2: x(s), y1: 0, y2: height - 24, class: 'axis' });
    draw(svg, 'text', { x: x(s), y: height - 8, class: 'tick', 'text-anchor': 'middle' }, name);
  }
  groups.forEach((group, i) => {
    const y = i * ROW + ROW / 2;
    draw(svg, 'text', { x: 4, y: y + 4, class: 'group' }, `${group.osp} · ${group.type}`);
    const dots = group.times.length > 400 ? group.times.filter((_, k) => k % Math.ceil(group.times.length / 400) === 0) : group.times;
    dots.forEach((s, k) => draw(svg, 'circle', { cx: x(s), cy: y + ((k % 5) - 2) * 2.5, r: 3.5, class: 'dot' }));
    if (group.p50 !== null) draw(svg, 'line', { x1: x(group.p50), x2: x(group.p50), y1: y - 13, y2: y + 13, class: 'median' });
    if (group.p90 !== null) draw(svg, 'line', { x1: x(group.p90), x2: x(group.p90), y1: y - 13, y2: y + 13, class: 'ninety' });
  });
}
