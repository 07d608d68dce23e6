"""The channel against the simulator, which was written apart from it: they share the wire only."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from backend.clock import Clock
from backend.message import Choice, Inbound, Kind, Notice, Reply, Verdict
from channels.simulator.account import Mode
from channels.simulator.server import FakeWeChat
from channels.wechat.account import Account
from channels.wechat.api import Api
from channels.wechat.channel import WeChatChannel
from channels.wechat.webhook import Webhook

TEMPLATES = {
    "survey": "SimulatorSurveyTemplate_0000000000000000001"
    " number=character_string1 matter=thing2 time=time3"
}
REPLY = Reply("路灯 ]]> 已登记 😀", (Choice("solved:1", "解决了"), Choice("more", "还有 & 别的")))


@dataclass
class Bot:
    received: list[Inbound] = field(default_factory=list)

    async def receive(self, inbound: Inbound) -> Reply | None:
        self.received.append(inbound)
        return REPLY


@dataclass
class Town:
    """A simulated WeChat, the channel that talks to it, and a bot behind."""

    wechat: FakeWeChat
    channel: WeChatChannel
    bot: Bot


@pytest.fixture(params=Mode)
async def town(
    request: pytest.FixtureRequest, redis: Redis, clock: Clock, session: ClientSession
) -> AsyncIterator[Town]:
    async with FakeWeChat.running(clock=clock, mode=request.param) as wechat:
        known = wechat.account
        account = Account(
            known.appid, known.secret, known.token, known.aes_key, wechat.api_base, TEMPLATES
        )
        bot = Bot()
        app = web.Application()
        app.add_routes(Webhook(account, bot.receive, clock).routes())
        channel = WeChatChannel(account, Api(account, redis, session, clock), clock)
        async with TestServer(app) as server:
            wechat.webhook_url = str(server.make_url("/wechat"))
            yield Town(wechat, channel, bot)


async def test_the_webhook_is_verified_and_a_message_is_answered(town: Town) -> None:
    assert await town.wechat.verify_webhook()
    answer = await town.wechat.send_text("o1", "路灯坏了")
    assert answer
    assert answer.text.startswith("路灯 ]]> 已登记 😀")
    assert town.bot.received[0].text == "路灯坏了"


async def test_a_tap_on_a_passive_choice_comes_back(town: Town) -> None:
    await town.wechat.send_text("o1", "路灯坏了")
    await town.wechat.tap("o1", "more")
    tapped = town.bot.received[-1]
    assert (tapped.text, tapped.tap) == ("还有 & 别的", "more")


async def test_a_retry_has_the_key_of_the_first(town: Town) -> None:
    await town.wechat.send_text("o1", "路灯坏了")
    await town.wechat.resend("o1")
    first, again = town.bot.received
    assert first.key == again.key


async def test_pictures_and_follows_arrive(town: Town) -> None:
    await town.wechat.follow("o1", "street_3")
    await town.wechat.send_voice("o1", "停水了")
    await town.wechat.send_location("o1", "建设北路")
    follow, voice, place = town.bot.received
    assert (follow.event, follow.data["scene"]) == ("subscribe", "street_3")
    assert (voice.kind, voice.text) == (Kind.VOICE, "停水了")
    assert place.location
    assert place.location.label == "建设北路"
    assert voice.attachment
    assert await town.channel.fetch(voice.attachment)


async def test_messages_are_sent_until_the_window_closes(town: Town, clock: Clock) -> None:
    await town.wechat.follow("o1")
    await town.wechat.send_text("o1", "路灯坏了")
    assert (await town.channel.send("o1", REPLY, dedup="hy1")).verdict is Verdict.SENT
    await town.channel.typing("o1")
    await town.wechat.tap("o1", "solved:1")
    assert town.bot.received[-1].tap == "solved:1"
    clock.advance(timedelta(hours=49))
    late = await town.channel.send("o1", Reply("还在吗？"), dedup="hy2")
    assert (late.verdict, late.code) == (Verdict.NEXT, "45015")
    fields = {"number": "XT1", "matter": "路灯不亮" * 9, "time": "2024-07-01 09:00"}
    notice = Notice("survey", fields, "https://12345.example/survey/1")
    assert (await town.channel.send("o1", notice, dedup="hy3")).verdict is Verdict.SENT
    assert (await town.channel.send("o1", notice, dedup="hy3")).verdict is Verdict.SENT
    assert len(town.wechat.sent_to("o1")) == 2
