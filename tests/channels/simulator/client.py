"""Calls the simulated API as an account's server does, over HTTP."""

from types import TracebackType
from typing import Any, Self

import aiohttp

from channels.simulator.server import FakeWeChat


class ApiClient:
    def __init__(self, wechat: FakeWeChat) -> None:
        self.wechat = wechat
        self.token = ""

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession()
        self.token = (await self.stable_token())["access_token"]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.session.close()

    async def stable_token(self, **more: Any) -> dict[str, Any]:
        account = self.wechat.account
        body = {"grant_type": "client_credential", "appid": account.appid}
        return await self.post("/cgi-bin/stable_token", {**body, "secret": account.secret, **more})

    async def post(self, path: str, body: Any, **query: str) -> dict[str, Any]:
        url = self.wechat.api_base + path
        query.setdefault("access_token", self.token)
        sent: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with self.session.post(url, params=query, **sent) as response:
            assert response.status == 200, await response.text()
            return dict(await response.json())

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        query.setdefault("access_token", self.token)
        async with self.session.get(self.wechat.api_base + path, params=query) as response:
            return dict(await response.json())

    async def text(self, openid: str, content: str = "您好") -> int:
        body = {"touser": openid, "msgtype": "text", "text": {"content": content}}
        return int((await self.post("/cgi-bin/message/custom/send", body))["errcode"])

    async def typing(self, openid: str, command: str = "Typing") -> int:
        body = {"touser": openid, "command": command}
        return int((await self.post("/cgi-bin/message/custom/typing", body))["errcode"])
