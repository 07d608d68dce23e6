// Keys, the composer, and what moves when a part of the page was refreshed.
(() => {
  const find = (selector) => document.querySelector(selector);
  const composer = find("#composer");
  const box = composer?.elements.text;
  const draft = composer && `draft:${composer.dataset.draft}`;
  const title = document.title;

  const SAID = [400, 403, 404, 409, 413, 422, 503];
  // ---- composer: Enter sends, what was typed survives a change of page and a failure
  function refuse(form, words) {
    const line = form.querySelector(".wrong");
    line.textContent = words;
    line.hidden = !words;
  }

  if (box && !box.disabled) {
    box.value = sessionStorage.getItem(draft) ?? "";
    box.focus();
    box.addEventListener("input", () => sessionStorage.setItem(draft, box.value));
    box.addEventListener("keydown", (event) => {
      // While an input method shows its candidates, Enter chooses one of them.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      if (box.value.trim()) composer.requestSubmit();
    });
    composer.addEventListener("htmx:configRequest", (event) => {
      composer.dataset.sending = box.value;
    });
    composer.addEventListener("htmx:beforeSend", () => {
      box.value = "";
    });
  }

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const form = detail.elt;
    if (!(form instanceof HTMLFormElement)) return;
    const { successful, xhr } = detail;
    const words = SAID.includes(xhr.status) ? xhr.responseText : "没有发出去，请检查网络后重试。";
    refuse(form, successful ? "" : words);
    if (form !== composer) return;
    if (!successful) box.value = composer.dataset.sending + box.value;
    sessionStorage.setItem(draft, box.value);
    box.focus();
  });

  // ---- the transcript stays at its end unless one reads further up
  const lines = () => find("#lines");
  let atEnd = true;
  const toEnd = () => lines()?.scrollTo(0, lines().scrollHeight);
  const noteEnd = () => {
    const box = lines();
    if (box) atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  };

  function showWindow() {
    const place = find("#composer [data-window]");
    if (place) place.textContent = find("#live").dataset.window;
  }

  document.addEventListener("htmx:beforeSwap", noteEnd);
  document.addEventListener("htmx:afterSwap", () => {
    if (atEnd) toEnd();
    showWindow();
    showCounts();
    showNews();
  });
  document.addEventListener("load", ({ target }) => atEnd && lines()?.contains(target) && toEnd(), true);

  // ---- counts in the menu and in the tab's title
  function showCounts() {
    const counts = find("#alerts")?.dataset ?? {};
    for (const badge of document.querySelectorAll("[data-badge]")) {
      badge.textContent = counts[badge.dataset.badge] ?? "0";
      badge.hidden = badge.textContent === "0";
    }
    const { waiting = "0", dangers = "0" } = counts;
    const prefix = dangers !== "0" ? "【紧急】" : waiting !== "0" ? `(${waiting}) ` : "";
    document.title = prefix + title;
  }

  function showNews() {
    const news = find("#news");
    if (news) news.hidden = !news.textContent.trim();
  }

  // ---- keys: T takes, B hands back, J and K walk through the queue
  function walk(step) {
    const tickets = [...document.querySelectorAll("#queue .ticket")];
    if (!tickets.length) return;
    const here = tickets.findIndex((ticket) => ticket.hasAttribute("aria-current"));
    tickets[Math.min(Math.max(here + step, 0), tickets.length - 1)].click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.activeElement?.blur();
    if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else find(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click();
  });

  // ---- lists: one tick for all of a page, a whole row opens, a filter applies itself
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a") && !getSelection().toString()) location.href = row.dataset.href;
  });
  document.addEventListener("change", ({ target }) => {
    const name = target.dataset.all;
    for (const box of name ? target.form.querySelectorAll(`[name="${name}"]`) : []) box.checked = target.checked;
  });
  // ---- files: too many or too large is said before they are sent
  document.addEventListener("change", ({ target }) => {
    if (target.type !== "file" || !target.dataset.most) return;
    const large = [...target.files].find((file) => file.size > target.dataset.largest);
    const most = Number(target.dataset.most);
    const words = target.files.length > most ? `一次最多选 ${most} 个文件，请分几次` : large ? `“${large.name}”太大，请压缩或者截图后再选` : "";
    target.setCustomValidity(words);
    target.reportValidity();
  });
  document.addEventListener("change", ({ target }) => target.matches("[data-submit]") && target.form.requestSubmit());

  toEnd();
  showWindow();
  if (box && matchMedia("(pointer: coarse)").matches && !box.disabled) box.placeholder = "回复市民…";
})();
