"""What editors and units do to an entry, and the way back."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from backend.knowledge import editing, revisions, store
from backend.knowledge.changes import Mark
from backend.knowledge.entry import Conflict, Entry, Refused, Unknown
from backend.knowledge.revisions import By
from tests.backend.knowledge.shelf import BUS, CARD, EDITOR, NOON, add, put, since, titles
from tests.backend.office import World

LATER = By("editor:editor", NOON + timedelta(days=3), "网点搬了")
UNIT = By("handler:zhujian", NOON, "网点搬到人民路了")


async def now(world: World, entry: Entry) -> Entry:
    async with world.database.transaction() as connection:
        return await store.find(connection, entry.id)


async def test_an_entry_is_added_and_changed_and_its_past_kept(world: World) -> None:
    kept = await add(world, replace(CARD, title=" 社保卡丢了\r\n怎么补办 "))
    assert (kept.title, kept.revision, kept.confirmed_at) == ("社保卡丢了 怎么补办", 1, NOON)
    mark = (await since(world, Mark())).mark
    async with world.database.transaction() as connection:
        changed = await editing.change(connection, kept.id, CARD, LATER, kept.revision)
        newest, first = await revisions.history(connection, kept.id)
    assert (changed.title, changed.revision) == (CARD.title, 2)
    assert (changed.updated_at, changed.confirmed_by) == (LATER.at, LATER.actor)
    assert (newest.kind, newest.by, newest.entry.title) == ("change", LATER, CARD.title)
    assert (first.kind, first.by, first.entry.title) == ("create", EDITOR, kept.title)
    assert [topic.title for topic in (await since(world, mark)).topics] == [CARD.title]


async def test_the_same_text_again_is_no_revision(world: World) -> None:
    kept = await add(world, CARD)
    async with world.database.transaction() as connection:
        assert await editing.change(connection, kept.id, CARD, LATER, 1) == kept
        assert len(await revisions.history(connection, kept.id)) == 1


async def test_an_earlier_text_can_be_had_again(world: World) -> None:
    kept = await add(world, CARD)
    async with world.database.transaction() as connection:
        await editing.change(connection, kept.id, BUS, LATER, 1)
        await editing.retire(connection, kept.id, LATER, 2)
        again = await editing.restore(connection, kept.id, 1, LATER, 3)
        numbers = [(r.number, r.kind) for r in await revisions.history(connection, kept.id)]
    assert again.content == kept.content
    assert (again.revision, again.retired) == (4, False)
    assert numbers == [(4, "restore"), (3, "retire"), (2, "change"), (1, "create")]


async def test_of_two_editors_at_once_one_is_told(world: World) -> None:
    kept = await add(world, CARD)

    async def write(answer: str) -> str:
        async with world.database.transaction() as connection:
            try:
                entry = replace(CARD, answer=answer)
                return (await editing.change(connection, kept.id, entry, EDITOR, 1)).answer
            except Conflict as conflict:
                return str(conflict)

    said = await asyncio.gather(write("甲"), write("乙"))
    assert sum("刚刚被别人改过" in word for word in said) == 1
    assert (await now(world, kept)).answer in said
    assert (await now(world, kept)).revision == 2


async def test_what_is_retired_does_not_answer_until_it_is_revived(world: World) -> None:
    kept = await add(world, CARD)
    async with world.database.transaction() as connection:
        await editing.retire(connection, kept.id, EDITOR, 1)
        with pytest.raises(Refused, match="已经停用"):
            await editing.retire(connection, kept.id, EDITOR, 2)
    assert await titles(world) == []
    async with world.database.transaction() as connection:
        await editing.revive(connection, kept.id, EDITOR, 2)
        with pytest.raises(Refused, match="正在使用"):
            await editing.revive(connection, kept.id, EDITOR, 3)
    assert await titles(world) == [CARD.title]
    assert (await now(world, kept)).updated_at == NOON


async def test_what_its_unit_calls_wrong_is_silent_until_an_editor_acts(world: World) -> None:
    kept = await add(world, CARD)
    async with world.database.transaction() as connection:
        with pytest.raises(Refused, match="请写明哪里不对"):
            await editing.report(connection, kept.id, replace(UNIT, why=" "), 1)
        told = await editing.report(connection, kept.id, UNIT, 1)
    assert (told.wrong, told.standing(NOON)) == (UNIT.why, "wrong")
    assert await titles(world) == []
    async with world.database.transaction() as connection:
        await editing.change(connection, kept.id, CARD, LATER, 2)
    assert await titles(world) == [CARD.title]
    async with world.database.transaction() as connection:
        await editing.report(connection, kept.id, UNIT, 3)
        cleared = await editing.clear(connection, kept.id, LATER, 4)
        with pytest.raises(Refused, match="没有被报错"):
            await editing.clear(connection, kept.id, LATER, 5)
    assert (cleared.wrong, cleared.updated_at) == ("", LATER.at)


async def test_what_is_refused_says_why(world: World) -> None:
    kept = await add(world, CARD)
    await add(world, BUS)
    async with world.database.transaction() as connection:
        with pytest.raises(Refused, match="答案为空"):
            await editing.change(connection, kept.id, replace(CARD, answer=" "), EDITOR, 1)
        with pytest.raises(Refused, match="已有同名的知识，"):
            await editing.change(connection, kept.id, replace(CARD, title=BUS.title), EDITOR, 1)
        with pytest.raises(Refused, match="已有同名"):
            await editing.add(connection, BUS, EDITOR)
        with pytest.raises(Unknown):
            await editing.restore(connection, kept.id, 9, EDITOR, 1)
        with pytest.raises(Unknown):
            await editing.retire(connection, 999, EDITOR, 1)
    await put(world, replace=True)
    async with world.database.transaction() as connection:
        with pytest.raises(Refused, match="已停用，可以恢复"):
            await editing.add(connection, BUS, EDITOR)
