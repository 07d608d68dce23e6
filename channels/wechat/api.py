"""The calls to WeChat's API that we make."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import aiohttp
from redis.asyncio import Redis

from backend.clock import Clock
from channels.wechat import metrics, transport
from channels.wechat.account import Account
from channels.wechat.errors import STALE_TOKEN, ApiError, is_known
from channels.wechat.template import Template
from channels.wechat.token import Tokens

T = TypeVar("T")

log = logging.getLogger(__name__)


class Api:
    """One account's calls. Each raises ApiError, within about half a minute at the very worst.

    A refused access token is renewed once and the call repeated once, never more.
    """

    def __init__(
        self, account: Account, redis: Redis, session: aiohttp.ClientSession, clock: Clock
    ) -> None:
        self._base = account.api_base.rstrip("/")
        self._session = session
        self._tokens = Tokens(account, redis, session, clock)

    async def send_text(self, openid: str, text: str) -> None:
        """A customer-service message (客服消息) of text."""
        await self._send(openid, "text", {"content": text})

    async def send_menu(self, openid: str, menu: Mapping[str, Any]) -> None:
        """A customer-service message with buttons (msgmenu)."""
        await self._send(openid, "msgmenu", menu)

    async def send_image(self, openid: str, media_id: str) -> None:
        """A picture that was uploaded before."""
        await self._send(openid, "image", {"media_id": media_id})

    async def typing(self, openid: str) -> None:
        """Show 「对方正在输入」 until we send, or for 15 s."""
        await self._post("message/custom/typing", {"touser": openid, "command": "Typing"})

    async def send_template(
        self, openid: str, template: Template, fields: Mapping[str, str], url: str, dedup: str
    ) -> None:
        """A template message; WeChat sends only one per openid and `dedup` within 10 minutes."""
        body = self._notice(openid, template, fields)
        await self._post("message/template/send", {**body, "url": url, "client_msg_id": dedup})

    async def send_subscription(
        self, openid: str, template: Template, fields: Mapping[str, str], page: str
    ) -> None:
        """A subscription notice (订阅通知); `page` is the address that a tap opens."""
        body = self._notice(openid, template, fields)
        await self._post("message/subscribe/bizsend", {**body, "page": page} if page else body)

    async def media(self, media_id: str) -> bytes:
        """A picture, voice or video that a citizen sent; WeChat keeps it for three days."""
        answer = await self._get("media/get", {"media_id": media_id})
        if isinstance(answer, dict):
            # A video comes as the address of a file that needs no token.
            answer = await transport.get(self._session, str(answer.get("video_url", "")), {})
        if isinstance(answer, dict):
            raise ApiError("garbled")
        return answer

    async def create_menu(self, menu: Mapping[str, Any]) -> None:
        """Replace the account's menu; phones show the new one within 24 hours."""
        await self._post("menu/create", menu)

    async def _send(self, openid: str, kind: str, content: Mapping[str, Any]) -> None:
        await self._post("message/custom/send", {"touser": openid, "msgtype": kind, kind: content})

    @staticmethod
    def _notice(openid: str, template: Template, fields: Mapping[str, str]) -> dict[str, Any]:
        return {"touser": openid, "template_id": template.id, "data": template.data(fields)}

    async def _post(self, call: str, body: Mapping[str, Any]) -> dict[str, Any]:
        url = f"{self._base}/cgi-bin/{call}"
        return await self._counted(
            call, lambda token: transport.post(self._session, url, body, token)
        )

    async def _get(self, call: str, params: Mapping[str, str]) -> bytes | dict[str, Any]:
        url = f"{self._base}/cgi-bin/{call}"
        return await self._counted(
            call,
            lambda token: transport.get(self._session, url, {**params, "access_token": token}),
        )

    async def _counted(self, call: str, send: Callable[[str], Awaitable[T]]) -> T:
        try:
            answer = await self._authorised(send)
        except ApiError as error:
            metrics.CALLS.labels(call, error.code).inc()
            level = logging.INFO if is_known(error.code) else logging.WARNING
            log.log(level, "WeChat refused %s: %s", call, error)
            raise
        metrics.CALLS.labels(call, "0").inc()
        return answer

    async def _authorised(self, send: Callable[[str], Awaitable[T]]) -> T:
        token = await self._tokens.current()
        try:
            return await send(token)
        except ApiError as error:
            if error.code not in STALE_TOKEN:
                raise
        await self._tokens.drop(token)
        return await send(await self._tokens.current())
