import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from backend.clock import Clock
from backend.message import Attachment, Channel, Choice, Notice, Reply, Sending, Verdict
from channels.wechat.account import Account
from channels.wechat.api import Api
from channels.wechat.channel import WeChatChannel
from tests.channels.wechat.conftest import FakeWeChat

CHOICES = Reply("解决了吗？", (Choice("yes", "解决了"), Choice("no", "没解决")))
NUMBERED = "解决了吗？\n1. 解决了\n2. 没解决"


@pytest.fixture
def channel(account: Account, api: Api, clock: Clock) -> WeChatChannel:
    return WeChatChannel(account, api, clock)


def kinds(wechat: FakeWeChat) -> list[str]:
    return [body["msgtype"] for body in wechat.bodies("message/custom/send")]


async def test_is_a_channel(channel: WeChatChannel) -> None:
    door: Channel = channel
    assert door.name == "wechat"
    assert len(door.split(Reply("路灯。" * 400))) == 2


async def test_words_go_as_text_and_choices_as_a_menu(
    channel: WeChatChannel, wechat: FakeWeChat
) -> None:
    sent = Sending(Verdict.SENT)
    assert await channel.send("o1", Reply("您好", tail="再见"), dedup="hy1") == sent
    assert await channel.send("o1", CHOICES, dedup="hy2") == sent
    text, menu = wechat.bodies("message/custom/send")
    assert text["text"]["content"] == "您好\n再见"
    assert [item["id"] for item in menu["msgmenu"]["list"]] == ["yes", "no"]


async def test_an_account_without_menus_gets_numbers_for_a_day(
    channel: WeChatChannel, wechat: FakeWeChat, clock: Clock
) -> None:
    wechat.answers["message/custom/send"] = [{"errcode": 40200, "errmsg": "not allowed"}]
    assert (await channel.send("o1", CHOICES, dedup="hy1")).verdict is Verdict.SENT
    assert (await channel.send("o1", CHOICES, dedup="hy2")).verdict is Verdict.SENT
    assert kinds(wechat) == ["msgmenu", "text", "text"]
    assert wechat.bodies("message/custom/send")[1]["text"]["content"] == NUMBERED
    clock.advance(timedelta(days=1))
    await channel.send("o1", CHOICES, dedup="hy3")
    assert kinds(wechat)[3:] == ["msgmenu"]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (-1, Verdict.RETRY),
        (45011, Verdict.RETRY),
        (45015, Verdict.NEXT),
        (45047, Verdict.NEXT),
        (48001, Verdict.OPERATOR),
        (45002, Verdict.FAILED),
    ],
)
async def test_a_refusal_is_told_with_its_code(
    channel: WeChatChannel, wechat: FakeWeChat, code: int, verdict: Verdict
) -> None:
    wechat.answers["message/custom/send"] = [{"errcode": code, "errmsg": "why"}]
    sending = await channel.send("o1", CHOICES, dedup="hy1")
    assert sending == Sending(verdict, str(code), "why")


async def test_a_notice_goes_by_its_template(channel: WeChatChannel, wechat: FakeWeChat) -> None:
    notice = Notice("done", {"number": "XT20240701001", "matter": "路灯不亮"}, "https://x/order/1")
    assert (await channel.send("o1", notice, dedup="hy9")).verdict is Verdict.SENT
    assert wechat.bodies("message/template/send") == [
        {
            "touser": "o1",
            "template_id": "TplDone",
            "data": {
                "character_string1": {"value": "XT20240701001"},
                "thing2": {"value": "路灯不亮"},
            },
            "url": "https://x/order/1",
            "client_msg_id": "hy9",
        }
    ]


async def test_a_notice_may_be_a_subscription(channel: WeChatChannel, wechat: FakeWeChat) -> None:
    notice = Notice("survey", {"thing1": "路灯"})
    assert (await channel.send("o1", notice, dedup="hy9")).verdict is Verdict.SENT
    assert wechat.bodies("message/subscribe/bizsend") == [
        {"touser": "o1", "template_id": "TplSurvey", "data": {"thing1": {"value": "路灯"}}}
    ]
    wechat.answers["message/subscribe/bizsend"] = [{"errcode": 43101, "errmsg": "refused"}]
    assert (await channel.send("o1", notice, dedup="hy9")).verdict is Verdict.NEXT


async def test_a_notice_without_a_template_takes_the_next_rung(
    channel: WeChatChannel, wechat: FakeWeChat
) -> None:
    sending = await channel.send("o1", Notice("unheard_of", {}), dedup="hy9")
    assert sending == Sending(Verdict.NEXT, "no_template", "no template for 'unheard_of'")
    assert not wechat.calls


@pytest.mark.parametrize("code", [45080, 45081, 48001])
async def test_typing_never_raises(
    channel: WeChatChannel, wechat: FakeWeChat, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    wechat.answers["message/custom/typing"] = [{"errcode": code, "errmsg": "no"}]
    await channel.typing("o1")
    assert len(wechat.bodies("message/custom/typing")) == 1


async def test_fetches_what_a_citizen_sent(channel: WeChatChannel, wechat: FakeWeChat) -> None:
    wechat.answers["media/get"] = [web.Response(body=b"jpg", content_type="image/jpeg")]
    assert await channel.fetch(Attachment("image", "m1")) == b"jpg"


async def test_two_at_once_share_one_token(channel: WeChatChannel, wechat: FakeWeChat) -> None:
    await asyncio.gather(*(channel.send(f"o{n}", CHOICES, dedup=f"hy{n}") for n in range(20)))
    assert len(wechat.bodies("stable_token")) == 1


async def test_a_template_setting_that_cannot_be_read_is_said_at_the_start(
    account: Account, api: Api, clock: Clock
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        WeChatChannel(replace(account, templates={"done": ""}), api, clock)
