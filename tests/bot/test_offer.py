"""Who reports what others have reported is asked whether to join them; nobody's words are shown."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count

import msgspec
import pytest

from backend import transcript
from backend.orders import clusters, rules, service, store
from backend.orders.lifecycle import State
from backend.orders.nearness import Clustering
from backend.orders.store import Kept
from channels.simulator.server import FakeWeChat
from config.app import System
from tests.bot.person import Person

Crowd = Callable[[], Person]
NAMES = (
    "听涛 望岳 临江 枫林 松涛 竹影 梅岭 桂语 兰亭 紫薇 海棠 碧桃 银杏 "
    "红枫 翠竹 金桂 丹枫 白鹭 红梅 绿洲 丽水 锦绣 祥和 福临 金辉"
)
_estates = iter([f"{name}花园" for name in NAMES.split()])
_numbers = count(1)
REPLY = "现场核实后已抢修好供水管道恢复供水，电话联系市民，市民表示满意。"


@pytest.fixture
async def crowd(system: System, wechat: FakeWeChat) -> AsyncIterator[Crowd]:
    """Citizens nobody has heard of, in a city where they are asked to join others."""
    database = system.services.database
    async with database.transaction() as connection:
        before = await rules.current(connection)
        await rules.store(
            connection, msgspec.structs.replace(before, clusters=Clustering(offer_from=1))
        )
    yield lambda: Person(f"oCrowd{next(_numbers)}", system, wechat)
    async with database.transaction() as connection:
        await rules.store(connection, before)


@pytest.fixture
def estate() -> str:
    """A place where nothing has been reported yet."""
    return next(_estates)


def outage(estate: str, door: int = 1) -> str:
    return f"雨湖区{estate}{door}栋从昨晚开始停水，到现在还没来水，希望尽快恢复供水"


async def first(crowd: Crowd, estate: str) -> Kept:
    person = crowd()
    await person.says(outage(estate))
    await person.taps("确认提交")
    return (await person.orders())[0]


async def act(system: System, kept: Kept, *kinds: str) -> None:
    data = {"unit": "市水务集团", "reply": REPLY}
    for kind in kinds:
        async with system.services.database.transaction() as connection:
            now = system.services.clock.now()
            await service.act(connection, kept.number, kind, actor="admin:root", now=now, data=data)


async def test_twelve_citizens_report_one_outage_and_all_hear_of_its_end(
    crowd: Crowd, estate: str, system: System
) -> None:
    master = await first(crowd, estate)
    await act(system, master, "dispatch", "sign")
    others = [crowd() for _ in range(11)]
    for people, person in enumerate(others, 1):
        card = await person.says(f"{estate}{people + 1}栋停水了，从昨晚到现在都没来水，雨湖区的")
        assert f"附近已有 {people} 人反映" in card
        assert "市水务集团正在处理" in card
        assert master.number not in card
        said = await person.taps("一并登记")
        order = (await person.orders())[0]
        assert order.number in said
        assert "市水务集团正在处理" in said
        assert (order.order.master, order.order.state) == (master.number, State.HANDLING)
    async with system.services.database.transaction() as connection:
        assert await clusters.sizes(connection, [master.number]) == {master.number: 11}
    await act(system, master, "close")
    await others[0].works("clusters")
    for person in others:
        order = (await person.orders())[0]
        assert order.order.state is State.CALLING_BACK
        async with system.services.database.transaction() as connection:
            assert await store.difference(connection, order) == []
            told = await transcript.of_order(connection, order.id)
        assert REPLY in told[-1].text


@pytest.mark.parametrize("words", ["一起登记吧", "好的", "我们这边也是", "1", "一并登记"])
async def test_plain_words_join(crowd: Crowd, estate: str, words: str) -> None:
    master = await first(crowd, estate)
    person = crowd()
    await person.says(outage(estate, 2))
    assert "已一并登记" in await person.says(words)
    assert (await person.orders())[0].order.master == master.number
    assert await person.outcomes() == ["asked", "order"]


@pytest.mark.parametrize("words", ["单独登记", "不要一起", "我单独报", "2", "确认提交"])
async def test_plain_words_file_alone(crowd: Crowd, estate: str, words: str) -> None:
    await first(crowd, estate)
    person = crowd()
    await person.says(outage(estate, 2))
    assert "已登记" in await person.says(words)
    assert (await person.orders())[0].order.master == ""


async def test_a_bare_no_loses_nothing_and_is_not_asked_again(crowd: Crowd, estate: str) -> None:
    await first(crowd, estate)
    person = crowd()
    await person.says(outage(estate, 2))
    card = await person.says("不用")
    assert "单独登记" in card
    assert "附近已有" not in card
    await person.says("补充一下，家里有老人")
    assert "附近已有" not in person.heard()[-1].text
    await person.taps("确认提交")
    assert "家里有老人" in (await person.orders())[0].order.facts


async def test_what_is_changed_on_the_card_is_compared_anew(crowd: Crowd, estate: str) -> None:
    await first(crowd, estate)
    person = crowd()
    assert "附近已有" in await person.says(outage(estate, 2))
    card = await person.says(f"地点改成雨湖区{next(_estates)}6栋")
    assert "附近已有" not in card
    await person.taps("确认提交")
    assert (await person.orders())[0].order.master == ""


async def test_who_joins_may_still_add_and_withdraw(
    crowd: Crowd, estate: str, system: System
) -> None:
    master = await first(crowd, estate)
    person = crowd()
    await person.says(outage(estate, 2))
    await person.taps("一并登记")
    assert "已补充" in await person.says("补充一下，地下车库也没水")
    kept = (await person.orders())[0]
    async with system.services.database.transaction() as connection:
        now = system.services.clock.now()
        await service.act(connection, kept.number, "withdraw", actor="citizen:", now=now)
        assert await clusters.sizes(connection, [master.number]) == {}


async def test_the_master_closes_between_question_and_answer(
    crowd: Crowd, estate: str, system: System
) -> None:
    master = await first(crowd, estate)
    person = crowd()
    await person.says(outage(estate, 2))
    await act(system, master, "dispatch", "sign", "close")
    said = await person.taps("一并登记")
    kept = (await person.orders())[0]
    assert kept.number in said
    assert "已单独登记" in said
    assert (kept.order.master, kept.order.state) == ("", State.DISPATCHING)


async def test_two_join_while_the_master_closes(crowd: Crowd, estate: str, system: System) -> None:
    master = await first(crowd, estate)
    await act(system, master, "dispatch", "sign")
    two = [crowd(), crowd()]
    for number, person in enumerate(two, 2):
        await person.says(outage(estate, number))
    await asyncio.gather(*(p.taps("一并登记") for p in two), act(system, master, "close"))
    await two[0].works("clusters")
    for person in two:
        order = (await person.orders())[0].order
        joined = (master.number, State.CALLING_BACK)
        assert (order.master, order.state) in (joined, ("", State.DISPATCHING))


async def test_a_report_is_never_asked_nor_joined(crowd: Crowd, estate: str) -> None:
    await first(crowd, estate)
    person = crowd()
    for words in (f"我要举报，{outage(estate, 2)}", "要求保密"):
        card = await person.says(words)
        if "要求保密" in card or "类型：举报" in card:
            assert "附近已有" not in card


async def test_what_a_citizen_reports_again_is_joined_to_their_own(
    crowd: Crowd, estate: str
) -> None:
    person = crowd()
    for _ in range(2):
        assert "附近已有" not in await person.says(outage(estate))
        await person.taps("确认提交")
    again, before = await person.orders()
    assert again.order.master == before.number
    assert "您之前反映的是同一件事" in person.heard()[-1].text
