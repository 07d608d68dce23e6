"""The statement that takes a message in, when two processes take in one citizen's messages."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import text, update

from backend import conversations
from backend.database import Database
from backend.message import Inbound, Kind, Outcome
from backend.tables import message
from backend.turns import Opened, open_turn
from tests.acceptance.eventually import eventually

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def inbound(key: str) -> Inbound:
    return Inbound(key, "wechat", "oTurn", Kind.TEXT, NOW, key)


async def opened(database: Database, key: str) -> Opened:
    async with database.transaction() as connection:
        return await open_turn(connection, inbound(key))


async def known(database: Database) -> None:
    """The citizen has been here before, and nothing of that time is left to do."""
    await opened(database, "before")
    async with database.transaction() as connection:
        await connection.execute(update(message).values(outcome=Outcome.COMMAND))


async def waits(database: Database) -> bool:
    async with database.transaction() as connection:
        query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(await connection.scalar(query))


async def test_who_waited_for_an_accepted_message_knows_of_it(database: Database) -> None:
    await known(database)
    async with database.transaction() as connection:
        first = await open_turn(connection, inbound("first"))
        await conversations.save(connection, replace(first.conversation, backlog=True), NOW)
        second = asyncio.create_task(opened(database, "second"))
        await eventually(lambda: waits(database))
    assert (await second).conversation.backlog


async def test_two_first_messages_at_once_make_one_citizen(database: Database) -> None:
    both = await asyncio.gather(opened(database, "first"), opened(database, "second"))
    assert both[0].conversation.citizen_id == both[1].conversation.citizen_id
    assert None not in (both[0].message_id, both[1].message_id)


async def test_the_same_message_at_once_is_kept_once(database: Database) -> None:
    await known(database)
    both = await asyncio.gather(*(opened(database, "same") for _ in range(8)))
    assert len([one for one in both if one.message_id is not None]) == 1
