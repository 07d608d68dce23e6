"""Clusters (并单): what is done to the master comes to every linked order, once."""

import asyncio
import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from backend.orders import clusters, following, service, store
from backend.orders.clusterwork import Clusterwork
from backend.orders.lifecycle import Refused, State
from backend.orders.store import Kept
from backend.tables import notice, outbox
from tests.backend.office import World

REPLY = "现场核实后已抢修供水管道，电话联系李先生13800001111，市民表示满意。"
SAID = {
    "unit": "市水务集团",
    "reply": REPLY,
    "reason": "按规定办理",
    "basis": "职责清单",
    "days": "3",
}


async def act(world: World, kept: Kept, kind: str, **data: Any) -> Kept:
    async with world.database.transaction() as connection:
        return await service.act(
            connection, kept.number, kind, actor="admin:root", now=world.now, data={**SAID, **data}
        )


async def join(world: World, kept: Kept, master: Kept) -> Kept:
    async with world.database.transaction() as connection:
        return await clusters.join(
            connection, kept.number, master.number, actor="citizen:", now=world.now
        )


async def work(world: World) -> None:
    worker = Clusterwork(world.services)
    while await worker.step():
        pass


async def fresh(world: World, kept: Kept) -> Kept:
    async with world.database.transaction() as connection:
        found = await store.find(connection, kept.number)
        assert await store.difference(connection, found) == []
        return found


async def told(world: World, kept: Kept) -> list[str]:
    query = select(outbox.c.rungs).where(outbox.c.order_id == kept.id).order_by(outbox.c.id)
    async with world.database.transaction() as connection:
        return [rungs[0]["text"] for rungs in await connection.scalars(query)]


async def cluster(world: World, size: int = 3, **fields: object) -> tuple[Kept, list[Kept]]:
    master = await world.order(facts="小区停水", **fields)
    others = [await world.order(facts="家里没水") for _ in range(size)]
    return master, [await join(world, kept, master) for kept in others]


async def test_each_step_on_the_master_comes_to_every_linked_citizen(world: World) -> None:
    master, others = await cluster(world, citizen_name="李建国", contact="13800001111")
    await act(world, master, "dispatch")
    await work(world)
    await act(world, master, "sign")
    await work(world)
    await act(world, master, "close")
    await work(world)
    for kept in others:
        order = (await fresh(world, kept)).order
        assert (order.state, order.unit) == (State.CALLING_BACK, "市水务集团")
        assert order.reply == REPLY.replace("李先生13800001111", "反映人反映人")
        first, second, last = await told(world, kept)
        assert "已转给市水务集团" in first
        assert "正在办理" in second
        assert "已办结" in last
        assert kept.number in last
        assert master.number not in last
        assert "李" not in last


async def test_who_joins_later_is_where_the_master_is_and_is_not_told_twice(world: World) -> None:
    master, _ = await cluster(world, 0)
    for step in ("dispatch", "sign"):
        await act(world, master, step)
    late = await join(world, await world.order(facts="没水用"), master)
    lead = (await fresh(world, master)).order
    assert late.order.state is State.HANDLING
    assert (late.order.deadline, late.order.unit) == (lead.deadline, lead.unit)
    await work(world)
    assert await told(world, late) == []
    assert (await fresh(world, late)).order == late.order


async def test_the_unit_acts_on_the_master_only_and_hears_of_one_miss(world: World) -> None:
    master, (linked, *_) = await cluster(world)
    await act(world, master, "dispatch")
    await work(world)
    with pytest.raises(Refused, match=f"已并入 {master.number}"):
        await act(world, linked, "sign")
    world.services.clock.advance(following.timedelta(days=30))
    async with world.database.transaction() as connection:
        for kept in (master, linked):
            await service.act(
                connection,
                kept.number,
                "miss",
                actor="system:rules",
                now=world.now,
                data={"what": "sign"},
            )
        missed = await connection.scalars(select(notice.c.order_id).where(notice.c.kind == "miss"))
        assert set(missed) == {master.id}


async def test_a_return_takes_all_back_and_the_next_unit_gets_all(world: World) -> None:
    master, others = await cluster(world)
    for step in ("dispatch", "return", "grant"):
        await act(world, master, step)
    await work(world)
    assert {(await fresh(world, kept)).order.state for kept in others} == {State.DISPATCHING}
    await act(world, master, "dispatch", unit="市住建局")
    await work(world)
    assert {(await fresh(world, kept)).order.unit for kept in others} == {"市住建局"}


async def test_who_is_not_satisfied_is_handled_again_alone(world: World) -> None:
    master, (angry, calm, _) = await cluster(world)
    for step in ("dispatch", "sign", "close"):
        await act(world, master, step)
    await work(world)
    await act(world, angry, "reopen")
    await work(world)
    alone = (await fresh(world, angry)).order
    assert (alone.state, alone.master, alone.unit) == (State.SIGNING, "", "市水务集团")
    assert (await fresh(world, calm)).order.state is State.CALLING_BACK
    assert (await fresh(world, master)).order.state is State.CALLING_BACK


async def test_when_the_master_is_withdrawn_the_first_linked_one_leads(world: World) -> None:
    master, (first, second, third) = await cluster(world)
    await act(world, master, "dispatch")
    await act(world, master, "withdraw")
    await work(world)
    heir = await fresh(world, first)
    assert heir.order.master == ""
    assert {(await fresh(world, kept)).order.master for kept in (second, third)} == {heir.number}
    await act(world, heir, "dispatch")
    await work(world)
    assert (await fresh(world, third)).order.state is State.SIGNING


async def test_another_order_is_made_the_master(world: World) -> None:
    master, (first, second, third) = await cluster(world)
    async with world.database.transaction() as connection:
        await clusters.lead(connection, second.number, actor="agent:zhang", now=world.now)
    await work(world)
    assert (await fresh(world, second)).order.master == ""
    for kept in (master, first, third):
        assert (await fresh(world, kept)).order.master == second.number


async def test_a_cluster_is_dissolved(world: World) -> None:
    master, others = await cluster(world)
    await act(world, master, "dispatch")
    async with world.database.transaction() as connection:
        await clusters.dissolve(
            connection, master.number, actor="agent:zhang", reason="不是一件事", now=world.now
        )
        assert await following.left(connection, master.number) == 3
    await work(world)
    for kept in others:
        order = (await fresh(world, kept)).order
        assert (order.master, order.state) == ("", State.SIGNING)


@pytest.mark.parametrize("fields", [{"type": "举报"}, {"type": "表扬"}, {"confidential": True}])
async def test_what_is_private_has_no_company(world: World, fields: dict[str, Any]) -> None:
    master, secret = await world.order(), await world.order(**fields)
    for kept, other in ((secret, master), (master, secret)):
        with pytest.raises(Refused, match="不并单"):
            await join(world, kept, other)


async def test_nothing_is_joined_to_itself_to_its_own_or_to_what_is_over(world: World) -> None:
    master, (linked, *_) = await cluster(world)
    over = await world.order("市城管局", ("sign", "close"))
    for other in (master, linked, over):
        with pytest.raises(Refused):
            await join(world, master, other)
    with pytest.raises(Refused, match="没有编号"):
        await act(world, master, "link", master="20260101000000")


async def test_two_who_join_each_other_at_once_do_not_make_a_circle(world: World) -> None:
    one, two = await world.order(), await world.order()
    done = await asyncio.gather(
        join(world, one, two), join(world, two, one), return_exceptions=True
    )
    assert sum(isinstance(result, Kept) for result in done) == 1
    masters = [(await fresh(world, kept)).order.master for kept in (one, two)]
    assert sorted(masters) in (["", one.number], ["", two.number])


async def test_citizens_who_join_while_the_master_closes_all_hear_of_it(world: World) -> None:
    master = await world.order("市水务集团", ("sign",))
    others = [await world.order(facts="家里没水") for _ in range(6)]
    joins = [join(world, kept, master) for kept in others]
    done = await asyncio.gather(
        *joins[:3], act(world, master, "close"), *joins[3:], return_exceptions=True
    )
    await asyncio.gather(work(world), work(world))
    for kept, result in zip(others, [*done[:3], *done[4:]], strict=True):
        order = (await fresh(world, kept)).order
        if isinstance(result, Refused):
            assert (order.master, order.state) == ("", State.DISPATCHING)
        else:
            assert (order.master, order.state) == (master.number, State.CALLING_BACK)
            assert any("已办结" in text for text in await told(world, kept))


_OFTEN = ("link", "link", "link", "dispatch", "dispatch", "sign", "sign", "close", "work")
_SELDOM = ("unlink", "return", "grant", "refuse", "extend", "pause", "resume", "reopen", "withdraw")
_MOVES = st.tuples(
    st.sampled_from([*_OFTEN, *_OFTEN, *_SELDOM, "archive", "lead"]),
    st.integers(0, 2),
    st.integers(0, 2),
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(moves=st.lists(_MOVES, min_size=12, max_size=30))
async def test_whatever_happens_the_linked_are_where_their_master_is(
    world: World, moves: list[tuple[str, int, int]]
) -> None:
    known = [await world.order() for _ in range(3)]
    for kind, which, other in moves:
        if kind == "work":
            await work(world)
            continue
        with contextlib.suppress(Refused):
            await _move(world, kind, known[which], known[other])
    await work(world)
    now = {kept.number: await fresh(world, kept) for kept in known}
    for kept in now.values():
        if kept.order.master:
            master = now[kept.order.master]
            if kept.order.state in clusters.OPEN:
                assert not master.order.master
                assert master.order.state is not State.WITHDRAWN
            assert not following.is_behind(kept.order, master.order)


async def _move(world: World, kind: str, kept: Kept, other: Kept) -> None:
    if kind == "lead":
        async with world.database.transaction() as connection:
            await clusters.lead(connection, kept.number, actor="agent:x", now=world.now)
    else:
        await act(world, kept, kind, master=other.number)
