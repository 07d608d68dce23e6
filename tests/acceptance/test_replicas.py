"""Several server processes over one database are one system."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from backend.database import Database
from channels.simulator.server import FakeWeChat
from tests.acceptance.eventually import eventually
from tests.acceptance.house import House
from tests.acceptance.poster import send, text_message
from tests.acceptance.tally import message_id, outcomes
from tests.acceptance.test_sweep import close_orders, events, surveys_of

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

QUESTION = "公积金租房提取需要什么材料"
MATTER = "雨湖区建设北路{n}号门口的路灯坏了三天了，晚上很黑，希望尽快修好"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def houses(settings: dict[str, str], wechat: FakeWeChat) -> AsyncIterator[list[House]]:
    """Two that do everything and one that serves pages only, started at the same time."""
    # Citizens know one address, whichever of them answers.
    same = settings | {"HUIYING_PUBLIC_URL": "http://hotline.example"}
    known = [House(same), House(same), House(same, role="web")]
    wechat.webhook_url = f"{known[0].url}/wechat"
    try:
        await asyncio.gather(*(house.start() for house in known))
        yield known
    finally:
        await asyncio.gather(*(house.stop() for house in known))


async def test_one_system_on_three_servers(
    houses: list[House],
    wechat: FakeWeChat,
    database: Database,
    session: aiohttp.ClientSession,
    tmp_path: Path,
) -> None:
    """One test for all, as three servers take long to start."""
    await _the_same_message_to_all_has_one_effect(houses, wechat, session)
    await _two_confirmations_at_once_make_one_order(houses, session)
    await _messages_to_all_in_turn_stay_in_order(houses, session)
    await _each_survey_goes_out_once(houses, wechat, database)
    await _imported_knowledge_is_known_everywhere(houses, session, tmp_path)
    await _what_is_edited_in_one_console_is_known_everywhere(houses, session)


async def _the_same_message_to_all_has_one_effect(
    houses: list[House], wechat: FakeWeChat, session: aiohttp.ClientSession
) -> None:
    number = 1000
    for text in (MATTER, "确认提交", QUESTION):
        for citizen in range(10):
            number += 1
            openid = f"oTwin{citizen}"
            fields = text_message(openid, text.format(n=citizen + 1), number)
            replies = await asyncio.gather(*(send(session, house.url, fields) for house in houses))
            assert len({reply and reply.text for reply in replies}) == 1
            assert replies[0] is not None
    rows = await outcomes(houses[0])
    assert len(rows) == len({row["message_key"] for row in rows}) == 30
    assert sum(row["outcome"] == "order" for row in rows) == 10
    orders = await houses[0].huiying("orders", "list", "--limit", "1000", "--json")
    assert len(orders) == 10


async def _two_confirmations_at_once_make_one_order(
    houses: list[House], session: aiohttp.ClientSession
) -> None:
    for place in range(10):
        openid, number = f"oTwice{place}", 4000 + 10 * place
        await send(session, houses[0].url, text_message(openid, MATTER.format(n=place + 1), number))
        both = (text_message(openid, "确认提交", number + 1 + nth) for nth in range(2))
        await asyncio.gather(
            *(send(session, house.url, fields) for house, fields in zip(houses, both, strict=False))
        )
    rows = [row for row in await outcomes(houses[1]) if row["openid"].startswith("oTwice")]
    assert sum(row["outcome"] == "order" for row in rows) == 10
    assert not any(row["outcome"] == "handoff" for row in rows), "a turn failed"


async def _messages_to_all_in_turn_stay_in_order(
    houses: list[House], session: aiohttp.ClientSession
) -> None:
    texts = [MATTER.format(n=77), "确认提交", QUESTION, "我的工单"] * 4
    replies = []
    for place, text in enumerate(texts):
        house = houses[place % len(houses)]
        replies.append(await send(session, house.url, text_message("oTurns", text, 2000 + place)))
    rows = [row for row in await outcomes(houses[2]) if row["openid"] == "oTurns"]
    assert [message_id(row) for row in rows] == [2000 + place for place in range(len(texts))]
    assert [row["outcome"] for row in rows][1::4] == ["order"] * 4
    assert None not in replies


async def _each_survey_goes_out_once(
    houses: list[House], wechat: FakeWeChat, database: Database
) -> None:
    openids = [f"oAsked{number}" for number in range(20)]
    await asyncio.gather(*(wechat.send_text(openid, "你好") for openid in openids))
    await close_orders(database, openids)
    await eventually(lambda: all(surveys_of(wechat, openid) for openid in openids))
    assert all(len(surveys_of(wechat, openid)) == 1 for openid in openids)
    assert set((await events(database, "asked")).values()) == {1}
    assert await houses[1].huiying("orders", "verify", "--json") == []


async def _imported_knowledge_is_known_everywhere(
    houses: list[House], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    file = tmp_path / "more.csv"
    file.write_text(
        "标题,相似问,答案,承办单位,来源,有效期至,分类\n"
        "星空观测场怎么预约,去星空观测场要预约吗；星空观测场预约方式,"
        "请在观测场公众号预约。,市科协,示例,2030-12-31,文化旅游/其他\n",
        encoding="utf-8",
    )
    await houses[0].huiying("knowledge", "import", str(file))
    await _known_everywhere(houses, session, "观测场公众号", 3000)


async def _known_everywhere(
    houses: list[House], session: aiohttp.ClientSession, words: str, number: int
) -> None:
    """Within two seconds every server answers with these words."""

    async def known(house: House) -> bool:
        nonlocal number
        number += 1
        fields = text_message(f"oReader{number}", "星空观测场怎么预约", number)
        reply = await send(session, house.url, fields)
        return reply is not None and words in reply.text

    await asyncio.gather(*(eventually(lambda h=h: known(h), within=2) for h in houses))


async def _what_is_edited_in_one_console_is_known_everywhere(
    houses: list[House], session: aiohttp.ClientSession
) -> None:
    hired = ("add", "bianji", "--name", "编辑", "--role", "editor", "--password", "hotline-12345")
    await houses[0].huiying("staff", *hired)
    entries = await houses[0].huiying("knowledge", "list", "--json")
    (entry,) = (row for row in entries if row["title"] == "星空观测场怎么预约")
    console = f"{houses[1].url}/console"
    own = {"Origin": houses[1].url}
    account = {"login": "bianji", "password": "hotline-12345"}
    text = {"title": entry["title"], "answer": "请到市科协窗口预约。", "why": "改为窗口预约"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as editor:
        await editor.post(f"{console}/login", data=account, headers=own)
        address = f"{console}/knowledge/{entry['id']}/change"
        async with editor.post(address, data={**text, "seen": "1"}, headers=own) as saved:
            assert "已保存" in await saved.text()
    await _known_everywhere(houses, session, "市科协窗口", 5000)
