"""What could not be delivered, so that somebody reaches the citizen another way."""

from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import func, select

from backend.console.context import need, number_in, page, services
from backend.database import Connection
from backend.message import Notice
from backend.outbox import unpack
from backend.tables import citizen, orders, outbox

PAGE = 50
RECENT = timedelta(days=7)
"""After this long a message that was not delivered is nobody's task any more."""
FAILED = outbox.c.state.in_(("failed", "unreachable"))
routes = web.RouteTableDef()


@routes.get("/failures", name="failures")
async def show(request: web.Request) -> web.Response:
    """Messages that did not reach their citizen, newest first, with the reason."""
    need(request, "failures.read")
    async with services(request).database.transaction() as connection:
        since = services(request).clock.now() - RECENT
        rows = await _rows(connection, number_in(request, "before"))
        total = await count(connection, since)
    lines = [(row, _said(row.rungs)) for row in rows[:PAGE]]
    values = {"lines": lines, "more": len(rows) > PAGE, "total": total}
    return await page(request, "failures.html", values)


async def count(connection: Connection, since: datetime) -> int:
    """How many messages did not reach their citizen since then."""
    query = select(func.count()).where(FAILED, outbox.c.created_at >= since)
    return (await connection.execute(query)).scalar_one()


async def _rows(connection: Connection, before: int | None) -> list[Any]:
    query = (
        select(outbox, citizen.c.name, citizen.c.phone, orders.c.number, orders.c.place)
        .join_from(outbox, citizen, citizen.c.id == outbox.c.citizen_id)
        .outerjoin(orders, orders.c.id == outbox.c.order_id)
        .where(FAILED)
        .order_by(outbox.c.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(outbox.c.id < before)
    return list(await connection.execute(query))


def _said(rungs: list[dict[str, Any]]) -> str:
    """The words of the first way it was tried."""
    if not rungs:
        return ""
    body = unpack(rungs[0])
    return " ".join(body.fields.values()) if isinstance(body, Notice) else body.text
