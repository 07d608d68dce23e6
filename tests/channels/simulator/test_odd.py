"""Whatever the page or an account sends to the simulator is taken or refused, and nothing fails."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from channels.simulator.server import FakeWeChat
from tests.channels.simulator.client import ApiClient
from tests.odd import HUGE, ODD, SURROGATES

JSON = {"Content-Type": "application/json"}
TEXTS = {**ODD, **SURROGATES, "huge": HUGE}


@pytest.fixture
async def page(wechat: FakeWeChat) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize("name", TEXTS)
async def test_the_page(wechat: FakeWeChat, page: aiohttp.ClientSession, name: str) -> None:
    text = TEXTS[name]
    chat = f"{wechat.base_url}/citizens/{wechat.world.meet('o-odd', '刘').openid}"
    for what, body in (
        ("text", {"text": text}),
        ("voice", {"text": text, "recognised": True}),
        ("location", {"label": text, "latitude": 27.8, "longitude": 112.9}),
        ("tap", {"id": text, "label": text}),
        ("menu", {"key": text}),
        ("open", {"url": text}),
    ):
        async with page.post(f"{chat}/{what}", json=body) as response:
            assert response.status < 500, what
    async with page.post(f"{wechat.base_url}/citizens", json={"name": text}) as response:
        assert response.status < 500
    async with page.get(f"{wechat.base_url}/state", params={"openid": "o-odd"}) as response:
        assert response.status == 200


@pytest.mark.parametrize("name", ODD | SURROGATES)
async def test_the_api(wechat: FakeWeChat, name: str) -> None:
    text = TEXTS[name]
    async with ApiClient(wechat) as api:
        for body in (
            {"touser": "o-odd", "msgtype": "text", "text": {"content": text}},
            {"touser": text, "msgtype": text, text: text},
            {"touser": "o-odd", "msgtype": "msgmenu", "msgmenu": {"head_content": text}},
        ):
            assert "errcode" in await api.post("/cgi-bin/message/custom/send", body)
        notice = {"touser": "o-odd", "template_id": text, "data": {"thing1": {"value": text}}}
        assert "errcode" in await api.post("/cgi-bin/message/template/send", notice)


async def test_nested_without_end(wechat: FakeWeChat, page: aiohttp.ClientSession) -> None:
    wechat.world.meet("o-odd", "刘")
    for body in (b"[" * 100_000, b'{"text":' * 50_000, b"\xff\xfe", b"", b"null", b"1e999"):
        url = f"{wechat.base_url}/citizens/o-odd/text"
        async with page.post(url, data=body, headers=JSON) as response:
            assert 400 <= response.status < 500
        async with ApiClient(wechat) as api:
            assert "errcode" in await api.post("/cgi-bin/message/custom/send", body)
