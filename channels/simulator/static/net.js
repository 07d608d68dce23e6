/** Talks to the simulator's server. What goes wrong is said to the person, never swallowed. */

import { toast } from "./dom.js";

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    toast("连不上模拟器，请看服务是否还在运行");
    return null;
  }
  if (!response.ok) {
    toast((await response.text()).slice(0, 80));
    return null;
  }
  return response.json();
}

export const get = (path) => request(path, {});

export const post = (path, body = {}) =>
  request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

export const upload = (path, blob) =>
  request(path, { method: "POST", headers: { "Content-Type": blob.type }, body: blob });

/** Live updates; `onReady` is called at every (re)connection, to load what was missed. */
export function listen(onReady, onUpdate) {
  const source = new EventSource("events");
  source.addEventListener("ready", onReady);
  source.addEventListener("message", (event) => onUpdate(JSON.parse(event.data)));
  addEventListener("pagehide", () => source.close());
}
