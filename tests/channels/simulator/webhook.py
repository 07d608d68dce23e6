"""A stub of an account's server: verifies, decrypts with wechatpy, answers by a script."""

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from channels.simulator.account import Account

Answer = str | int | bytes | float
"""Text: a reply text; int: an HTTP status; bytes: a raw body; float: seconds to hang."""


@dataclass
class Webhook:
    """Answers each push with the next of `answers`, and with `default` when they are used up."""

    account: Account = field(default_factory=Account)
    answers: list[Answer] = field(default_factory=list)
    default: Answer = b"success"
    got: list[dict[str, str]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    hook: Callable[[dict[str, str]], Awaitable[Answer]] | None = None
    url: str = ""
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until what was posted here fulfils a condition."""
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(condition)

    async def handle(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        check_signature(self.account.token, query["signature"], query["timestamp"], query["nonce"])
        if request.method == "GET":
            return web.Response(text=query["echostr"])
        body = await request.text()
        self.queries.append(query)
        self.bodies.append(body)
        fields = self._open(body, query)
        self.got.append(fields)
        async with self.arrived:
            self.arrived.notify_all()
        answer = self.answers.pop(0) if self.answers else self.default
        if self.hook:
            answer = await self.hook(fields)
        return await self._reply(answer, fields, query)

    def _open(self, body: str, query: dict[str, str]) -> dict[str, str]:
        if "encrypt_type" in query:
            crypto = WeChatCrypto(self.account.token, self.account.aes_key, self.account.appid)
            body = crypto.decrypt_message(
                body, query["msg_signature"], query["timestamp"], query["nonce"]
            )
        return {child.tag: child.text or "" for child in ET.fromstring(body)}

    async def _reply(
        self, answer: Answer, fields: dict[str, str], query: dict[str, str]
    ) -> web.Response:
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return web.Response(text="success")
        if isinstance(answer, int):
            return web.Response(status=answer)
        if isinstance(answer, bytes):
            return web.Response(body=answer)
        plain = text_reply(fields, answer)
        if "encrypt_type" not in query:
            return web.Response(text=plain)
        crypto = WeChatCrypto(self.account.token, self.account.aes_key, self.account.appid)
        sealed: Any = crypto.encrypt_message(plain, query["nonce"], query["timestamp"])
        return web.Response(text=str(sealed))


def text_reply(fields: dict[str, str], text: str) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{fields['FromUserName']}]]></ToUserName>"
        f"<FromUserName><![CDATA[{fields['ToUserName']}]]></FromUserName>"
        "<CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content></xml>"
    )


@asynccontextmanager
async def webhook(port: int = 0) -> AsyncIterator[Webhook]:
    stub = Webhook()
    app = web.Application()
    app.router.add_route("*", "/wechat", stub.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    stub.url = f"http://127.0.0.1:{runner.addresses[0][1]}/wechat"
    yield stub
    await runner.cleanup()
