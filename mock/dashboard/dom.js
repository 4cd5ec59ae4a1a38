// Making and keeping elements: a list is redrawn without replacing what is still there, so that
// focus, an open chooser and a card in the hand survive.

export const $ = (id) => document.getElementById(id);

export function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

export function button(text, label, onClick) {
  const made = element('button', text);
  made.type = 'button';
  if (label !== undefined) made.setAttribute('aria-label', label);
  made.addEventListener('click', onClick);
  return made;
}

export function option(value, text = value) {
  const made = element('option', text);
  made.value = value;
  return made;
}

// Children of container, one an item: made once by key, updated each time, in the items' order.
export function keyed(container, items, key, make, update) {
  const old = new Map([...container.children].map((child) => [child.dataset.key, child]));
  let place = container.firstElementChild;
  for (const item of items) {
    const id = String(key(item));
    let child = old.get(id);
    if (child) old.delete(id);
    else {
      child = make(item);
      child.dataset.key = id;
    }
    update(child, item);
    if (child === place) place = place.nextElementSibling;
    else container.insertBefore(child, place);
  }
  for (const child of old.values()) child.remove();
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A chooser's options, kept while they are the same.
export function setOptions(select, pairs) {
  const text = JSON.stringify(pairs);
  if (select.dataset.options === text) return;
  const chosen = select.value;
  select.dataset.options = text;
  select.replaceChildren(...pairs.map(([value, words]) => option(value, words)));
  if (pairs.some(([value]) => value === chosen)) select.value = chosen;
}
