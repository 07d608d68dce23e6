"""What may be answered: added, changed, retired and expired as its editors say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend import knowledge
from backend.knowledge import Entry, Summary
from tests.backend.office import World

CARD = Entry("社保卡丢了怎么补办", "带身份证到网点补办。", ("社保卡掉了",), unit="市人社局")
BUS = Entry("几路车到火车站", "1路。")
NOON = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)


async def save(world: World, *entries: Entry, at: datetime = NOON, **how: Any) -> Summary:
    async with world.database.transaction() as connection:
        return await knowledge.save(connection, entries, at, **how)


async def titles(world: World, at: datetime = NOON) -> list[str]:
    async with world.database.transaction() as connection:
        return [entry.title for entry in await knowledge.valid(connection, at)]


async def version(world: World) -> Any:
    async with world.database.transaction() as connection:
        return await knowledge.version(connection)


async def test_an_import_says_what_it_did(world: World) -> None:
    assert await save(world, CARD, BUS) == Summary(added=[CARD.title, BUS.title])
    before = await version(world)
    assert await save(world, CARD, BUS) == Summary(unchanged=[CARD.title, BUS.title])
    assert await version(world) == before
    changed = replace(BUS, answer="2路。")
    assert await save(world, CARD, changed) == Summary(changed=[BUS.title], unchanged=[CARD.title])
    assert await version(world) != before


async def test_replacing_retires_all_others_and_they_can_come_back(world: World) -> None:
    await save(world, CARD, BUS)
    assert (await save(world, BUS, replace=True)).retired == [CARD.title]
    assert await titles(world) == [BUS.title]
    assert (await save(world, BUS, replace=True)).retired == []
    assert (await save(world, CARD)).changed == [CARD.title]
    assert await titles(world) == [CARD.title, BUS.title]


BAD = (
    (Entry("", "答案"), "标题为空"),
    (Entry("没有答案", " "), "答案为空"),
    (Entry("题" * 201, "答案"), "标题超过200字"),
    (Entry("太长", "答" * 4001), "答案超过4000字"),
    (Entry("无期", "答案", valid_until="长期"), "不是日期"),
    (Entry("紧凑", "答案", valid_until="20270105"), "不是日期"),
    (replace(CARD, answer="另一个"), "重复"),
)


@pytest.mark.parametrize(("bad", "reason"), BAD)
async def test_a_row_is_refused_with_its_number_and_reason(
    world: World, bad: Entry, reason: str
) -> None:
    summary = await save(world, CARD, bad, BUS)
    ((row, title, said),) = summary.refused
    assert (row, title) == (2, bad.title)
    assert reason in said
    assert await titles(world) == [CARD.title, BUS.title]


async def test_strict_is_all_or_nothing(world: World) -> None:
    await save(world, BUS)
    summary = await save(world, CARD, Entry("", "x"), strict=True, replace=True)
    assert [row for row, *_ in summary.refused] == [2]
    assert await titles(world) == [BUS.title]
    assert (await save(world, CARD, strict=True)).added == [CARD.title]


async def test_an_entry_answers_on_its_last_day_and_no_longer(world: World) -> None:
    await save(world, replace(BUS, valid_until="2026-01-05"))
    midnight = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)  # in the city
    assert await titles(world, midnight - timedelta(seconds=1)) == [BUS.title]
    assert await titles(world, midnight) == []
    async with world.database.transaction() as connection:
        (entry,) = await knowledge.everything(connection)
        assert await knowledge.get(connection, entry.id, midnight) is None
        assert await knowledge.get(connection, entry.id, NOON) == entry


async def test_feedback_is_counted_and_changes_no_content(world: World) -> None:
    await save(world, BUS)
    before = await version(world)
    async with world.database.transaction() as connection:
        (entry,) = await knowledge.everything(connection)
        for solved in (True, True, False):
            await knowledge.count(connection, entry.id, solved=solved)
        (after,) = await knowledge.everything(connection)
    assert (after.solved, after.unsolved) == (2, 1)
    assert await version(world) == before
    assert (await save(world, BUS)).unchanged == [BUS.title]


@pytest.mark.parametrize(
    ("entry", "signature"),
    [
        (CARD, "—— 来源：市人社局"),
        (replace(CARD, source="办事指南"), "—— 来源：市人社局，办事指南"),
        (BUS, "—— 来源：12345知识库"),
        (
            replace(BUS, updated_at=datetime(2026, 1, 5, 16, 0, tzinfo=UTC)),
            "—— 来源：12345知识库，2026-01-06更新",
        ),
    ],
)
def test_an_answer_names_its_source_and_day(entry: Entry, signature: str) -> None:
    assert entry.signature == signature


async def test_many_entries_at_once(world: World) -> None:
    entries = [Entry(f"问题{number}", "答案") for number in range(1201)]
    assert len((await save(world, *entries)).added) == 1201
    assert len(await titles(world)) == 1201
