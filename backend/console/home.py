"""The first page: today's figures, each of which opens what is behind it."""

from datetime import datetime

from aiohttp import web
from sqlalchemy import func, select

from backend import chats
from backend.clock import Month, city_time
from backend.console import access, failures, work
from backend.console.context import MEMBER, console, may, page, see, services
from backend.database import Connection
from backend.knowledge import review
from backend.orders.worklists import FIGURES
from backend.staff import Member, Role
from backend.tables import message

routes = web.RouteTableDef()


@routes.get("")
async def bare(request: web.Request) -> web.Response:
    """The address without its last slash."""
    raise see("/")


@routes.get("/", name="home")
async def show(request: web.Request) -> web.Response:
    """Today at a glance, as far as the role of the member sees it."""
    member, shared = request[MEMBER], services(request)
    values: dict[str, object] = dict.fromkeys(("outcomes", "waiting", "failed", "shelf", "states"))
    async with shared.database.transaction() as connection:
        if may(member, "messages.read"):
            values["outcomes"] = await outcomes(connection, midnight(shared.clock.now()))
        if may(member, "chats.read"):
            values["waiting"] = await chats.waiting(connection)
        if may(member, "failures.read"):
            values["failed"] = await failures.count(
                connection, shared.clock.now() - failures.RECENT
            )
        if may(member, "knowledge.confirm"):
            policy, now = console(request).review, shared.clock.now()
            own = access.knowledge_units(member)
            values["shelf"] = await review.by_unit(connection, now, policy, own)
        if may(member, "orders.read"):
            values["states"] = await access.order_counts(connection, member)
            values |= await _work(request, connection, member)
    return await page(request, "home.html", values)


async def _work(request: web.Request, connection: Connection, member: Member) -> dict[str, object]:
    """What is to be done, and for a unit how its month went."""
    month, lists = work.month_in(request), work.own_lists(member)
    scope = await work.scope_of(request, connection, month)
    values: dict[str, object] = {
        "lists": lists,
        "counts": await access.work_counts(connection, member, lists, scope),
        "month": month,
        "this": Month.of(services(request).clock.now()),
        "figures": None,
    }
    if member.role is Role.HANDLER:
        figures = await access.work_counts(connection, member, FIGURES, scope)
        given = await access.given_back(connection, member, month)
        values |= {"figures": [(one, figures[one.name]) for one in FIGURES], "given": len(given)}
        values["bases"] = {base: sum(figures[name] for name in base) for base in _BASES}
    return values


_BASES = {one.of for one in FIGURES}


def midnight(now: datetime) -> datetime:
    """When today began in the city."""
    return city_time(now).replace(hour=0, minute=0, second=0, microsecond=0)


async def outcomes(connection: Connection, since: datetime) -> dict[str | None, int]:
    """How many messages since then ended in each outcome; together they are all of them."""
    rows = await connection.execute(
        select(message.c.outcome, func.count().label("number"))
        .where(message.c.received_at >= since)
        .group_by(message.c.outcome)
        .order_by(func.count().desc())
    )
    return {row.outcome: row.number for row in rows}
