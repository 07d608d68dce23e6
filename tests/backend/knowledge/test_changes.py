"""Whoever follows the changes holds exactly what may answer."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from backend.knowledge import changes, editing, store
from backend.knowledge.changes import Mark
from backend.knowledge.entry import Entry
from backend.tables import knowledge
from tests.backend.knowledge.shelf import BUS, CARD, EDITOR, NOON, add, put, since
from tests.backend.office import World

EVENING = datetime(2026, 1, 5, 15, 59, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)


async def test_at_midnight_what_expires_is_gone_though_no_row_changed(world: World) -> None:
    kept = await add(world, replace(BUS, valid_until="2026-01-05"))
    await put(world, CARD)
    seen = await since(world, Mark(), EVENING)
    assert {topic.title for topic in seen.topics} == {BUS.title, CARD.title}
    turned = await since(world, seen.mark, MIDNIGHT)
    assert (turned.topics, turned.gone) == ((), (kept.id,))
    assert (await since(world, turned.mark, MIDNIGHT)).nothing
    back = await since(world, turned.mark, EVENING)
    assert [topic.id for topic in back.topics] == [kept.id]


async def test_many_changes_come_in_parts(world: World) -> None:
    await put(world, *(Entry(f"问题{number}", "答案") for number in range(25)))
    mark, found, parts = Mark(), [], 0
    while True:
        part = await since(world, mark, limit=10)
        found += [topic.title for topic in part.topics]
        mark, parts = part.mark, parts + 1
        if not part.more:
            break
    assert found == [f"问题{number}" for number in range(25)]
    assert parts == 3


async def test_no_change_is_missed_though_transactions_overlap(world: World) -> None:
    """Who writes first and commits last must not be overtaken."""
    first, second = await add(world, CARD), await add(world, BUS)
    mark = (await since(world, Mark())).mark
    written, commit = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        async with world.database.transaction() as connection:
            await editing.retire(connection, first.id, EDITOR, first.revision)
            written.set()
            await commit.wait()

    async def meanwhile() -> None:
        async with world.database.transaction() as connection:
            await editing.retire(connection, second.id, EDITOR, second.revision)

    slow = asyncio.create_task(slowly())
    await written.wait()
    quick = asyncio.create_task(meanwhile())
    await _blocked(world)
    assert (await since(world, mark)).nothing
    commit.set()
    await asyncio.gather(slow, quick)
    assert (await since(world, mark)).gone == (first.id, second.id)


async def _blocked(world: World) -> None:
    """Until somebody waits for an advisory lock."""
    query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    for _ in range(500):
        async with world.database.transaction() as connection:
            if await connection.scalar(query):
                return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


_days = st.sampled_from(["", "2026-01-04", "2026-01-05", "2026-01-06", "2026-01-07"])
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 3), _days),
        st.tuples(st.just("retire"), st.integers(0, 3), st.just("")),
        st.tuples(st.just("wrong"), st.integers(0, 3), st.just("")),
        st.tuples(st.just("look"), st.integers(-2, 3), st.just("")),
    ),
    max_size=12,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(_steps)
async def test_a_follower_always_holds_what_may_answer(
    world: World, steps: list[tuple[str, int, str]]
) -> None:
    """Whatever is changed, whatever day it is, and however seldom it looks."""
    async with world.database.transaction() as connection:
        await connection.execute(text("TRUNCATE knowledge CASCADE"))
    held: dict[int, str] = {}
    mark = Mark()
    for what, number, day in [*steps, ("look", 0, "")]:
        if what == "look":
            now = NOON + timedelta(days=number)
            part = await since(world, mark, now)
            held |= {topic.id: topic.title for topic in part.topics}
            held = {key: title for key, title in held.items() if key not in part.gone}
            mark = part.mark
            async with world.database.transaction() as connection:
                valid = {entry.id: entry.title for entry in await store.valid(connection, now)}
            assert held == valid
        elif what == "put":
            await put(world, Entry(f"问题{number}", f"答案{day}", valid_until=day))
        else:
            await _act(world, what, f"问题{number}")


async def _act(world: World, what: str, title: str) -> None:
    async with world.database.transaction() as connection:
        entries = {entry.title: entry for entry in await store.everything(connection)}
        entry = entries.get(title)
        if entry is None or entry.retired:
            return
        act = editing.retire if what == "retire" else editing.report
        await act(connection, entry.id, EDITOR, entry.revision)


async def test_a_look_when_nothing_happened_reads_an_index_only(world: World) -> None:
    await put(world, *(Entry(f"问题{number}", "答案") for number in range(2000)))
    async with world.database.transaction() as connection:
        await connection.execute(text("ANALYZE knowledge"))
        query = changes._changed(Mark(2000), NOON).limit(5000)
        said = str(
            query.compile(connection.sync_connection, compile_kwargs={"literal_binds": True})
        )
        plan = "\n".join(await connection.scalars(text(f"EXPLAIN {said}")))
    assert "ix_knowledge_change" in plan
    assert "Seq Scan" not in plan
    assert knowledge.c.change.name in plan
