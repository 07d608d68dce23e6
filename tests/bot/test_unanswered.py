"""Questions asked in vain, as the whole bot keeps them and gathers them into groups."""

import asyncio
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from backend import citizens
from backend.tables import citizen, question, question_group
from bot.grouping import Grouping
from config.app import System
from tests.bot.person import Person

EXPEDITION = "南极科考队怎么报名"
EXPEDITIONS = (EXPEDITION, "南极科考队在哪里报名", "请问南极科考队怎么报名呀")
BIKE = "共享单车押金怎么退"
_numbers = count(1)


def another(person: Person) -> Person:
    return Person(f"{person.openid}-{next(_numbers)}", person.system, person.wechat)


async def asked(person: Person) -> list[Any]:
    """What is kept of what this citizen asked in vain, with its group."""
    query = (
        select(question, question_group.c.asked, question_group.c.citizens,
               question_group.c.central_id)
        .join_from(question, citizen, citizen.c.id == question.c.citizen_id)
        .outerjoin(question_group, question_group.c.id == question.c.group_id)
        .where(citizen.c.openid == person.openid)
        .order_by(question.c.id)
    )  # fmt: skip
    async with person.system.services.database.transaction() as connection:
        return list(await connection.execute(query))


async def why(person: Person) -> list[tuple[str, str, str]]:
    return [(row.text, row.why, row.state) for row in await asked(person)]


# -- what counts ----------------------------------------------------------------------------------


async def test_a_question_the_bot_had_to_ask_back_about(person: Person) -> None:
    await person.says(EXPEDITION)
    assert await why(person) == [(EXPEDITION, "unclear", "open")]


async def test_near_misses_of_which_none_was_meant(person: Person) -> None:
    await person.says("购房合同丢了怎么补")
    await person.taps("都不是")
    await person.taps("确认提交")
    assert await why(person) == [("购房合同丢了怎么补", "choices", "open")]


async def test_near_misses_of_which_one_was_taken_are_an_answer(person: Person) -> None:
    await person.says("购房合同丢了怎么补")
    await person.says("1")
    assert await person.outcomes() == ["choices", "answered"]
    assert [row.state for row in await asked(person)] == ["answered"]


async def test_asked_more_clearly_and_answered(person: Person) -> None:
    await person.says(EXPEDITION)
    await person.says("充电桩安装需要什么手续")
    assert await person.outcomes() == ["asked", "answered"]
    assert [row.state for row in await asked(person)] == ["answered"]


async def test_an_answer_that_did_not_help(person: Person) -> None:
    await person.says("充电桩安装需要什么手续")
    assert not await asked(person)
    await person.taps("没解决")
    (row,) = await asked(person)
    assert (row.text, row.why) == ("充电桩安装需要什么手续", "unsolved")
    assert row.knowledge_id is not None


async def test_a_human_instead_of_the_answer(person: Person) -> None:
    await person.says("充电桩安装需要什么手续")
    await person.says("转人工")
    assert await why(person) == [("充电桩安装需要什么手续", "handoff", "open")]


async def test_a_question_with_the_wish_for_a_human(person: Person) -> None:
    await person.says("帮我转人工，我想问共享单车押金怎么退")
    assert [row.why for row in await asked(person)] == ["handoff"]


@pytest.mark.parametrize(
    "text",
    [
        "雨湖区建设北路128号门口的路灯坏了三天了，希望尽快修好",
        "我要投诉楼上太吵",
        "转人工",
        "你好",
        "充电桩安装需要什么手续",
        "我家着火了怎么办",
        "怎么起诉我老板",
        "asdfgh",
        "我的工单",
    ],
)
async def test_what_is_no_question_in_vain(person: Person, text: str) -> None:
    await person.says(text)
    assert not await asked(person)


async def test_numbers_of_persons_are_not_kept(person: Person) -> None:
    await person.says("无人机在市区怎么报备，回我电话13907320000")
    (row,) = await asked(person)
    assert "1390732" not in row.text


# -- groups ---------------------------------------------------------------------------------------


async def test_like_questions_become_one_group(person: Person) -> None:
    people = [another(person) for _ in EXPEDITIONS]
    for who, text in zip(people, EXPEDITIONS, strict=True):
        await who.says(text)
    other = another(person)
    await other.says(BIKE)
    await person.works("questions")
    found = [(await asked(who))[0] for who in people]
    assert len({row.group_id for row in found}) == 1
    assert found[0].asked >= len(EXPEDITIONS)
    assert (await asked(other))[0].group_id != found[0].group_id
    assert not any(row.pending for row in found)


async def test_who_found_an_answer_leaves_the_group(person: Person) -> None:
    first, second = another(person), another(person)
    for who in (first, second):
        await who.says("购房合同丢了怎么补")
    await person.works("questions")
    before = (await asked(first))[0].asked
    await second.says("1")
    await person.works("questions")
    assert (await asked(first))[0].asked == before - 1


async def test_who_leaves_the_account_vanishes(person: Person) -> None:
    stays, leaves = another(person), another(person)
    for who in (stays, leaves):
        await who.says("江边夜钓有什么时间规定")
    await person.works("questions")
    assert (await asked(stays))[0].citizens == 2
    chat, now = await leaves.chat(), person.system.services.clock.now()
    async with person.system.services.database.transaction() as connection:
        await citizens.erase(connection, chat.citizen_id, now)
        query = select(question.c.text).where(question.c.citizen_id == chat.citizen_id)
        assert (await connection.scalars(query)).all() == [""]
    await person.works("questions")
    (row,) = await asked(stays)
    assert (row.citizens, row.central_id) == (1, row.id)


async def test_two_that_gather_at_once_come_to_the_same(person: Person, system: System) -> None:
    people = [another(person) for _ in range(12)]
    for place, who in enumerate(people):
        await who.says(f"{'江边' if place % 2 else '湖里'}能不能划皮划艇")
    one, two = (_second(system) for _ in range(2))
    while any(await asyncio.gather(one.step(), two.step())):
        pass
    while await one.step() or await two.step():
        pass
    rows = [(await asked(who))[0] for who in people]
    assert not any(row.pending for row in rows)
    counted = {row.group_id: row.asked for row in rows}
    assert sum(counted.values()) == len(people)


def _second(system: System) -> Grouping:
    """A replica's worker over the same database."""
    (first,) = (one.step.__self__ for one in system.workers if one.name == "questions")  # type: ignore[attr-defined]
    return Grouping(system.services, first._encoder, first._metric)
