"""The page, in a real Chromium, with a stub of the account's server behind it."""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Route, async_playwright, expect

from channels.simulator.account import TEMPLATES
from channels.simulator.server import FakeWeChat
from tests.channels.simulator.client import ApiClient
from tests.channels.simulator.webhook import Answer, Webhook

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no system Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        await running.close()


@pytest.fixture
async def page(browser: Browser, wechat: FakeWeChat) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1360, "height": 900})
    tab = await context.new_page()
    troubles: list[str] = []
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    tab.on("console", lambda said: troubles.append(_told(said)) if said.type == "error" else None)
    await tab.goto(wechat.base_url)
    yield tab
    if folder := os.environ.get("SCREENSHOTS"):
        name = os.environ["PYTEST_CURRENT_TEST"].split("::")[1].split(" ")[0]
        await tab.screenshot(path=str(Path(folder) / f"{name}.png"))
    await context.close()
    assert troubles == []


def _told(said: ConsoleMessage) -> str:
    return f"{said.text} ({said.location['url']})"


async def say(page: Page, text: str) -> None:
    await page.get_by_label("输入消息").fill(text)
    await page.keyboard.press("Enter")


def me(wechat: FakeWeChat) -> str:
    return next(iter(wechat.world.citizens))


async def test_a_newcomer_taps_an_example_and_gets_an_answer(page: Page, hook: Webhook) -> None:
    hook.default = "请带身份证到社保卡服务网点补办"
    await expect(page.get_by_role("note")).to_contain_text("模拟器")
    await expect(page.locator(".welcome button")).to_have_count(6)
    await page.get_by_role("button", name="社保卡丢了").click()
    await expect(page.locator(".theirs .bubble")).to_have_text(hook.default)
    await expect(page.locator(".mine .bubble")).to_have_text("社保卡丢了，怎么补办？")
    await expect(page.locator(".welcome")).to_have_count(0)


async def test_markup_in_a_message_is_only_text(page: Page, hook: Webhook) -> None:
    nasty = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    hook.default = nasty
    await say(page, nasty)
    await expect(page.locator(".theirs .bubble")).to_have_text(nasty)
    await expect(page.locator(".bubble img, .bubble script")).to_have_count(0)


async def test_tapping_links_in_a_text_and_buttons_of_a_menu(
    page: Page, wechat: FakeWeChat, hook: Webhook, api: ApiClient
) -> None:
    hook.answers = [
        '解决了吗 <a href="weixin://bizmsgmenu?msgmenucontent=没解决&msgmenuid=s0">没</a>'
    ]
    await say(page, "你好")
    await page.get_by_role("button", name="没", exact=True).click()
    await expect(page.locator(".mine .bubble").last).to_have_text("没解决")
    await hook.until(lambda: hook.got[-1].get("bizmsgmenuid") == "s0")
    menu = {"head_content": "请确认", "list": [{"id": "ok", "content": "确认提交"}]}
    body = {"touser": me(wechat), "msgtype": "msgmenu", "msgmenu": menu}
    assert (await api.post("/cgi-bin/message/custom/send", body))["errcode"] == 0
    await page.get_by_role("button", name="确认提交").click()
    await hook.until(lambda: hook.got[-1].get("bizmsgmenuid") == "ok")


async def test_pictures_voices_and_places(page: Page, hook: Webhook) -> None:
    await page.get_by_label("更多").click()
    await page.get_by_role("button", name="示例照片").click()
    await page.get_by_alt_text("路面坑洞积水").click()
    await expect(page.locator(".picture img")).to_be_visible()
    await page.get_by_label("发语音").click()
    await page.get_by_placeholder("您说的话").fill("我家停水了")
    await page.get_by_role("button", name="发送").click()
    await expect(page.locator(".spoken")).to_have_text("我家停水了")
    await page.get_by_label("发语音").click()
    await page.get_by_placeholder("您说的话").fill("听不清")
    await page.get_by_label("微信没有识别出文字").check()
    await page.get_by_role("button", name="发送").click()
    await expect(page.locator(".spoken").last).to_have_text("（微信没有识别出文字）")
    await page.get_by_label("更多").click()
    await page.get_by_role("button", name="位置").click()
    await page.get_by_role("button", name="湘潭站", exact=True).click()
    await page.locator("#place-dialog .primary").click()
    await expect(page.locator(".slip b")).to_contain_text("湘潭火车站")
    await hook.until(lambda: len(hook.got) == 4)
    assert [got["MsgType"] for got in hook.got] == ["image", "voice", "voice", "location"]
    assert "Recognition" not in hook.got[2]


async def test_messages_sent_later_appear_by_themselves_after_typing(
    page: Page, wechat: FakeWeChat, api: ApiClient
) -> None:
    await say(page, "你好")
    await expect(page.locator(".mine")).to_have_count(1)
    assert await api.typing(me(wechat)) == 0
    await expect(page.locator("#title")).to_have_text("对方正在输入…")
    assert await api.text(me(wechat), "坐席小李为您服务") == 0
    await expect(page.locator(".theirs .bubble")).to_have_text("坐席小李为您服务")
    await expect(page.locator("#title")).to_have_text(wechat.account.name)


async def test_the_clock_a_card_and_its_page(
    page: Page, wechat: FakeWeChat, api: ApiClient
) -> None:
    before = wechat.clock.now()
    await page.get_by_role("button", name="+3 天").click()
    await expect(page.locator("#clock-offset")).to_have_text("比真实时间快 3 天")
    assert wechat.clock.now() == before + timedelta(days=3)
    api.token = (await api.stable_token())["access_token"]
    values = {"character_string1": "XT1", "thing2": "路灯不亮", "time3": "2026年3月2日"}
    data = {name: {"value": value} for name, value in values.items()}
    card = {"touser": me(wechat), "template_id": next(iter(TEMPLATES)), "data": data}
    url = f"{wechat.base_url}/state"
    await api.post("/cgi-bin/message/template/send", {**card, "url": url})
    await page.get_by_text("查看详情").click()
    await expect(page.frame_locator("#frame").locator("body")).to_contain_text("citizens")
    await page.get_by_label("关闭网页").click()
    await expect(page.locator("#browser")).to_be_hidden()


async def test_being_somebody_else_and_coming_back(page: Page, hook: Webhook) -> None:
    hook.default = "收到"
    await say(page, "我是王女士")
    await expect(page.locator(".theirs")).to_have_count(1)
    await page.get_by_placeholder("换一位新市民").fill("刘先生")
    await page.get_by_role("button", name="新建").click()
    await expect(page.locator(".chats .is-me b")).to_have_text("刘先生")
    await expect(page.locator(".welcome")).to_be_visible()
    await page.get_by_role("button", name="王女士").click()
    await expect(page.locator(".mine .bubble")).to_have_text("我是王女士")
    await page.reload()
    await expect(page.locator(".mine .bubble")).to_have_text("我是王女士")


async def test_unfollowing_and_following_again(page: Page, hook: Webhook) -> None:
    await page.get_by_label("更多").click()
    await page.get_by_role("button", name="取消关注").click()
    await expect(page.get_by_role("button", name="关注公众号")).to_be_visible()
    hook.default = "欢迎关注"
    await page.get_by_role("button", name="关注公众号").click()
    await expect(page.locator(".theirs .bubble")).to_have_text("欢迎关注")
    await expect(page.get_by_label("输入消息")).to_be_visible()
    assert [got["Event"] for got in hook.got] == ["unsubscribe", "subscribe"]


async def test_the_menu_of_the_account(page: Page, hook: Webhook, api: ApiClient) -> None:
    async def key(fields: dict[str, str]) -> Answer:
        return f"按了 {fields['EventKey']}"

    hook.hook = key
    await page.get_by_role("button", name="我的工单", exact=True).click()
    await expect(page.locator(".theirs .bubble")).to_have_text("按了 my_orders")
    leaf = {"type": "click", "name": "查进度", "key": "progress"}
    await api.post("/cgi-bin/menu/create", {"button": [{"name": "服务", "sub_button": [leaf]}]})
    await page.get_by_role("button", name="≡ 服务").click()
    await page.get_by_role("button", name="查进度").click()
    await expect(page.locator(".theirs .bubble").last).to_have_text("按了 progress")


async def test_the_developer_panel(
    page: Page, wechat: FakeWeChat, hook: Webhook, api: ApiClient
) -> None:
    async with page.expect_response("**/settings"):
        await page.get_by_label("消息加密").select_option("plain")
    assert wechat.world.mode == "plain"
    await page.get_by_role("button", name="重发最后一条").click()
    await expect(page.locator("#toast")).to_have_text("启动以来这位市民还没有发过消息")
    await say(page, "你好")
    await expect(page.locator("#quota")).to_have_text("5")
    await page.get_by_role("button", name="重发最后一条").click()
    await hook.until(lambda: len(hook.got) == 2)
    assert hook.got[0] == hook.got[1]
    await page.get_by_role("button", name="验证服务器地址").click()
    await expect(page.locator("#toast")).to_have_text("验证通过")
    await page.get_by_label("故障").select_option("45047")
    await page.get_by_role("button", name="制造").click()
    await expect(page.locator("#faults")).to_contain_text("45047 × 1")
    assert await api.text(me(wechat)) == 45047
    await expect(page.locator(".log .bad")).to_contain_text(["45047"])
    await expect(page.locator("#faults")).to_be_empty()


async def test_the_outage_notice(page: Page, hook: Webhook) -> None:
    hook.default = 500
    await say(page, "你好")
    await expect(page.locator(".notice")).to_have_text("该公众号提供的服务出现故障，请稍后再试")


async def test_on_a_phone_it_fills_the_screen(browser: Browser, wechat: FakeWeChat) -> None:
    tab = await browser.new_page(viewport={"width": 390, "height": 780})
    await tab.goto(wechat.base_url)
    box = await tab.locator(".phone").bounding_box()
    assert box
    assert (box["x"], box["width"]) == (0, 390)
    await expect(tab.locator("#people")).to_be_hidden()
    await tab.get_by_role("button", name="市民和时间").click()
    await expect(tab.get_by_role("button", name="李师傅")).to_be_visible()
    await tab.close()


async def test_only_json_is_taken(wechat: FakeWeChat, api: ApiClient) -> None:
    url = f"{wechat.base_url}/clock"
    async with api.session.post(url, data={"seconds": "60"}) as response:
        assert response.status == 415
    async with api.session.post(url, json={"seconds": -60}) as response:
        assert response.status == 400


async def test_a_message_that_overtakes_the_loading_of_the_page_is_shown_once(
    page: Page, wechat: FakeWeChat, api: ApiClient
) -> None:
    await say(page, "你好")
    await expect(page.locator(".mine")).to_have_count(1)

    async def late(route: Route) -> None:
        response = await route.fetch()
        assert await api.text(me(wechat), "赶在前面") == 0
        await route.fulfill(response=response)

    await page.route("**/state?*", late)
    await page.reload()
    await expect(page.locator(".theirs .bubble")).to_have_text("赶在前面")
    await expect(page.locator(".mine")).to_have_count(1)
