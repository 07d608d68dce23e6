"""Pushes to the webhook: what is posted, how often, and what becomes of the answer."""

import asyncio

import pytest

from channels.simulator.account import Mode
from channels.simulator.citizen import Sender, Way
from channels.simulator.server import FakeWeChat
from channels.simulator.world import OUTAGE_NOTICE
from tests.channels.simulator.webhook import Answer, Webhook

NASTY = "第\x1d一行]]>第二&行 <b>"


@pytest.mark.parametrize("mode", Mode)
async def test_each_mode_is_understood_by_wechatpy(
    wechat: FakeWeChat, hook: Webhook, mode: Mode
) -> None:
    wechat.world.mode = mode
    hook.answers = ["好的"]
    reply = await wechat.send_text("o1", "你好]]>吗")
    assert reply is not None
    assert (reply.kind, reply.text) == ("text", "好的")
    assert hook.got[0]["Content"] == "你好]]>吗"
    assert hook.queries[0]["openid"] == "o1"
    assert ("encrypt_type" in hook.queries[0]) == (mode is not Mode.PLAIN)
    assert ("<Content>" in hook.bodies[0]) == (mode is not Mode.SAFE)


async def test_control_characters_are_passed_on_as_wechat_does(
    wechat: FakeWeChat, hook: Webhook
) -> None:
    wechat.world.mode = Mode.COMPATIBLE
    hook.default = 200
    await wechat.push("o1", {"MsgType": "text", "Content": "a\x1db", "MsgId": 1}, is_heard=False)
    assert wechat.calls.calls[-1].request.count("\x1d") == 1


async def test_every_kind_of_message(wechat: FakeWeChat, hook: Webhook) -> None:
    await wechat.send_image("o1", b"\x89PNG")
    await wechat.send_voice("o1", "停水了")
    await wechat.send_voice("o1", None)
    await wechat.send_video("o1")
    await wechat.send_video("o1", short=True)
    await wechat.send_location("o1", "雨湖公园", 27.8625, 112.9073)
    await wechat.send_link("o1", "标题", "http://x.cn")
    await wechat.send_miniprogram("o1", "湘易办")
    await wechat.click("o1", "my_orders")
    await wechat.follow("o1", scene="street")
    await wechat.unfollow("o1")
    kinds = [got.get("Event") or got["MsgType"] for got in hook.got]
    assert kinds == [
        "image", "voice", "voice", "video", "shortvideo", "location", "link", "miniprogrampage",
        "CLICK", "subscribe", "unsubscribe",
    ]  # fmt: skip
    assert hook.got[1]["Recognition"] == "停水了"
    assert "Recognition" not in hook.got[2]
    assert hook.got[5]["Location_X"] == "27.8625"
    assert hook.got[9]["EventKey"] == "qrscene_street"
    assert len({got["MsgId"] for got in hook.got if "MsgId" in got}) == 8


async def test_a_failed_post_is_repeated_with_the_same_msgid(
    wechat: FakeWeChat, hook: Webhook
) -> None:
    hook.answers = [500, 1.0, "好的"]
    reply = await wechat.send_text("o1", "你好")
    assert reply is not None
    assert len({got["MsgId"] for got in hook.got}) == 1
    assert len({query["nonce"] for query in hook.queries}) == 3
    assert wechat.deliveries[-1].attempts == 3


@pytest.mark.parametrize(
    "answer",
    [
        500,
        403,
        1.0,
        b"<xml><broken>",
        b'{"json": true}',
        b"\xff\xfe",
        b"<xml></xml>",
        "字" * 700,
        "",
        b"<!DOCTYPE x><xml/>",
    ],
    ids=str,
)
async def test_after_three_bad_answers_wechat_says_so(
    wechat: FakeWeChat, hook: Webhook, answer: Answer
) -> None:
    hook.default = answer
    assert await wechat.send_text("o1", "你好") is None
    assert len(hook.got) == 3
    assert [bubble.words for bubble in wechat.conversation("o1")] == ["你好", OUTAGE_NOTICE]
    assert wechat.deliveries[-1].problem


async def test_a_server_that_is_not_there(wechat: FakeWeChat) -> None:
    wechat.webhook_url = "http://127.0.0.1:9/wechat"
    assert await wechat.send_text("o1", "你好") is None
    assert wechat.conversation("o1")[-1].words == OUTAGE_NOTICE
    assert [call.status for call in wechat.calls] == [0, 0, 0]


@pytest.mark.parametrize("answer", [b"success", b""])
async def test_success_or_nothing_is_silence(
    wechat: FakeWeChat, hook: Webhook, answer: bytes
) -> None:
    hook.default = answer
    assert await wechat.send_text("o1", "你好") is None
    assert (len(hook.got), len(wechat.conversation("o1"))) == (1, 1)


async def test_a_plain_answer_in_safe_mode_is_refused(wechat: FakeWeChat, hook: Webhook) -> None:
    async def plain(fields: dict[str, str]) -> Answer:
        return b"<xml><ToUserName>o1</ToUserName></xml>"

    hook.hook = plain
    assert await wechat.send_text("o1", "你好") is None
    assert wechat.deliveries[-1].problem.startswith("not encrypted")


async def test_an_answer_to_somebody_else_is_refused(wechat: FakeWeChat, hook: Webhook) -> None:
    wechat.world.mode = Mode.PLAIN

    async def wrong(fields: dict[str, str]) -> Answer:
        return (
            f"<xml><ToUserName>other</ToUserName><FromUserName>{fields['ToUserName']}"
            "</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType>"
            "<Content>x</Content></xml>"
        ).encode()

    hook.hook = wrong
    assert await wechat.send_text("o1", "你好") is None
    assert wechat.deliveries[-1].problem == "ToUserName is not the citizen"


async def test_resend_is_the_same_message_and_no_second_bubble(
    wechat: FakeWeChat, hook: Webhook
) -> None:
    await wechat.send_text("o1", "你好")
    await wechat.resend("o1")
    assert hook.got[0] == hook.got[1]
    assert len(wechat.conversation("o1")) == 1


async def test_the_conversation_in_order(wechat: FakeWeChat, hook: Webhook) -> None:
    hook.answers = ["一", "二"]
    await wechat.send_text("o1", "甲")
    await wechat.send_text("o1", "乙")
    shown = [(bubble.sender, bubble.words, bubble.way) for bubble in wechat.conversation("o1")]
    assert shown == [
        (Sender.CITIZEN, "甲", Way.NONE),
        (Sender.ACCOUNT, "一", Way.PASSIVE),
        (Sender.CITIZEN, "乙", Way.NONE),
        (Sender.ACCOUNT, "二", Way.PASSIVE),
    ]
    assert wechat.sent_to("o1") == []


async def test_many_citizens_at_once(wechat: FakeWeChat, hook: Webhook) -> None:
    hook.default = "收到"
    await asyncio.gather(*(wechat.send_text(f"o{n}", "你好") for n in range(30)))
    assert all(len(wechat.conversation(f"o{n}")) == 2 for n in range(30))


async def test_verification(wechat: FakeWeChat) -> None:
    assert await wechat.verify_webhook()
    wechat.webhook_url = wechat.base_url
    assert not await wechat.verify_webhook()
