"""Citizens ask in vain; an editor answers them in a browser; they are told, others answered."""

import os
import shutil
from itertools import count
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from channels.simulator.citizen import Bubble
from channels.simulator.server import FakeWeChat
from tests.acceptance.eventually import eventually
from tests.acceptance.house import House

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no system Chromium: apt-get install chromium"),
]
PICTURES = os.environ.get("HUIYING_PICTURES", "")
PASSWORD = "hotline-12345"
QUESTIONS = ("无人机在市区怎么报备", "无人机在市区飞要怎么报备", "请问无人机在市里怎么报备呀")
ANSWER = "请在“无人机综合管理平台”实名登记，市区管制空域飞行前一天报备。"

_numbers = count(1)


async def look(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def log_in(page: Page, login: str) -> None:
    await page.goto("/console/")
    await page.get_by_label("账号").fill(login)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page.locator(".me")).to_be_visible()


async def test_from_asking_in_vain_to_being_told(house: House, wechat: FakeWeChat) -> None:
    for login, role in (("bianji", "editor"), ("zuoxi", "agent")):
        await house.huiying(
            "staff", "add", login, "--name", "某某", "--role", role, "--password", PASSWORD
        )
    for number, question in enumerate(QUESTIONS):
        await wechat.send_text(f"oVain{number}", question)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(base_url=house.url, viewport={"width": 1280, "height": 900})
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await _publish(page)
        await eventually(lambda: _knows(wechat), within=2.0)
        for number in range(len(QUESTIONS)):
            await eventually(lambda: _told(wechat, f"oVain{number}"))  # noqa: B023
        await expect(page.locator("#told")).to_contain_text("已告诉 3 位")
        await look(page, "questions-told")
        await _try(page)
        await _on_a_phone(page)
        await browser.close()
    assert complaints == []


async def _publish(page: Page) -> None:
    await log_in(page, "bianji")
    await page.get_by_role("link", name="问而未答").click()
    row = page.locator("tr", has_text="无人机")
    await expect(row).to_contain_text("3")
    await look(page, "questions")
    await row.get_by_role("link").first.click()
    await expect(page.get_by_text("3 人问过 3 次")).to_be_visible()
    publish = page.get_by_role("button", name="发布")
    await page.get_by_label("答案").fill(ANSWER)
    await page.get_by_label("承办单位").fill("市公安局")
    await page.get_by_role("button", name="先试试").click()
    await expect(page.get_by_text("种问法里有")).to_be_visible()
    await look(page, "question-group")
    await publish.click()
    await expect(page.get_by_text("已发布")).to_be_visible()


async def _knows(wechat: FakeWeChat) -> bool:
    """Whether somebody who has never written before gets the answer at once."""
    reply = await wechat.send_text(f"oVainNew{next(_numbers)}", QUESTIONS[0])
    return reply is not None and ANSWER in reply.text


async def _try(page: Page) -> None:
    await page.goto("/console/trial")
    await page.get_by_label("市民说的话").fill(QUESTIONS[1])
    await page.get_by_role("button", name="试一试").click()
    await expect(page.get_by_text("会这样：直接答复")).to_be_visible()
    await expect(page.locator("#attempt")).to_contain_text(ANSWER)
    await look(page, "trial")


async def _on_a_phone(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    for path, name in (("/console/questions?state=published", "list"), ("/console/trial", "trial")):
        await page.goto(path)
        await look(page, f"phone-questions-{name}")
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide


def _told(wechat: FakeWeChat, openid: str) -> list[Bubble]:
    return [said for said in wechat.conversation(openid) if ANSWER in said.words]
