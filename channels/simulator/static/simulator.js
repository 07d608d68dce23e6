/** Puts the page together: who is the citizen now, and what arrives where. */

import * as browser from "./browser.js";
import * as chat from "./chat.js";
import * as compose from "./compose.js";
import { $, toast } from "./dom.js";
import { get, listen, post } from "./net.js";
import * as panel from "./panel.js";
import * as people from "./people.js";
import * as time from "./time.js";

const state = {
  openid: localStorage.getItem("simulator.openid") ?? "",
  citizens: [],
  unread: new Set(),
  loading: 0,
  waiting: [],
};
const me = () => state.citizens.find((who) => who.openid === state.openid);
const path = () => `citizens/${encodeURIComponent(state.openid)}`;
const openPage = (url) => browser.open(url, state.openid);

/** Updates that overtake what is being loaded wait for it, so that none is painted over. */
async function load() {
  state.loading += 1;
  const [found, calls] = await Promise.all([get(`state?openid=${encodeURIComponent(state.openid)}`), get("calls")]);
  state.loading -= 1;
  if (state.loading || !found) return;
  state.openid = found.openid;
  surroundings(found);
  chat.show(found.bubbles, me());
  if (calls) panel.showCalls(calls);
  for (const update of state.waiting.splice(0)) if (!update.call) receive(update);
}

function choose(openid) {
  state.openid = openid;
  localStorage.setItem("simulator.openid", openid);
  state.unread.delete(openid);
  browser.close();
  document.body.classList.remove("people-open");
  load();
}

function surroundings(found) {
  state.citizens = found.citizens;
  time.setNow(found.clock.now);
  people.tick();
  people.showClock(found.clock.offset);
  panel.showSettings(found.settings, found.webhook_url);
  panel.showFaults(found.faults);
  compose.showMenu(found.menu);
  showPeople();
}

function showPeople() {
  people.showCitizens(state.citizens, state.openid, state.unread);
  const who = me();
  if (!who) return;
  panel.showCitizen(who);
  $("#foot").hidden = !who.following;
  $("#unfollowed").hidden = who.following;
  showTyping();
}

function showTyping() {
  const until = me()?.typing_until;
  const typing = until && Date.parse(until) > time.now();
  $("#title").textContent = typing ? "对方正在输入…" : $("#title").dataset.name;
}

function receive(update) {
  if (state.loading) return state.waiting.push(update);
  if (update.surroundings) surroundings(update.surroundings);
  if (update.call) panel.addCall(update.call);
  if (update.bubble && update.openid === state.openid) chat.add(update.bubble, me());
  else if (update.bubble?.sender === "account") state.unread.add(update.openid);
  if (update.citizen) {
    const place = state.citizens.findIndex((who) => who.openid === update.citizen.openid);
    state.citizens.splice(place < 0 ? state.citizens.length : place, 1, update.citizen);
    showPeople();
  }
  return undefined;
}

function examples() {
  $("#chat").append(chat.welcome());
  chat.toEnd();
}

compose.setUp({ path, openPage, examples });
panel.setUp({ path });
people.setUp({ choose });
chat.setActions({
  say: compose.say,
  tap: (choice) => post(`${path()}/tap`, choice),
  open: openPage,
  call: (number) => toast(`正在拨打 ${number}（模拟器不会真的拨出）`),
});
$("#follow-again").addEventListener("click", () => post(`${path()}/switch`, { name: "following", on: true }));
for (const name of ["people", "panel"]) {
  $(`#show-${name}`).addEventListener("click", () => document.body.classList.toggle(`${name}-open`));
}
$("#scrim").addEventListener("click", () => document.body.classList.remove("people-open", "panel-open"));
setInterval(showTyping, 1000);
listen(load, receive);
