"""The messages behind a figure, newest first."""

from typing import Any

from aiohttp import web
from sqlalchemy import select

from backend.console.context import need, number_in, page, services
from backend.console.home import midnight, outcomes
from backend.console.words import OUTCOMES
from backend.database import Connection
from backend.tables import citizen, knowledge, message, orders

PAGE = 50
routes = web.RouteTableDef()


@routes.get("/messages", name="messages")
async def show(request: web.Request) -> web.Response:
    """Messages of today (or of all days), of one outcome or of all."""
    need(request, "messages.read")
    shared, query = services(request), request.query
    wanted, every_day = query.get("outcome", ""), query.get("day") == "all"
    since = None if every_day else midnight(shared.clock.now())
    async with shared.database.transaction() as connection:
        rows = await _rows(connection, wanted, since, number_in(request, "before"))
        counts = await outcomes(connection, midnight(shared.clock.now()))
    values = {
        "rows": rows[:PAGE],
        "more": len(rows) > PAGE,
        "outcome": wanted,
        "every_day": every_day,
        "outcomes": [name for name in OUTCOMES if name],
        "counts": counts,
    }
    return await page(request, "messages.html", values)


async def _rows(connection: Connection, wanted: str, since: Any, before: int | None) -> list[Any]:
    query = (
        select(
            message,
            citizen.c.name,
            orders.c.number,
            knowledge.c.title,
        )
        .join_from(message, citizen, citizen.c.id == message.c.citizen_id)
        .outerjoin(orders, orders.c.id == message.c.order_id)
        .outerjoin(knowledge, knowledge.c.id == message.c.knowledge_id)
        .order_by(message.c.id.desc())
        .limit(PAGE + 1)
    )
    if wanted == "open":
        query = query.where(message.c.outcome.is_(None))
    elif wanted:
        query = query.where(message.c.outcome == wanted)
    if since is not None:
        query = query.where(message.c.received_at >= since)
    if before is not None:
        query = query.where(message.c.id < before)
    return list(await connection.execute(query))
