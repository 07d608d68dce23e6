/** The foot of the chat: typing, the + panel, the account's menu. */

import { toEnd } from "./chat.js";
import { $, ask, el, toast } from "./dom.js";
import { post, upload } from "./net.js";

const PRESETS = [
  ["雨湖公园", "湖南省湘潭市雨湖区雨湖公园", 27.8625, 112.9073],
  ["湘潭站", "湖南省湘潭市岳塘区湘潭火车站", 27.8733, 112.9243],
  ["湘潭北站", "湖南省湘潭市湘潭北站", 27.9643, 112.8459],
  ["建设路口", "湖南省湘潭市岳塘区建设中路", 27.8382, 112.9512],
  ["市政府", "湖南省湘潭市岳塘区湖湘西路湘潭市人民政府", 27.8298, 112.9441],
  ["易俗河", "湖南省湘潭市湘潭县易俗河镇", 27.7786, 112.9508],
];
const text = $("#text");
let path = () => "";
let openPage = () => {};
let examples = () => {};

export function setUp(options) {
  ({ path, openPage, examples } = options);
}

export const say = (words) => post(`${path()}/text`, { text: words });

function fit() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 110)}px`;
  const filled = text.value.trim() !== "";
  $("#send").hidden = !filled;
  $("#more").hidden = filled;
}

async function submit() {
  const words = text.value;
  if (!words.trim()) return;
  text.value = "";
  fit();
  if ((await say(words)) === null) {
    text.value = words;
    fit();
  }
}

function showPlus(open) {
  $("#plus").hidden = !open;
  $("#more").ariaExpanded = String(open);
  if (open) toEnd();
}

async function sendPicture(blob) {
  if (blob.size > 10 * 1024 * 1024) return toast("图片不能超过 10 MB");
  return upload(`${path()}/image`, blob);
}

const DOES = {
  file: () => $("#file").click(),
  async sample() {
    const dialog = $("#sample-dialog");
    if (await ask(dialog)) sendPicture(await (await fetch(dialog.returnValue)).blob());
  },
  async voice() {
    const given = await ask($("#voice-dialog"));
    if (!given) return;
    post(`${path()}/voice`, { text: given.get("text"), recognised: !given.has("unrecognised") });
  },
  async place() {
    const given = await ask($("#place-dialog"));
    if (!given) return;
    const [latitude, longitude] = ["latitude", "longitude"].map((name) => Number(given.get(name)));
    post(`${path()}/location`, { label: given.get("label"), latitude, longitude });
  },
  follow: () => post(`${path()}/switch`, { name: "following", on: false }),
  examples: () => examples(),
};

export function showMenu(items) {
  $("#menu").replaceChildren(...items.map(item));
}

function item(button) {
  const below = button.sub_button ?? [];
  const top = el("button", { type: "button", textContent: button.name });
  if (!below.length) {
    top.addEventListener("click", () => press(button));
    return el("div", {}, top);
  }
  top.classList.add("has-list");
  const list = el("div", { className: "sub", hidden: true });
  for (const leaf of below) {
    list.append(el("button", { type: "button", textContent: leaf.name, on: { click: () => press(leaf) } }));
  }
  top.addEventListener("click", (event) => {
    event.stopPropagation();
    list.hidden = !list.hidden;
  });
  document.addEventListener("click", () => (list.hidden = true));
  return el("div", {}, list, top);
}

function press(button) {
  if (button.url) {
    post(`${path()}/open`, { id: button.url });
    openPage(button.url);
  } else post(`${path()}/menu`, { id: button.key });
}

text.addEventListener("input", fit);
text.addEventListener("focus", () => showPlus(false));
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
$("#compose").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  text.focus();
});
$("#more").addEventListener("click", () => showPlus($("#plus").hidden));
$("#speak").addEventListener("click", () => DOES.voice());
$("#plus").addEventListener("click", (event) => {
  const does = event.target.closest("[data-do]")?.dataset.do;
  if (!does) return;
  showPlus(false);
  DOES[does]();
});
$("#file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) sendPicture(file);
  event.target.value = "";
});
$("#presets").append(
  ...PRESETS.map(([name, label, latitude, longitude]) => {
    const fill = () => {
      const form = $("#place-dialog form");
      Object.entries({ label, latitude, longitude }).forEach(([key, value]) => (form.elements[key].value = value));
    };
    return el("button", { type: "button", textContent: name, on: { click: fill } });
  }),
);
