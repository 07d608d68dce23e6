/** The citizens one can be, and the clock. */

import { avatar } from "./chat.js";
import { $, el, toast } from "./dom.js";
import { post } from "./net.js";
import * as time from "./time.js";

let choose = () => {};
export const setUp = (options) => ({ choose } = options);

export function showCitizens(citizens, openid, unread) {
  $("#citizens").replaceChildren(
    ...citizens.map((who) => {
      const last = who.last || (who.following ? "还没有说过话" : "没有关注");
      const line = el(
        "button",
        { type: "button", ariaLabel: who.name, className: who.openid === openid ? "is-me" : "", on: { click: () => choose(who.openid) } },
        avatar(who),
        el("span", { className: "who" }, el("b", { textContent: who.name }), el("small", { textContent: last })),
        el("span", { className: "when", textContent: who.last_at ? time.stamp(new Date(who.last_at)) : "" }),
        unread.has(who.openid) ? el("i", { className: "dot", title: "有新消息" }) : null,
      );
      return el("li", {}, line);
    }),
  );
}

export function showClock(offset) {
  $("#clock-offset").textContent = offset > 30 ? `比真实时间快 ${time.span(offset)}` : "与真实时间相同";
}

function tick() {
  $("#clock-now").textContent = `${time.date(time.now())} ${time.clock(time.now())}`;
  $("#status-time").textContent = time.clock(time.now());
}

async function forward(seconds) {
  if ((await post("clock", { seconds })) !== null) toast(`时间前进了 ${time.span(seconds)}`);
}

for (const button of document.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => forward(Number(button.dataset.step)));
}
$("#step-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  forward(Number(form.get("amount")) * Number(form.get("unit")));
});
$("#citizen-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const made = await post("citizens", { name: new FormData(event.target).get("name") });
  event.target.reset();
  if (made) choose(made.openid);
});
setInterval(tick, 1000);
export { tick };
