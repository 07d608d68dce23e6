/** The chat: bubbles, time lines, cards. */

import { $, el } from "./dom.js";
import { stamp } from "./time.js";

export const EXAMPLES = [
  "社保卡丢了，怎么补办？",
  "雨湖区建设北路阳光小区门口的路灯坏了三天，晚上一片漆黑",
  "楼下工地半夜还在施工，吵得睡不着",
  "楼道里有很浓的煤气味！",
  "我的工单办得怎么样了",
  "我要找人工客服",
];
const GAP = 5 * 60_000;
const COLOURS = ["#5b8def", "#e39b3a", "#57a773", "#b06fb5", "#d9706b", "#4fa3a5"];

const box = $("#chat");
let shown = new Set();
let lastAt = 0;
let act = {};

/** What the chat can do: tap(choice), open(url), call(number), say(text). */
export const setActions = (actions) => (act = actions);

export function avatar(who) {
  if (!who) return el("img", { className: "avatar", src: "static/account.svg", alt: "公众号" });
  const letter = el("span", { className: "avatar", textContent: who.name.slice(0, 1) });
  const hash = [...who.openid].reduce((total, sign) => (total * 31 + sign.codePointAt(0)) % 9973, 7);
  letter.style.background = COLOURS[hash % COLOURS.length];
  letter.ariaLabel = who.name;
  return letter;
}

export function show(bubbles, who) {
  box.replaceChildren();
  shown = new Set();
  lastAt = 0;
  for (const bubble of bubbles) place(bubble, who);
  if (!bubbles.length) box.append(welcome());
  toEnd();
}

export function add(bubble, who) {
  if (shown.has(bubble.id)) return;
  box.querySelector(".welcome")?.remove();
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 160;
  place(bubble, who);
  if (atEnd || bubble.sender === "citizen") toEnd();
}

export const toEnd = () => (box.scrollTop = box.scrollHeight);

export function welcome() {
  const tries = EXAMPLES.map((text) =>
    el("button", { type: "button", textContent: text, on: { click: () => act.say(text) } }),
  );
  return el(
    "div",
    { className: "welcome" },
    avatar(),
    el("h2", { textContent: $("#title").dataset.name }),
    el("p", { textContent: "想办的事、想问的话、想反映的问题，直接说就行。" }),
    el("p", { textContent: "点一句试试：" }),
    ...tries,
    el("p", { className: "small", textContent: "也可以按下面的「＋」发照片、语音和位置，或点最下方的菜单。" }),
  );
}

function place(bubble, who) {
  shown.add(bubble.id);
  const at = Date.parse(bubble.at);
  if (Math.abs(at - lastAt) > GAP) {
    box.append(el("time", { className: "line", dateTime: bubble.at, textContent: stamp(new Date(at)) }));
  }
  lastAt = at;
  box.append(bubble.sender === "system" || bubble.kind === "notice" ? notice(bubble) : row(bubble, who));
}

const notice = (bubble) =>
  el("p", { className: "line notice" }, ...bubble.segments.map((part) => part.text));

function row(bubble, who) {
  const mine = bubble.sender === "citizen";
  const body = (BODIES[bubble.kind] ?? unknown)(bubble);
  const kind = `row ${mine ? "mine" : "theirs"} ${bubble.kind}`;
  if (bubble.kind === "template") return el("div", { className: "row wide template" }, body);
  return el("div", { className: kind, data: { way: bubble.way } }, avatar(mine ? who : null), body);
}

const BODIES = {
  text: (bubble) => el("div", { className: "bubble" }, ...rich(bubble.segments)),
  msgmenu: (bubble) =>
    el(
      "div",
      { className: "bubble menu-bubble" },
      el("div", {}, ...rich(bubble.segments)),
      el("div", { className: "choices" }, ...bubble.choices.map(choice)),
      bubble.tail.length ? el("div", { className: "tail" }, ...rich(bubble.tail)) : null,
    ),
  image: (bubble) =>
    el(
      "button",
      { type: "button", className: "picture", on: { click: () => act.open(media(bubble)) } },
      el("img", { src: media(bubble), alt: "图片", on: { load: stay } }),
    ),
  voice: (bubble) => {
    const seconds = bubble.data.seconds ?? 3;
    const bar = el("div", { className: "bubble voice-bar" }, `${seconds}″`, el("img", { src: "static/voice.svg", alt: "语音" }));
    bar.style.minWidth = `${Math.min(70 + seconds * 6, 190)}px`;
    const words = bubble.segments.map((part) => part.text).join("");
    const text = words || "（微信没有识别出文字）";
    return el("div", { className: "stack" }, bar, el("p", { className: "spoken", textContent: text }));
  },
  location: (bubble) =>
    el(
      "div",
      { className: "slip" },
      el("b", { textContent: bubble.segments.map((part) => part.text).join("") || "位置" }),
      el("small", { textContent: `${bubble.data.latitude}, ${bubble.data.longitude}` }),
      el("div", { className: "map" }, el("i")),
    ),
  template: card,
  news: (bubble) =>
    el(
      "button",
      { type: "button", className: "slip link", on: { click: () => act.open(bubble.data.url) } },
      el("b", { textContent: bubble.data.title }),
      el("small", { textContent: bubble.data.description }),
    ),
  miniprogrampage: (bubble) =>
    el("div", { className: "slip" }, el("small", { textContent: "小程序" }), el("b", { textContent: bubble.data.title })),
  video: () => el("div", { className: "picture film", textContent: "▶" }),
  shortvideo: () => el("div", { className: "picture film", textContent: "▶" }),
};

const unknown = (bubble) => el("div", { className: "bubble", textContent: `[${bubble.kind}]` });
const media = (bubble) => `media/${encodeURIComponent(bubble.data.media_id)}`;

function stay() {
  if (box.scrollHeight - box.scrollTop - box.clientHeight < 400) toEnd();
}

function card(bubble) {
  const rows = bubble.data.rows.map(([label, value]) =>
    el("div", { className: "pair" }, el("dt", { textContent: label }), el("dd", { textContent: value })),
  );
  const url = bubble.data.url;
  const body = [
    el("div", { className: "card-top" }, avatar(), $("#title").dataset.name),
    el("b", { textContent: bubble.data.title }),
    el("dl", {}, ...rows),
    url ? el("div", { className: "card-foot" }, "查看详情", el("span", { textContent: "›" })) : null,
  ];
  if (!url) return el("div", { className: "notice-card" }, ...body);
  return el("button", { type: "button", className: "notice-card", on: { click: () => act.open(url) } }, ...body);
}

const choice = (tap) =>
  el("button", { type: "button", className: "tap", textContent: tap.label, on: { click: () => act.tap(tap) } });

function rich(segments) {
  return segments.map((part) => {
    if (part.tap) {
      const press = () => act.tap(part.tap);
      return el("button", { type: "button", className: "tap inline-tap", textContent: part.text, on: { click: press } });
    }
    if (!part.href) return part.text;
    const follow = (event) => {
      event.preventDefault();
      if (part.href.startsWith("tel:")) act.call(part.href.slice(4));
      else act.open(part.href);
    };
    return el("a", { href: part.href, textContent: part.text, on: { click: follow } });
  });
}
