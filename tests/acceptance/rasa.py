"""A real Rasa server as `make rasa` starts it, for tests that kill and freeze it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.acceptance.house import free_port

TOKEN = "t0ken-of-the-tests"
STARTING = 240.0
"""Seconds: importing TensorFlow alone takes half a minute on a busy machine."""


class RasaServer:
    """`python -m config.rasa`, which installs and trains what is not there yet."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: asyncio.subprocess.Process | None = None

    @classmethod
    @asynccontextmanager
    async def serving(cls, log: Path) -> AsyncIterator[Self]:
        server = cls(log)
        try:
            await server.start()
            yield server
        finally:
            await server.end(signal.SIGKILL)

    async def start(self) -> None:
        """Start it, and return when it says that it is ready."""
        said = self.said().count("Ready: ")
        variables: Mapping[str, str] = {**os.environ, "RASA_TOKEN": TOKEN}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "config.rasa", "--port", str(self.port)),
                env=variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        async with asyncio.timeout(STARTING):
            while self.said().count("Ready: ") == said:
                if self._process.returncode is not None:
                    raise RuntimeError(f"Rasa ended:\n{self.said()[-4000:]}")
                await asyncio.sleep(0.2)

    def said(self) -> str:
        """All that it has written."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    async def end(self, how: signal.Signals) -> int:
        """Send a signal that ends it; its exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            os.kill(self._process.pid, how)
        return await self._process.wait()

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[None]:
        """For the time of a block it takes connections and answers nothing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    async def post(self, path: str, body: Any) -> int:
        """What it answers to anything at all: the HTTP status."""
        url = f"{self.url}{path}?token={TOKEN}"
        async with aiohttp.ClientSession() as session, session.post(url, data=body) as answer:
            await answer.read()
            return answer.status
