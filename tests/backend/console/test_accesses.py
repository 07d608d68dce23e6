"""Who the citizen is stands masked on every page, until somebody asks, and is written down."""

import pytest

from backend import accesses
from backend.accesses import Access
from backend.message import Outcome
from backend.orders.store import Kept
from tests.backend.office import Desk, World

MATTER = {
    "citizen_name": "欧阳梓萱",
    "contact": "13807329981",
    "place": "雨湖区建设北路7311号4栋902",
    "area": "雨湖区",
    "facts": "欧阳梓萱家7311号4栋停水，电话13807329981",
    "demand": "回电13807329981",
}
SECRETS = ("欧阳梓萱", "13807329981", "7311号", "4栋")
CLEARED = ("zhang", "ban", "zhujian")


async def filed(world: World, **more: object) -> Kept:
    return await world.order("市住建局", ("sign", "close"), **MATTER, **more)


async def noted(world: World) -> list[Access]:
    async with world.database.transaction() as connection:
        return await accesses.listing(connection)


def told(page: str) -> list[str]:
    return [secret for secret in SECRETS if secret in page]


@pytest.mark.parametrize("login", [*CLEARED, "audit"])
async def test_no_page_tells_who_it_is(at: Desk, world: World, login: str) -> None:
    kept = await filed(world)
    citizen = kept.citizen_id
    await world.says("我是欧阳梓萱，13807329981", name="欧阳梓萱", outcome=Outcome.DANGER)
    browser = await at(login)
    for path in ("/orders", f"/orders/{kept.number}", "/work", "/board", "/notices", "/messages",
                 "/failures", "/alerts", "/queue", f"/chats/{citizen}"):  # fmt: skip
        response = await browser.get(path)
        assert response.status in (200, 403), path
        assert told(await response.text()) == [], path
    assert await noted(world) == []


@pytest.mark.parametrize("login", CLEARED)
async def test_who_needs_it_sees_it_once_and_it_is_written_down(
    at: Desk, world: World, login: str
) -> None:
    kept = await filed(world)
    browser = await at(login)
    masked = await browser.read(f"/orders/{kept.number}")
    assert "查看完整信息" in masked
    assert "雨湖区****" in masked
    page = await (await browser.post(f"/orders/{kept.number}/full")).text()
    assert told(page) == list(SECRETS)
    assert 'href="tel:13807329981"' in page
    assert told(await browser.read(f"/orders/{kept.number}")) == []
    [one] = await noted(world)
    assert (one.actor, one.number, one.what) == (login, kept.number, "order")
    assert one.page.endswith(f"/orders/{kept.number}/full")


@pytest.mark.parametrize(
    ("login", "unit", "confidential", "status"),
    [
        ("audit", "市住建局", False, 403),
        ("editor", "市住建局", False, 403),
        ("zhujian", "市住建局", True, 403),
        ("zhujian", "市城管局", False, 404),
    ],
)
async def test_who_does_not_need_it_is_refused(
    at: Desk, world: World, login: str, unit: str, confidential: bool, status: int
) -> None:
    kept = await world.order(unit, **MATTER, confidential=confidential)
    response = await (await at(login)).post(f"/orders/{kept.number}/full")
    assert response.status == status
    assert told(await response.text()) == []
    assert await noted(world) == []


async def test_a_chat_is_open_in_clear_for_its_parts_and_for_nobody_else(
    at: Desk, world: World
) -> None:
    citizen = await world.waits("打13807329981", name="欧阳梓萱")
    agent = await at("zhang")
    assert told(await agent.read(f"/chats/{citizen}")) == []
    page = await (await agent.post(f"/chats/{citizen}/full")).text()
    assert {"欧阳梓萱", "13807329981"} <= set(told(page))
    [one] = await noted(world)
    assert (one.what, one.citizen_id) == ("chat", citizen)
    ticket = page.split("clear=")[1].split("&")[0].split('"')[0]
    part = f"/chats/{citizen}/live?mine=0&clear={ticket}"
    assert "13807329981" in await agent.read(part)
    assert "13807329981" not in await (await at("wang")).read(part)
    assert "13807329981" not in await agent.read(f"/chats/{citizen}/live?mine=0&clear=x")
    other = await world.waits("打13807329981", citizen="other")
    assert "13807329981" not in await agent.read(f"/chats/{other}/live?mine=0&clear={ticket}")
    assert (await (await at("audit")).post(f"/chats/{citizen}/full")).status == 403


async def test_the_log_is_read_by_who_watches_over_it(at: Desk, world: World) -> None:
    watcher = await at("audit")
    assert "没有查阅记录" in await watcher.read("/accesses")
    kept = await filed(world)
    await (await at("zhujian")).post(f"/orders/{kept.number}/full")
    page = await watcher.read("/accesses?actor=zhujian")
    assert kept.number in page
    assert "刘主任" in page
    assert told(page) == []
    for query in ("actor=zhang", "number=1", "day=2001-01-01"):
        assert "没有查阅记录" in await watcher.read(f"/accesses?{query}")
    for query in ("day=9999-12-31", "day=x", "number=%00", "before=x"):
        assert (await watcher.get(f"/accesses?{query}")).status == 200
    for login, status in (("ban", 200), ("zhang", 403), ("zhujian", 403)):
        assert (await (await at(login)).get("/accesses")).status == status
