"""Worklists (待办): what is to be done now, as tabs with counts, and a unit's month."""

from collections.abc import Sequence

from aiohttp import web

from backend.clock import Month
from backend.console import access
from backend.console.context import console, need, number_in, page, services
from backend.database import Connection
from backend.orders import rules
from backend.orders.board import Moments
from backend.orders.store import Kept
from backend.orders.worklists import ALL, FIGURES, FOR_OFFICE, FOR_UNIT, MOST, Scope, Worklist
from backend.staff import Member, Role

GIVEN_BACK = "given-back"
"""The list of what a unit gave back, which it sees a line of and no more."""
routes = web.RouteTableDef()


@routes.get("/work", name="work")
async def show(request: web.Request) -> web.Response:
    """One worklist; without a name the first that has an order on it."""
    member, shared = need(request, "orders.read"), services(request)
    unit, name = request.query.get("unit", "").replace("\0", ""), request.query.get("list", "")
    month = month_in(request)
    async with shared.database.transaction() as connection:
        scope = await scope_of(request, connection, month, unit)
        counts = await access.work_counts(connection, member, own_lists(member), scope)
        wanted = ALL.get(name) or _first(own_lists(member), counts)
        gone = name == GIVEN_BACK
        rows = await _rows(request, connection, member, wanted, scope) if not gone else []
        given = await access.given_back(connection, member, month) if gone else []
    values = {
        "lists": own_lists(member),
        "counts": counts,
        "wanted": wanted,
        "gone": gone,
        "rows": rows,
        "given": given,
        "most": MOST,
        "month": month,
        "unit": unit if member.role is not Role.HANDLER else "",
        "units": () if member.role is Role.HANDLER else console(request).units,
        "monthly": gone or wanted in FIGURES,
        "this": Month.of(shared.clock.now()),
    }
    return await page(request, "work.html", values)


async def _rows(
    request: web.Request, connection: Connection, member: Member, wanted: Worklist, scope: Scope
) -> list[Kept]:
    before = None if wanted.by_time else number_in(request, "before")
    return await access.work_page(connection, member, wanted, scope, before)


def own_lists(member: Member) -> tuple[Worklist, ...]:
    """The worklists of somebody's role."""
    return FOR_UNIT if member.role is Role.HANDLER else FOR_OFFICE


def month_in(request: web.Request) -> Month:
    """The month that was asked for, or this one."""
    wanted = Month.parse(request.query.get("month", ""))
    return wanted or Month.of(services(request).clock.now())


async def scope_of(
    request: web.Request, connection: Connection, month: Month, unit: str = ""
) -> Scope:
    """What counts now, by the office's rules."""
    at = Moments.of(await rules.current(connection), services(request).clock.now())
    return Scope(at, month, unit)


def _first(lists: Sequence[Worklist], counts: dict[str, int]) -> Worklist:
    return next((one for one in lists if counts[one.name]), lists[0])
