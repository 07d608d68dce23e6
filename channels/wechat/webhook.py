"""/wechat: WeChat's messages come in here, and the direct answers go back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import ClientError, web

from backend.clock import Clock
from backend.database import Unavailable
from backend.failure import describe
from backend.message import Inbound, Reply
from channels.wechat import metrics, render
from channels.wechat.account import Account
from channels.wechat.envelope import Envelopes, Letter
from channels.wechat.errors import BadMessage, Forged
from channels.wechat.parse import parse
from channels.wechat.xml import write

Receive = Callable[[Inbound], Awaitable[Reply | None]]
"""Takes a message in for good and gives the one reply to answer with, or None for silence."""

BODY_LIMIT = 64 * 1024
BODY_SECONDS = 5.0

log = logging.getLogger(__name__)


class Webhook:
    """The HTTP side of one account.

    Answers 200 to whatever WeChat signed, except when `receive` failed: then 503 or 500, so that
    WeChat sends the message again (twice, 5 s apart).
    """

    def __init__(self, account: Account, receive: Receive, clock: Clock) -> None:
        """Raises ValueError if the account's EncodingAESKey cannot be one."""
        self._envelopes = Envelopes(account)
        self._receive = receive
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """The routes to add to an application."""
        return [web.get("/wechat", self.verify), web.post("/wechat", self.accept)]

    async def verify(self, request: web.Request) -> web.Response:
        """The check that the console makes when the URL is saved (服务器配置)."""
        try:
            self._envelopes.check(request.query)
        except Forged as error:
            return _refuse(403, str(error))
        return web.Response(text=request.query.get("echostr", ""))

    async def accept(self, request: web.Request) -> web.Response:
        """A message or an event."""
        try:
            self._envelopes.check_push(request.query)
            body = await _read(request)
        except Forged as error:
            return _refuse(403, str(error))
        except TimeoutError:
            return _refuse(408, "slow")
        except (ClientError, ConnectionError):
            return _refuse(400, "broken")
        if body is None:
            return _refuse(413, "too_big")
        with metrics.ANSWER_SECONDS.time():
            return await self._handle(request.query, body)

    async def _handle(self, query: Mapping[str, str], body: bytes) -> web.Response:
        try:
            letter = self._envelopes.open(query, body)
            inbound = parse(letter.message, self._clock.now())
            account_id = letter.message.required("ToUserName")
        except Forged as error:
            return _refuse(403, str(error))
        except BadMessage as error:
            # Genuine but unreadable: a retry would bring the same, so WeChat is told to rest.
            return _refuse(200, error.reason)
        metrics.RECEIVED.labels(inbound.kind).inc()
        return await self._answer(letter, inbound, account_id)

    async def _answer(self, letter: Letter, inbound: Inbound, account_id: str) -> web.Response:
        try:
            reply = await self._receive(inbound)
        except Unavailable:
            return _refuse(503, "database")
        except Exception as error:
            log.error("Receiving a message failed:\n%s", describe(error))
            return _refuse(500, "failure")
        if reply is None:
            return _success()
        return self._say(reply, letter, to=inbound.openid, sender=account_id)

    def _say(self, reply: Reply, letter: Letter, *, to: str, sender: str) -> web.Response:
        now = int(self._clock.now().timestamp())
        document = write(
            {
                "ToUserName": to,
                "FromUserName": sender,
                "CreateTime": now,
                "MsgType": "text",
                "Content": render.passive(reply),
            }
        )
        if letter.sealed:
            document = self._envelopes.seal(document, now)
        return web.Response(text=document, content_type="application/xml")


async def _read(request: web.Request) -> bytes | None:
    """The body, None if it is too big; raises TimeoutError if it takes too long to come."""
    body = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > BODY_LIMIT:
                return None
    return bytes(body)


def _refuse(status: int, reason: str) -> web.Response:
    metrics.REFUSED.labels(reason).inc()
    log.warning("Refused a request to /wechat: %s (HTTP %d)", reason, status)
    return _success() if status == 200 else web.Response(status=status, text=reason)


def _success() -> web.Response:
    return web.Response(text="success")
