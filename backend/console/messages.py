"""The messages behind a figure, newest first."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import and_, select

from backend.console.context import need, number_in, page, services
from backend.console.home import midnight, outcomes
from backend.console.words import OUTCOMES
from backend.database import Connection
from backend.knowledge import figures
from backend.tables import citizen, knowledge, knowledge_feedback, message, orders

PAGE = 50
routes = web.RouteTableDef()


@routes.get("/messages", name="messages")
async def show(request: web.Request) -> web.Response:
    """Messages of today (or of all days), of one outcome or of all."""
    need(request, "messages.read")
    shared, query = services(request), request.query
    wanted, every_day = query.get("outcome", ""), query.get("day") == "all"
    since = None if every_day else midnight(shared.clock.now())
    behind = _Behind(number_in(request, "knowledge"), query.get("said", ""))
    if behind.entry_id is not None:
        since = figures.since(shared.clock.now(), number_in(request, "days") or 0)
    async with shared.database.transaction() as connection:
        rows = await _rows(connection, wanted, since, number_in(request, "before"), behind)
        entry = await _entry(connection, behind.entry_id)
        counts = await outcomes(connection, midnight(shared.clock.now()))
    values = {
        "rows": rows[:PAGE],
        "more": len(rows) > PAGE,
        "outcome": wanted,
        "every_day": every_day,
        "outcomes": [name for name in OUTCOMES if name],
        "counts": counts,
        "entry": entry,
        "said": behind.said,
        "query": {name: text for name, text in query.items() if text and name != "before"},
    }
    return await page(request, "messages.html", values)


@dataclass(frozen=True, slots=True)
class _Behind:
    """The figure of an entry that is looked behind: its answers, or those `said` to be solved
    or unsolved."""

    entry_id: int | None
    said: str


async def _entry(connection: Connection, entry_id: int | None) -> Any:
    query = select(knowledge.c.id, knowledge.c.title).where(knowledge.c.id == entry_id)
    return (await connection.execute(query)).first() if entry_id is not None else None


async def _rows(
    connection: Connection, wanted: str, since: Any, before: int | None, behind: _Behind
) -> list[Any]:
    query = (
        select(
            message,
            citizen.c.name,
            citizen.c.phone,
            orders.c.number,
            orders.c.place,
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
    if behind.entry_id is not None:
        query = query.where(message.c.knowledge_id == behind.entry_id)
        if behind.said:
            said = knowledge_feedback.c.solved == (behind.said == "solved")
            query = query.join(
                knowledge_feedback, and_(knowledge_feedback.c.message_id == message.c.id, said)
            )
    if since is not None:
        query = query.where(message.c.received_at >= since)
    if before is not None:
        query = query.where(message.c.id < before)
    return list(await connection.execute(query))
