"""Whoever leaves is forgotten: nothing that tells who they were remains anywhere."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from backend import attachments, citizens, conversations, outbox
from backend.database import Connection
from backend.message import Attachment, Inbound, Kind, Location, Notice, Outcome, Reply
from backend.orders import service, store
from backend.orders.store import Kept
from backend.redaction import GONE, Redaction
from backend.tables import citizen, message, metadata, survey
from backend.turns import close_turn, open_turn
from tests.backend.office import World

OPENID = "oMarkerOpenid"
NAME = "马克丽"
PHONE = "13812345678"
REPLY = f"现场核实后已更换灯泡，电话{PHONE}告知{NAME}女士，她表示满意。"
OLD_PHONE = "13987654321"
OTHER_PHONE = "15800001111"
LANDLINE = "0731-58239876"
WORDS = "独一无二的暗号"
HOUSE = "7311号"
MARKERS = (OPENID, NAME, PHONE, OLD_PHONE, OTHER_PHONE, LANDLINE, "138 1234 5678", WORDS, HOUSE)
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
NUMBERS = f"{PHONE}或者138 1234 5678，我爱人是{OTHER_PHONE}，家里{LANDLINE}"
FACTS = f"我是{NAME}，{HOUSE}家门口路灯坏了，打我{NUMBERS}"


def said(key: str, text: str, **more: Any) -> Inbound:
    return Inbound(key, "wechat", OPENID, Kind.TEXT, NOW, text, **more)


async def lives(world: World) -> Kept:
    """A citizen leaves a trace in every table that knows citizens."""
    now = world.now
    async with world.database.transaction() as connection:
        picture = Attachment("image", f"media {WORDS}", url=f"https://x/{WORDS}")
        heard = await open_turn(
            connection,
            said("k1", f"{WORDS} {PHONE}", data={"title": WORDS}, attachment=picture),
        )
        chat, first = heard.conversation, heard.message_id
        assert first is not None
        await close_turn(
            connection,
            first,
            replace(chat, dialogue={"asking": "place", "question": WORDS}, waiting_reason=WORDS),
            [Reply(f"您说“{WORDS}”"), Reply(f"电话{PHONE}")],
            outcome=Outcome.ASKED,
            received_at=now,
            now=now,
            passive=True,
        )
        await open_turn(connection, said("k2", WORDS, location=Location(27.8, 112.9, WORDS)))
        await citizens.note_contact(connection, chat.citizen_id, name=NAME, phone=LANDLINE)
        loose = await attachments.add(connection, chat.citizen_id, first, picture, now)
        assert loose
        kept = await store.add(
            connection,
            {
                "facts": FACTS,
                "contact": OLD_PHONE,
                "citizen_name": NAME,
                "channel": "wechat",
                "place": f"雨湖区建设北路{HOUSE}",
                "area": "雨湖区",
            },
            citizen_id=chat.citizen_id,
            actor="citizen:",
            now=now,
        )
        await _handled(connection, kept, now)
        notice = Notice("order_progress", {"number": kept.number, "matter": WORDS})
        await outbox.enqueue(
            connection, chat.citizen_id, (Reply(WORDS), notice), now, order_id=kept.id
        )
    return kept


async def _handled(connection: Connection, kept: Kept, now: Any) -> None:
    for kind, actor, data in (
        ("correct", "citizen:", {"contact": PHONE, "place": f"建设北路{NAME}家"}),
        ("note", "citizen:", {"text": f"请打{OLD_PHONE}"}),
        ("dispatch", "agent:zhang", {"unit": "市城管局"}),
        ("sign", "handler:chengguan", {}),
        (
            "close",
            "handler:chengguan",
            {"reply": REPLY},
        ),
        ("survey", "citizen:", {"step": "rated", "rating": "不满意", "reason": f"没人打{PHONE}"}),
        ("reopen", "citizen:", {"reason": f"没人打{PHONE}"}),
    ):
        await service.act(connection, kept.number, kind, actor=actor, now=now, data=data)
    await connection.execute(
        survey.insert().values(
            order_id=kept.id,
            round=1,
            citizen_id=kept.citizen_id,
            token="t",
            state="rated",
            due_at=now,
            rating="不满意",
            reason=f"没人打{OLD_PHONE}给{NAME}",
        )
    )


async def leaves(world: World, kept: Kept) -> None:
    assert kept.citizen_id is not None
    async with world.database.transaction() as connection:
        await citizens.erase(connection, kept.citizen_id, world.now)


async def found(world: World, marker: str) -> list[str]:
    """Where a text stands, in any column of any table, opened."""
    places = []
    async with world.database.transaction() as connection:
        for table in metadata.sorted_tables:
            for column in table.columns:
                rows = await connection.scalars(select(column))
                if any(marker in str(value) for value in rows):
                    places.append(str(column))
    return places


async def test_nothing_that_tells_who_they_were_remains(world: World) -> None:
    kept = await lives(world)
    assert [marker for marker in MARKERS if not await found(world, marker)] == []
    await leaves(world, kept)
    assert {marker: await found(world, marker) for marker in MARKERS} == {
        marker: [] for marker in MARKERS
    }


async def test_the_order_stays_and_is_still_what_its_events_say(world: World) -> None:
    kept = await lives(world)
    async with world.database.transaction() as connection:
        before = await store.find(connection, kept.number)
    await leaves(world, kept)
    async with world.database.transaction() as connection:
        after = await store.find(connection, kept.number)
        assert await store.difference(connection, after) == []
        events = await store.history(connection, kept.id)
    assert [event.kind for event in events] == [
        *("create", "correct", "note", "dispatch", "sign", "close", "survey", "reopen")
    ]
    order = after.order
    assert (order.state, order.unit, order.rating) == (
        before.order.state,
        before.order.unit,
        before.order.rating,
    )
    assert (order.contact, order.citizen_name, order.place) == ("", "", "")
    assert order.area == "雨湖区"
    assert "家门口路灯坏了" in order.facts
    assert order.reply == REPLY.replace(PHONE, GONE).replace(NAME, GONE)


async def test_others_are_not_touched(world: World) -> None:
    neighbour = await world.says(f"我认识{NAME}", citizen="neighbour", name="邻居", answer="好的")
    async with world.database.transaction() as connection:
        theirs = await store.add(
            connection,
            {"facts": f"{NAME}家太吵", "contact": "13800001111", "channel": "wechat"},
            citizen_id=neighbour,
            actor="citizen:",
            now=world.now,
        )
    await leaves(world, await lives(world))
    async with world.database.transaction() as connection:
        kept = await store.find(connection, theirs.number)
        assert (kept.order.contact, kept.order.facts) == ("13800001111", f"{NAME}家太吵")
        assert await citizens.openid(connection, neighbour) == "neighbour"
        said = await connection.scalar(
            select(message.c.text).where(message.c.citizen_id == neighbour)
        )
    assert said == f"我认识{NAME}"


async def test_what_waited_to_be_handled_has_an_end(world: World) -> None:
    await leaves(world, await lives(world))
    async with world.database.transaction() as connection:
        outcomes = list(await connection.scalars(select(message.c.outcome).order_by(message.c.id)))
    assert outcomes == ["asked", "event"]


async def test_who_comes_back_is_somebody_new(world: World) -> None:
    kept = await lives(world)
    await leaves(world, kept)
    async with world.database.transaction() as connection:
        again = await open_turn(connection, said("k3", "你好"))
        assert again.conversation.citizen_id != kept.citizen_id
        assert (again.conversation.phone, again.conversation.dialogue) == ("", {})
        assert await store.of_citizen(connection, again.conversation.citizen_id) == []


async def test_a_late_retry_makes_nobody_known_again(world: World) -> None:
    await leaves(world, await lives(world))
    async with world.database.transaction() as connection:
        assert await open_turn(connection, said("k1", WORDS)) is None
        known = select(func.count()).where(citizen.c.openid.is_not(None))
        assert await connection.scalar(known) == 0


async def test_leaving_twice_is_leaving_once(world: World) -> None:
    kept = await lives(world)
    await leaves(world, kept)
    world.services.clock.advance(timedelta(hours=1))
    await leaves(world, kept)
    async with world.database.transaction() as connection:
        after = await store.find(connection, kept.number)
        assert await store.difference(connection, after) == []


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("打13812345678", f"打{GONE}"),
        ("打+86 138-1234-5678吧", f"打{GONE}吧"),
        ("身份证43030219800101123X", f"身份证{GONE}"),
        ("单号20260105000001", "单号20260105000001"),
        ("座机0731-58231234", "座机0731-58231234"),
        ("2138123456789", "2138123456789"),
        ("李先生的路灯", f"{GONE}的路灯"),
        ("", ""),
    ],
)
def test_what_is_redacted(text: str, redacted: str) -> None:
    assert Redaction(["李先生", "", "李"]).text(text) == redacted


async def test_a_name_or_phone_is_kept_until_a_better_one_comes(world: World) -> None:
    citizen_id = await world.says("你好")
    async with world.database.transaction() as connection:
        await citizens.note_contact(connection, citizen_id, name="张三", phone="1")
        await citizens.note_contact(connection, citizen_id, phone="2")
        await citizens.note_contact(connection, citizen_id)
        chat = await conversations.find(connection, citizen_id)
    assert chat is not None
    assert (chat.name, chat.phone) == ("张三", "2")
