"""The console in a real Chromium: what an agent and a handler see and press."""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import ConsoleMessage, FilePayload, Page, async_playwright, expect
from sqlalchemy import insert

from backend import outbox
from backend.message import Outcome, Reply
from backend.orders import responsibility
from backend.orders.responsibility import ALWAYS, Duty
from backend.tables import knowledge
from tests.backend.office import PASSWORD, World
from tests.photos import photo

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no system Chromium: apt-get install chromium"),
]
PICTURES = os.environ.get("HUIYING_PICTURES", "")
"""A folder to leave pictures of the pages in, for somebody to look at."""


async def look(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[object]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        await browser.close()


def _is_complaint(said: ConsoleMessage) -> bool:
    """Everything but refusals, which browser and htmx report as errors as well."""
    return said.type == "error" and not any(code in said.text for code in ("422", "404"))


@pytest.fixture
async def page(chromium: object, server: TestServer) -> AsyncIterator[Page]:
    context = await chromium.new_context(  # type: ignore[attr-defined]
        base_url=str(server.make_url("/")), viewport={"width": 1280, "height": 800}
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.extend([said.text] * _is_complaint(said)))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    assert complaints == []


async def log_in(page: Page, login: str) -> None:
    await page.goto("/console/")
    await look(page, "login")
    await page.get_by_label("账号").fill(login)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page.locator(".me")).to_be_visible()


async def test_an_agent_takes_a_chat_that_appears_writes_and_hands_it_back(
    page: Page, world: World
) -> None:
    await log_in(page, "zhang")
    await page.get_by_role("link", name="会话").click()
    await expect(page.get_by_text("现在没有市民在等")).to_be_visible()
    await look(page, "chats-empty")
    await world.says(
        "小区门口的路灯坏了三天，晚上太黑了", citizen="li", outcome=Outcome.ASKED,
        answer="请问在哪个小区、哪个门？", age=timedelta(minutes=9),
    )  # fmt: skip
    await world.says(
        "社保卡丢了怎么补办", name="王建国", outcome=Outcome.HANDOFF, age=timedelta(minutes=2)
    )
    await world.waits("我要找人工", citizen="li", name="李秀英", age=timedelta(minutes=6))
    ticket = page.locator("#queue .ticket", has_text="李**")
    await expect(ticket).to_be_visible()
    await expect(page.locator('[data-badge="waiting"]')).to_have_text("1")
    await look(page, "chats-waiting")
    await page.keyboard.press("j")
    await expect(page.get_by_text("小区门口的路灯坏了三天").first).to_be_visible()
    await page.keyboard.press("t")
    await expect(page.get_by_text("您正在接待")).to_be_visible()
    box = page.get_by_label("回复")
    await box.fill("您好，我是 12345 坐席小张。")
    await box.press("Shift+Enter")
    await box.type("请问是阳光小区的东门还是西门？")
    await box.press("Enter")
    await expect(page.locator(".said.agent")).to_have_count(1)
    await expect(box).to_have_value("")
    await world.says("东门，公交站旁边", citizen="li", outcome=Outcome.AGENT)
    await expect(page.locator(".said.in", has_text="东门，公交站旁边")).to_be_visible()
    await look(page, "chat")
    await page.keyboard.press("Escape")
    await page.keyboard.press("b")
    await expect(page.get_by_text("机器人接待中")).to_be_visible()
    await expect(page.get_by_text("人工服务已结束")).to_be_visible()


async def test_what_was_typed_survives_a_refusal_and_another_page(page: Page, world: World) -> None:
    citizen = await world.waits(age=timedelta(hours=49))
    await log_in(page, "zhang")
    await page.goto(f"/console/chats/{citizen}")
    await page.keyboard.press("t")
    box = page.get_by_label("回复")
    await box.fill("您反映的事情查清了")
    await page.goto("/console/orders")
    await page.goto(f"/console/chats/{citizen}")
    await expect(box).to_have_value("您反映的事情查清了")
    await box.press("Enter")
    await expect(page.locator("#refused")).to_contain_text("48 小时")
    await expect(box).to_have_value("您反映的事情查清了")
    await look(page, "chat-refused")


async def test_an_order_from_dispatch_to_closing(page: Page, world: World) -> None:
    await world.order("市城管局", ("sign",), facts="夜市油烟扰民", place="建设路夜市", type="投诉")
    await world.order("市水务集团", ("sign", "close"), facts="三楼以上没有水", place="雨湖区城正街")
    kept = await world.order(
        facts="阳光小区东门公交站旁的路灯坏了三天，晚上出行不安全。", demand="尽快修好",
        place="阳光小区东门", contact="13800001111", citizen_name="李秀英",
    )  # fmt: skip
    await log_in(page, "zhang")
    await look(page, "home")
    await page.get_by_role("link", name="工单", exact=True).click()
    await look(page, "orders")
    await page.get_by_role("link", name=kept.number).click()
    await look(page, "order")
    await page.get_by_label("承办单位").fill("市住建局")
    await page.get_by_role("button", name="派单").click()
    await expect(page.get_by_text("已派单")).to_be_visible()
    await page.get_by_role("button", name="退出登录").click()
    await log_in(page, "zhujian")
    await look(page, "home-handler")
    await page.goto(f"/console/orders/{kept.number}")
    await page.get_by_role("button", name="签收").click()
    await page.set_viewport_size({"width": 390, "height": 844})
    chooser = page.get_by_label("办结附件")
    pictures = [
        FilePayload(name=f"IMG_{number}.jpg", mimeType="image/jpeg", buffer=photo(size=(640, 480)))
        for number in (1, 2)
    ]
    await chooser.set_input_files(pictures)
    await page.get_by_label("办理结果").fill("已处理。。。。。。。。。。")
    await page.get_by_role("button", name="办结", exact=True).click()
    await expect(page.get_by_role("alert").filter(has_text="至少15个字")).to_be_visible()
    await look(page, "phone-order-refused")
    # What was typed and chosen is still there.
    reply = "现场核实后已更换灯泡，电话联系市民，市民表示路灯亮了。"
    await page.get_by_label("办理结果").fill(reply)
    await page.get_by_role("button", name="办结", exact=True).click()
    await expect(page.locator(".title .chip")).to_have_text("待回访")
    await expect(page.locator(".trail .pictures img")).to_have_count(2)
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    await page.locator(".trail").scroll_into_view_if_needed()
    await look(page, "phone-order-closed")
    await page.set_viewport_size({"width": 1280, "height": 800})
    await look(page, "order-closed")


async def test_on_a_phone(page: Page, world: World) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await world.says("家里燃气泄漏了怎么办", outcome=Outcome.DANGER, name="周先生")
    citizen = await world.waits("我要找人工", name="李秀英", age=timedelta(minutes=6))
    await log_in(page, "zhang")
    await expect(page.locator(".danger")).to_be_visible()
    await look(page, "phone-home")
    await page.get_by_role("link", name="会话").click()
    await look(page, "phone-queue")
    await page.locator("#queue .ticket").click()
    await page.get_by_role("button", name="接入").click()
    await page.get_by_label("回复").fill("您好")
    await page.get_by_role("button", name="发送").click()
    await expect(page.locator(".said.agent")).to_have_count(1)
    await look(page, "phone-chat")
    assert page.url.endswith(f"/chats/{citizen}")
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide


async def test_an_order_is_made_from_a_chat(page: Page, world: World) -> None:
    citizen = await world.waits("我家楼上漏水，物业不管", name="李秀英")
    await log_in(page, "zhang")
    await page.goto(f"/console/chats/{citizen}")
    await page.get_by_text("建工单").click()
    await expect(page.get_by_label("反映的事情")).to_have_value("我家楼上漏水，物业不管")
    await page.get_by_label("地点").fill("阳光小区 3 栋")
    await look(page, "chat-order")
    await page.get_by_role("button", name="登记工单").click()
    await expect(page.locator(".title .chip")).to_have_text("待派单")
    await expect(page.get_by_text("阳光小区 3 栋")).to_have_count(0)
    await page.get_by_role("button", name="查看完整信息").click()
    await expect(page.get_by_text("阳光小区 3 栋")).to_be_visible()
    await expect(page.get_by_text("这次查看已记入查阅记录")).to_be_visible()


async def test_the_other_pages_open(page: Page, world: World) -> None:
    citizen = await world.waits(name="李秀英")
    await world.says("怎么查公积金", answer="可以在公众号里查。", name="王建国")
    async with world.database.transaction() as connection:
        row = await outbox.enqueue(connection, citizen, (Reply("您好"),), world.now, author="zhang")
        entry = {"title": "怎么查公积金余额？", "answer": "在公众号菜单里点“公积金”。"}
        await connection.execute(insert(knowledge).values(**entry, updated_at=world.now))
    await world.settle(row, "failed", "45047 out of response count limit")
    await log_in(page, "ban")
    for name in ("消息", "知识库", "未送达"):
        await page.get_by_role("link", name=name, exact=True).click()
        await expect(page.locator("h1")).to_contain_text(name)
        await look(page, f"page-{name}")
    await page.goto("/console/nowhere")
    await expect(page.get_by_text("没有找到您要的内容")).to_be_visible()


async def test_an_order_is_dispatched_by_one_key_returned_and_closed(
    page: Page, world: World
) -> None:
    duty = Duty("城市管理/路灯", "岳塘区", "市城管局", ALWAYS, None, "主次干道灯饰维护")
    async with world.database.transaction() as connection:
        await responsibility.save(connection, [duty], world.now)
    kept = await world.order(category="城市管理/路灯", area="岳塘区", facts="宝塔南路路灯不亮")
    await log_in(page, "ban")
    await page.goto(f"/console/orders/{kept.number}")
    await expect(page.get_by_text("主次干道灯饰维护")).to_be_visible()
    await look(page, "order-proposals")
    await page.keyboard.press("1")
    await expect(page.locator(".title .chip")).to_have_text("待签收")
    await expect(page.get_by_text("签收期限")).to_be_visible()
    await page.goto("/console/board")
    await expect(page.get_by_role("link", name=kept.number)).to_be_visible()
    await look(page, "board")
    await page.get_by_role("button", name="退出登录").click()

    await log_in(page, "chengguan")
    await page.get_by_role("link", name="提醒").click()
    await look(page, "notices")
    await page.get_by_role("link", name=kept.number).click()
    await page.get_by_text("更多操作").click()
    await page.get_by_text("申请退单", exact=True).first.click()
    await page.get_by_label("为什么不归本单位").fill("该路段已移交岳塘区")
    await page.get_by_label("依据").fill("潭园改组〔2023〕2号")
    await page.get_by_role("button", name="申请退单").click()
    await expect(page.get_by_text("正在申请退单")).to_be_visible()
    await look(page, "order-return")
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.get_by_role("button", name="撤销申请").click()
    await page.get_by_role("button", name="签收", exact=True).click()
    await page.get_by_label("办理结果").fill("双方已和解。。。。。。。。。。。。")
    await page.get_by_role("button", name="办结", exact=True).click()
    await expect(page.get_by_role("alert").filter(has_text="至少15个字")).to_be_visible()
    await look(page, "order-refused")
    await page.get_by_label("办理结果").fill(
        "现场核实宝塔南路路灯电缆被挖断，已接通恢复照明，电话联系市民，市民表示满意。"
    )
    await page.get_by_role("button", name="办结", exact=True).click()
    await expect(page.locator(".title .chip")).to_have_text("待回访")


async def test_a_unit_at_its_phone_sees_what_to_do_first(page: Page, world: World) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await world.order("市住建局", facts="阳光小区东门路灯坏了三天，晚上出行不安全")
    await world.order("市住建局", ("sign",), facts="学校门口人行道塌陷")
    await world.order("市住建局", ("sign", "close"))
    await log_in(page, "zhujian")
    await look(page, "phone-unit-home")
    await page.get_by_role("link", name="张工单待签收").click()
    await expect(page.get_by_role("link", name="待签收1")).to_have_attribute("aria-current", "true")
    await expect(page.get_by_text("阳光小区东门路灯")).to_be_visible()
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    await look(page, "phone-unit-work")
    await page.goto("/console/")
    await page.get_by_role("link", name="按期办结").click()
    await expect(page.get_by_role("heading", name="按期办结")).to_be_visible()
