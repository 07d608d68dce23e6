"""Killed in the middle of a sweep: every due survey goes out once, and is rated once."""

import asyncio
import os
import signal
from collections import Counter

import pytest
from sqlalchemy import func, select, update

from backend.clock import Clock
from backend.database import Database
from backend.delivery import AT_ONCE
from backend.orders import store
from backend.tables import citizen, conversation, order_event, survey
from channels.simulator.citizen import Bubble, Way
from channels.simulator.server import FakeWeChat
from tests.acceptance.eventually import eventually
from tests.acceptance.house import House
from tests.acceptance.tally import said_to

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

CITIZENS = 60
KILLS = (8, 30)
"""The server is killed when so many surveys have been seen."""


async def close_orders(database: Database, openids: list[str]) -> list[str]:
    """One closed order for each of these citizens, all at the same moment; their numbers."""
    now = Clock().now()
    numbers = []
    async with database.transaction() as connection:
        rows = await connection.execute(
            select(citizen.c.openid, citizen.c.id).where(citizen.c.openid.in_(openids))
        )
        for openid, citizen_id in rows:
            fields = {"type": "求助", "facts": f"{openid}家门口的路灯坏了", "channel": "wechat"}
            kept = await store.add(
                connection, fields, citizen_id=citizen_id, actor="citizen:", now=now
            )
            numbers.append(kept.number)
            for kind, data in (
                ("dispatch", {"unit": "市城管局"}),
                ("sign", {}),
                ("close", {"reply": "已更换灯具，今晚恢复照明，并电话告知市民。"}),
            ):
                await store.act(
                    connection, kept.number, kind, actor="admin:test", now=now, data=data
                )
    return numbers


def surveys_of(wechat: FakeWeChat, openid: str) -> list[Bubble]:
    """The askings a citizen has got, with buttons or as a notice."""
    return [
        bubble
        for bubble in said_to(wechat, openid)
        if "满意" in [choice.label for choice in bubble.choices] or bubble.way is Way.TEMPLATE
    ]


def kill_after(wechat: FakeWeChat, house: House, count: int) -> asyncio.Event:
    """Kill the server at the very moment so many surveys have come; the event says it is dead."""
    seen = 0
    dead = asyncio.Event()

    def look(openid: str, bubble: Bubble | None) -> None:
        nonlocal seen
        seen += bubble is not None and bubble in surveys_of(wechat, openid)
        if seen == count and not dead.is_set():
            os.killpg(house.pid, signal.SIGKILL)
            dead.set()

    wechat.world.listeners.append(look)
    return dead


async def events(database: Database, step: str) -> Counter[int]:
    """How often each order has this step of a survey in its history."""
    query = (
        select(order_event.c.order_id, func.count())
        .where(order_event.c.facets["step"].astext == step)
        .group_by(order_event.c.order_id)
    )
    async with database.transaction() as connection:
        return Counter({row[0]: row[1] for row in await connection.execute(query)})


async def test_killed_in_a_sweep_each_is_asked_once_and_rated_once(
    house: House, wechat: FakeWeChat, database: Database
) -> None:
    openids = [f"oSweep{number:02d}" for number in range(CITIZENS)]
    await asyncio.gather(*(wechat.send_text(openid, "你好") for openid in openids))
    await close_windows(database, openids[::3])
    deaths = []
    numbers = await close_orders(database, openids)
    for count in KILLS:
        death = kill_after(wechat, house, count)
        await asyncio.wait_for(death.wait(), 30)
        deaths.append(await waiting(database))
        await house.ended()
        await house.start()
    await eventually(lambda: all(surveys_of(wechat, openid) for openid in openids), within=40)
    await eventually(lambda: settled(database), within=40)

    assert any(left > 0 for left in deaths), "no kill came in the middle of the sweep"
    assert await events(database, "asked") == dict.fromkeys(await ids(database), 1)
    assert len(numbers) == CITIZENS
    twice = [openid for openid in openids if len(surveys_of(wechat, openid)) > 1]
    # Sent, and killed before it was written down: the one duplicate there may be.
    assert len(twice) <= AT_ONCE * len(KILLS)
    assert not set(twice) & set(openids[::3]), "a notice has an id by which WeChat knows it again"

    for openid in openids:
        for bubble in surveys_of(wechat, openid):
            await rate(wechat, openid, bubble)
    assert await events(database, "rated") == dict.fromkeys(await ids(database), 1)
    assert await house.huiying("orders", "verify", "--json") == []
    rated = await house.huiying("callbacks", "list", "--limit", "1000", "--json")
    assert Counter(row["rating"] for row in rated) == {"满意": CITIZENS}


async def close_windows(database: Database, openids: list[str]) -> None:
    """These citizens wrote too long ago to be written to in the chat."""
    who = select(citizen.c.id).where(citizen.c.openid.in_(openids))
    async with database.transaction() as connection:
        await connection.execute(
            update(conversation)
            .where(conversation.c.citizen_id.in_(who))
            .values(window_left=0, tap_left=0)
        )


async def waiting(database: Database) -> int:
    """How many orders have not been asked about."""
    query = select(func.count()).where(survey.c.state == "asked")
    async with database.transaction() as connection:
        return CITIZENS - int(await connection.scalar(query) or 0)


async def settled(database: Database) -> bool:
    """Whether every asking is known to have arrived."""
    return len(await events(database, "delivered")) == CITIZENS


async def ids(database: Database) -> list[int]:
    async with database.transaction() as connection:
        return list((await connection.scalars(select(survey.c.order_id))).all())


async def rate(wechat: FakeWeChat, openid: str, bubble: Bubble) -> None:
    """Tap 满意 under an asking; who got a notice says it in words."""
    found = [choice.id for choice in bubble.choices if choice.label == "满意"]
    if found:
        await wechat.tap(openid, found[0])
    else:
        await wechat.send_text(openid, "满意")
