"""The API, over HTTP, with WeChat's errors."""

import asyncio
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from channels.simulator.account import TEMPLATES
from channels.simulator.fault import Trouble
from channels.simulator.server import FakeWeChat
from tests.channels.simulator.client import ApiClient
from tests.channels.simulator.webhook import Webhook

SEND = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"
SURVEY = next(iter(TEMPLATES))
DATA = {
    "character_string1": {"value": "XT2026030200001"},
    "thing2": {"value": "路灯不亮"},
    "time3": {"value": "2026年3月2日 09:00"},
}
MENU = {"head_content": "满意吗", "list": [{"id": "s1", "content": "满意"}], "tail_content": "谢谢"}


def card(openid: str, **more: Any) -> dict[str, Any]:
    return {"touser": openid, "template_id": SURVEY, "data": DATA, **more}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"appid": "wx"}, 40013),
        ({"secret": "no"}, 40125),
        ({"grant_type": "no"}, 40002),
    ],
)
async def test_a_wrong_client_gets_no_token(
    api: ApiClient, change: dict[str, str], expected: int
) -> None:
    assert (await api.stable_token(**change))["errcode"] == expected


async def test_five_messages_then_45047_then_45015_until_the_citizen_writes(
    api: ApiClient, wechat: FakeWeChat
) -> None:
    await wechat.send_text("o1", "你好")
    assert [await api.text("o1") for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    await wechat.advance(timedelta(hours=48))
    api.token = (await api.stable_token())["access_token"]
    assert await api.text("o1") == 45015
    await wechat.send_text("o1", "还在吗")
    assert await api.text("o1") == 0
    assert len(wechat.sent_to("o1")) == 6


async def test_a_tap_on_a_menu_opens_three_messages_for_a_minute(
    api: ApiClient, wechat: FakeWeChat, hook: Webhook
) -> None:
    await wechat.send_text("o1", "你好")
    body = {"touser": "o1", "msgtype": "msgmenu", "msgmenu": MENU}
    assert (await api.post(SEND, body))["errcode"] == 0
    assert wechat.sent_to("o1")[0].words == "满意吗\n满意\n谢谢"
    await wechat.advance(timedelta(hours=47, minutes=59, seconds=30))
    api.token = (await api.stable_token())["access_token"]
    await wechat.tap("o1", "s1")
    assert (hook.got[-1]["Content"], hook.got[-1]["bizmsgmenuid"]) == ("满意", "s1")
    await wechat.advance(timedelta(seconds=30))
    assert [await api.text("o1") for _ in range(4)] == [0, 0, 0, 45047]
    await wechat.advance(timedelta(seconds=30))
    assert await api.text("o1") == 45015


async def test_tapping_what_was_never_shown_is_an_error_of_the_test(wechat: FakeWeChat) -> None:
    with pytest.raises(LookupError):
        await wechat.tap("o1", "nothing")


async def test_an_account_without_message_menus(api: ApiClient, wechat: FakeWeChat) -> None:
    wechat.world.msgmenu_allowed = False
    await wechat.send_text("o1", "你好")
    body = {"touser": "o1", "msgtype": "msgmenu", "msgmenu": MENU}
    assert (await api.post(SEND, body))["errcode"] == 40200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{not json", 47001),
        (b"[]", 47001),
        (b"", 44002),
        ({"touser": "nobody", "msgtype": "text", "text": {"content": "x"}}, 40003),
        ({"touser": "o1", "msgtype": "poem", "poem": {}}, 40008),
        ({"touser": "o1", "msgtype": "text", "text": {"content": ""}}, 44004),
        ({"touser": "o1", "msgtype": "text", "text": {"content": "字" * 683}}, 45002),
        ({"touser": "o1", "msgtype": "text", "text": {"content": "字" * 682 + "ab"}}, 0),
        ({"touser": "o1", "msgtype": "image", "image": {"media_id": "x"}}, 40007),
        ({"touser": "o1", "msgtype": "msgmenu", "msgmenu": {"list": []}}, 40035),
    ],
)
async def test_what_a_customer_message_may_be(
    api: ApiClient, wechat: FakeWeChat, body: Any, expected: int
) -> None:
    await wechat.send_text("o1", "你好")
    assert (await api.post(SEND, body))["errcode"] == expected


async def test_who_does_not_follow_or_refuses(api: ApiClient, wechat: FakeWeChat) -> None:
    await wechat.send_text("o1", "你好")
    wechat.world.refuse("o1", True)
    assert await api.text("o1") == 48002
    await wechat.unfollow("o1")
    assert await api.text("o1") == 45015
    assert (await api.post(TEMPLATE, card("o1")))["errcode"] == 43004
    wechat.world.refuse("o1", False)
    await wechat.follow("o1")
    assert [await api.text("o1") for _ in range(4)] == [0, 0, 0, 45047]


async def test_typing(api: ApiClient, wechat: FakeWeChat) -> None:
    wechat.world.meet("o1")
    assert await api.typing("o1") == 45015
    await wechat.send_text("o1", "你好")
    assert await api.typing("o1", "Dance") == 45072
    assert [await api.typing("o1"), await api.typing("o1")] == [0, 45081]
    assert await api.text("o1") == 0
    assert await api.typing("o1") == 0
    await wechat.advance(timedelta(seconds=31))
    assert await api.typing("o1") == 45080


async def test_the_same_client_msg_id_is_one_card_for_ten_minutes(
    api: ApiClient, wechat: FakeWeChat, hook: Webhook
) -> None:
    wechat.world.meet("o1")
    first = await api.post(TEMPLATE, card("o1", client_msg_id="survey-1", url="http://x.cn/s"))
    again = await api.post(TEMPLATE, card("o1", client_msg_id="survey-1"))
    assert (first["errcode"], first["msgid"]) == (0, again["msgid"])
    await wechat.advance(timedelta(minutes=10))
    later = await api.post(TEMPLATE, card("o1", client_msg_id="survey-1"))
    assert later["msgid"] != first["msgid"]
    assert len(wechat.sent_to("o1")) == 2
    assert wechat.sent_to("o1")[0].data["url"] == "http://x.cn/s"
    await wechat.settled()
    reports = [got for got in hook.got if got.get("Event") == "TEMPLATESENDJOBFINISH"]
    assert [report["MsgID"] for report in reports] == [str(first["msgid"]), str(later["msgid"])]
    assert reports[0]["Status"] == "success"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"template_id": "unknown"}, 40037),
        ({"data": {}}, 47003),
        ({"data": DATA | {"thing2": {"value": "字" * 21}}}, 47003),
        ({"data": DATA | {"character_string1": {"value": "工单"}}}, 47003),
        ({"data": "x"}, 47001),
    ],
)
async def test_what_a_template_message_may_be(
    api: ApiClient, wechat: FakeWeChat, change: dict[str, Any], expected: int
) -> None:
    wechat.world.meet("o1")
    assert (await api.post(TEMPLATE, card("o1", **change)))["errcode"] == expected
    assert wechat.sent_to("o1") == []


async def test_a_blocked_template_message_is_reported_later(
    api: ApiClient, wechat: FakeWeChat, hook: Webhook
) -> None:
    wechat.world.refuse("o1", True)
    assert (await api.post(TEMPLATE, card("o1")))["errcode"] == 0
    await wechat.settled()
    assert hook.got[-1]["Status"] == "failed:user block"
    assert wechat.sent_to("o1") == []


async def test_notices_need_a_subscription(api: ApiClient, wechat: FakeWeChat) -> None:
    wechat.world.meet("o1")
    path = "/cgi-bin/message/subscribe/bizsend"
    assert (await api.post(path, card("o1")))["errcode"] == 43101
    await wechat.allow_notices("o1")
    assert (await api.post(path, card("o1")))["errcode"] == 0


async def test_media_live_three_days(api: ApiClient, wechat: FakeWeChat, hook: Webhook) -> None:
    await wechat.send_voice("o1", "我家停水了")
    media_id = hook.got[-1]["MediaId"]
    url = f"{wechat.api_base}/cgi-bin/media/get"
    query = {"access_token": api.token, "media_id": media_id}
    async with api.session.get(url, params=query) as response:
        assert response.content_type == "audio/amr"
        assert (await response.read()).startswith(b"#!AMR\n")
    await wechat.advance(timedelta(days=3))
    api.token = (await api.stable_token())["access_token"]
    assert (await api.get("/cgi-bin/media/get", media_id=media_id))["errcode"] == 40007


async def test_upload(api: ApiClient, wechat: FakeWeChat) -> None:
    form = aiohttp.FormData()
    form.add_field("media", b"\xff\xd8", filename="a.jpg", content_type="image/jpeg")
    query = {"access_token": api.token, "type": "image"}
    url = f"{wechat.api_base}/cgi-bin/media/upload"
    async with api.session.post(url, params=query, data=form) as response:
        media_id = (await response.json())["media_id"]
    await wechat.send_text("o1", "你好")
    body = {"touser": "o1", "msgtype": "image", "image": {"media_id": media_id}}
    assert (await api.post(SEND, body))["errcode"] == 0


@pytest.mark.parametrize(
    ("buttons", "expected"),
    [
        ([{"type": "click", "name": "我的工单", "key": "my_orders"}], 0),
        ([], 40016),
        ([{"type": "click", "name": "我的工单"}], 40019),
        ([{"type": "fly", "name": "我"}], 40017),
        ([{"type": "view", "name": "我", "url": "javascript:1"}], 40020),
        ([{"name": "六个字太长了", "type": "click", "key": "k"}], 40018),
    ],
)
async def test_menu(api: ApiClient, buttons: list[Any], expected: int) -> None:
    assert (await api.post("/cgi-bin/menu/create", {"button": buttons}))["errcode"] == expected


async def test_the_web_authorisation_gives_the_openid_once(
    api: ApiClient, wechat: FakeWeChat
) -> None:
    query = {"appid": wechat.account.appid, "redirect_uri": "http://x.cn/s?a=1", "openid": "o1"}
    url = f"{wechat.base_url}/connect/oauth2/authorize"
    async with api.session.get(url, params=query, allow_redirects=False) as response:
        code = response.headers["Location"].split("code=")[1].split("&")[0]
    client = {"appid": wechat.account.appid, "secret": wechat.account.secret, "code": code}
    given = await api.get("/sns/oauth2/access_token", grant_type="authorization_code", **client)
    assert given["openid"] == "o1"
    again = await api.get("/sns/oauth2/access_token", grant_type="authorization_code", **client)
    assert again["errcode"] == 40163


async def test_faults_are_used_up(api: ApiClient, wechat: FakeWeChat) -> None:
    await wechat.send_text("o1", "你好")
    wechat.fault(SEND, 45011, times=2)
    assert [await api.text("o1") for _ in range(3)] == [45011, 45011, 0]
    assert len(wechat.calls.of(SEND)) == 3


async def test_a_lost_answer_is_a_message_delivered(api: ApiClient, wechat: FakeWeChat) -> None:
    await wechat.send_text("o1", "你好")
    wechat.fault("*", "lost")
    with pytest.raises(aiohttp.ClientError):
        await api.text("o1")
    assert len(wechat.sent_to("o1")) == 1


@pytest.mark.parametrize("trouble", [Trouble.DROP, Trouble.HANG])
async def test_a_broken_connection_delivers_nothing(
    api: ApiClient, wechat: FakeWeChat, trouble: Trouble
) -> None:
    await wechat.send_text("o1", "你好")
    wechat.fault("*", trouble, seconds=0.1)
    with pytest.raises(aiohttp.ClientError):
        await api.text("o1")
    assert wechat.sent_to("o1") == []


async def test_down_for_a_minute_of_the_clock(api: ApiClient, wechat: FakeWeChat) -> None:
    await wechat.send_text("o1", "你好")
    wechat.down(60)
    with pytest.raises(aiohttp.ClientError):
        await api.text("o1")
    await wechat.advance(timedelta(seconds=60))
    assert await api.text("o1") == 0


async def test_what_does_not_exist(api: ApiClient) -> None:
    assert (await api.get("/cgi-bin/nothing"))["errcode"] == 40066
    assert (await api.get(SEND))["errcode"] == 43002


async def test_a_hanging_call_does_not_keep_the_server_from_stopping(hook: Webhook) -> None:
    async with aiohttp.ClientSession() as session:
        async with FakeWeChat.running(webhook_url=hook.url) as wechat:
            wechat.fault("*", "hang", seconds=600)
            call = asyncio.create_task(session.get(wechat.api_base + "/cgi-bin/token"))
            done, _ = await asyncio.wait({call}, timeout=0.2)
            assert not done
        with pytest.raises(aiohttp.ClientError):
            await call
