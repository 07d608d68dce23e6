"""A citizen in a test: what they do, what they hear, and what became of it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backend import conversations, messages
from backend.conversations import Conversation
from backend.orders import store
from backend.orders.store import Kept
from backend.tables import citizen
from channels.simulator.citizen import Bubble, Sender
from channels.simulator.passive import PassiveReply
from channels.simulator.server import FakeWeChat
from config.app import System


@dataclass(frozen=True)
class Person:
    """One citizen before the whole bot."""

    openid: str
    system: System
    wechat: FakeWeChat

    async def says(self, text: str) -> str:
        """What the bot answers at once; '' if nothing."""
        return _words(await self.wechat.send_text(self.openid, text))

    async def taps(self, label: str) -> str:
        """Tap the button with this label on the last message that had it."""
        found = [c for bubble in self.heard() for c in bubble.choices if c.label == label]
        return _words(await self.wechat.tap(self.openid, found[-1].id, label))

    async def pushes(self, **fields: object) -> str:
        """Anything that WeChat could push for them."""
        return _words(await self.wechat.push(self.openid, fields))

    def heard(self) -> list[Bubble]:
        said = self.wechat.conversation(self.openid)
        return [bubble for bubble in said if bubble.sender is Sender.ACCOUNT]

    async def outcomes(self) -> list[str | None]:
        """How each of their messages ended, oldest first."""
        async with self.system.services.database.transaction() as connection:
            rows = await messages.outcomes(connection)
        return [row["outcome"] for row in rows if row["openid"] == self.openid]

    async def chat(self) -> Conversation:
        query = select(citizen.c.id).where(citizen.c.openid == self.openid)
        async with self.system.services.database.transaction() as connection:
            found = await conversations.find(connection, await connection.scalar(query) or 0)
        assert found is not None
        return found

    async def orders(self) -> list[Kept]:
        """Their orders, newest first."""
        citizen_id = (await self.chat()).citizen_id
        async with self.system.services.database.transaction() as connection:
            return await store.of_citizen(connection, citizen_id, 50)

    async def works(self, name: str) -> None:
        """Let a worker of the house do all that is due."""
        work: Any = next(worker for worker in self.system.workers if worker.name == name)
        while await work.step():
            pass


def _words(reply: PassiveReply | None) -> str:
    return reply.text if reply else ""
