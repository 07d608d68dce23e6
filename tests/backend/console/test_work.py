"""Worklists: what a unit and the office have to do, counted and listed alike, in their bounds."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from backend.clock import Month
from backend.orders import rules, service, worklists
from backend.orders.board import Moments
from backend.orders.rules import Rules
from backend.orders.store import Kept
from backend.orders.worklists import ALL, FIGURES, FOR_OFFICE, FOR_UNIT, Scope
from backend.tables import orders
from tests.backend.console.test_board import age
from tests.backend.office import Browser, Desk, World

WHY = {"reason": "该路段已移交岳塘区", "basis": "潭园改组〔2023〕2号"}


async def act(world: World, kept: Kept, *kinds: str, **data: object) -> None:
    """Steps of an order, by whoever may."""
    actors = {"return": "handler:zhujian", "extend": "handler:zhujian"}
    async with world.database.transaction() as connection:
        for kind in kinds:
            await service.act(
                connection,
                kept.number,
                kind,
                actor=actors.get(kind, "supervisor:ban"),
                now=world.now,
                data=WHY | data,
            )


async def listed(browser: Browser, name: str, more: str = "") -> set[str]:
    return set(re.findall(r"\b\d{14}\b", await browser.read(f"/work?list={name}{more}")))


async def test_each_list_of_a_unit_holds_what_it_says(at: Desk, world: World) -> None:
    signing = await world.order("市住建局")
    overdue = await world.order("市住建局")
    await age(world, overdue.number, sign_by=world.now)
    handling = await world.order("市住建局", ("sign",))
    soon = await world.order("市住建局", ("sign",))
    await age(world, soon.number, deadline=world.now + timedelta(hours=1))
    asked = await world.order("市住建局")
    await act(world, asked, "return")
    closed = await world.order("市住建局", ("sign", "close"))
    again = await world.order("市住建局", ("sign", "close"))
    await act(world, again, "reopen")
    refused = await world.order("市住建局")
    await act(world, refused, "return", "refuse")
    await world.order("市城管局")
    handler = await at("zhujian")
    wanted = {
        "overdue": {overdue},
        "signing": {signing, overdue, again, refused},
        "sent-back": {again, refused},
        "soon": {soon, signing, asked, again, refused},  # one working day to sign is soon
        "handling": {handling, soon},
        "asked": {asked},
        "closed": {closed},
    }
    assert set(wanted) == {one.name for one in FOR_UNIT}
    home = await handler.read("/")
    for one in FOR_UNIT:
        found = await listed(handler, one.name)
        assert found == {kept.number for kept in wanted[one.name]}, one.name
        page = await handler.read(f"/work?list={one.name}")
        assert f"{one.title}<b>{len(found)}</b>" in page
        assert f"<b>{len(found)}</b><span>张工单{one.title}" in home
    assert overdue.number in await handler.read("/work")  # the most pressing one first


async def test_each_list_of_the_office_holds_what_it_says(at: Desk, world: World) -> None:
    async with world.database.transaction() as connection:
        await rules.store(connection, Rules())
    waiting = await world.order()
    overdue = await world.order("市城管局")
    await age(world, overdue.number, sign_by=world.now)
    returning = await world.order("市住建局")
    await act(world, returning, "return")
    extending = await world.order("市住建局", ("sign",))
    await act(world, extending, "extend", days=3)
    reviewing = await world.order("市住建局", ("sign",))
    await act(world, reviewing, "submit", reply="现场核实后已修好路灯，市民满意。")
    disputed = await world.order("市住建局")
    # Three returns are told in tests/backend/test_responsibility.py.
    async with world.database.transaction() as connection:
        await connection.execute(
            update(orders).where(orders.c.number == disputed.number).values(returns=3)
        )
    wanted = {
        "dispatching": {waiting},
        "returning": {returning},
        "extending": {extending},
        "reviewing": {reviewing},
        "overdue": {overdue},
        "disputed": {disputed},
    }
    assert set(wanted) == {one.name for one in FOR_OFFICE}
    for login in ("ban", "zhang", "audit"):
        browser = await at(login)
        for one in FOR_OFFICE:
            found = await listed(browser, one.name)
            assert found == {kept.number for kept in wanted[one.name]}, one.name
            assert f"{one.title}<b>{len(found)}</b>" in await browser.read(f"/work?list={one.name}")
    assert await listed(await at("ban"), "overdue", "&unit=市住建局") == set()


@pytest.mark.parametrize("login", ["zhujian", "drifter"])
async def test_a_unit_sees_nothing_of_others_by_any_name(
    at: Desk, world: World, login: str
) -> None:
    await world.order()
    other = await world.order("市城管局", ("sign", "close"))
    await act(world, other, "reopen")
    browser = await at(login)
    for name in (*ALL, "given-back", "", "none", "%00"):
        assert await listed(browser, name, "&unit=市城管局") == set()
    assert (await browser.get("/returns")).status == 403


async def test_of_an_order_given_back_one_line_is_left(at: Desk, world: World) -> None:
    kept = await world.order(
        "市住建局", facts="阳光小区李阿姨家漏水", place="阳光小区3栋", category="城乡建设/路灯照明",
        citizen_name="李秀英", contact="13800001111",
    )  # fmt: skip
    await act(world, kept, "return", "grant")
    await act(world, kept, "dispatch", unit="市城管局")
    handler = await at("zhujian")
    page = await handler.read("/work?list=given-back")
    assert kept.number in page
    assert "城乡建设/路灯照明" in page
    assert "市城管局" in page
    for hidden in ("李阿姨", "阳光小区", "李秀英", "13800001111", f"/orders/{kept.number}"):
        assert hidden not in page
    assert (await handler.get(f"/orders/{kept.number}")).status == 404
    last = Month.of(world.now).later(-1)
    assert kept.number not in await handler.read(f"/work?list=given-back&month={last}")


async def test_the_figures_of_a_month_open_the_orders_behind_them(at: Desk, world: World) -> None:
    intime = await world.order("市住建局", ("sign", "close"))
    late = await world.order("市住建局", ("sign", "close"))
    await age(world, late.number, deadline=world.now - timedelta(hours=1))
    before = await world.order("市住建局", ("sign", "close"))
    last = Month.of(world.now).later(-1)
    await age(world, before.number, closed_at=last.since)
    await world.order("市城管局", ("sign", "close"))
    handler = await at("zhujian")
    both = {intime.number, late.number}
    assert await listed(handler, "month-closed") == both
    assert await listed(handler, "month-in-time") == {intime.number}
    assert await listed(handler, "month-late") == {late.number}
    assert await listed(handler, "month-closed", f"&month={last}") == {before.number}
    home = await handler.read("/")
    assert "1/2，50.00%" in home
    async with world.database.transaction() as connection:
        scope = Scope(Moments.of(Rules(), world.now), Month.of(world.now), "市住建局")
        counts = await worklists.counts(connection, FIGURES, scope)
        for one in FIGURES:
            assert len(await worklists.page(connection, one, scope)) == counts[one.name]


async def test_returns_by_pair_and_month(at: Desk, world: World) -> None:
    kept = await world.order("市住建局", category="城乡建设/路灯照明")
    await act(world, kept, "return", "grant")
    await act(world, kept, "dispatch", unit="市城管局")
    supervisor = await at("ban")
    page = await supervisor.read("/returns")
    assert re.search(r"<td>市住建局</td><td>市城管局</td>.*城乡建设/路灯照明.*>1</summary>", page)
    assert page.count(f'/orders/{kept.number}"') == 3  # the pair, asked, granted
    assert "没有同意的退单" in await supervisor.read("/returns?month=2023-07")
    assert (await supervisor.get("/returns?month=%00")).status == 200


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-01", Month(2026, 1)), ("2026-12", Month(2026, 12)),
        ("2026-13", None), ("", None), ("一月", None), ("0001-01", None),
    ],
)  # fmt: skip
def test_a_month_is_written_like_one(text: str, month: Month | None) -> None:
    assert Month.parse(text) == month
    if month:
        assert str(month) == text
        assert month.later(12).later(-12) == month
        assert month.until == month.later(1).since
