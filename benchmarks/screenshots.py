"""`make screenshots`: plays one story in the simulator and the console, and pictures it.

The real server with its own PostgreSQL and Valkey, no WeChat account, a data folder of its own:
what the pictures show is what `make run` shows. They are written to docs/images.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from config.settings import ROOT
from config.starter import DEMO_PASSWORD
from tests.acceptance.house import House

IMAGES = ROOT / "docs" / "images"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

NO_ACCOUNT = {"WECHAT_APPID": "", "WECHAT_SECRET": "", "WECHAT_TOKEN": "", "WECHAT_AES_KEY": ""}
"""Then the simulator plays WeChat, as on a newcomer's machine."""

LAMP = "雨湖区建设北路128号阳光小区东门的路灯从昨晚八点起就不亮了，老人出门不安全，希望尽快修好"
REPLY = "奶奶您好，我是坐席小李。您说说卡在哪一步，我一步一步带您办。"
DONE = "已更换灯具和线路，当晚恢复照明；电话联系市民，市民确认路灯已亮。"


@asynccontextmanager
async def house() -> AsyncIterator[House]:
    """A fresh system; the understanding that is trained already is not trained again."""
    with tempfile.TemporaryDirectory(prefix="huiying-") as folder:
        trained = ROOT / "var" / "model"
        trained.mkdir(parents=True, exist_ok=True)
        (Path(folder) / "model").symlink_to(trained)
        async with House.serving({**NO_ACCOUNT, "HUIYING_DATA": folder}) as running:
            yield running


@dataclass(frozen=True, slots=True)
class Studio:
    """The system and the browser that looks at it."""

    house: House
    browser: Browser

    async def open(self, path: str) -> Page:
        context = await self.browser.new_context(
            viewport=DESKTOP, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        page = await context.new_page()
        await page.goto(f"{self.house.url}{path}")
        return page

    async def log_in(self, login: str) -> Page:
        page = await self.open("/console")
        await page.get_by_label("账号").fill(login)
        await page.get_by_label("密码").fill(DEMO_PASSWORD)
        await page.get_by_role("button", name="登录").click()
        await page.locator("#alerts .danger").wait_for()
        return page

    async def on_phone(self, url: str, name: str) -> None:
        """A page behind a citizen's link, as it looks on their phone."""
        context = await self.browser.new_context(viewport=PHONE, device_scale_factor=2)
        page = await context.new_page()
        await page.goto(url)
        await take(page, name)
        await context.close()


async def take(page: Page, name: str) -> None:
    await page.mouse.move(0, 0)
    await page.wait_for_load_state("load")
    await page.evaluate("document.fonts.ready.then(() => true)")
    path = IMAGES / f"{name}.png"
    await page.screenshot(path=path, animations="disabled")
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} KB")


async def become(page: Page, name: str) -> None:
    await page.get_by_placeholder("换一位新市民").fill(name)
    await page.get_by_role("button", name="新建").click()
    await page.locator(".chats .is-me b", has_text=name).wait_for()
    await page.locator(".welcome").wait_for()


async def say(page: Page, text: str, answer: str) -> None:
    """Write as the citizen, and wait until the account says something with `answer` in it."""
    await page.get_by_label("输入消息").fill(text)
    await page.keyboard.press("Enter")
    await heard(page, answer)


async def heard(page: Page, answer: str) -> None:
    await page.locator(".theirs, .template", has_text=answer).last.wait_for(timeout=20_000)


async def tap(page: Page, label: str, answer: str) -> None:
    await page.locator(".theirs").last.get_by_role("button", name=label).click()
    await heard(page, answer)


async def link_on(page: Page, card: str) -> str:
    """Where the notice with these words leads."""
    await page.locator(".template button", has_text=card).last.click()
    frame = page.locator("#frame")
    await frame.wait_for()
    url = await frame.get_attribute("src") or ""
    await page.get_by_label("关闭网页").click()
    return url


async def citizens_speak(simulator: Page) -> None:
    """A question, a matter, a danger, and somebody who wants a human."""
    await become(simulator, "张女士")
    await say(simulator, "水费在哪里交？", "来源")
    await take(simulator, "simulator-answer")
    await become(simulator, "周先生")
    await say(simulator, "楼道里有很浓的煤气味，好像漏气了", "119")
    await become(simulator, "李奶奶")
    await say(simulator, "租房怎么提取公积金", "来源")
    await say(simulator, "还是不会弄，我要人工", "坐席")
    await become(simulator, "刘先生")
    await say(simulator, LAMP, "确认提交")
    await take(simulator, "simulator-order")
    await tap(simulator, "确认提交", "已登记")


async def agent_answers(studio: Studio) -> None:
    console = await studio.log_in("zuoxi")
    await console.get_by_role("link", name="会话").click()
    await console.locator("#queue .ticket").first.click()
    await console.get_by_role("button", name="接入").click()
    await console.get_by_label("回复").fill(REPLY)
    await console.get_by_role("button", name="发送").click()
    await console.locator(".said.agent .arrived").wait_for()
    await take(console, "console-chats")


async def office_works(studio: Studio) -> str:
    """Dispatch and sign for the order; returns its number."""
    console = await studio.log_in("banzhang")
    await console.get_by_role("link", name="工单", exact=True).click()
    await console.locator("table.list a").first.click()
    await console.get_by_label("承办单位").fill("市城管局")
    await console.get_by_role("button", name="派单").click()
    await console.get_by_text("已派单").wait_for()
    number = console.url.rpartition("/")[2]
    await studio.house.huiying("orders", "sign", number, "--as", "handler:chengguan")
    await console.goto(console.url)
    await console.get_by_label("办理结果").wait_for()
    await take(console, "console-order")
    await console.get_by_role("link", name="首页").click()
    await take(console, "console-home")
    return number


async def closed_days_later(studio: Studio, simulator: Page, number: str) -> None:
    """The chat's window is over by then: the citizen gets notices, and opens their pages."""
    await simulator.get_by_role("button", name="+3 天").click()
    await studio.house.huiying("orders", "close", number, "--reply", DONE)
    await heard(simulator, "服务满意度评价提醒")
    survey = await link_on(simulator, "服务满意度评价提醒")
    order = await link_on(simulator, "工单办理进度通知")
    await studio.on_phone(survey, "survey-phone")
    await studio.on_phone(order, "order-phone")


async def play(studio: Studio) -> None:
    simulator = await studio.open("/simulator/")
    await citizens_speak(simulator)
    await agent_answers(studio)
    number = await office_works(studio)
    await closed_days_later(studio, simulator, number)


async def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no Chromium: apt-get install chromium fonts-noto-cjk")
    IMAGES.mkdir(parents=True, exist_ok=True)
    async with house() as running, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        await play(Studio(running, browser))
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
