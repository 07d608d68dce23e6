"""A knowledge base in a test: entries put in, and what it says of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from backend.knowledge import editing, imports, store
from backend.knowledge.changes import Changes, Mark, changes_since
from backend.knowledge.entry import Entry
from backend.knowledge.imports import Line, Summary
from backend.knowledge.revisions import By
from tests.backend.office import World

NOON = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
EDITOR = By("editor:editor", NOON, "政策变了")
CARD = Entry("社保卡丢了怎么补办", "带身份证到网点补办。", ("社保卡掉了",), unit="市人社局")
BUS = Entry("几路车到火车站", "1路。")


def lines(*entries: Entry) -> Sequence[Line]:
    return [Line(number, entry) for number, entry in enumerate(entries, 1)]


async def put(world: World, *entries: Entry, at: datetime = NOON, **how: Any) -> Summary:
    """Import entries."""
    async with world.database.transaction() as connection:
        return await imports.save(connection, lines(*entries), By("admin:root", at), **how)


async def add(world: World, entry: Entry, by: By = EDITOR) -> Entry:
    async with world.database.transaction() as connection:
        return await editing.add(connection, entry, by)


async def titles(world: World, at: datetime = NOON) -> list[str]:
    """Of the entries that may answer."""
    async with world.database.transaction() as connection:
        return [entry.title for entry in await store.valid(connection, at)]


async def since(world: World, mark: Mark, at: datetime = NOON, **how: Any) -> Changes:
    async with world.database.transaction() as connection:
        return await changes_since(connection, mark, at, **how)
