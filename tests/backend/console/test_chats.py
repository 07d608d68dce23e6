"""The chat desk through its pages."""

import asyncio
from datetime import timedelta

import pytest

from backend.message import Outcome
from tests.backend.office import Browser, Desk, World


async def say(agent: Browser, citizen: int, words: str) -> tuple[int, str]:
    response = await agent.post(f"/chats/{citizen}/say", {"text": words})
    return response.status, await response.text()


async def test_an_empty_queue_explains_itself(at: Desk) -> None:
    page = await (await at("zhang")).read("/chats")
    assert "现在没有市民在等" in page


async def test_a_waiting_chat_is_taken_answered_and_handed_back(at: Desk, world: World) -> None:
    citizen = await world.waits("我要找人工", name="李女士", age=timedelta(minutes=7))
    agent = await at("zhang")
    page = await agent.read("/chats")
    assert "李**女士" in page
    assert "等 7 分钟" in page
    page = await (await agent.post(f"/chats/{citizen}/take")).text()
    assert "您正在接待" in page
    assert "还能发 4 条" in page
    status, part = await say(agent, citizen, "您好，我是<b>小张</b>")
    assert status == 200
    assert "您好，我是&lt;b&gt;小张&lt;/b&gt;" in part
    assert "发送中" in part
    page = await (await agent.post(f"/chats/{citizen}/back")).text()
    assert "机器人接待中" in page
    assert "人工服务已结束" in page


async def test_two_agents_take_at_once_and_the_slower_is_told(at: Desk, world: World) -> None:
    citizen = await world.waits()
    agents = [await at("zhang"), await at("wang")]
    replies = await asyncio.gather(*(agent.post(f"/chats/{citizen}/take") for agent in agents))
    pages = [await reply.text() for reply in replies]
    assert sum("您正在接待" in page for page in pages) == 1
    assert sum("已经由" in page for page in pages) == 1
    loser = agents[0] if "已经由" in pages[0] else agents[1]
    status, reason = await say(loser, citizen, "我来")
    assert status == 422
    assert "不在您手上" in reason


async def test_how_a_message_fared_is_shown(at: Desk, world: World) -> None:
    citizen = await world.waits()
    agent = await at("zhang")
    await agent.post(f"/chats/{citizen}/take")
    await say(agent, citizen, "能收到吗")
    async with world.database.transaction() as connection:
        from backend import outbox

        (parcel,) = await outbox.claim(connection, world.now)
    await world.settle(parcel.id, "sent")
    assert "已送达" in await agent.read(f"/chats/{citizen}/live?mine=1")
    await world.settle(parcel.id, "unreachable", "45015 response out of time limit")
    part = await agent.read(f"/chats/{citizen}/live?mine=1")
    assert "未送达：市民超过 48 小时没有说话" in part
    page = await agent.read("/failures")
    assert "能收到吗" in page
    assert "45015" in page


async def test_when_the_window_is_over_the_agent_reads_why(at: Desk, world: World) -> None:
    citizen = await world.waits(age=timedelta(hours=50))
    agent = await at("zhang")
    await agent.post(f"/chats/{citizen}/take")
    status, reason = await say(agent, citizen, "您好")
    assert status == 422
    assert "48 小时" in reason


async def test_an_open_chat_that_changed_hands_is_loaded_anew(at: Desk, world: World) -> None:
    citizen = await world.waits()
    agent, leader = await at("zhang"), await at("ban")
    await agent.post(f"/chats/{citizen}/take")
    await leader.post(f"/chats/{citizen}/take")
    response = await agent.get(f"/chats/{citizen}/live?mine=1")
    assert response.headers["HX-Refresh"] == "true"


async def test_older_messages_are_asked_for_in_steps(at: Desk, world: World) -> None:
    for number in range(60):
        citizen = await world.says(f"第{number:02d}句", citizen="same")
    agent = await at("zhang")
    page = await agent.read(f"/chats/{citizen}/live?mine=0")
    assert "第59句" in page
    assert "第05句" not in page
    assert "limit=100" in page
    assert "第05句" in await agent.read(f"/chats/{citizen}/live?mine=0&limit=100")


async def test_an_order_is_made_from_a_chat(at: Desk, world: World) -> None:
    citizen = await world.waits("楼上漏水两天了")
    agent = await at("zhang")
    filling = await agent.post(f"/chats/{citizen}/full", {"filling": "1"})
    assert "楼上漏水两天了</textarea>" in await filling.text()
    response = await agent.post(f"/chats/{citizen}/order", {"type": "投诉", "facts": "楼上漏水"})
    path = response.headers["HX-Redirect"].removeprefix("/console")
    assert "楼上漏水" in await agent.read(path)
    response = await agent.post(f"/chats/{citizen}/order", {"type": "投诉", "facts": ""})
    assert response.status == 422


async def test_an_auditor_reads_and_touches_nothing(at: Desk, world: World) -> None:
    citizen = await world.waits("查一查")
    auditor = await at("audit")
    page = await auditor.read(f"/chats/{citizen}")
    assert "查一查" in page
    assert "composer" not in page
    for step in ("take", "back", "say", "order"):
        assert (await auditor.post(f"/chats/{citizen}/{step}")).status == 403
    assert "等待人工" in await auditor.read(f"/chats/{citizen}")


@pytest.mark.parametrize("login", ["zhujian", "editor"])
async def test_handlers_and_editors_see_no_chats(at: Desk, world: World, login: str) -> None:
    citizen = await world.waits()
    member = await at(login)
    for path in ("/chats", f"/chats/{citizen}", f"/chats/{citizen}/live", "/queue", "/failures"):
        assert (await member.get(path)).status == 403, path


@pytest.mark.parametrize("path", ["/chats/99999", "/chats/999999999999999999", "/chats/abc"])
async def test_a_chat_that_is_not_there(at: Desk, path: str) -> None:
    agent = await at("zhang")
    assert (await agent.get(path)).status == 404


async def test_a_danger_alarms_every_page_until_somebody_takes_it(at: Desk, world: World) -> None:
    citizen = await world.says("家里燃气泄漏了", outcome=Outcome.DANGER, answer="请立即拨打 119")
    agent = await at("zhang")
    assert "家里燃气泄漏了" in await agent.read("/alerts")
    assert "家里燃气泄漏了" not in await (await at("zhujian")).read("/alerts")
    await agent.post(f"/chats/{citizen}/take")
    assert "家里燃气泄漏了" not in await agent.read("/alerts")
    await agent.post(f"/chats/{citizen}/back")
    assert "家里燃气泄漏了" not in await agent.read("/alerts")


async def test_the_figures_of_today_add_up_and_open_what_is_behind(at: Desk, world: World) -> None:
    for outcome in (Outcome.ANSWERED, Outcome.ANSWERED, Outcome.INVALID, Outcome.DANGER):
        await world.says(f"一条{outcome}", outcome=outcome)
    agent = await at("zhang")
    home = await agent.read("/")
    assert "收到 4 条" in home
    page = await agent.read("/messages?outcome=answered")
    assert page.count("一条answered") == 2
    assert "一条invalid" not in page
