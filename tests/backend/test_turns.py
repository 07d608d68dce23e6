"""The statement that takes a message in, when two processes take in one citizen's messages."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, text, update

from backend import conversations, messages, outbox
from backend.database import Database
from backend.message import Attachment, Choice, Inbound, Kind, Location, Outcome, Reply, Window
from backend.tables import citizen, message
from backend.tables import outbox as outbox_rows
from backend.turns import close_turn, open_turn
from tests.acceptance.eventually import eventually

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def inbound(key: str) -> Inbound:
    return Inbound(key, "wechat", "oTurn", Kind.TEXT, NOW, key)


async def opened(database: Database, key: str) -> Any:
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
        assert first is not None
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


async def test_the_first_message_of_a_citizen_twice_at_once_is_kept_once(
    database: Database,
) -> None:
    both = await asyncio.gather(*(opened(database, "same") for _ in range(6)))
    assert len([one for one in both if one and one.message_id is not None]) == 1
    async with database.transaction() as connection:
        assert await connection.scalar(select(func.count()).select_from(citizen)) == 1


async def test_the_first_reply_is_the_answer_and_the_others_wait_in_order(
    database: Database,
) -> None:
    replies = [Reply("一", (Choice("x", "好"),)), Reply("二"), Reply("三")]
    async with database.transaction() as connection:
        turn = await open_turn(connection, inbound("spoken to"))
        assert turn is not None
        assert turn.message_id is not None
        await close_turn(
            connection,
            turn.message_id,
            turn.conversation,
            replies,
            outcome=Outcome.ANSWERED,
            received_at=NOW,
            now=NOW,
            passive=True,
            confidence=0.9,
        )
    async with database.transaction() as connection:
        assert await outbox.passive_reply(connection, turn.message_id) == replies[0]
        rows = await connection.execute(select(outbox_rows).order_by(outbox_rows.c.id))
        said = [(row.state, outbox.unpack(row.rungs[0]), row.sent_at) for row in rows]
        stored = await messages.find(connection, "spoken to")
    assert said == [
        ("passive", replies[0], NOW),
        ("pending", replies[1], None),
        ("pending", replies[2], None),
    ]
    assert stored is not None
    assert stored.outcome is Outcome.ANSWERED


async def test_a_kept_message_is_restored_whole(database: Database) -> None:
    whole = replace(
        inbound("whole"),
        kind=Kind.VIDEO,
        tap="confirm:1",
        event="click",
        attachment=Attachment("video", "media", "https://x", "mp4"),
        location=Location(27.8, 112.9, "湘潭市"),
        data={"title": "标题"},
        window=Window(3, 60),
    )
    async with database.transaction() as connection:
        turn = await open_turn(connection, whole)
        assert turn is not None
        assert await messages.oldest_unhandled(connection) == (turn.message_id, whole)
