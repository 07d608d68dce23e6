"""The whole system as a process, for tests that talk to it and kill it."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from channels.simulator.account import Account

HUIYING = Path(sys.executable).with_name("huiying")
ACCOUNT = Account()
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

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME")},
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
        self.log = Path(self._environment["HUIYING_DATA"]) / f"serve-{self.port}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start serving, and return when the server says that it is well."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                HUIYING,
                "serve",
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        async with asyncio.timeout(90), aiohttp.ClientSession() as session:
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

    async def kill(self) -> None:
        """kill -9, as a crash would."""
        await self._end(signal.SIGKILL)

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
