"""The life of an order: the table as tables, and random histories against the kept projection."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from backend.orders import service, store
from backend.orders.history import apply, create, fold
from backend.orders.lifecycle import FIELDS, STEPS, Event, Refused, State
from backend.orders.store import Conflict, Kept, Unknown
from backend.tables import outbox
from tests.backend.office import World

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
FULL = {
    "unit": "市城管局",
    "reply": "现场核实后已修好路灯，电话联系市民，市民表示满意。",
    "reason": "没修好",
    "text": "补充",
    "step": "asked",
    "basis": "职责清单第43项",
    "days": "3",
    "how": "电话",
    "result": "已说明情况",
    "points": "-0.5",
    "master": "20260105000001",
    "what": "sign",
}
ROLES = (
    "citizen",
    "agent",
    "supervisor",
    "admin",
    "handler",
    "system",
    "platform",
    "auditor",
    "editor",
)


def event(kind: str, actor: str = "admin:root", **data: Any) -> Event:
    return Event(kind, NOW, actor, {**FULL, **data})


def lived(*kinds: str) -> list[Event]:
    return [Event("create", NOW, "citizen:", {"facts": "路灯坏了"}), *map(event, kinds)]


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ((), State.DISPATCHING),
        (("dispatch",), State.SIGNING),
        (("dispatch", "dispatch"), State.SIGNING),
        (("dispatch", "sign"), State.HANDLING),
        (("dispatch", "sign", "close"), State.CALLING_BACK),
        (("dispatch", "sign", "close", "archive"), State.ARCHIVED),
        (("dispatch", "sign", "close", "reopen"), State.SIGNING),
        (("dispatch", "sign", "close", "archive", "reopen"), State.SIGNING),
        (("dispatch", "sign", "urge", "correct", "note", "survey", "notify"), State.HANDLING),
        (("withdraw",), State.WITHDRAWN),
        (("dispatch", "return"), State.SIGNING),
        (("dispatch", "return", "grant"), State.DISPATCHING),
        (("dispatch", "return", "refuse", "sign"), State.HANDLING),
        (("dispatch", "return", "retract", "sign"), State.HANDLING),
        (("dispatch", "sign", "return", "grant"), State.DISPATCHING),
        (("dispatch", "sign", "extend", "grant"), State.HANDLING),
        (("dispatch", "sign", "pause", "resume"), State.HANDLING),
        (("dispatch", "sign", "contact", "submit"), State.REVIEWING),
        (("dispatch", "sign", "submit", "approve"), State.CALLING_BACK),
        (("dispatch", "sign", "submit", "reject"), State.HANDLING),
        (("dispatch", "sign", "designate"), State.SIGNING),
        (("dispatch", "sign", "close", "archive", "analyse", "assess"), State.ARCHIVED),
        (("link", "unlink", "dispatch"), State.SIGNING),
        (("dispatch", "sign", "withdraw", "note"), State.WITHDRAWN),
    ],
)
def test_a_history_leads_to_its_state(kinds: tuple[str, ...], state: State) -> None:
    order = fold(lived(*kinds))
    assert order.state is state
    assert order.version == len(kinds) + 1


@pytest.mark.parametrize(
    ("kinds", "refused"),
    [
        ((), "sign"),
        ((), "close"),
        ((), "accept"),
        ((), "archive"),
        ((), "reopen"),
        ((), "explode"),
        ((), "create"),
        (("dispatch",), "close"),
        (("dispatch", "sign"), "dispatch"),
        (("dispatch", "sign"), "sign"),
        (("dispatch", "sign", "close"), "close"),
        (("dispatch", "sign", "close"), "withdraw"),
        (("dispatch", "sign", "close"), "urge"),
        (("dispatch", "sign", "close"), "correct"),
        (("dispatch", "sign", "close", "archive"), "archive"),
        (("withdraw",), "reopen"),
        (("withdraw",), "withdraw"),
        ((), "return"),
        (("dispatch",), "extend"),
        (("dispatch",), "grant"),
        (("dispatch",), "retract"),
        (("dispatch", "return"), "return"),
        (("dispatch", "return"), "sign"),
        (("dispatch", "return"), "dispatch"),
        (("dispatch", "sign", "extend"), "close"),
        (("dispatch", "sign", "extend"), "submit"),
        (("dispatch", "sign", "pause"), "pause"),
        (("dispatch", "sign", "pause"), "close"),
        (("dispatch", "sign", "pause"), "extend"),
        (("dispatch", "sign", "pause"), "return"),
        (("dispatch", "sign"), "resume"),
        (("designate",), "return"),
        (("dispatch", "sign", "submit"), "close"),
        (("dispatch", "sign"), "approve"),
        (("dispatch", "sign", "close"), "reject"),
        (("link",), "link"),
        ((), "unlink"),
        (("dispatch", "sign"), "analyse"),
    ],
)
def test_what_may_not_happen_now_is_refused(kinds: tuple[str, ...], refused: str) -> None:
    order = fold(lived(*kinds))
    with pytest.raises(Refused):
        apply(order, event(refused))


@pytest.mark.parametrize(
    ("kind", "before", "may"),
    [
        ("dispatch", (), {"agent", "supervisor", "admin"}),
        ("sign", ("dispatch",), {"handler", "supervisor", "admin"}),
        ("close", ("dispatch", "sign"), {"handler", "supervisor", "admin"}),
        ("withdraw", (), {"citizen", "agent", "supervisor", "admin", "platform"}),
        ("correct", (), {"citizen", "agent", "supervisor", "admin", "platform"}),
        ("urge", (), {"citizen", "system", "agent", "supervisor", "admin", "handler", "platform"}),
        ("return", ("dispatch",), {"handler", "supervisor", "admin"}),
        ("grant", ("dispatch", "return"), {"supervisor", "admin"}),
        ("refuse", ("dispatch", "return"), {"supervisor", "admin", "system"}),
        ("designate", (), {"supervisor", "admin"}),
        ("pause", ("dispatch", "sign"), {"supervisor", "admin"}),
        ("supervise", (), {"supervisor", "admin"}),
        ("approve", ("dispatch", "sign", "submit"), {"agent", "supervisor", "admin"}),
        ("assess", ("dispatch", "sign", "close"), {"supervisor", "admin"}),
    ],
)
def test_each_step_is_for_its_roles(kind: str, before: tuple[str, ...], may: set[str]) -> None:
    order = fold(lived(*before))
    allowed = {role for role in ROLES if _is_allowed(order, event(kind, f"{role}:x"))}
    assert allowed == may


def _is_allowed(order: Any, happened: Event) -> bool:
    try:
        apply(order, happened)
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "before", "needs"),
    [
        ("dispatch", (), "unit"),
        ("close", ("dispatch", "sign"), "reply"),
        ("reopen", ("dispatch", "sign", "close"), "reason"),
        ("note", (), "text"),
        ("return", ("dispatch",), "reason"),
        ("return", ("dispatch",), "basis"),
        ("extend", ("dispatch", "sign"), "reason"),
        ("designate", (), "reason"),
        ("refuse", ("dispatch", "return"), "reason"),
        ("reject", ("dispatch", "sign", "submit"), "reason"),
        ("supervise", (), "reason"),
        ("contact", (), "how"),
    ],
)
@pytest.mark.parametrize("empty", ["", "  \n", "　"])
def test_what_a_step_needs_may_not_be_empty(
    kind: str, before: tuple[str, ...], needs: str, empty: str
) -> None:
    with pytest.raises(Refused, match="请填写"):
        apply(fold(lived(*before)), event(kind, **{needs: empty}))


def test_closing_again_asks_anew_and_reopening_keeps_the_unit() -> None:
    order = fold([*lived("dispatch", "sign", "close"), event("survey", rating="不满意")])
    assert (order.rounds, order.rating) == (1, "不满意")
    again = apply(order, event("reopen"))
    assert (again.state, again.unit, again.closed_at) == (State.SIGNING, "市城管局", None)
    order = apply(apply(again, event("sign")), event("close"))
    assert (order.rounds, order.rating) == (2, "")


def test_an_order_begins_as_its_first_event_says() -> None:
    facts = {"facts": "问个事", "state": "待受理", "tags": ["市民未确认"], "unknown": "x"}
    order = create(Event("create", NOW, "system:bot", facts))
    assert (order.state, order.facts, order.tags) == (State.ACCEPTING, "问个事", ("市民未确认",))


# -- random histories, in the database ------------------------------------------------------------

_words = st.text("路灯坏了x \n", max_size=6)
_values = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys((*FULL, "rating", "when", "deadline", "sign_by"), _words),
        "what": st.sampled_from(["sign", "handle"]),
        "days": st.integers(-1, 70),
        "points": st.floats(-200, 200),
        **{name: _words for name in FIELDS if name not in ("confidential", "tags")},
        "confidential": st.booleans(),
        "tags": st.lists(_words, max_size=3),
    },
)
_happenings = st.tuples(
    st.sampled_from([*STEPS, "create", "nonsense"]),
    st.sampled_from(ROLES),
    st.one_of(st.just(FULL), st.just(FULL), _values),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    begins=_values,
    state=st.sampled_from([State.ACCEPTING, State.DISPATCHING]),
    happenings=st.lists(_happenings, max_size=25),
    pace=st.sampled_from([1, 30]),
)
async def test_the_row_is_what_its_events_say(
    world: World,
    begins: dict[str, Any],
    state: State,
    happenings: list[tuple[str, str, dict[str, Any]]],
    pace: int,
) -> None:
    known = await _order(world, {"channel": "wechat", **begins, "state": state})
    for number, (kind, role, data) in enumerate(happenings, 1):
        before = known
        at = world.now + timedelta(hours=number * pace)
        known = await _try(world, known, kind, f"{role}:x", data, at)
        # A return that comes too late is refused in the same breath.
        assert known.order.version - before.order.version in (0, 1, 2)
    async with world.database.transaction() as connection:
        kept = await store.find(connection, known.number)
        assert kept == known
        assert await store.difference(connection, kept) == []
        assert fold(await store.history(connection, kept.id)) == kept.order


async def _order(world: World, fields: dict[str, Any]) -> Kept:
    async with world.database.transaction() as connection:
        return await store.add(connection, fields, citizen_id=None, actor="citizen:", now=world.now)


async def _try(
    world: World, known: Kept, kind: str, actor: str, data: dict[str, Any], at: datetime
) -> Kept:
    """The order after a step, or unchanged (also in the database) when it was refused."""
    try:
        async with world.database.transaction() as connection:
            return await service.act(connection, known.number, kind, actor=actor, now=at, data=data)
    except Refused:
        async with world.database.transaction() as connection:
            kept = await store.find(connection, known.number)
            assert len(await store.history(connection, kept.id)) == kept.order.version
        assert kept == known
        return known


async def test_of_two_who_saw_the_same_version_one_wins(world: World) -> None:
    kept = await world.order()
    tries = [_seen(world, kept, f"单位{number}") for number in range(6)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    won = [result for result in results if isinstance(result, Kept)]
    assert len(won) == 1
    assert all(isinstance(result, Kept | Conflict) for result in results)
    async with world.database.transaction() as connection:
        now_kept = await store.find(connection, kept.number)
        assert (now_kept.order.unit, now_kept.order.version) == (won[0].order.unit, 2)
        assert await store.difference(connection, now_kept) == []


async def _seen(world: World, kept: Kept, unit: str) -> Kept:
    async with world.database.transaction() as connection:
        done = await store.act(
            connection,
            kept.number,
            "dispatch",
            actor="agent:zhang",
            now=world.now,
            data={"unit": unit},
            seen=kept.order.version,
        )
        return done.kept


async def test_orders_filed_at_once_get_numbers_of_their_own(world: World) -> None:
    orders = await asyncio.gather(*(_order(world, {"channel": "wechat"}) for _ in range(12)))
    numbers = sorted(kept.number for kept in orders)
    assert len(set(numbers)) == 12
    assert [int(number[8:]) for number in numbers] == list(range(1, 13))
    assert {len(number) for number in numbers} == {14}


async def test_an_order_that_is_not_there_is_unknown(world: World) -> None:
    with pytest.raises(Unknown):
        async with world.database.transaction() as connection:
            await store.find(connection, "20260105000001")


async def test_a_citizen_is_told_once_and_not_of_what_they_did(world: World) -> None:
    kept = await world.order("市城管局")
    assert await _told(world, kept) == [f"您的工单 {kept.number} 已转给市城管局，等待签收。"]
    async with world.database.transaction() as connection:
        await service.act(connection, kept.number, "urge", actor="citizen:", now=world.now)
        await service.act(connection, kept.number, "withdraw", actor="citizen:", now=world.now)
    assert len(await _told(world, kept)) == 1


async def _told(world: World, kept: Kept) -> list[str]:
    query = select(outbox.c.rungs).where(outbox.c.order_id == kept.id).order_by(outbox.c.id)
    async with world.database.transaction() as connection:
        return [rungs[0]["text"] for rungs in await connection.scalars(query)]
