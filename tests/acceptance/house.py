"""The whole system as a process, for tests that talk to it and kill it."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp

from channels.simulator.account import Account

HUIYING = Path(sys.executable).with_name("huiying")
ACCOUNT = Account()
INHERITED = ("PATH", "HOME", "HUIYING_DATA_KEY")
TEMPLATES = {
    "survey": "SimulatorSurveyTemplate_0000000000000000001"
    " number=character_string1 matter=thing2 time=time3",
    "order_progress": "SimulatorOrderTemplate_00000000000000000002"
    " number=character_string1 state=phrase2 hint=thing3",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """`huiying serve` with settings of its own; may be killed and started again."""

    def __init__(self, settings: Mapping[str, str], role: str = "all") -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if name in INHERITED},
            "HUIYING_PORT": str(self.port),
            "WECHAT_APPID": ACCOUNT.appid,
            "WECHAT_SECRET": ACCOUNT.secret,
            "WECHAT_TOKEN": ACCOUNT.token,
            "WECHAT_AES_KEY": ACCOUNT.aes_key,
            "WECHAT_TEMPLATES": json.dumps(TEMPLATES),
            "HUIYING_SURVEY_DELAY_MINUTES": "0",
            "HUIYING_SURVEY_HOURS": "00:00-24:00",
            "HUIYING_LOG_LEVEL": "warning",
            **settings,
        }
        self._role = role
        self.log = Path(self._environment["HUIYING_DATA"]) / f"serve-{self.port}.log"
        self._process: asyncio.subprocess.Process | None = None

    @classmethod
    @asynccontextmanager
    async def serving(cls, settings: Mapping[str, str], role: str = "all") -> AsyncIterator[Self]:
        """A house for the time of a block; what was started again in it is stopped too."""
        house = cls(settings, role)
        try:
            await house.start()
            yield house
        finally:
            await house.stop()

    @property
    def pid(self) -> int:
        """Of the server itself, which also leads its process group."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start serving, and return when the server says that it is well."""
        await self.launch()
        await self.is_serving()

    async def launch(self) -> None:
        """Start the process, and do not wait for it to serve."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                HUIYING,
                "serve",
                "--role",
                self._role,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def is_serving(self, seconds: float = 90) -> None:
        """Wait until the server says that it is well, for so long at most."""
        assert self._process is not None
        async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
            while not await self._is_well(session):
                if self._process.returncode is not None:
                    raise RuntimeError(f"the server ended:\n{self.log.read_text()[-4000:]}")
                await asyncio.sleep(0.1)

    async def _is_well(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/healthz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def health(self) -> dict[str, Any]:
        """What /healthz says, whatever its status."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/healthz") as answer:
            return dict(await answer.json())

    async def kill(self) -> None:
        """kill -9, as a crash would; with all that it started in its process group."""
        await self._end(signal.SIGKILL)

    async def kill_alone(self) -> None:
        """kill -9 of the server, and of nothing that it has started."""
        os.kill(self.pid, signal.SIGKILL)
        await self.ended()

    async def ended(self) -> int:
        """Wait for the server's end; its exit code."""
        assert self._process is not None
        return await self._process.wait()

    async def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        return await self._end(signal.SIGINT)

    async def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            os.killpg(self._process.pid, how)
        return await self._process.wait()

    async def huiying(self, *arguments: str) -> Any:
        """Run a command of the same installation; its JSON if it was asked for, else its text."""
        process = await asyncio.create_subprocess_exec(
            HUIYING,
            *arguments,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await process.communicate()
        if process.returncode:
            raise CommandFailed(process.returncode, complained.decode())
        return json.loads(said) if "--json" in arguments else said.decode()


class CommandFailed(Exception):
    """A command ended with another code than 0."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(f"exit {code}: {sentence}")
        self.code = code
        self.sentence = sentence
