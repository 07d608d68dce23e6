"""A server with the OpenAI-compatible embeddings API that misbehaves as it is told."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestServer

SIZE = 64
KEY = "sk-test"

Answer = dict[str, Any]


def vector(text: str) -> list[float]:
    """Texts that share characters and pairs are near each other."""
    found = np.full(SIZE, 1e-3)
    for size in (1, 2):
        for at in range(len(text) - size + 1):
            found[zlib.crc32(text[at : at + size].encode()) % SIZE] += 1
    return [float(number) for number in found]


class EmbeddingServer:
    """Answers well until `spoil` is set."""

    def __init__(self) -> None:
        self.requests: list[Answer] = []
        self.busy = 0
        """So many requests are refused with 429."""
        self.status = 200
        self.raw: bytes | None = None
        self.spoil: Callable[[Answer], Any] = lambda answer: answer
        self.hang = asyncio.Event()
        self.hang.set()
        self.url = ""

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator["EmbeddingServer"]:
        server = cls()
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/v1/embeddings", server._embed)
        async with TestServer(app) as served:
            server.url = str(served.make_url("/v1"))
            yield server
            server.hang.set()

    async def _embed(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.requests.append(asked)
        await self.hang.wait()
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": "bad key"}, status=401)
        if self.busy:
            self.busy -= 1
            return web.Response(status=429)
        if self.raw is not None:
            return web.Response(body=self.raw, content_type="application/json")
        data = [
            {"object": "embedding", "index": place, "embedding": vector(text)}
            for place, text in enumerate(asked["input"])
        ]
        answer = self.spoil({"object": "list", "model": asked["model"], "data": data})
        return web.Response(text=json.dumps(answer), status=self.status)
