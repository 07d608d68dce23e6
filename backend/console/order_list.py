"""The list of orders: by state, unit, source, desk and words."""

import re
from dataclasses import replace

from aiohttp import web

from backend.console import access
from backend.console.context import console, may, need, number_in, page, see, services
from backend.database import Connection
from backend.orders import clusters, rules, search
from backend.orders.lifecycle import Refused, State
from backend.orders.listing import Wanted
from backend.orders.store import Unknown
from backend.staff import Member, Role

PAGE = 30
NARROWING = ("unit", "channel", "tag", "find")
CHAT = "wechat"
"""The channel of the orders that come from the chat, beside the sources of other platforms."""
PHONE = re.compile(r"\+?\d[\d -]{5,17}")
routes = web.RouteTableDef()


@routes.get("/orders", name="orders")
async def index(request: web.Request) -> web.Response:
    """The orders this member may see, newest first; a number leads to its order at once."""
    member, shared = need(request, "orders.read"), services(request)
    only = _only(request)
    wanted, reason = _wanted(request, only)
    if wanted.contact and not may(member, "personal.read"):
        reason = "您的角色看不到完整电话，不能按电话查找"
    async with shared.database.transaction() as connection:
        if await _exists(connection, member, only["find"]):
            raise see(f"/orders/{only['find']}")
        rows = (
            []
            if reason
            else await access.order_page(
                connection, member, wanted, before_id=number_in(request, "before"), limit=PAGE + 1
            )
        )
        counts = None if only["find"] else await access.order_counts(connection, member, wanted)
        office = await rules.current(connection)
        sizes = await clusters.sizes(connection, [kept.number for kept in rows])
    values = {
        "rows": rows[:PAGE],
        "sizes": sizes,
        "more": len(rows) > PAGE,
        "later": "before" in request.query,
        "counts": counts,
        "states": tuple(State),
        "state": wanted.states[0] if wanted.states else None,
        "only": only,
        "reason": reason,
        "keep": {name: value for name, value in only.items() if value},
        "channels": (CHAT, *office.sources),
        "desks": tuple(office.desks),
        "units": () if member.role is Role.HANDLER else console(request).units,
    }
    return await page(request, "orders.html", values)


def _only(request: web.Request) -> dict[str, str]:
    """By what the list is narrowed; '' where it is not."""
    # PostgreSQL takes no NUL.
    return {name: request.query.get(name, "").replace("\0", "").strip() for name in NARROWING}


def _wanted(request: web.Request, only: dict[str, str]) -> tuple[Wanted, str]:
    """What is asked for, and why it cannot be looked for; '' if it can."""
    state, said = request.query.get("state", ""), only["find"]
    wanted = Wanted(
        (State(state),) if state in set(State) else (), only["unit"], only["channel"], only["tag"]
    )
    if PHONE.fullmatch(said):
        return replace(wanted, contact=said), ""
    try:
        return replace(wanted, words=search.words(said) if said else ()), ""
    except Refused as refused:
        return wanted, str(refused)


async def _exists(connection: Connection, member: Member, number: str) -> bool:
    try:
        await access.order(connection, member, number)
    except Unknown:
        return False
    return True
