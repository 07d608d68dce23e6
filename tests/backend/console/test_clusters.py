"""Clusters on the pages: the office joins, chooses the master and dissolves; progress is seen."""

from backend.orders import clusters
from backend.orders.clusterwork import Clusterwork
from backend.orders.store import Kept
from tests.backend.office import Desk, World


async def work(world: World) -> None:
    worker = Clusterwork(world.services)
    while await worker.step():
        pass


async def join(world: World, kept: Kept, master: Kept) -> None:
    async with world.database.transaction() as connection:
        await clusters.join(connection, kept.number, master.number, actor="citizen:", now=world.now)


async def test_an_agent_joins_an_order_and_the_unit_acts_on_the_master(
    at: Desk, world: World
) -> None:
    there = {"area": "雨湖区", "category": "公共服务/供水", "facts": "阳光小区停水两天没人管"}
    master, other = await world.order("市水务集团", **there), await world.order(**there)
    agent = await at("zhang")
    assert "并入这张" in await agent.read(f"/orders/{other.number}")
    data = {"seen": "1", "master": master.number}
    page = await (await agent.post(f"/orders/{other.number}/link", data)).text()
    assert "已并入" in page
    await work(world)
    page = await agent.read(f"/orders/{master.number}")
    assert "连同本单共 2 张" in page
    assert other.number in page
    assert "等 2 人" in await agent.read("/orders")
    page = await agent.read(f"/orders/{other.number}")
    assert f"/orders/{master.number}" in page
    assert "市水务集团" in page
    assert "<button>派单" not in page


async def test_the_linked_are_shown_newest_first_by_pages_with_progress(
    at: Desk, world: World
) -> None:
    master = await world.order("市城管局", ("sign",))
    others = [await world.order(facts=f"没水{number:02d}") for number in range(25)]
    for kept in others:
        await join(world, kept, master)
    unit = await at("chengguan")
    page = await unit.read(f"/orders/{master.number}")
    assert "共 26 张" in page
    assert "没水24" in page
    assert "没水03" not in page
    assert "这段话也会发给并入的 25 位市民" in page
    page = await unit.read(f"/orders/{master.number}?linked={others[5].id}")
    assert "没水04" in page
    assert "没水05" not in page
    await work(world)
    reply = "现场核实后已修好路灯，电话联系市民，市民表示满意。"
    data = {"seen": str(master.order.version), "reply": reply}
    await unit.post(f"/orders/{master.number}/close", data)
    assert "还有 25 张" in await unit.read(f"/orders/{master.number}/cluster")
    await work(world)
    part = await unit.read(f"/orders/{master.number}/cluster")
    assert "还有" not in part
    assert "待回访" in part


async def test_the_office_chooses_the_master_and_dissolves(at: Desk, world: World) -> None:
    master, first, second = [await world.order() for _ in range(3)]
    for kept in (first, second):
        await join(world, kept, master)
    agent = await at("zhang")
    page = await (await agent.post(f"/orders/{second.number}/cluster/lead")).text()
    assert "已改作主工单" in page
    await work(world)
    assert "共 3 张" in await agent.read(f"/orders/{second.number}")
    page = await (await agent.post(f"/orders/{second.number}/cluster/dissolve")).text()
    assert "请填写理由" in page
    data = {"reason": "不是一件事"}
    page = await (await agent.post(f"/orders/{second.number}/cluster/dissolve", data)).text()
    assert "正在拆出 2 张" in page
    await work(world)
    assert "连同本单" not in await agent.read(f"/orders/{second.number}")


async def test_who_may_not_join_orders(at: Desk, world: World) -> None:
    master = await world.order("市城管局")
    await join(world, await world.order(), master)
    for login in ("chengguan", "audit"):
        browser = await at(login)
        for what in ("lead", "dissolve"):
            response = await browser.post(f"/orders/{master.number}/cluster/{what}")
            assert response.status == 403
    other = await at("zhujian")
    assert (await other.get(f"/orders/{master.number}/cluster")).status == 404


async def test_an_order_that_does_not_exist_is_no_master(at: Desk, world: World) -> None:
    kept, agent = await world.order(), await at("zhang")
    for master in ("20250101000001", kept.number, "<x>"):
        data = {"seen": "1", "master": master}
        response = await agent.post(f"/orders/{kept.number}/link", data)
        assert response.status == 422
        assert "并入" in await response.text()
