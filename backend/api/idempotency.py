"""One request has one effect, however often it is sent (Idempotency-Key)."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.api.access import PLATFORM
from backend.api.problem import Wrong
from backend.database import Connection
from backend.services import SERVICES, Services
from backend.tables import platform_request, webhook

KEPT = timedelta(days=30)
"""So long a repeat is answered as before; external_number still knows the order afterwards."""

Work = Callable[[Connection, datetime], Awaitable[tuple[int, Any]]]
"""What a request does in a transaction: the status and what is answered."""


async def once(request: web.Request, work: Work, *, required: bool) -> web.Response:
    """Do `work`, or answer what it came to when the same key was sent before.

    A second request that arrives meanwhile waits for the first to commit. Raises Wrong 400 where a
    key is required and missing, 422 where it was used for something else.
    """
    services = request.config_dict[SERVICES]
    key, body = request.headers.get("Idempotency-Key", ""), await request.read()
    if len(key) > 255 or not key.isprintable() or (required and not key):
        raise Wrong(400, "请带上 Idempotency-Key 请求头：每次新的提交用一个新值，重发时用原来的值")
    now = services.clock.now()
    async with services.database.transaction() as connection:
        if key and not await _claim(connection, request, key, body, now):
            row = await _answered(connection, request, key, body)
            return _response(row.status, row.response, Idempotency_Replayed="true")
        status, answer = await work(connection, now)
        plain = msgspec.to_builtins(answer)
        if key:
            await connection.execute(
                update(platform_request)
                .where(*_is(request, key))
                .values(status=status, response=plain)
            )
    return _response(status, plain)


def _response(status: int, plain: Any, **headers: str) -> web.Response:
    version = {"ETag": f'"{plain["version"]}"'} if "version" in plain else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(
        status=status,
        body=msgspec.json.encode(plain),
        content_type="application/json",
        headers=version | named,
    )


def _is(request: web.Request, key: str) -> tuple[Any, Any]:
    columns = platform_request.c
    return columns.platform_id == request[PLATFORM].id, columns.key == key


def _fingerprint(request: web.Request, body: bytes) -> bytes:
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + body).digest()


async def _claim(
    connection: Connection, request: web.Request, key: str, body: bytes, now: datetime
) -> bool:
    """Whether the key is new. Waits for whoever is using it now."""
    statement = insert(platform_request).values(
        platform_id=request[PLATFORM].id,
        key=key,
        fingerprint=_fingerprint(request, body),
        status=0,
        response={},
        created_at=now,
    )
    return bool((await connection.execute(statement.on_conflict_do_nothing())).rowcount)


async def _answered(connection: Connection, request: web.Request, key: str, body: bytes) -> Any:
    query = select(platform_request).where(*_is(request, key))
    row = (await connection.execute(query)).one()
    if row.fingerprint != _fingerprint(request, body):
        raise Wrong(422, "这个 Idempotency-Key 已用于另一次内容不同的提交，请换一个新值")
    return row


class Forgetting:
    """The worker that forgets keys, and webhooks that were taken, after a while."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def step(self) -> bool:
        """Forget what is too old; always False."""
        before = self._services.clock.now() - KEPT
        async with self._services.database.transaction() as connection:
            await connection.execute(
                delete(platform_request).where(platform_request.c.created_at < before)
            )
            await connection.execute(delete(webhook).where(webhook.c.sent_at < before))
        return False
