/** WeChat's own browser: a page laid over the chat. */

import { $ } from "./dom.js";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);
const frame = $("#frame");

/** Opens an address as this citizen; the web authorisation is answered by the simulator. */
export function open(address, openid) {
  const url = local(new URL(address, document.baseURI), openid);
  if (!/^https?:$/.test(url.protocol)) return;
  $("#browser-title").textContent = url.host === location.host ? "正在打开…" : url.host;
  $("#browser-out").href = url.href;
  frame.src = url.href;
  $("#browser").hidden = false;
  $("#close-browser").focus();
}

export function close() {
  $("#browser").hidden = true;
  frame.src = "about:blank";
}

function local(url, openid) {
  if (url.host === "open.weixin.qq.com" && url.pathname === "/connect/oauth2/authorize") {
    const here = new URL("connect/oauth2/authorize", document.baseURI);
    here.search = url.search;
    here.searchParams.set("openid", openid);
    return here;
  }
  // The server names itself 127.0.0.1 where the browser may say localhost: one and the same.
  if (LOOPBACK.has(url.hostname) && LOOPBACK.has(location.hostname) && url.port === location.port) {
    url.host = location.host;
  }
  return url;
}

frame.addEventListener("load", () => {
  try {
    const title = frame.contentDocument?.title;
    if (title) $("#browser-title").textContent = title;
  } catch {
    // Another site keeps its title to itself; its host is shown already.
  }
});
$("#close-browser").addEventListener("click", close);
