"""The list of entries: what is found, in which order, with which figures."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.knowledge import editing, feedback, figures, listing
from backend.knowledge.entry import Entry
from backend.knowledge.listing import Found, Search
from backend.message import Outcome
from tests.backend.knowledge.shelf import BUS, CARD, EDITOR, NOON, add, put
from tests.backend.office import World

LEAK = Entry("楼上漏水怎么办", "先找物业；ABC物业。", unit="市住建局", category="住房/物业")


async def find(world: World, now: datetime = NOON, **wanted: Any) -> Found:
    async with world.database.transaction() as connection:
        return await listing.search(connection, Search(**wanted), now, 30)


async def titles(world: World, **wanted: Any) -> list[str]:
    return [row.entry.title for row in (await find(world, **wanted)).rows]


async def given(world: World, entry: Entry, solved: bool | None, days: int = 0) -> None:
    """An answer from an entry, some days ago, and what was said of it."""
    at = world.now - timedelta(days=days)
    answered = await world.message(Outcome.ANSWERED, at, entry.id)
    if solved is not None:
        async with world.database.transaction() as connection:
            await feedback.judge(connection, entry.id, answered, at, solved=solved)
            await feedback.judge(connection, entry.id, answered, at, solved=solved)


async def test_words_are_found_in_all_that_an_entry_says(world: World) -> None:
    await put(world, CARD, BUS, LEAK)
    assert await titles(world, words=("社保卡掉了",)) == [CARD.title]
    assert await titles(world, words=("物业", "abc")) == [LEAK.title]
    assert await titles(world, words=("市住建局",)) == [LEAK.title]
    assert await titles(world, words=("物业", "火车站")) == []
    assert await titles(world, words=("%",)) == []


async def test_filters(world: World) -> None:
    await put(world, CARD, BUS, LEAK)
    assert await titles(world, units=("市住建局", "市人社局"), sort="title") == [
        LEAK.title,
        CARD.title,
    ]
    assert await titles(world, units=()) == []
    assert await titles(world, category="住房") == await titles(world, category="住房/物业")
    assert await titles(world, category="住") == []


async def test_each_entry_stands_somewhere(world: World) -> None:
    fresh = await add(world, CARD)
    soon = await add(world, replace(BUS, valid_until="2026-02-04"))
    past = await add(world, replace(LEAK, valid_until="2026-01-04"))
    wrong = await add(world, replace(LEAK, title="错的"))
    gone = await add(world, replace(LEAK, title="停用的"))
    async with world.database.transaction() as connection:
        await editing.report(connection, wrong.id, EDITOR, 1)
        await editing.retire(connection, gone.id, EDITOR, 1)
        counts = await listing.tally(connection, None, NOON, 30)
        own = await listing.tally(connection, ("市住建局",), NOON, 30)
    found = {name: set(await titles(world, standing=name)) for name in listing.STANDINGS}
    assert found == {
        "answering": {fresh.title, soon.title},
        "expiring": {soon.title},
        "expired": {past.title},
        "wrong": {wrong.title},
        "retired": {gone.title},
        "all": {fresh.title, soon.title, past.title, wrong.title, gone.title},
    }
    assert counts == {name: len(found[name]) for name in found}
    assert (own["answering"], own["all"]) == (0, 3)


async def test_figures_of_a_period_and_orders_by_them(world: World) -> None:
    card, bus, leak = [await add(world, entry) for entry in (CARD, BUS, LEAK)]
    for solved in (True, True, False, None):
        await given(world, card, solved)
    for _ in range(3):
        await given(world, bus, False)
    await given(world, leak, True, days=31)
    rows = (await find(world, world.now, sort="answered")).rows
    assert [(r.entry.id, r.answered, r.solved, r.unsolved) for r in rows] == [
        (card.id, 4, 2, 1),
        (bus.id, 3, 0, 3),
        (leak.id, 0, 0, 0),
    ]
    now = world.now
    in_order = {
        "unsolved": [bus, card, leak],
        "rate": [bus, card, leak],
        "title": [bus, leak, card],
        "updated": [leak, bus, card],
    }
    for sort, entries in in_order.items():
        rows = (await find(world, now, sort=sort)).rows
        assert [row.entry.title for row in rows] == [entry.title for entry in entries], sort
    unasked = (await find(world, now, usage="unasked")).rows
    assert [row.entry.id for row in unasked] == [leak.id]
    assert (await find(world, now, usage="unasked", days=0)).total == 0
    assert [row.entry.id for row in (await find(world, now, usage="unhelpful")).rows] == [bus.id]
    async with world.database.transaction() as connection:
        told = await figures.of_some(connection, [card.id, 99])
    assert list(told[card.id].values()) == [4, 2, 1]
    assert list(told[99].values()) == [0, 0, 0]


@pytest.mark.parametrize(("page", "expected"), [(1, 30), (2, 30), (3, 5), (4, 0)])
async def test_pages(world: World, page: int, expected: int) -> None:
    await put(world, *(Entry(f"问题{number}", "答案") for number in range(65)))
    found = await find(world, page=page)
    assert len(found.rows) == expected
    assert found.total == (65 if expected else 0)
