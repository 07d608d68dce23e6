// Refreshes the parts of a page (data-live="topic topic") when the server tells of their topics.
(() => {
  const { worker, stream, member } = document.currentScript.dataset;
  let lost = false;

  function refresh(concerned) {
    for (const part of document.querySelectorAll("[data-live]")) {
      if (part.dataset.live.split(" ").some(concerned)) htmx.trigger(part, "refresh");
    }
  }

  function hear(word) {
    document.body.classList.toggle("lost", word === "closed");
    if (word === "closed") lost = true;
    else if (word !== "open") refresh((topic) => topic === word);
    else if (lost) {
      lost = false;
      refresh(() => true);
    }
  }

  // Named by member: who logs in after somebody else gets a stream of their own.
  function share() {
    const shared = new SharedWorker(worker, member);
    shared.port.onmessage = ({ data }) => hear(data);
    shared.port.postMessage(stream);
    addEventListener("pagehide", () => shared.port.postMessage("bye"));
  }

  function alone() {
    const source = new EventSource(stream);
    source.onmessage = ({ data }) => hear(data);
    source.onerror = () => hear("closed");
  }

  // Chrome on Android has no SharedWorker, and no seven tabs of this either.
  if (window.SharedWorker) share();
  else alone();
  addEventListener("pageshow", ({ persisted }) => persisted && refresh(() => true));
})();
