"""A citizen who says so gets their order withdrawn, after one question."""

import re

import aiohttp
import pytest
from yarl import URL

from backend import transcript
from backend.orders.lifecycle import State
from tests.bot.person import Person

LINK = re.compile(r'<a href="(http[^"]+)">查看工单详情</a>')
MATTER = "雨湖区韶山中路9号门前的井盖破了，希望更换"


async def state(person: Person) -> State:
    (kept,) = await person.orders()
    return kept.order.state


async def filed(person: Person) -> None:
    await person.says(MATTER)
    await person.taps("确认提交")


@pytest.mark.parametrize("words", ["我要撤回工单", "帮我把刚才的投诉撤了吧", "撤销", "取消工单"])
async def test_who_withdraws_is_asked_once(person: Person, words: str) -> None:
    await filed(person)
    assert "要撤回工单吗" in await person.says(words)
    assert await state(person) is not State.WITHDRAWN
    (kept,) = await person.orders()
    assert "已按您的要求撤回" in await person.taps(f"撤回 {kept.number}")
    assert await state(person) is State.WITHDRAWN


async def test_who_thinks_better_of_it_keeps_the_order(person: Person) -> None:
    await filed(person)
    await person.says("我要撤回工单")
    assert "照常办理" in await person.says("不撤回")
    assert await state(person) is State.DISPATCHING


async def test_a_matter_in_which_something_is_withdrawn_is_a_matter(person: Person) -> None:
    await filed(person)
    told = "雨湖区韶山中路菜市场门口的流动摊点被撤了又来，希望城管取消占道，投诉过两次，请派人常驻"
    assert "要撤回工单吗" not in await person.says(told)


async def test_what_is_not_theirs_is_not_withdrawn(person: Person) -> None:
    assert "要撤回工单吗" not in await person.says("我要撤回工单")
    assert "没有查到您名下" in await person.pushes(
        MsgType="text", Content="撤回", bizmsgmenuid="withdraw:20260101000001"
    )


async def test_the_answer_about_an_order_leads_to_its_page(person: Person) -> None:
    """A link that lets whoever has it act as the citizen: it stands nowhere but in what is sent."""
    await filed(person)
    (address,) = LINK.findall(await person.says("我的工单"))
    page = URL(person.wechat.webhook_url).with_path(URL(address).path)
    async with aiohttp.ClientSession() as browser, browser.get(page) as response:
        assert "还想做什么" in await response.text()
    async with person.system.services.database.transaction() as connection:
        lines = await transcript.history(connection, (await person.chat()).citizen_id)
    assert not [line for line in lines if address in line.text]
