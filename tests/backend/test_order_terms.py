"""Terms of an order: what is due when, by the calendar; returns, extensions, pauses, misses."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.clock import CITY, city_time
from backend.orders import rules, service, store
from backend.orders.history import create
from backend.orders.lifecycle import Event, Order, Refused, State
from backend.orders.rules import Desk, Rules
from backend.orders.store import Kept
from backend.workdays import Workdays
from tests.backend.office import World

RULES = Rules(
    sign={"一般": "1d", "特急": "1h"},
    handle={"一般": {"咨询": "2d", "其他": "5d"}, "特急": {"其他": "12h"}},
    desks={"政企通专席": Desk(sign="4h", handle="2d")},
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


def order(**fields: Any) -> Order:
    return replace(create(Event("create", local("2026-02-11 10:00"), "citizen:")), **fields)


# 2026: the Spring Festival lasts from 15 to 23 February; 14 and 28 February are worked.
@pytest.mark.parametrize(
    ("day", "works"),
    [("2026-02-13", True), ("2026-02-14", True), ("2026-02-15", False), ("2026-02-23", False)],
)
def test_shifted_workdays_are_worked(day: str, works: bool) -> None:
    assert (date.fromisoformat(day) in Workdays()) is works


def test_a_city_knows_its_own_days() -> None:
    own = Workdays(off=frozenset({date(2026, 2, 11)}), on=frozenset({date(2026, 2, 15)}))
    assert date(2026, 2, 11) not in own
    assert date(2026, 2, 15) in own


@given(st.dates(date(2024, 1, 1), date(2026, 12, 1)), st.integers(0, 30))
def test_counting_forward_and_between_agree(day: date, count: int) -> None:
    calendar = Workdays()
    end = calendar.after(day, count)
    assert calendar.between(day, end) == count
    assert count == 0 or end in calendar


@pytest.mark.parametrize(
    ("fields", "signed", "deadline"),
    [
        ({"type": "投诉"}, "2026-02-11 10:00", "2026-02-25 17:30"),
        ({"type": "咨询"}, "2026-02-11 10:00", "2026-02-13 17:30"),
        ({"type": "咨询"}, "2026-02-13 23:50", "2026-02-24 17:30"),
        ({"type": "咨询"}, "2026-02-16 09:00", "2026-02-25 17:30"),
        ({"priority": "特急"}, "2026-02-16 09:00", "2026-02-16 21:00"),
        ({"tags": ("政企通专席",), "type": "投诉"}, "2026-02-11 10:00", "2026-02-13 17:30"),
    ],
)
def test_time_runs_by_type_priority_and_desk(
    fields: dict[str, Any], signed: str, deadline: str
) -> None:
    assert RULES.deadline(order(**fields), local(signed)) == local(deadline)


def test_signing_has_a_deadline_too() -> None:
    assert RULES.sign_by(order(), local("2026-02-14 10:00")) == local("2026-02-24 17:30")
    assert RULES.sign_by(order(priority="特急"), local("2026-02-14 10:00")) == local(
        "2026-02-14 11:00"
    )
    desk = order(tags=("政企通专席", "表扬信"))
    assert RULES.sign_by(desk, local("2026-02-14 10:00")) == local("2026-02-14 14:00")


@pytest.mark.parametrize("term", ["5", "d", "5w", "-1d", "0d", "五天", ""])
def test_a_term_that_is_none_is_refused(term: str) -> None:
    with pytest.raises(ValueError, match=r"written like 5d|Rules|term"):
        Rules(sign={"一般": term})


def test_rules_survive_the_database_as_they_are() -> None:
    assert msgspec.convert(msgspec.to_builtins(RULES), Rules) == RULES


class Story:
    """One order and those who act on it; time passes when it is told to."""

    def __init__(self, world: World, kept: Kept) -> None:
        self.world, self.kept, self.now = world, kept, world.now

    @property
    def order(self) -> Order:
        return self.kept.order

    async def does(self, kind: str, actor: str = "admin:root", **data: object) -> Order:
        async with self.world.database.transaction() as connection:
            self.kept = await service.act(
                connection, self.kept.number, kind, actor=actor, now=self.now, data=data
            )
            assert await store.difference(connection, self.kept) == []
        return self.order

    async def returns(self, why: str = "不属于我单位职责", basis: str = "职责清单") -> Order:
        return await self.does("return", "handler:x", reason=why, basis=basis)


@pytest.fixture
async def story(world: World) -> Story:
    async with world.database.transaction() as connection:
        await rules.store(connection, RULES)
    return Story(world, await world.order())


async def test_the_promised_deadline_stays_when_the_rules_change(
    story: Story, world: World
) -> None:
    await story.does("dispatch", unit="市城管局")
    signed = await story.does("sign")
    assert signed.deadline == RULES.deadline(signed, story.now)
    async with world.database.transaction() as connection:
        await rules.store(connection, Rules(handle={"一般": {"其他": "30d"}}))
    noted = await story.does("note", text="在路上")
    assert noted.deadline == signed.deadline


async def test_nobody_sets_a_deadline_by_hand(story: Story) -> None:
    await story.does("dispatch", unit="市城管局", sign_by="2099-01-01T00:00:00+00:00")
    signed = await story.does("sign", deadline="2099-01-01T00:00:00+00:00")
    assert signed.deadline is not None
    assert signed.deadline.year < 2099
    assert story.order.sign_by is not None
    assert story.order.sign_by.year < 2099


async def test_a_return_in_time_waits_for_the_supervisor(story: Story) -> None:
    await story.does("dispatch", unit="市城管局")
    asked = await story.returns()
    assert (asked.state, asked.asked, asked.unit) == (State.SIGNING, "return", "市城管局")
    granted = await story.does("grant", "supervisor:ban")
    assert (granted.state, granted.unit, granted.returns) == (State.DISPATCHING, "", 1)
    event = (await _history(story))[-1]
    assert (event.data["unit"], event.data["asked"]) == ("市城管局", "return")


async def test_a_return_after_two_working_days_is_refused_by_rule(story: Story) -> None:
    dispatched = await story.does("dispatch", unit="市城管局")
    assert dispatched.return_by is not None
    story.now = dispatched.return_by + timedelta(minutes=1)
    late = await story.returns()
    assert (late.state, late.asked, late.refusals) == (State.SIGNING, "", 1)
    last = (await _history(story))[-1]
    assert (last.kind, last.actor) == ("refuse", service.CLOCKWORK)
    assert "两个工作日" in last.data["reason"]


async def test_the_third_return_ends_in_a_designated_unit(story: Story) -> None:
    for unit in ("岳塘区人民政府", "湘潭电化产投集团", "湘潭高新区管委会"):
        await story.does("dispatch", "agent:zhang", unit=unit)
        await story.returns()
        await story.does("grant", "supervisor:ban")
    with pytest.raises(Refused, match="指定"):
        await story.does("dispatch", "agent:zhang", unit="市城管局")
    given = await story.does("designate", "supervisor:ban", unit="岳塘区人民政府", reason="属地")
    assert (given.state, given.designated) == (State.SIGNING, True)
    with pytest.raises(Refused, match="不能退单"):
        await story.returns()


async def test_an_extension_is_asked_for_before_it_is_due(story: Story) -> None:
    await story.does("dispatch", unit="市城管局")
    signed = await story.does("sign")
    assert signed.deadline is not None
    story.now = signed.deadline
    with pytest.raises(Refused, match="到期前"):
        await story.does("extend", "handler:x", reason="等材料", days=3)
    story.now -= timedelta(minutes=1)
    await story.does("extend", "handler:x", reason="等材料", days=3)
    granted = await story.does("grant", "supervisor:ban")
    assert granted.extensions == 1
    assert granted.deadline == RULES.later(signed.deadline, 3)


@pytest.mark.parametrize("days", ["0", "-1", "61", "三天", "1.5", "²"])
async def test_an_extension_is_a_number_of_working_days(story: Story, days: str) -> None:
    await story.does("dispatch", unit="市城管局")
    await story.does("sign")
    with pytest.raises(Refused, match="整数"):
        await story.does("extend", "handler:x", reason="等材料", days=days)


async def test_a_pause_takes_no_time(story: Story) -> None:
    await story.does("dispatch", unit="市城管局")
    signed = await story.does("sign")
    await story.does("pause", "supervisor:ban", reason="等第三方检测")
    story.now += timedelta(days=14)
    resumed = await story.does("resume", "supervisor:ban")
    assert signed.deadline is not None
    days = Workdays().between(
        city_time(story.now - timedelta(days=14)).date(), city_time(story.now).date()
    )
    assert resumed.deadline == RULES.later(signed.deadline, days)


async def test_each_miss_is_recorded_once(story: Story) -> None:
    dispatched = await story.does("dispatch", unit="市城管局")
    with pytest.raises(Refused, match="到期"):
        await story.does("miss", "system:clock", what="sign")
    assert dispatched.sign_by is not None
    story.now = dispatched.sign_by
    await story.does("miss", "system:clock", what="sign")
    with pytest.raises(Refused, match="记过"):
        await story.does("miss", "system:clock", what="sign")
    signed = await story.does("sign")
    assert signed.deadline is not None
    story.now = signed.deadline
    missed = await story.does("miss", "system:clock", what="handle")
    assert (missed.misses, missed.sign_missed, missed.deadline_missed) == (2, True, True)


async def test_rework_is_counted(story: Story) -> None:
    await story.does("dispatch", unit="市城管局")
    await story.does("sign")
    await story.does("submit", reply="已经派人处理完毕")
    await story.does("reject", "agent:zhang", reason="没有联系市民")
    closed = await story.does("close", reply="已经派人到现场处理完毕，路灯亮了")
    assert (closed.reworks, closed.rounds) == (1, 1)
    again = await story.does("reopen", "citizen:", reason="没修好")
    assert (again.reworks, again.state, again.deadline) == (2, State.SIGNING, None)


async def test_a_contact_has_the_time_it_took_place(story: Story) -> None:
    noted = await story.does("contact", how="电话", result="已说明", when="2026-01-31 09:30")
    assert noted.contacted_at == local("2026-01-31 09:30")
    with pytest.raises(Refused, match="不是时间"):
        await story.does("contact", how="电话", result="已说明", when="昨天")


async def _history(story: Story) -> list[Event]:
    async with story.world.database.transaction() as connection:
        return await store.history(connection, story.kept.id)
