"""The sums of orders are what a count of them finds."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

from backend.database import Database
from backend.orders import listing, store, tally
from backend.orders.lifecycle import State
from backend.orders.listing import Wanted

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


async def file(database: Database, **fields: object) -> str:
    async with database.transaction() as connection:
        kept = await store.add(
            connection, {"facts": "路灯坏了", **fields}, citizen_id=None, actor="citizen:", now=NOW
        )
    return kept.number


async def act(database: Database, number: str, kind: str, **data: object) -> None:
    async with database.transaction() as connection:
        await store.act(connection, number, kind, actor="admin:a", now=NOW, data=data)


async def test_sums_follow_every_step_while_they_are_summed_up(database: Database) -> None:
    async def life(number: int) -> None:
        named = await file(database, channel="红网" if number % 2 else "wechat", tags=["专席"])
        if number % 3:
            await act(database, named, "dispatch", unit="市城管局")
        if number % 3 == 2:
            await act(database, named, "sign")

    async def fold() -> None:
        async with database.transaction() as connection:
            await tally.fold(connection)

    works = [life(number) for number in range(12)] + [fold() for _ in range(6)]
    await asyncio.gather(*works)
    await fold()
    async with database.transaction() as connection:
        assert await tally.difference(connection) == {}
        counts = await listing.counts(connection, Wanted(channel="红网", tag="专席"))
        assert Counter(counts) == Counter(
            {State.DISPATCHING: 2, State.SIGNING: 2, State.HANDLING: 2}
        )
        assert (await listing.counts(connection, Wanted(unit="市城管局")))[State.SIGNING] == 4
        assert sum((await listing.counts(connection, Wanted(tag="别的"))).values()) == 0


async def test_a_step_that_is_refused_counts_nothing(database: Database) -> None:
    number = await file(database)
    try:
        async with database.transaction() as connection:
            await store.act(connection, number, "withdraw", actor="citizen:", now=NOW)
            raise LookupError
    except LookupError:
        pass
    async with database.transaction() as connection:
        assert (await listing.counts(connection))[State.DISPATCHING] == 1
        assert await tally.difference(connection) == {}
