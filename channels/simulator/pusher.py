"""Posts to the account's webhook as WeChat does: signed, within 5 seconds, three times in all."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from backend.clock import Clock
from channels.simulator import passive
from channels.simulator.account import Account, Mode
from channels.simulator.envelope import Envelope, Fields, render, seal, signed_query
from channels.simulator.log import Call, CallLog, Direction
from channels.simulator.passive import InvalidReply, PassiveReply


@dataclass(frozen=True, slots=True)
class Patience:
    """How long WeChat waits. A retry starts `interval` seconds after the attempt before it."""

    timeout: float = 5.0
    attempts: int = 3
    interval: float = 5.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message: how often it was posted, and the reply or what was wrong."""

    attempts: int
    reply: PassiveReply | None = None
    problem: str = ""


@dataclass(slots=True)
class Pusher:
    """The client of the webhook."""

    clock: Clock
    account: Account
    log: CallLog
    webhook_url: str
    patience: Patience = field(default_factory=Patience)
    session: aiohttp.ClientSession | None = None

    async def push(self, fields: Fields, mode: Mode) -> Delivery:
        """Post a message until the webhook answers properly, or the attempts are used up."""
        problem = ""
        for attempt in range(1, self.patience.attempts + 1):
            started = time.monotonic()
            try:
                return Delivery(attempt, await self._attempt(fields, mode, attempt))
            except InvalidReply as error:
                problem = str(error)
            if attempt < self.patience.attempts:
                await asyncio.sleep(started + self.patience.interval - time.monotonic())
        return Delivery(self.patience.attempts, problem=problem)

    async def verify(self) -> bool:
        """Ask the webhook to prove itself (服务器地址验证), as saving it in the console does."""
        echo = str(secrets.randbelow(10**18))
        query = {**signed_query(self.account, self._timestamp()), "echostr": echo}
        try:
            status, body = await self._request("GET", query, "")
        except (aiohttp.ClientError, OSError) as error:
            self._record("GET", echo, 0, repr(error), time.monotonic(), "verification")
            return False
        self._record("GET", echo, status, body.decode(errors="replace"), time.monotonic(), "")
        return status == 200 and body.decode(errors="replace") == echo

    async def close(self) -> None:
        """Close the connections."""
        if self.session:
            await self.session.close()

    async def _attempt(self, fields: Fields, mode: Mode, attempt: int) -> PassiveReply | None:
        started = time.monotonic()
        status, answer, note = 0, "", ""
        try:
            status, body = await self._post(seal(fields, self.account, mode, self._timestamp()))
            answer = body.decode(errors="replace")
            if status != 200:
                raise InvalidReply(f"HTTP {status}")
            reply = passive.read(body, str(fields["FromUserName"]), self.account, mode)
            answer = reply.xml if reply else answer
            return reply
        except (aiohttp.ClientError, OSError) as error:
            timed_out = isinstance(error, TimeoutError)
            note = "no answer in time" if timed_out else f"no connection: {error!r}"
            raise InvalidReply(note) from error
        except InvalidReply as error:
            note = str(error)
            raise
        finally:
            mark = f"attempt {attempt}" + (f": {note}" if note else "")
            self._record("POST", render(fields), status, answer, started, mark)

    async def _post(self, envelope: Envelope) -> tuple[int, bytes]:
        return await self._request("POST", envelope.query, envelope.body)

    async def _request(self, method: str, query: Mapping[str, str], body: str) -> tuple[int, bytes]:
        if self.session is None:
            self.session = aiohttp.ClientSession()
        async with self.session.request(
            method,
            self.webhook_url,
            params=query,
            data=body.encode() if body else None,
            headers={"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0"},
            timeout=aiohttp.ClientTimeout(total=self.patience.timeout),
            allow_redirects=False,
        ) as response:
            return response.status, await response.read()

    def _timestamp(self) -> int:
        return int(self.clock.now().timestamp())

    def _record(
        self, method: str, request: str, status: int, answer: str, started: float, note: str
    ) -> None:
        path = f"{method} {self.webhook_url}"
        seconds = time.monotonic() - started
        now = self.clock.now()
        self.log.add(Call(Direction.PUSH, now, path, request, status, answer, seconds, note))
