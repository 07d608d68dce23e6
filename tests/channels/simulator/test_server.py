"""The simulator as part of somebody's application."""

import asyncio
from datetime import timedelta

import aiohttp
from aiohttp import web

from backend.clock import Clock
from channels.simulator.account import Account
from channels.simulator.server import FakeWeChat
from tests.channels.simulator.webhook import Webhook, webhook


async def serve(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def test_mounted_beside_the_webhook_it_talks_to(clock: Clock) -> None:
    account = Account("wx1", "secret", "token", Account().aes_key)
    wechat = FakeWeChat(clock=clock, account=account)
    stub = Webhook(account, default="收到")
    app = web.Application()
    app.router.add_route("*", "/wechat", stub.handle)
    app.add_subapp("/simulator", wechat.app)
    runner, address = await serve(app)
    wechat.webhook_url = f"{address}/wechat"
    assert wechat.api_base == f"{address}/simulator/api"
    reply = await wechat.send_text("o1", "你好")
    assert reply is not None
    assert reply.text == "收到"
    async with aiohttp.ClientSession() as session:
        for path in ("/simulator", "/simulator/"):
            async with session.get(address + path) as response:
                assert '<base href="/simulator/">' in await response.text()
        await wechat.send_image("o1", b"picture")
        async with session.get(stub.got[-1]["PicUrl"]) as response:
            assert await response.read() == b"picture"
    await runner.cleanup()


async def test_an_open_page_does_not_keep_the_server_from_stopping() -> None:
    app = web.Application()
    app.add_subapp("/simulator", FakeWeChat().app)
    runner, address = await serve(app)
    async with aiohttp.ClientSession() as session:
        response = await session.get(f"{address}/simulator/events")
        assert await response.content.readline() == b"event: ready\r\n"
        async with asyncio.timeout(5):
            await runner.cleanup()
        response.close()


async def test_stopping_gives_up_a_push_under_way(hook: Webhook) -> None:
    hook.default = 60.0
    async with asyncio.timeout(5), FakeWeChat.running(webhook_url=hook.url) as wechat:
        wechat.start(wechat.send_text("o1", "你好"))
        await hook.until(lambda: len(hook.got) == 1)


async def test_turning_the_clock_tells_the_application(clock: Clock, hook: Webhook) -> None:
    told: list[timedelta] = []

    async def on_advance(step: timedelta) -> None:
        told.append(step)

    before = clock.now()
    async with FakeWeChat.running(clock=clock, on_advance=on_advance) as wechat:
        await wechat.advance(timedelta(days=3))
    assert (told, clock.now() - before) == ([timedelta(days=3)], timedelta(days=3))


async def test_two_accounts_do_not_disturb_each_other() -> None:
    async with (
        webhook() as one,
        webhook() as two,
        FakeWeChat.running(webhook_url=one.url) as first,
        FakeWeChat.running(webhook_url=two.url) as second,
    ):
        await first.send_text("o1", "甲")
        await second.send_text("o1", "乙")
        assert [bubble.words for bubble in first.conversation("o1")] == ["甲"]
        assert [got["Content"] for got in two.got] == ["乙"]
