"""The board of deadlines and the notices: who sees what, and that each miss shows once."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from backend.orders import board, rules, service, store
from backend.orders.board import Light, Moments
from backend.orders.clockwork import Clockwork
from backend.orders.rules import Rules
from backend.tables import orders
from tests.backend.office import Desk, World


async def age(world: World, number: str, **moments: object) -> None:
    """Turn the deadlines of an order back or forth, in its row only."""
    async with world.database.transaction() as connection:
        await connection.execute(update(orders).where(orders.c.number == number).values(**moments))


async def test_every_running_order_has_one_colour(world: World) -> None:
    at = Moments.of(Rules(), world.now)
    moments = {
        Light.OVERDUE: at.now,
        Light.RED: at.midnight,
        Light.AMBER: at.amber,
        Light.GREEN: at.amber + timedelta(seconds=1),
    }
    for moment in moments.values():
        kept = await world.order("市城管局")
        await age(world, kept.number, sign_by=moment)
    paused = await world.order("市城管局", ("sign",))
    await age(world, paused.number, paused_at=world.now)
    async with world.database.transaction() as connection:
        if at.midnight == at.amber:  # tomorrow is no working day: nothing is amber today
            pytest.skip("no amber today")
        assert await board.lights(connection, at) == dict.fromkeys(Light, 1)
        assert await board.lights(connection, at, "市住建局") == dict.fromkeys(Light, 0)
        assert list(await board.by_unit(connection, at)) == ["市城管局"]
        for light, moment in moments.items():
            [found] = await board.due(connection, at, light)
            assert found.order.sign_by == moment


async def test_a_miss_is_recorded_once_and_both_sides_hear_of_it(at: Desk, world: World) -> None:
    kept = await world.order("市城管局")
    await age(world, kept.number, sign_by=world.now)
    clockwork = Clockwork(world.services)
    for _ in range(3):
        assert not await clockwork.step()
    async with world.database.transaction() as connection:
        events = [event.kind for event in await store.history(connection, kept.id)]
    assert events.count("miss") == 1
    assert "签收超期" in await (await at("chengguan")).read("/notices")
    assert "市城管局签收超期" in await (await at("ban")).read("/notices")
    assert "已超期<b>1</b>" in await (await at("ban")).read("/board")


async def test_a_unit_sees_its_own_deadlines_and_notices_only(at: Desk, world: World) -> None:
    await world.order("市城管局")
    kept = await world.order("市住建局")
    page = await (await at("zhujian")).read("/board?light=临期&unit=市城管局")
    assert kept.number in page
    assert "市城管局</td>" not in page
    assert "按单位" not in page
    for login, number in (("zhujian", 1), ("drifter", 0), ("audit", 0)):
        page = await (await at(login)).read("/notices")
        assert page.count("新工单") == number + page.count("新工单、催办")


async def test_what_was_put_aside_is_put_aside_for_the_whole_unit(at: Desk, world: World) -> None:
    await world.order("市城管局")
    handler, other, auditor = await at("chengguan"), await at("zhujian"), await at("audit")
    await other.post("/notices/aside")
    assert 'data-notes="1"' in await handler.read("/alerts")
    assert (await auditor.post("/notices/aside")).status == 403
    await handler.post("/notices/aside")
    assert 'data-notes="0"' in await handler.read("/alerts")
    assert "chengguan 已看" in await handler.read("/notices")


async def test_a_return_is_asked_of_the_office_and_answered_to_the_unit(
    at: Desk, world: World
) -> None:
    async with world.database.transaction() as connection:
        await rules.store(connection, Rules())
    kept = await world.order("市城管局")
    async with world.database.transaction() as connection:
        for kind, actor in (("return", "handler:chengguan"), ("refuse", "supervisor:ban")):
            await service.act(
                connection,
                kept.number,
                kind,
                actor=actor,
                now=world.now,
                data={"reason": "宝塔南路归灯饰处", "basis": "潭园改组〔2023〕2号"},
            )
    assert "市城管局申请退单：宝塔南路归灯饰处" in await (await at("ban")).read("/notices")
    assert "退单申请被驳回" in await (await at("chengguan")).read("/notices")


async def test_the_office_hears_who_urges_before_there_is_a_unit(at: Desk, world: World) -> None:
    kept = await world.order()
    async with world.database.transaction() as connection:
        await service.act(connection, kept.number, "urge", actor="citizen:", now=world.now)
    page = await (await at("ban")).read("/notices")
    assert "市民催办" in page
    assert kept.number in page
