"""Bursts: many like orders in a short time raise one alert, whatever way they come."""

from datetime import timedelta

from sqlalchemy import select

from backend.orders import bursts, clusters, store
from backend.orders.bursts import Burst
from backend.orders.clusterwork import Clusterwork
from backend.orders.store import Kept
from backend.tables import notice
from bot.bursts import Bursts
from bot.neighbours import Neighbours
from bot.understanding.encoder import SentenceEncoder
from tests.backend.office import Desk, World

WORDS = (
    "停水了，从昨晚到现在都没来水",
    "一直停水，家里没水用了",
    "停水一整天，什么时候来水",
    "没有水，停水到现在没人管",
)


async def file(world: World, number: int, place: str = "听涛花园", **fields: str) -> Kept:
    said = {
        "channel": "wechat" if number % 2 else "省12345",
        "type": "投诉",
        "area": "雨湖区",
        "category": "公共服务/供水" if number % 3 else "",
        "place": f"{place}{number}栋",
        "facts": WORDS[number % len(WORDS)],
        **fields,
    }
    async with world.database.transaction() as connection:
        return await store.add(
            connection, said, citizen_id=None, actor="platform:省平台", now=world.now
        )


async def look(world: World) -> None:
    worker = Bursts(world.services, Neighbours(SentenceEncoder()))
    while await worker.step():
        pass


async def found(world: World) -> list[Burst]:
    async with world.database.transaction() as connection:
        return await bursts.newest(connection)


async def notices(world: World) -> list[str]:
    async with world.database.transaction() as connection:
        texts = await connection.scalars(select(notice.c.text).where(notice.c.kind == "burst"))
        return list(texts)


async def test_the_tenth_raises_one_alert_that_is_kept_up_to_date(world: World) -> None:
    for number in range(9):
        await file(world, number)
    await look(world)
    assert await found(world) == []
    for number in range(9, 14):
        await file(world, number)
        await look(world)
    (one,) = await found(world)
    assert (one.count, one.area, one.topic) == (14, "雨湖区", "供水")
    (text,) = await notices(world)
    assert "已有 14 件" in text
    assert "雨湖区、供水" in text


async def test_what_is_elsewhere_or_slow_or_something_else_is_no_burst(world: World) -> None:
    for number in range(9):
        await file(world, number)
    await file(world, 9, "望岳花园")
    await file(world, 10, facts="物业乱收停车费，涨了一倍")
    await file(world, 11, type="举报")
    await look(world)
    world.services.clock.advance(timedelta(minutes=31))
    await file(world, 12)
    await look(world)
    assert await found(world) == []


async def test_after_it_is_over_the_next_one_is_another(world: World) -> None:
    for _ in range(2):
        for number in range(10):
            await file(world, number)
        await look(world)
        world.services.clock.advance(timedelta(hours=1))
    assert [one.count for one in await found(world)] == [10, 10]
    assert len(await notices(world)) == 2


async def test_the_office_sees_the_alert_and_makes_one_master_of_all(
    at: Desk, world: World
) -> None:
    orders = [await file(world, number) for number in range(12)]
    await look(world)
    (one,) = await found(world)
    agent = await at("zhang")
    assert "集中反映" in await agent.read("/alerts")
    page = await agent.read(f"/bursts/{one.id}")
    assert all(kept.number in page for kept in orders)
    page = await (await agent.post(f"/bursts/{one.id}/merge")).text()
    assert "正在把 11 张工单并入本单" in page
    assert "连同本单共 1 张" in page
    assert "还有 11 张" in page
    worker = Clusterwork(world.services)
    while await worker.step():
        pass
    async with world.database.transaction() as connection:
        assert await clusters.sizes(connection, [orders[0].number]) == {orders[0].number: 11}
    assert "集中反映" not in await agent.read("/alerts")
    assert "zhang 已处理" in await agent.read("/bursts")


async def test_who_may_not_merge(at: Desk, world: World) -> None:
    for number in range(10):
        await file(world, number)
    await look(world)
    (one,) = await found(world)
    assert (await (await at("zhujian")).get(f"/bursts/{one.id}")).status == 403
    assert "集中反映" not in await (await at("zhujian")).read("/alerts")
    auditor = await at("audit")
    assert "合并为一个主单" not in await auditor.read(f"/bursts/{one.id}")
    for what in ("merge", "settle"):
        assert (await auditor.post(f"/bursts/{one.id}/{what}")).status == 403
    agent = await at("zhang")
    assert (await agent.get("/bursts/999")).status == 404
    assert (await agent.post(f"/bursts/{one.id}/settle")).status == 200
    assert "集中反映" not in await agent.read("/alerts")


async def test_an_agent_sees_what_is_like_it_however_it_is_worded(at: Desk, world: World) -> None:
    first, second = await file(world, 1), await file(world, 2)
    await look(world)
    page = await (await at("zhang")).read(f"/orders/{second.number}")
    assert first.number in page
    assert "并入这张" in page
