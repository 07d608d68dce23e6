"""Orders through their pages: who sees which, and what may be done to them."""

import pytest

from backend.orders import store
from backend.orders.store import Kept
from tests.backend.office import Browser, Desk, World


async def act(member: Browser, number: str, kind: str, **form: str) -> tuple[int, str]:
    response = await member.post(f"/orders/{number}/{kind}", form)
    return response.status, await response.text()


async def now(world: World, kept: Kept) -> Kept:
    async with world.database.transaction() as connection:
        return await store.find(connection, kept.number)


async def test_an_order_goes_its_way_from_dispatch_to_closing(at: Desk, world: World) -> None:
    kept = await world.order()
    agent, handler = await at("zhang"), await at("zhujian")
    status, page = await act(agent, kept.number, "dispatch", unit="市住建局", seen="1")
    assert status == 200
    assert "已派单" in page
    assert "派给 市住建局" in page
    status, page = await act(handler, kept.number, "sign", seen="2")
    assert "办理中" in page
    reply = "现场核实后已更换灯泡，电话联系市民，市民表示路灯亮了。"
    status, page = await act(handler, kept.number, "close", reply=reply, seen="3")
    assert "待回访" in page
    assert "办理结果：" in page
    assert "发送中" in page
    assert (await now(world, kept)).order.reply == reply


async def test_a_contact_told_with_the_closing_is_no_act_of_somebody_else(
    at: Desk, world: World
) -> None:
    kept = await world.order("市住建局", ("sign",))
    form = {"reply": "现场核实后已更换灯泡，路灯当晚就亮了。", "how": "电话", "result": "表示满意"}
    handler = await at("zhujian")
    status, _ = await act(handler, kept.number, "close", **form, seen="1")
    assert status == 409
    status, page = await act(handler, kept.number, "close", **form, seen=str(kept.order.version))
    assert status == 200
    assert "已办结" in page
    assert "电话 · 表示满意" in page


async def test_who_acts_on_an_old_page_sees_the_new_one_and_keeps_the_words(
    at: Desk, world: World
) -> None:
    kept = await world.order()
    first, second = await at("zhang"), await at("wang")
    await act(first, kept.number, "dispatch", unit="市住建局", seen="1")
    status, page = await act(second, kept.number, "dispatch", unit="市城管局", seen="1")
    assert status == 409
    assert "刚刚被别人处理过" in page
    assert 'value="市城管局"' in page
    assert 'name="seen" value="2"' in page
    assert (await now(world, kept)).order.unit == "市住建局"


async def test_what_is_refused_says_why_and_keeps_the_words(at: Desk, world: World) -> None:
    kept = await world.order()
    agent = await at("zhang")
    status, page = await act(agent, kept.number, "dispatch", unit="天文台", seen="1")
    assert status == 422
    assert "名录里没有“天文台”这个单位" in page
    assert 'value="天文台"' in page
    status, page = await act(agent, kept.number, "dispatch", unit="  ", seen="1")
    assert "请填写承办单位" in page
    status, page = await act(agent, kept.number, "close", reply="写了很久的结果", seen="1")
    assert status == 422
    assert "您的角色不能办结" in page
    assert "写了很久的结果" in page


@pytest.mark.parametrize("login", ["chengguan", "drifter"])
async def test_a_handler_finds_no_order_of_another_unit(at: Desk, world: World, login: str) -> None:
    kept = await world.order("市住建局", facts="别人的工单")
    handler = await at(login)
    assert (await handler.get(f"/orders/{kept.number}")).status == 404
    assert (await handler.get(f"/orders/{kept.number}/news?seen=1")).status == 404
    for kind in ("sign", "note", "close"):
        status, _ = await act(handler, kept.number, kind, seen="2", text="x", reply="x")
        assert status == 404
    searches = (f"/orders?find={kept.number}", "/orders?find=别人")
    for path in ("/orders", "/orders?unit=市住建局", *searches):
        page = await handler.read(path)
        assert "别人的工单" not in page
    assert "全部<b>0</b>" in await handler.read("/orders?unit=市住建局")
    assert (await now(world, kept)).order.version == 2


async def test_a_handler_without_a_unit_does_not_see_orders_without_one(
    at: Desk, world: World
) -> None:
    kept = await world.order()
    assert (await (await at("drifter")).get(f"/orders/{kept.number}")).status == 404


async def test_a_confidential_order_does_not_tell_its_handler_who(at: Desk, world: World) -> None:
    kept = await world.order(
        "市住建局", confidential=True, contact="13900002222", citizen_name="周先生"
    )
    page = await (await at("zhujian")).read(f"/orders/{kept.number}")
    assert "13900002222" not in page
    assert "周先生" not in page
    handler, agent = await at("zhujian"), await at("zhang")
    assert (await handler.post(f"/orders/{kept.number}/full")).status == 403
    assert "139****2222" in await agent.read(f"/orders/{kept.number}")
    assert "13900002222" in await (await agent.post(f"/orders/{kept.number}/full")).text()


async def test_an_auditor_reads_and_changes_nothing(at: Desk, world: World) -> None:
    kept = await world.order()
    auditor = await at("audit")
    page = await auditor.read(f"/orders/{kept.number}")
    assert "人民路路灯不亮" in page
    assert "<button>派单" not in page
    status, _ = await act(auditor, kept.number, "dispatch", unit="市住建局", seen="1")
    assert status == 403


async def test_steps_that_are_no_page_actions_are_not_found(at: Desk, world: World) -> None:
    kept = await world.order()
    agent = await at("zhang")
    for kind in ("archive", "survey", "miss", "follow", "nonsense"):
        assert (await act(agent, kept.number, kind, seen="1"))[0] == 404


async def test_the_list_by_state_number_and_page(at: Desk, world: World) -> None:
    orders = [await world.order(facts=f"事情{number:02d}") for number in range(32)]
    signed = await world.order("市城管局", ("sign",), facts="办理中的事")
    agent = await at("zhang")
    page = await agent.read("/orders?state=待派单")
    assert "事情31" in page
    assert "事情01" not in page
    assert "办理中的事" not in page
    assert "待派单<b>32</b>" in page
    page = await agent.read(f"/orders?state=待派单&before={orders[2].id}")
    assert "事情01" in page
    assert "事情02" not in page
    response = await agent.get(f"/orders?find={signed.number}")
    assert response.url.path == f"/console/orders/{signed.number}"
    assert "没有找到“20250101000001”" in await agent.read("/orders?find=20250101000001")


async def test_reopening_with_a_reason_is_on_record(at: Desk, world: World) -> None:
    kept = await world.order("市住建局", ("sign", "close"))
    status, page = await act(
        await at("ban"), kept.number, "reopen", reason="灯又灭了", seen=str(kept.order.version)
    )
    assert status == 200
    assert "灯又灭了" in page
    assert "班长 陈班长" in page


async def test_an_open_order_learns_that_it_is_old(at: Desk, world: World) -> None:
    kept = await world.order()
    agent = await at("zhang")
    assert (await agent.get(f"/orders/{kept.number}/news?seen=1")).status == 204
    await act(agent, kept.number, "note", text="打过电话", seen="1")
    assert "新进展" in await agent.read(f"/orders/{kept.number}/news?seen=1")


async def test_a_unit_is_proposed_and_one_button_sends_the_order_there(
    at: Desk, world: World
) -> None:
    for _ in range(2):
        await world.order("市城管局", ("sign", "close"), category="城市管理/路灯", area="雨湖区")
    kept = await world.order(category="城市管理/路灯", area="雨湖区")
    page = await (await at("zhang")).read(f"/orders/{kept.number}")
    assert 'name="unit" value="市城管局" data-key="1"' in page
    assert "近期同类工单2张中有2张由其办结" in page
    _, page = await act(await at("zhang"), kept.number, "dispatch", unit="市城管局", seen="1")
    assert "派给 市城管局" in page
    assert "data-key" not in page


async def test_a_unit_asks_to_return_and_the_supervisor_answers(at: Desk, world: World) -> None:
    kept = await world.order("市城管局")
    handler, supervisor = await at("chengguan"), await at("ban")
    status, page = await act(handler, kept.number, "return", reason="归灯饰处", seen="2")
    assert status == 422
    assert "申请退单时请填写依据" in page
    assert "归灯饰处</textarea>" in page
    _, page = await act(
        handler, kept.number, "return", reason="归灯饰处", basis="职责清单第43项", seen="2"
    )
    assert "正在申请退单，等班长答复" in page
    assert "撤销申请" in page
    assert "同意退单" not in page
    page = await supervisor.read(f"/orders/{kept.number}")
    assert "同意退单" in page
    assert "依据：职责清单第43项" in page
    status, page = await act(supervisor, kept.number, "grant", seen="3")
    assert "待派单" in page
    assert "已退 1 次" in page
    assert (await handler.get(f"/orders/{kept.number}")).status == 404


async def test_a_doubtful_reply_waits_for_a_reviewer(at: Desk, world: World) -> None:
    kept = await world.order("市城管局", ("sign",))
    beside = "已电话联系当事人，核实退费金额三百元，商家同意退款，当事人表示满意。"
    _, page = await act(await at("chengguan"), kept.number, "close", reply=beside, seen="3")
    assert "已提交，等待审核" in page
    _, page = await act(await at("zhang"), kept.number, "reject", reason="答非所问", seen="4")
    assert "返工</dt><dd>1 次" in page


@pytest.mark.parametrize("login", ["zhang", "chengguan", "zhujian", "audit", "editor", "drifter"])
async def test_nobody_takes_a_step_that_is_not_theirs(at: Desk, world: World, login: str) -> None:
    kept = await world.order("市城管局", ("sign",))
    member = await at(login)
    form = {"seen": "3", "reason": "x", "unit": "市住建局", "points": "1", "text": "x"}
    for kind in ("designate", "pause", "supervise", "grant", "refuse"):
        status, _ = await act(member, kept.number, kind, **form)
        assert status in (403, 404, 422)
    assert (await now(world, kept)).order == kept.order


async def test_an_order_shows_its_details(at: Desk, world: World) -> None:
    kept = await world.order(area="雨湖区", street="云塘街道", companies=["鑫隆物业"])
    page = await (await at("zhang")).read(f"/orders/{kept.number}")
    assert "云塘街道" in page
    assert "鑫隆物业" in page
