"""The monthly review: who confirmed, who is late, and who was told."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import notices
from backend.clock import CITY, city_time
from backend.knowledge import editing, reminders, review, store
from backend.knowledge.entry import Entry
from backend.knowledge.review import Policy, UnitReview
from backend.knowledge.revisions import By
from tests.backend.knowledge.shelf import CARD, add
from tests.backend.office import World

POLICY = Policy(due_day=25, remind_days=30)
LAMP = Entry("路灯坏了找谁", "拨打12345。", unit="市城管局")
LEAK = Entry("楼上漏水怎么办", "先找物业。", unit="市住建局", valid_until="2026-03-20")


def at(month: int, day: int, hour: int = 4) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def by(moment: datetime, actor: str = "handler:zhujian") -> By:
    return By(actor, moment)


async def shelf(world: World, now: datetime) -> dict[str, UnitReview]:
    async with world.database.transaction() as connection:
        return {row.unit: row for row in await review.by_unit(connection, now, POLICY)}


@pytest.mark.parametrize(
    ("now", "open_since", "late_since", "period"),
    [
        (at(2, 1), "2026-02-01", "2026-01-01", "2026-01"),
        (at(2, 25, 15), "2026-02-01", "2026-01-01", "2026-01"),  # 23:00 of the last day
        (at(2, 25, 16), "2026-02-01", "2026-02-01", "2026-02"),  # 0:00 of the day after
        (datetime(2025, 12, 31, 16, tzinfo=UTC), "2026-01-01", "2025-12-01", "2025-12"),
    ],
)
def test_a_month_is_over_after_its_due_day(
    now: datetime, open_since: str, late_since: str, period: str
) -> None:
    found = review.cutoffs(now, POLICY)
    assert (f"{found.open:%Y-%m-%d}", f"{found.late:%Y-%m-%d}") == (open_since, late_since)
    assert (found.period, found.open.tzinfo) == (period, CITY)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)), st.integers(1, 28))
def test_what_is_late_is_also_open(moment: datetime, due_day: int) -> None:
    found = review.cutoffs(moment.replace(tzinfo=UTC), Policy(due_day))
    assert found.late <= found.open <= city_time(moment.replace(tzinfo=UTC))
    assert (found.open - found.late).days <= 31


async def test_units_confirm_and_the_late_ones_are_counted(world: World) -> None:
    lamp = await add(world, LAMP, by(at(1, 5)))
    leak = await add(world, LEAK, by(at(1, 5)))
    await add(world, replace(LEAK, title="另一条"), by(at(1, 5)))
    assert (await shelf(world, at(1, 28)))["市住建局"].open == 0
    february = await shelf(world, at(2, 10))
    assert (february["市住建局"].open, february["市住建局"].late) == (2, 0)
    async with world.database.transaction() as connection:
        said = await review.confirm(
            connection, {leak.id: 1, lamp.id: 1}, by(at(2, 11)), ["市住建局"]
        )
        assert said == 1
        assert await review.confirm(connection, {}, by(at(2, 11))) == 0
    over = await shelf(world, at(2, 26))
    assert set(over) == {"市城管局", "市住建局"}
    unit = over["市住建局"]
    assert (unit.entries, unit.confirmed, unit.open, unit.late, unit.points) == (2, 1, 1, 1, -0.5)
    async with world.database.transaction() as connection:
        late = await review.entries(connection, at(2, 26), POLICY, unit="市住建局", late=True)
        kept = await store.find(connection, leak.id)
    assert [entry.title for entry in late] == ["另一条"]
    assert (kept.confirmed_at, kept.confirmed_by) == (at(2, 11), "handler:zhujian")
    assert (kept.revision, kept.updated_at) == (1, at(1, 5))


async def test_what_was_changed_meanwhile_is_not_confirmed_unseen(world: World) -> None:
    leak = await add(world, LEAK, by(at(1, 5)))
    async with world.database.transaction() as connection:
        await editing.change(connection, leak.id, replace(LEAK, answer="变了"), by(at(1, 6)), 1)
        assert await review.confirm(connection, {leak.id: 1}, by(at(2, 11))) == 0
        assert await review.confirm(connection, {leak.id: 2}, by(at(2, 11))) == 1


async def test_what_does_not_answer_needs_no_confirmation(world: World) -> None:
    leak = await add(world, LEAK, by(at(1, 5)))
    lamp = await add(world, LAMP, by(at(1, 5)))
    async with world.database.transaction() as connection:
        await editing.report(connection, lamp.id, replace(by(at(1, 6)), why="号码错"), 1)
    april = await shelf(world, at(4, 2))
    assert (april["市住建局"].open, april["市住建局"].expired) == (0, 1)
    assert (april["市城管局"].open, april["市城管局"].wrong) == (0, 1)
    async with world.database.transaction() as connection:
        assert await review.confirm(connection, {leak.id: 1, lamp.id: 2}, by(at(4, 2))) == 0


async def remind(world: World, now: datetime) -> int:
    async with world.database.transaction() as connection:
        return await reminders.remind(connection, now, POLICY)


async def notes(world: World, login: str) -> list[str]:
    async with world.database.transaction() as connection:
        found = await notices.of(connection, world.members[login])
    return [note.text for note in reversed(found)]


async def test_a_unit_hears_once_that_an_entry_expires(world: World) -> None:
    await add(world, LEAK, by(at(2, 5)))
    for number in range(4):
        soon = f"2026-03-1{number}"
        await add(world, replace(LEAK, title=f"第{number}条", valid_until=soon), by(at(2, 5)))
    assert await remind(world, at(2, 7)) == 0
    assert await remind(world, at(2, 14)) == 1
    assert await remind(world, at(2, 15)) == 0
    assert await remind(world, at(2, 18)) == 1
    many, last = await notes(world, "zhujian")
    assert many.startswith("知识即将到期：“第0条”（到2026-03-10）、“第1条”")
    assert "等4条" in many
    assert "“楼上漏水怎么办”（到2026-03-20）。" in last
    async with world.database.transaction() as connection:
        leak = next(e for e in await store.everything(connection) if e.title == LEAK.title)
        entry = replace(leak, valid_until="2026-04-20")
        await editing.change(connection, leak.id, entry, by(at(2, 20)), 1)
    assert await remind(world, at(2, 21)) == 0
    assert await remind(world, at(3, 24)) >= 1
    assert "到2026-04-20" in "".join(await notes(world, "zhujian"))


async def test_a_unit_hears_of_the_review_and_the_late_are_written_down(world: World) -> None:
    lamp = await add(world, LAMP, by(at(1, 5)))
    await add(world, CARD, by(at(1, 5)))
    assert await remind(world, at(1, 31)) == 0
    assert await remind(world, at(2, 2)) == 2
    assert await remind(world, at(2, 3)) == 0
    assert "有1条知识待确认，请在25日前" in (await notes(world, "chengguan"))[0]
    async with world.database.transaction() as connection:
        await review.confirm(connection, {lamp.id: 1}, by(at(2, 3)))
    assert await remind(world, at(2, 26)) == 1
    async with world.database.transaction() as connection:
        rows = await review.missed(connection)
    assert [(row.period, row.unit, row.late, row.entries) for row in rows] == [
        ("2026-02", "市人社局", 1, 1)
    ]
    assert await remind(world, at(2, 27)) == 0
    assert len(await notes(world, "chengguan")) == 1
    async with world.database.transaction() as connection:
        assert await review.missed(connection, "2026-01") == []


async def test_who_hears_that_a_month_is_over_is_not_told_that_it_began(world: World) -> None:
    await add(world, LAMP, by(at(1, 5)))
    assert await remind(world, at(2, 26)) == 1
    assert len(await notes(world, "chengguan")) == 1


async def test_a_review_that_ended_while_nobody_looked_is_written_down_later(world: World) -> None:
    await add(world, LAMP, by(at(1, 5)))
    assert await remind(world, at(3, 4)) == 2
    said = await notes(world, "chengguan")
    assert "2026-02月度知识复核已过25日" in said[0]
    assert "2026-03月度知识复核：有1条" in said[1]
