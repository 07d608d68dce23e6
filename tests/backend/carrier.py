"""A channel for tests: hands everything over at once, or answers as it was told to."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field

from backend.message import Attachment, Body, Reply, Sending, Verdict


@dataclass
class Carrier:
    """A backend.message.Channel that remembers what it was given to carry."""

    name: str = "wechat"
    sent: list[tuple[str, Body, str]] = field(default_factory=list)
    """What was tried: to whom, what, and under which name."""
    answers: defaultdict[str, deque[Sending | Exception]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    """What to say to the next sendings to an openid, before all is well again."""
    media: dict[str, bytes] = field(default_factory=dict)
    at_once: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def split(self, reply: Reply) -> list[Reply]:
        return [reply]

    async def send(self, openid: str, body: Body, *, dedup: str) -> Sending:
        self.sent.append((openid, body, dedup))
        self.at_once += 1
        await self.gate.wait()
        self.at_once -= 1
        answer = self.answers[openid].popleft() if self.answers[openid] else None
        if isinstance(answer, Exception):
            raise answer
        return answer or Sending(Verdict.SENT)

    async def typing(self, openid: str) -> None:
        """Nobody watches."""

    async def fetch(self, attachment: Attachment) -> bytes:
        return self.media[attachment.media_id]

    def told(self, openid: str) -> list[Body]:
        return [body for to, body, _ in self.sent if to == openid]
