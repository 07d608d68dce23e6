"""A small town for tests: its citizens, their orders, and the sender of the outbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import redis.asyncio as redis
from sqlalchemy import func, select
from sqlalchemy import text as sql

from backend import citizens, conversations, outbox
from backend.clock import Clock
from backend.database import Database
from backend.links import Links
from backend.live import Live
from backend.message import Inbound, Kind, Notice, Outcome, Reply
from backend.orders import clusters, rules, service, store
from backend.orders.clusterwork import Clusterwork
from backend.orders.gate import Gate
from backend.orders.lifecycle import Event
from backend.orders.rules import Rules
from backend.orders.store import Kept
from backend.secrets import Signer
from backend.services import Services
from backend.tables import outbox as outbox_table
from backend.tables import survey as survey_table
from backend.turns import close_turn, open_turn
from callbacks import answer

FACTS = "阳光小区3栋的路灯坏了一个星期，晚上很黑，请联系我13812345678"
REPLY = "经现场核实已更换路灯灯具，今晚恢复照明，已电话告知市民，市民表示满意。"


START = datetime(2025, 7, 1, 2, 0, tzinfo=UTC)
"""A Tuesday, ten in the morning in the city."""


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Services]:
    """Services over a database. Redis is away on purpose: nothing here may depend on it."""
    clock = Clock()
    clock.offset = START - clock.now()
    signer = Signer(b"k" * 32)
    away = redis.Redis(port=1)
    yield Services(database, clock, Live(away), signer, Links("https://city.example", signer))
    await away.aclose()


@dataclass
class Town:
    """Everything through the doors that the running system uses."""

    services: Services
    said: int = 0

    @property
    def now(self) -> datetime:
        return self.services.clock.now()

    def wait(self, **length: float) -> None:
        self.services.clock.advance(timedelta(**length))

    async def citizen(self, openid: str = "o-li") -> int:
        async with self.services.database.transaction() as connection:
            return (await conversations.lock(connection, self._inbound(openid))).citizen_id

    async def order(self, citizen_id: int | None = None, **fields: Any) -> str:
        """An order on which a unit is at work."""
        fields = {"type": "求助", "category": "市政", "facts": FACTS, "channel": "wechat"} | fields
        async with self.services.database.transaction() as connection:
            # The same words close every order here, which a reviewer would have to look at.
            await rules.store(connection, Rules(gate=Gate(review="never")))
            kept = await store.add(
                connection, fields, citizen_id=citizen_id, actor="citizen:", now=self.now
            )
        await self.act(kept.number, "dispatch", "agent:wang", unit="城管局")
        await self.act(kept.number, "sign", "handler:lisi")
        return kept.number

    async def closed(self, citizen_id: int | None = None, **fields: Any) -> str:
        number = await self.order(citizen_id, **fields)
        await self.close(number)
        return number

    async def linked(self, master: str, openid: str) -> str:
        """An order of another citizen about the same matter, joined to `master`."""
        citizen_id = await self.citizen(openid)
        fields = {"type": "求助", "facts": FACTS, "channel": "wechat"}
        async with self.services.database.transaction() as connection:
            kept = await store.add(
                connection, fields, citizen_id=citizen_id, actor="citizen:", now=self.now
            )
            await clusters.join(connection, kept.number, master, actor="citizen:", now=self.now)
        return kept.number

    async def follows(self) -> None:
        """Let the worker take all linked orders to where their masters are."""
        work = Clusterwork(self.services)
        while await work.step():
            pass

    async def close(self, number: str) -> None:
        await self.act(number, "close", "handler:lisi", reply=REPLY)

    async def act(self, number: str, kind: str, actor: str, **data: Any) -> None:
        async with self.services.database.transaction() as connection:
            await service.act(connection, number, kind, actor=actor, now=self.now, data=data)

    async def kept(self, number: str) -> Kept:
        async with self.services.database.transaction() as connection:
            return await store.find(connection, number)

    async def history(self, number: str) -> list[Event]:
        async with self.services.database.transaction() as connection:
            kept = await store.find(connection, number)
            assert await store.difference(connection, kept) == []
            return await store.history(connection, kept.id)

    async def steps(self, number: str) -> list[str]:
        """The steps of surveys that stand on an order."""
        return [e.data["step"] for e in await self.history(number) if e.kind == "survey"]

    async def surveys(self, **where: Any) -> list[Any]:
        query = select(survey_table).order_by(survey_table.c.id).filter_by(**where)
        async with self.services.database.transaction() as connection:
            return list(await connection.execute(query))

    async def token(self) -> str:
        return str((await self.surveys())[-1].token)

    async def asked(self) -> list[tuple[Reply, Notice]]:
        """The askings in the outbox, oldest first."""
        query = select(outbox_table).where(outbox_table.c.author == "survey")
        async with self.services.database.transaction() as connection:
            rows = await connection.execute(query.order_by(outbox_table.c.id))
            return [self._pair(row.rungs) for row in rows]

    async def asked_rows(self) -> list[int]:
        query = select(outbox_table.c.id).where(outbox_table.c.author == "survey")
        async with self.services.database.transaction() as connection:
            return list(await connection.scalars(query))

    async def waiting(self) -> int:
        """How many messages to citizens wait to be sent."""
        query = select(func.count()).where(outbox_table.c.state == "pending")
        async with self.services.database.transaction() as connection:
            return await connection.scalar(query) or 0

    async def empty(self) -> None:
        """Begin anew: nobody has ever written."""
        async with self.services.database.transaction() as connection:
            await connection.execute(
                sql("TRUNCATE citizen, orders, order_number RESTART IDENTITY CASCADE")
            )

    async def deliver(self, state: str = "sent", error: str = "") -> None:
        """Let the delivery worker end everything that waits in the outbox."""
        async with self.services.database.transaction() as connection:
            query = select(outbox_table.c.id).where(outbox_table.c.state == "pending")
            for row_id in (await connection.scalars(query)).all():
                await outbox.settle(connection, row_id, state, self.now, error)

    async def hears(self, openid: str, *, tap: str = "", text: str = "") -> Reply | None:
        """A message as the bot's engine takes it: kept, then given to the survey skill."""
        inbound = self._inbound(openid, text)
        async with self.services.database.transaction() as connection:
            opened = await open_turn(connection, inbound)
            assert opened.message_id is not None
            talk = opened.conversation
            reply = await answer.take(connection, talk.citizen_id, tap, text, self.now)
            await close_turn(
                connection,
                opened.message_id,
                talk,
                [],
                outcome=Outcome.SURVEY if reply else Outcome.ANSWERED,
                received_at=inbound.received_at,
                now=self.now,
                passive=True,
            )
            return reply

    async def leaves(self, citizen_id: int) -> None:
        async with self.services.database.transaction() as connection:
            await citizens.erase(connection, citizen_id, self.now)

    def _pair(self, rungs: list[dict[str, Any]]) -> tuple[Reply, Notice]:
        reply, notice = (outbox.unpack(data) for data in rungs)
        assert isinstance(reply, Reply)
        assert isinstance(notice, Notice)
        return reply, notice

    def _inbound(self, openid: str, text: str = "") -> Inbound:
        self.said += 1
        return Inbound(f"m{self.said}", "wechat", openid, Kind.TEXT, self.now, text=text)
