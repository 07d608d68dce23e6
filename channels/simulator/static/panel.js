/** The developer's panel: switches, faults, and the record of requests. */

import { $, el, toast } from "./dom.js";
import { post } from "./net.js";
import { clock } from "./time.js";

const KEPT = 200;
const MINUTE = 60;
let path = () => "";
export const setUp = (options) => ({ path } = options);

export function showCitizen(who) {
  $("#quota").textContent = who.quota;
  $("#window").textContent = who.window_open ? "（时限内）" : "（时限已过）";
  for (const box of document.querySelectorAll("[data-switch]")) box.checked = who[box.dataset.switch];
}

export function showSettings(settings, webhook) {
  $("#mode").value = settings.mode;
  $("#msgmenu").checked = settings.msgmenu_allowed;
  $("#webhook").textContent = webhook || "（没有设置）";
}

export function showFaults(faults) {
  const lines = faults.waiting.map((fault) => `${fault.path === "*" ? "任何接口" : fault.path}：${fault.what} × ${fault.times}`);
  if (faults.down_until) lines.unshift(`接口停到 ${clock(new Date(faults.down_until))}`);
  $("#faults").replaceChildren(...lines.map((line) => el("li", { textContent: line })));
}

export function showCalls(calls) {
  $("#log").replaceChildren(...calls.slice(-KEPT).reverse().map(entry));
}

export function addCall(call) {
  $("#log").prepend(entry(call));
  while ($("#log").children.length > KEPT) $("#log").lastChild.remove();
}

function entry(call) {
  const code = /"errcode":\s*(-?[1-9]\d*)/.exec(call.answer)?.[1];
  const bad = call.status !== 200 || code || (call.note && !/^attempt 1$/.test(call.note));
  const where = call.direction === "push" ? pushed(call.request) : call.path.replace("/cgi-bin", "");
  const result = code ?? (call.status || "无回答");
  return el(
    "details",
    { className: bad ? "bad" : "" },
    el(
      "summary",
      {},
      el("span", { className: "way", textContent: call.direction === "push" ? "推" : "调" }),
      el("span", { className: "where", textContent: where }),
      el("span", { className: "result", textContent: `${result} · ${call.seconds.toFixed(2)}s` }),
    ),
    el("p", { textContent: [clock(new Date(call.at)), call.path, call.note].filter(Boolean).join(" · ") }),
    el("pre", { textContent: call.request || "（空）" }),
    el("pre", { textContent: call.answer || "（空）" }),
  );
}

/** What a push was about: its kind, or the name of its event. */
function pushed(xml) {
  const tag = (name) => new RegExp(`<${name}><!\\[CDATA\\[([^\\]]*)`).exec(xml)?.[1] ?? "";
  return `微信推送 ${tag("Event") || tag("MsgType") || "验证地址"}`;
}

async function told(words, ...request) {
  if ((await post(...request)) !== null) toast(words);
}

const settings = () =>
  post("settings", { mode: $("#mode").value, msgmenu_allowed: $("#msgmenu").checked });

for (const box of document.querySelectorAll("[data-switch]")) {
  box.addEventListener("change", async () => {
    if (box.dataset.switch === "subscribed" && !box.checked) {
      box.checked = true;
      return toast("取消关注后，通知的许可随之取消");
    }
    return post(`${path()}/switch`, { name: box.dataset.switch, on: box.checked });
  });
}
$("#mode").addEventListener("change", settings);
$("#msgmenu").addEventListener("change", settings);
$("#resend").addEventListener("click", async () => {
  const result = await post(`${path()}/resend`);
  if (result) toast(result.sent ? "已用同一 MsgId 重发" : "启动以来这位市民还没有发过消息");
});
$("#expire").addEventListener("click", () => told("所有 access_token 都已过期", "expire"));
$("#down").addEventListener("click", () => told("接口停 1 分钟（模拟时间）", "faults", { what: "down", seconds: MINUTE }));
$("#clear").addEventListener("click", () => told("已恢复正常", "faults", { what: "clear" }));
$("#verify").addEventListener("click", async () => {
  const result = await post("verify");
  if (result) toast(result.passed ? "验证通过" : "验证没有通过，请看往来记录");
});
$("#fault-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const order = { path: form.get("path"), what: form.get("what"), times: Number(form.get("times")) };
  told("已设置", "faults", order);
});
