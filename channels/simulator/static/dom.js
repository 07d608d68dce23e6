/** Small helpers: make elements from text (never from markup), find them, say a word. */

export const $ = (selector) => document.querySelector(selector);

/** An element; `props` are its properties, `data`/`on` its dataset and listeners. */
export function el(tag, props = {}, ...children) {
  const { data = {}, on = {}, ...rest } = props;
  const node = Object.assign(document.createElement(tag), rest);
  Object.assign(node.dataset, data);
  for (const [name, listener] of Object.entries(on)) node.addEventListener(name, listener);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

let hiding = 0;
export function toast(words) {
  const node = $("#toast");
  node.textContent = words;
  node.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (node.hidden = true), 2600);
}

/** The answers of a dialog's form, or null when it was cancelled. */
export function ask(dialog) {
  const form = dialog.querySelector("form");
  form.reset();
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener(
      "close",
      () => resolve(dialog.returnValue === "cancel" ? null : new FormData(form)),
      { once: true },
    ),
  );
}
