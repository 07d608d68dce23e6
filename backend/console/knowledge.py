"""The knowledge base: the list that agents look things up in and editors work from."""

from typing import Any

from aiohttp import web
from sqlalchemy import select

from backend.console import access
from backend.console.context import console, need, number_in, page, services
from backend.database import Connection
from backend.knowledge import figures, listing
from backend.knowledge.listing import Search
from backend.tables import knowledge

routes = web.RouteTableDef()


@routes.get("/knowledge", name="knowledge")
async def show(request: web.Request) -> web.Response:
    """Entries that hold all the words looked for, as far as the member sees them."""
    member, shared = need(request, "knowledge.read"), services(request)
    units = access.knowledge_units(member)
    wanted, now = _wanted(request, units), shared.clock.now()
    ahead = console(request).review.remind_days
    async with shared.database.transaction() as connection:
        found = await listing.search(connection, wanted, now, ahead)
        counts = await listing.tally(connection, units, now, ahead)
        known = await _units(connection) if units is None else []
    values = {
        "found": found,
        "wanted": wanted,
        "counts": counts,
        "units": known,
        "pages": -(-found.total // listing.PAGE),
        "STANDINGS": listing.STANDINGS,
        "SORTS": listing.SORTS,
        "PERIODS": figures.PERIODS,
        "query": _query(request),
    }
    return await page(request, "knowledge.html", values)


def _wanted(request: web.Request, units: tuple[str, ...] | None) -> Search:
    query = request.query
    standing, sort = query.get("standing", ""), query.get("sort", "")
    days = number_in(request, "days")
    unit = query.get("unit", "")
    return Search(
        words=tuple(query.get("q", "").split()[:5]),
        units=(unit,) if unit and units is None else units,
        category=query.get("category", ""),
        standing=standing if standing in listing.STANDINGS else "answering",
        usage=query.get("usage", ""),
        sort=sort if sort in listing.SORTS else "updated",
        days=days if days in figures.PERIODS else 30,
        page=min(max(number_in(request, "page") or 1, 1), 100_000),
    )


def _query(request: web.Request) -> dict[str, str]:
    """What was asked for, to be asked for again by the links of the page."""
    return {name: text for name, text in request.query.items() if text and name != "page"}


async def _units(connection: Connection) -> list[str]:
    query = select(knowledge.c.unit).where(knowledge.c.unit != "").distinct()
    names: Any = await connection.scalars(query.order_by(knowledge.c.unit))
    return list(names)
