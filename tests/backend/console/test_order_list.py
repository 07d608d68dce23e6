"""Looking for orders by their words, as staff do."""

from tests.backend.office import Desk, World


async def test_words_are_found_wherever_they_stand(at: Desk, world: World) -> None:
    await world.order(facts="路灯坏了三盏", place="建设南路12号")
    await world.order("市城管局", ("sign", "close"), facts="占道经营没人管")
    agent = await at("zhang")
    assert "路灯坏了三盏" in await agent.read("/orders?find=建设南路")
    page = await agent.read("/orders?find=修好路灯 占道")
    assert "占道经营没人管" in page
    assert "路灯坏了三盏" not in page
    assert "全部</a>" in page


async def test_a_unit_finds_its_own_only(at: Desk, world: World) -> None:
    await world.order("市住建局", facts="电梯停了两天")
    await world.order("市城管局", facts="电梯里贴满广告")
    page = await (await at("zhujian")).read("/orders?find=电梯")
    assert "电梯停了两天" in page
    assert "贴满广告" not in page


async def test_a_search_is_narrowed_by_state_and_turned_over(at: Desk, world: World) -> None:
    orders = [await world.order(facts=f"积水{number:02d}") for number in range(32)]
    await world.order("市住建局", facts="积水退了")
    agent = await at("zhang")
    page = await agent.read("/orders?find=积水&state=待派单")
    assert "积水31" in page
    assert "积水01" not in page
    assert "积水退了" not in page
    assert "积水01" in await agent.read(f"/orders?find=积水&state=待派单&before={orders[2].id}")


async def test_what_cannot_be_looked_for_says_why(at: Desk, world: World) -> None:
    await world.order()
    agent = await at("zhang")
    assert "请至少输入两个字" in await agent.read("/orders?find=灯")
    assert "请至少输入两个字" in await agent.read("/orders?find=%25%00%25")
    assert "没有找到“没有的事”" in await agent.read("/orders?find=没有的事")


async def test_a_phone_is_found_whole_only(at: Desk, world: World) -> None:
    await world.order(facts="按电话找", contact="13900002222")
    agent = await at("zhang")
    assert "按电话找" in await agent.read("/orders?find=139 0000 2222")
    assert "按电话找" not in await agent.read("/orders?find=1390000")


async def test_a_unit_cannot_try_numbers_on_a_confidential_order(at: Desk, world: World) -> None:
    """It is not told who the citizen is, so it must not find the order by them either."""
    await world.order("市住建局", facts="有人要求保密", contact="13900003333", confidential=True)
    await world.order("市住建局", facts="没要求保密", contact="13900003333")
    path = "/orders?find=13900003333"
    page = await (await at("zhujian")).read(path)
    assert "没要求保密" in page
    assert "有人要求保密" not in page
    assert "有人要求保密" in await (await at("zhang")).read(path)


async def test_nobody_finds_what_is_hidden_from_them(at: Desk, world: World) -> None:
    hidden = {"place": "雨湖区建设路12号阳光小区3栋502", "area": "雨湖区", "contact": "13900002222"}
    await world.order("市住建局", facts="电梯停了三天", confidential=True, **hidden)
    agent, unit, auditor = await at("zhang"), await at("zhujian"), await at("audit")
    assert "电梯停了三天" in await agent.read("/orders?find=3栋502")
    for browser in (unit, auditor):
        assert "电梯停了三天" not in await browser.read("/orders?find=3栋502")
        assert "电梯停了三天" in await browser.read("/orders?find=电梯停了")
    page = await auditor.read("/orders?find=13900002222")
    assert "不能按电话查找" in page
    assert "电梯停了三天" not in page
