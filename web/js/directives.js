// Alpine directives for what changes with time alone: one tick a second, no requests, no rerendering.
import { now, onTick } from './clock.js';
import { age, left, spokenAge } from './words.js';

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');

function ticking(Alpine, name, paint) {
  Alpine.directive(name, (el, { expression }, { evaluateLater, effect, cleanup }) => {
    const read = evaluateLater(expression);
    let value = null;
    effect(() => read((next) => {
      value = next;
      paint(el, value, now());
    }));
    const end = onTick((at) => paint(el, value, at));
    cleanup(end);
  });
}

const write = (el, text) => {
  if (el.textContent !== text) el.textContent = text;
};

export function addDirectives(Alpine) {
  // x-age="since"
  ticking(Alpine, 'age', (el, since, at) => {
    if (!since) return write(el, '');
    write(el, age(at - Date.parse(since)));
    const words = `${spokenAge(at - Date.parse(since))}`;
    if (at % 10000 < 1000 || !el.title) el.title = `${words} since ${new Date(since).toLocaleString()}`;
  });
  // x-left="until": what is left, in words
  ticking(Alpine, 'left', (el, until, at) => write(el, until ? left(Date.parse(until) - at) : ''));
  // x-shrink="{from, until}": a bar whose length is what is left of the time
  ticking(Alpine, 'shrink', (el, span, at) => {
    if (!span || !span.until) return;
    const from = Date.parse(span.from);
    const until = Date.parse(span.until);
    const share = Math.min(1, Math.max(0, (until - at) / Math.max(1, until - from)));
    el.style.transform = `scaleX(${share.toFixed(4)})`;
  });
  // x-flash="value": a soft flash when the value changes, not at first sight
  Alpine.directive('flash', (el, { expression }, { evaluateLater, effect }) => {
    const read = evaluateLater(expression);
    let last;
    effect(() => read((value) => {
      if (last !== undefined && last !== value && !calm.matches) el.animate([{ backgroundColor: 'var(--flash)' }, {}], { duration: 1400, easing: 'ease-out' });
      last = value;
    }));
  });
}
