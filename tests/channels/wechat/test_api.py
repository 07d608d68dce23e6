import asyncio
import logging

import pytest
from aiohttp import ClientSession, ClientTimeout, web
from aiohttp.test_utils import unused_port
from redis.asyncio import Redis

from backend.clock import Clock
from channels.wechat import transport
from channels.wechat.account import Account
from channels.wechat.api import Api
from channels.wechat.errors import ApiError
from channels.wechat.menu import MENU, push_menu
from channels.wechat.template import Template
from tests.channels.wechat.conftest import SECRET, FakeWeChat


async def code_of(api: Api) -> str:
    with pytest.raises(ApiError) as caught:
        await api.send_text("o1", "您好")
    return caught.value.code


async def test_each_call_looks_as_documented(api: Api, wechat: FakeWeChat) -> None:
    template = Template.parse("Tpl1")
    await api.send_text("o1", "您好 😀")
    await api.send_menu("o1", {"head_content": "?", "list": [], "tail_content": ""})
    await api.send_image("o1", "m1")
    await api.typing("o1")
    await api.send_template("o1", template, {"thing1": "路灯"}, "https://x/s/1", "hy7")
    await api.send_subscription("o1", template, {"thing1": "路灯"}, "https://x/s/1")
    await push_menu(api)
    notice = {"touser": "o1", "template_id": "Tpl1", "data": {"thing1": {"value": "路灯"}}}
    assert wechat.calls[1:] == [
        (
            "message/custom/send",
            {"touser": "o1", "msgtype": "text", "text": {"content": "您好 😀"}},
        ),
        (
            "message/custom/send",
            {
                "touser": "o1",
                "msgtype": "msgmenu",
                "msgmenu": {"head_content": "?", "list": [], "tail_content": ""},
            },
        ),
        ("message/custom/send", {"touser": "o1", "msgtype": "image", "image": {"media_id": "m1"}}),
        ("message/custom/typing", {"touser": "o1", "command": "Typing"}),
        ("message/template/send", {**notice, "url": "https://x/s/1", "client_msg_id": "hy7"}),
        ("message/subscribe/bizsend", {**notice, "page": "https://x/s/1"}),
        ("menu/create", MENU),
    ]


def test_the_menu_keeps_to_wechats_rules() -> None:
    assert len(MENU["button"]) <= 3
    assert all(len(button["name"]) <= 4 for button in MENU["button"])
    assert {button["key"] for button in MENU["button"]} == {"new_order", "my_orders", "human"}


async def test_chinese_is_sent_as_it_stands(api: Api, wechat: FakeWeChat) -> None:
    raw = []

    async def keep(request: web.Request) -> web.Response:
        raw.append(await request.read())
        return web.json_response({"errcode": 0})

    wechat.answers["message/custom/send"] = [keep]
    await api.send_text("o1", "路灯")
    assert "路灯".encode() in raw[0]


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_stale_token_costs_one_retry(api: Api, wechat: FakeWeChat, code: int) -> None:
    wechat.answers["message/custom/send"] = [{"errcode": code, "errmsg": "stale"}]
    await api.send_text("o1", "您好")
    assert [path for path, _ in wechat.calls] == ["stable_token", "message/custom/send"] * 2


async def test_a_token_that_stays_refused_does_not_recurse(api: Api, wechat: FakeWeChat) -> None:
    wechat.refuse_all_tokens = True
    assert await code_of(api) == "40001"
    assert [path for path, _ in wechat.calls] == ["stable_token", "message/custom/send"] * 2


async def test_twenty_calls_with_a_stale_token_make_one_fetch(api: Api, wechat: FakeWeChat) -> None:
    await api.send_text("o1", "您好")
    wechat.tokens.append("a newer one than we hold")
    await asyncio.gather(*(api.send_text(f"o{n}", "您好") for n in range(20)))
    assert len(wechat.bodies("stable_token")) == 2


async def test_other_errors_are_not_retried(api: Api, wechat: FakeWeChat) -> None:
    wechat.answers["message/custom/send"] = [{"errcode": 45015, "errmsg": "out of time"}]
    assert await code_of(api) == "45015"
    assert len(wechat.bodies("message/custom/send")) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (web.Response(status=502), "http_502"),
        (web.Response(status=302, headers={"Location": "http://elsewhere/"}), "http_302"),
        (web.Response(text="<html>busy"), "garbled"),
        (web.Response(text="[]"), "garbled"),
        (web.Response(text="[" * 100_000), "garbled"),
        (web.Response(text="x" * (transport.ANSWER_LIMIT + 1)), "too_big"),
        ({"errcode": -1, "errmsg": "system busy"}, "-1"),
    ],
)
async def test_what_is_no_answer_has_a_code(
    api: Api, wechat: FakeWeChat, answer: web.Response, code: str
) -> None:
    wechat.answers["message/custom/send"] = [answer]
    assert await code_of(api) == code


async def test_an_answer_that_does_not_come_is_a_timeout(
    api: Api, wechat: FakeWeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        await stop.wait()
        return web.Response()

    await api.send_text("o1", "您好")
    monkeypatch.setattr(transport, "TIMEOUT", ClientTimeout(total=0.1))
    wechat.answers["message/custom/send"] = [hang]
    try:
        assert await code_of(api) == "timeout"
    finally:
        stop.set()


def test_calls_end_within_eight_seconds() -> None:
    assert transport.TIMEOUT.total
    assert 5 <= transport.TIMEOUT.total <= 8


async def test_nobody_there_is_a_network_error(
    redis: Redis, session: ClientSession, clock: Clock
) -> None:
    account = Account("wx1", SECRET, "t", "", f"http://127.0.0.1:{unused_port()}")
    assert await code_of(Api(account, redis, session, clock)) == "network"


async def test_a_closed_connection_is_a_network_error(api: Api, wechat: FakeWeChat) -> None:
    async def cut(request: web.Request) -> web.Response:
        assert request.transport
        request.transport.close()
        return web.Response()

    wechat.answers["message/custom/send"] = [cut]
    assert await code_of(api) == "network"


async def test_no_secret_gets_into_logs_or_errors(
    api: Api, account: Account, wechat: FakeWeChat, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await api.send_text("o1", "您好")
        wechat.answers["message/custom/send"] = [
            {"errcode": 40013, "errmsg": "bad token-1"},
            web.Response(status=500),
            web.Response(text="token-1"),
        ]
        for _ in range(3):
            with pytest.raises(ApiError) as caught:
                await api.send_text("o1", "您好")
            assert "token-1" not in f"{caught.value}{caught.value.__context__!r}"
    # The fake server logs its requests, as WeChat's surely does.
    ours = [r.getMessage() for r in caplog.records if r.name != "aiohttp.access"]
    assert "WeChat refused message/custom/send: 40013 bad ***" in ours
    for secret in ("token-1", SECRET, "您好", account.token, account.aes_key):
        assert secret not in "".join(ours)
        assert secret not in repr(account)


async def test_an_unknown_code_is_logged_as_a_warning(
    api: Api, wechat: FakeWeChat, caplog: pytest.LogCaptureFixture
) -> None:
    wechat.answers["message/custom/send"] = [{"errcode": 99999, "errmsg": "new"}]
    assert await code_of(api) == "99999"
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_media_comes_as_bytes(api: Api, wechat: FakeWeChat) -> None:
    wechat.answers["media/get"] = [web.Response(body=b"#!AMR", content_type="audio/amr")]
    assert await api.media("m1") == b"#!AMR"
    assert wechat.bodies("media/get")[0]["media_id"] == "m1"


async def test_a_video_comes_by_its_address(api: Api, account: Account, wechat: FakeWeChat) -> None:
    wechat.answers["media/get"] = [{"video_url": f"{account.api_base}/file.mp4"}]
    wechat.answers["/file.mp4"] = [web.Response(body=b"mp4", content_type="video/mp4")]
    assert await api.media("m1") == b"mp4"
    assert wechat.bodies("/file.mp4") == [{}]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"errcode": 40007, "errmsg": "invalid media_id"}, "40007"),
        ({}, "network"),
        (web.Response(body=b"x" * 2000, content_type="image/jpeg"), "too_big"),
    ],
)
async def test_media_that_cannot_be_had(
    api: Api,
    wechat: FakeWeChat,
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, object] | web.Response,
    code: str,
) -> None:
    monkeypatch.setattr(transport, "MEDIA_LIMIT", 1999)
    wechat.answers["media/get"] = [answer]
    with pytest.raises(ApiError) as caught:
        await api.media("m1")
    assert caught.value.code == code


async def test_a_stale_token_is_renewed_for_media_too(api: Api, wechat: FakeWeChat) -> None:
    wechat.answers["media/get"] = [
        {"errcode": 40001, "errmsg": "stale"},
        web.Response(body=b"jpg", content_type="image/jpeg"),
    ]
    assert await api.media("m1") == b"jpg"
