"""The program of another platform that takes webhooks, for tests."""

import hashlib
import hmac
import json
from collections import Counter, deque
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


def verify(secret: str, header: str, body: bytes) -> bool:
    """As docs/api.md says it."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    mac = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(mac, parts["v1"])


class Receiver:
    """Keeps what it is told; answers with `answers` while there are any, else 204."""

    def __init__(self) -> None:
        self.secret = ""
        self.told: list[dict[str, Any]] = []
        self.deliveries: Counter[str] = Counter()
        self.answers: deque[int] = deque()
        self.down = False
        app = web.Application()
        app.router.add_post("/hook", self._take)
        app.router.add_route("*", "/elsewhere", self._elsewhere)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/hook"))

    @property
    def events(self) -> list[str]:
        return [said["event"] for said in self.told]

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        assert verify(self.secret, request.headers["X-Huiying-Signature"], body)
        self.deliveries[request.headers["X-Huiying-Delivery"]] += 1
        status = 503 if self.down else self.answers.popleft() if self.answers else 204
        if status < 300:
            self.told.append(json.loads(body))
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async def _elsewhere(self, _request: web.Request) -> web.Response:
        raise AssertionError("a redirect was followed")
