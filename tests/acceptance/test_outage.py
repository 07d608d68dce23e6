"""Killed between commit and send; PostgreSQL, Valkey or WeChat's API away for a while."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from backend.clock import Clock
from backend.database import Database
from backend.live import CHANNEL
from backend.message import Notice, Reply
from backend.outbox import enqueue
from backend.tables import citizen, outbox
from channels.simulator.citizen import Bubble, Way
from channels.simulator.fault import Trouble
from channels.simulator.server import FakeWeChat
from channels.simulator.world import OUTAGE_NOTICE
from tests.acceptance.eventually import eventually
from tests.acceptance.house import House
from tests.acceptance.parts import Postgres, Valkey
from tests.acceptance.tally import check, said_to

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

ANNA = "oOutageAnna"
SEND = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"
QUESTION = "公积金租房提取需要什么材料"
NOTICE = Notice(
    "order_progress",
    {"number": "20260101000001", "state": "办理中", "hint": "点击查看", "time": "2026-01-01 08:00"},
    url="order:20260101000001",
)


async def citizen_id(database: Database, openid: str) -> int:
    async with database.transaction() as connection:
        found = await connection.scalar(select(citizen.c.id).where(citizen.c.openid == openid))
    assert found is not None
    return int(found)


async def put(database: Database, openid: str, *bodies: Reply | Notice) -> int:
    """A row in the outbox, as any part of the backend makes one."""
    known = await citizen_id(database, openid)
    async with database.transaction() as connection:
        return await enqueue(connection, known, bodies, Clock().now())


async def state(database: Database, row: int) -> str:
    async with database.transaction() as connection:
        found = await connection.scalar(select(outbox.c.state).where(outbox.c.id == row))
    return str(found)


def heard(wechat: FakeWeChat, words: str, openid: str = ANNA) -> list[Bubble]:
    return [bubble for bubble in said_to(wechat, openid) if words in bubble.words]


# -- killed between commit and send ---------------------------------------------------------------


@pytest.mark.parametrize("trouble", [Trouble.HANG, Trouble.LOST])
async def test_killed_while_sending_it_arrives_after_the_restart(
    house: House, wechat: FakeWeChat, database: Database, trouble: Trouble
) -> None:
    await wechat.send_text(ANNA, QUESTION)
    wechat.fault(SEND, trouble)
    row = await put(database, ANNA, Reply("第一句"))
    await put(database, ANNA, Reply("第二句"))
    await eventually(lambda: not wechat.faults.waiting)
    await house.kill()
    assert await state(database, row) == "pending"
    await house.start()
    await eventually(lambda: heard(wechat, "第二句"), within=30)
    # Sent and not known to be: the one unavoidable duplicate (docs/design.md section 3).
    assert len(heard(wechat, "第一句")) == (2 if trouble is Trouble.LOST else 1)
    assert len(heard(wechat, "第二句")) == 1
    order = [b.words for b in wechat.sent_to(ANNA)]
    assert order == sorted(order)


async def test_killed_while_sending_a_template_it_arrives_exactly_once(
    house: House, wechat: FakeWeChat, database: Database
) -> None:
    await wechat.send_text(ANNA, QUESTION)
    wechat.fault(TEMPLATE, Trouble.LOST)
    row = await put(database, ANNA, NOTICE)
    await eventually(lambda: not wechat.faults.waiting)
    await house.kill()
    await house.start()
    await eventually(lambda: _is(database, row, "sent"), within=30)
    assert len(wechat.calls.of(TEMPLATE)) > 1
    assert len([b for b in said_to(wechat, ANNA) if b.way is Way.TEMPLATE]) == 1


async def _is(database: Database, row: int, wanted: str) -> bool:
    return await state(database, row) == wanted


async def test_stopped_while_sending_it_is_sent_once(
    house: House, wechat: FakeWeChat, database: Database
) -> None:
    await wechat.send_text(ANNA, QUESTION)
    wechat.fault(SEND, Trouble.SLOW, seconds=2)
    row = await put(database, ANNA, Reply("慢慢来"))
    await eventually(lambda: not wechat.faults.waiting)
    await house.stop()
    assert await state(database, row) == "sent", "the result was not written down"
    assert len(heard(wechat, "慢慢来")) == 1


async def test_a_send_that_hangs_holds_up_nobody_else(
    house: House, wechat: FakeWeChat, database: Database
) -> None:
    await wechat.send_text(ANNA, QUESTION)
    await wechat.send_text("oOutageBert", QUESTION)
    wechat.fault(SEND, Trouble.HANG)
    await put(database, ANNA, Reply("第一句"))
    await eventually(lambda: not wechat.faults.waiting)
    await put(database, "oOutageBert", Reply("第二句"))
    await eventually(lambda: heard(wechat, "第二句", "oOutageBert"), within=3)
    await eventually(lambda: heard(wechat, "第一句"), within=30)


async def test_accepted_and_killed_it_is_answered_after_the_restart(
    house: House, wechat: FakeWeChat, database: Database
) -> None:
    await wechat.send_text(ANNA, "雨湖区建设北路128号门口的路灯坏了三天了，晚上很黑，希望尽快修好")
    async with database.transaction() as connection:
        # Whoever wants a number for an order has to wait for this test.
        await connection.execute(text("LOCK TABLE order_number"))
        slow = asyncio.create_task(wechat.send_text(ANNA, "确认提交"))
        await eventually(lambda: _waiting(database))
        replies = await asyncio.gather(slow, wechat.send_text(ANNA, "我的工单"))
        assert replies == [None, None]
        assert [delivery.attempts for delivery in wechat.deliveries] == [1, 1, 1]
        await house.kill()
    await house.start()
    await eventually(lambda: heard(wechat, "已登记"), within=15)
    await eventually(lambda: heard(wechat, "正在分派"), within=15)
    rows = await check(house, wechat)
    assert [row["outcome"] for row in rows] == ["asked", "order", "command"]
    assert await wechat.send_text(ANNA, "我的工单"), "a backlog that is over still holds things up"


async def _waiting(database: Database) -> bool:
    async with database.transaction() as connection:
        query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(await connection.scalar(query))


# -- WeChat's API is away -------------------------------------------------------------------------


async def test_the_api_is_down_and_all_arrives_later_in_order(
    house: House, wechat: FakeWeChat, database: Database
) -> None:
    names = [f"oOutage{number}" for number in range(10)]
    for openid in names:
        await wechat.send_text(openid, QUESTION)
    wechat.down(10)
    for number in range(4):
        for openid in names:
            await put(database, openid, Reply(f"第{number}句"))
    await eventually(lambda: all(heard(wechat, "第3句", openid) for openid in names), within=45)
    for openid in names:
        assert [b.text for b in wechat.sent_to(openid)] == [f"第{n}句" for n in range(4)]


# -- Valkey is away -------------------------------------------------------------------------------


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    yield server
    server.kill()


async def test_valkey_dies_and_nobody_waits_for_it(
    settings: dict[str, str], wechat: FakeWeChat, database: Database, valkey: Valkey
) -> None:
    async with House.serving({**settings, "REDIS_URL": valkey.url}) as house:
        wechat.webhook_url = f"{house.url}/wechat"
        await wechat.send_text(ANNA, QUESTION)
        await put(database, ANNA, Reply("有缓存"))
        await eventually(lambda: heard(wechat, "有缓存"))
        valkey.kill()
        assert await wechat.send_text(ANNA, QUESTION)
        assert wechat.deliveries[-1].attempts == 1
        await put(database, ANNA, Reply("没有缓存"))
        await eventually(lambda: heard(wechat, "没有缓存"))
        assert (await house.health())["status"] == "degraded"
        valkey.start()
        await eventually(lambda: _status(house, "ok"))
        await eventually(lambda: valkey.ask(lambda client: client.pubsub_numsub(CHANNEL)[0][1]))
        await put(database, ANNA, Reply("又有缓存"))
        await eventually(lambda: heard(wechat, "又有缓存"))
        assert valkey.ask(lambda client: client.keys("wechat:*:token")), "no token was kept"
        await check(house, wechat)


async def _status(house: House, wanted: str) -> bool:
    return bool((await house.health())["status"] == wanted)


# -- PostgreSQL is away ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def postgres_of_ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("outage"))
    yield server
    server.close()


@pytest.fixture
async def frail(
    settings: dict[str, str], wechat: FakeWeChat, postgres_of_ours: Postgres
) -> AsyncIterator[House]:
    """A house over a PostgreSQL that may be stopped."""
    async with House.serving({**settings, "DATABASE_URL": postgres_of_ours.url}) as house:
        wechat.webhook_url = f"{house.url}/wechat"
        yield house


async def _chatter(wechat: FakeWeChat, prefix: str, count: int, until: asyncio.Event) -> None:
    """So many citizens who each write one message after the other, until the event."""

    async def talk(openid: str) -> None:
        while not until.is_set():
            await wechat.send_text(openid, QUESTION)
            await asyncio.sleep(0.2)

    async with asyncio.TaskGroup() as talks:
        for number in range(count):
            talks.create_task(talk(f"{prefix}{number}"))


@pytest.mark.parametrize(("how", "seconds"), [("stop", 10), ("kill", 0)])
async def test_postgres_is_away(
    frail: House, wechat: FakeWeChat, postgres_of_ours: Postgres, how: str, seconds: int
) -> None:
    over = asyncio.Event()
    talk = asyncio.create_task(_chatter(wechat, f"oAway{how}", 8, over))
    await eventually(lambda: len(wechat.deliveries) > 16)
    getattr(postgres_of_ours, how)()
    assert (await frail.health())["status"] == "down"
    await asyncio.sleep(seconds)
    await asyncio.to_thread(postgres_of_ours.start)
    seen = len(wechat.deliveries)
    await eventually(lambda: len(wechat.deliveries) > seen + 24)
    over.set()
    await talk
    await eventually(lambda: _status(frail, "ok"))
    await check(frail, wechat)
    await _each_was_answered_or_told(wechat, f"oAway{how}")


async def test_postgres_is_frozen_for_six_seconds(
    frail: House, wechat: FakeWeChat, postgres_of_ours: Postgres
) -> None:
    over = asyncio.Event()
    talk = asyncio.create_task(_chatter(wechat, "oFrozen", 8, over))
    await eventually(lambda: len(wechat.deliveries) > 16)
    with postgres_of_ours.frozen():
        await asyncio.sleep(6)
    seen = len(wechat.deliveries)
    await eventually(lambda: len(wechat.deliveries) > seen + 24)
    over.set()
    await talk
    await check(frail, wechat)
    await _each_was_answered_or_told(wechat, "oFrozen")


async def _each_was_answered_or_told(wechat: FakeWeChat, prefix: str) -> None:
    """No message of these citizens ended in nothing: an answer, or WeChat's own notice."""
    for openid in [name for name in wechat.world.citizens if name.startswith(prefix)]:
        bubbles = wechat.conversation(openid)
        asked = sum(bubble.text == QUESTION for bubble in bubbles)
        answers = len(said_to(wechat, openid))
        notices = sum(bubble.text == OUTAGE_NOTICE for bubble in bubbles)
        assert asked <= answers + notices
