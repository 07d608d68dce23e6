// One stream of news for all tabs of the browser: over HTTP/1.1 it opens six connections to a
// server at most, and seven tabs with a stream each would hang.
const ports = new Set();
let source = null;

function spread(word) {
  for (const port of ports) port.postMessage(word);
}

function connect(address) {
  source = new EventSource(address);
  source.onmessage = (event) => spread(event.data);
  source.onerror = () => {
    spread("closed");
    // A refusal ends an EventSource for good; somebody may have logged in again since.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000, address);
  };
}

self.onconnect = (event) => {
  const port = event.ports[0];
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data === "bye") ports.delete(port);
    else if (source === null) connect(data);
    else port.postMessage(source.readyState === EventSource.OPEN ? "open" : "closed");
  };
};
