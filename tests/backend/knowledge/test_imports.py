"""Files become the knowledge base: row by row, as their editors say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backend.knowledge import imports, revisions, store
from backend.knowledge.changes import Mark
from backend.knowledge.entry import Entry
from backend.knowledge.imports import Line, Summary
from backend.knowledge.revisions import By
from tests.backend.knowledge.shelf import BUS, CARD, NOON, put, since, titles
from tests.backend.office import World


async def test_an_import_says_what_it_did(world: World) -> None:
    assert await put(world, CARD, BUS) == Summary(added=[CARD.title, BUS.title])
    mark = (await since(world, Mark())).mark
    assert await put(world, CARD, BUS) == Summary(unchanged=[CARD.title, BUS.title])
    assert (await since(world, mark)).nothing
    changed = replace(BUS, answer="2路。")
    assert await put(world, CARD, changed) == Summary(changed=[BUS.title], unchanged=[CARD.title])
    assert [topic.title for topic in (await since(world, mark)).topics] == [BUS.title]


async def test_replacing_retires_all_others_and_they_can_come_back(world: World) -> None:
    await put(world, CARD, BUS)
    assert (await put(world, BUS, replace=True)).retired == [CARD.title]
    assert await titles(world) == [BUS.title]
    assert (await put(world, BUS, replace=True)).retired == []
    assert (await put(world, CARD)).changed == [CARD.title]
    assert await titles(world) == [CARD.title, BUS.title]


BAD = (
    (Entry("", "答案"), "标题为空"),
    (Entry("没有答案", " "), "答案为空"),
    (Entry("题" * 201, "答案"), "标题超过200字"),
    (Entry("太长", "答" * 4001), "答案超过4000字"),
    (Entry("多问", "答案", tuple(map(str, range(101)))), "相似问超过100条"),
    (Entry("长问", "答案", ("问" * 201,)), "超过200字"),
    (Entry("无期", "答案", valid_until="长期"), "不是日期"),
    (Entry("紧凑", "答案", valid_until="20270105"), "不是日期"),
    (replace(CARD, answer="另一个"), "标题与第1行重复"),
)


@pytest.mark.parametrize(("bad", "reason"), BAD)
async def test_a_row_is_refused_with_its_number_and_reason(
    world: World, bad: Entry, reason: str
) -> None:
    summary = await put(world, CARD, bad, BUS)
    ((row, title, said),) = summary.refused
    assert (row, title) == (2, bad.title)
    assert reason in said
    assert await titles(world) == [CARD.title, BUS.title]


async def test_strict_is_all_or_nothing(world: World) -> None:
    await put(world, BUS)
    summary = await put(world, CARD, Entry("", "x"), strict=True, replace=True)
    assert [row for row, *_ in summary.refused] == [2]
    assert await titles(world) == [BUS.title]
    assert (await put(world, CARD, strict=True)).added == [CARD.title]


async def test_a_dry_run_says_the_same_and_writes_nothing(world: World) -> None:
    await put(world, CARD, BUS)
    other = Entry("另一个", "答")
    wanted = (replace(BUS, answer="2路。"), other)
    said = await put(world, *wanted, dry_run=True, replace=True)
    assert await titles(world) == [CARD.title, BUS.title]
    assert said == await put(world, *wanted, replace=True)
    assert said == Summary(added=[other.title], changed=[BUS.title], retired=[CARD.title])


async def test_columns_that_a_file_does_not_have_stay_as_they_are(world: World) -> None:
    await put(world, CARD)
    changed = Entry(CARD.title, "到社区补办。")
    assert (await put(world, changed, given={"title", "answer"})).changed == [CARD.title]
    assert (await put(world, changed, given={"title", "answer"})).unchanged == [CARD.title]
    async with world.database.transaction() as connection:
        (kept,) = await store.valid(connection, NOON)
    assert (kept.answer, kept.unit, kept.questions) == ("到社区补办。", CARD.unit, CARD.questions)


async def test_each_change_is_a_revision_of_whoever_imported(world: World) -> None:
    await put(world, CARD)
    by = By("editor:editor", NOON + timedelta(days=1), "导入 新.csv")
    async with world.database.transaction() as connection:
        line = Line(1, replace(CARD, answer="网上补办。"))
        await imports.save(connection, [line], by)
        (kept,) = await store.valid(connection, NOON)
        newest, first = await revisions.history(connection, kept.id)
    assert (newest.number, newest.kind, newest.by) == (2, "change", by)
    assert (first.kind, first.entry.answer) == ("create", CARD.answer)
    assert (kept.revision, kept.updated_at, kept.confirmed_at) == (2, by.at, by.at)
    await put(world, replace=True)
    async with world.database.transaction() as connection:
        assert (await revisions.history(connection, kept.id))[0].kind == "retire"


async def test_an_entry_answers_on_its_last_day_and_no_longer(world: World) -> None:
    await put(world, replace(BUS, valid_until="2026-01-05"))
    midnight = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)  # in the city
    assert await titles(world, midnight - timedelta(seconds=1)) == [BUS.title]
    assert await titles(world, midnight) == []
    async with world.database.transaction() as connection:
        (entry,) = await store.everything(connection)
        assert await store.get(connection, entry.id, midnight) is None
        assert await store.get(connection, entry.id, NOON) == entry


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
    entries = [Entry(f"问题{number}", "答案") for number in range(12_001)]
    assert len((await put(world, *entries)).added) == 12_001
    assert len(await titles(world)) == 12_001
