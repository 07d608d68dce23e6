"""Carries the outbox to the citizens: sends, retries, climbs down the ladder, keeps the ledger."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from prometheus_client import Counter

from backend import conversations, outbox
from backend.database import Connection, Unavailable
from backend.message import Channel, Reply, Sending, Verdict
from backend.outbox import Parcel
from backend.services import Services

log = logging.getLogger(__name__)

SENDINGS = Counter("huiying_sendings_total", "Attempts to send, by what came of them", ["verdict"])

AT_ONCE = 20
"""Sendings under way in one process; one that hangs holds up nobody else."""

FINISH_WITHIN = 8.0
BOOK_AGAIN = 0.3
"""Seconds."""

MOST_ATTEMPTS = 12
LONGEST_WAIT = 300
"""Seconds between two attempts at most; twelve attempts then span about half an hour."""

OPERATOR_WAIT = timedelta(minutes=5)
OPERATOR_ATTEMPTS = 288
"""A day of waiting for somebody to mend the account's settings."""

OVER = "对话窗口已过或条数用完"
WINDOW_CODES = frozenset({"45015", "45047"})


class Delivery:
    """The worker behind every message that is not the direct answer to a request."""

    def __init__(self, services: Services, channels: Mapping[str, Channel]) -> None:
        self._services = services
        self._channels = channels
        self._sending: set[asyncio.Task[None]] = set()

    async def step(self) -> bool:
        """Begin to send what is due; False if nothing was."""
        if len(self._sending) >= AT_ONCE:
            await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
        now = self._services.clock.now()
        async with self._services.database.transaction() as connection:
            parcels = await outbox.claim(connection, now, AT_ONCE - len(self._sending))
        for parcel in parcels:
            task = asyncio.create_task(self._deliver(parcel))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return bool(parcels)

    async def finish(self) -> None:
        """Wait for what is being sent, so that a stopping server sends nothing twice."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=FINISH_WITHIN)

    async def _deliver(self, parcel: Parcel) -> None:
        holding = asyncio.create_task(self._hold(parcel))
        try:
            result = await self._result(parcel)
            SENDINGS.labels(result.verdict).inc()
            await self._until_booked(parcel, result)
        finally:
            holding.cancel()
        self._services.live.tell(f"chat:{parcel.citizen_id}", "sent", "outbox")

    async def _hold(self, parcel: Parcel) -> None:
        """Renew the lease of a row for as long as it is being sent."""
        while True:
            await asyncio.sleep(outbox.LEASE.total_seconds() / 5)
            with suppress(Unavailable):
                async with self._services.database.transaction() as connection:
                    await outbox.renew(connection, parcel.id)

    async def _until_booked(self, parcel: Parcel, result: Sending) -> None:
        """Write down what WeChat has said, however long the database is away: it is the truth."""
        while True:
            try:
                async with self._services.database.transaction() as connection:
                    await self._book(connection, parcel, result)
                return
            except Unavailable:
                await asyncio.sleep(BOOK_AGAIN)

    async def _result(self, parcel: Parcel) -> Sending:
        """What came of an attempt; an error of ours is tried again and given up like any other."""
        try:
            return await self._attempt(parcel)
        except Unavailable:
            return Sending(Verdict.RETRY, "database")
        except Exception as error:
            # The error's text might quote the citizen.
            log.error("message %d met an error: %s", parcel.id, type(error).__name__)
            return Sending(Verdict.RETRY, "error", type(error).__name__)

    async def _attempt(self, parcel: Parcel) -> Sending:
        if not parcel.openid or not parcel.rungs:
            return Sending(Verdict.NEXT, "left", "市民已取消关注")
        channel = self._channels.get(parcel.channel)
        if channel is None:
            return Sending(Verdict.FAILED, "channel", f"没有渠道 {parcel.channel}")
        if isinstance(parcel.body, Reply) and not await self._may_send(parcel):
            return Sending(Verdict.NEXT, "window", OVER)
        return await channel.send(
            parcel.openid, self._services.links.addressed(parcel.body), dedup=parcel.dedup
        )

    async def _may_send(self, parcel: Parcel) -> bool:
        async with self._services.database.transaction() as connection:
            chat = await conversations.find(connection, parcel.citizen_id)
        now = self._services.clock.now()
        return chat is not None and chat.allowance(now, reserved=parcel.reserved) > 0

    async def _book(self, connection: Connection, parcel: Parcel, result: Sending) -> None:
        now = self._services.clock.now()
        why = " ".join(part for part in (result.code, result.detail) if part)
        match result.verdict:
            case Verdict.SENT:
                # The chat before the row, as a turn does: else the two could wait in a circle.
                if isinstance(parcel.body, Reply):
                    await conversations.spend(connection, parcel.citizen_id, now)
                await outbox.settle(connection, parcel.id, "sent", now)
            case Verdict.NEXT:
                if result.code in WINDOW_CODES:
                    await conversations.exhausted(connection, parcel.citizen_id)
                await self._climb_down(connection, parcel, why, now)
            case Verdict.RETRY if parcel.attempts < MOST_ATTEMPTS:
                wait = timedelta(seconds=min(2**parcel.attempts, LONGEST_WAIT))
                await outbox.postpone(connection, parcel.id, now + wait, why)
            case Verdict.OPERATOR if parcel.attempts < OPERATOR_ATTEMPTS:
                log.error("the WeChat account needs its operator: %s", why)
                await outbox.postpone(connection, parcel.id, now + OPERATOR_WAIT, why)
            case _:
                log.error("message %d was not sent: %s", parcel.id, why)
                await outbox.settle(connection, parcel.id, "failed", now, why)

    async def _climb_down(
        self, connection: Connection, parcel: Parcel, why: str, now: datetime
    ) -> None:
        below = parcel.rung + 1
        if below < len(parcel.rungs):
            await outbox.postpone(connection, parcel.id, now, why, rung=below)
            return
        log.warning("message %d reaches its citizen in no way: %s", parcel.id, why)
        await outbox.settle(connection, parcel.id, "unreachable", now, why)
