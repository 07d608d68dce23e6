"""Bursts (集中反映): the alert's list of orders, and making one master order of them."""

from aiohttp import web

from backend.console import access
from backend.console import clusters as cluster_pages
from backend.console.context import flash, need, number_in, page, see, services
from backend.database import Connection
from backend.orders import bursts, clusters
from backend.orders.bursts import Unknown
from backend.orders.lifecycle import OPEN
from backend.orders.nearness import is_apart
from backend.orders.store import Kept
from backend.staff import Member, Role

PAGE = 50
routes = web.RouteTableDef()


@routes.get("/bursts", name="bursts")
async def index(request: web.Request) -> web.Response:
    """The latest bursts."""
    _reader(request)
    async with services(request).database.transaction() as connection:
        rows = await bursts.newest(connection)
    return await page(request, "bursts.html", {"rows": rows})


@routes.get(r"/bursts/{id:\d{1,18}}", name="burst")
async def show(request: web.Request) -> web.Response:
    """One burst with its orders, newest first."""
    member, burst_id = _reader(request), int(request.match_info["id"])
    async with services(request).database.transaction() as connection:
        found = await _find(connection, burst_id)
        before = number_in(request, "before")
        rows = await bursts.members(connection, burst_id, before_id=before, limit=PAGE + 1)
    values = {
        "burst": found,
        "rows": [access.view(kept, member) for kept in rows[:PAGE]],
        "more": len(rows) > PAGE,
        "may_change": cluster_pages.may_change(member),
    }
    return await page(request, "burst.html", values)


@routes.post(r"/bursts/{id:\d{1,18}}/merge", name="burst-merge")
async def merge(request: web.Request) -> web.Response:
    """Join all open orders of a burst to one of them."""
    member, burst_id = cluster_pages.changer(request), int(request.match_info["id"])
    async with services(request).database.transaction() as connection:
        await _find(connection, burst_id)
        members = await bursts.members(connection, burst_id)
        open_ones = [
            kept for kept in members if kept.order.state in OPEN and not is_apart(kept.order)
        ]
        if not open_ones:
            raise web.HTTPConflict(text="这些工单都已办结，不用再并单。")
        master = await _chosen(connection, open_ones)
        now = services(request).clock.now()
        count = await clusters.gather(connection, master, open_ones, actor=member.actor, now=now)
        await bursts.settle(connection, burst_id, member.login, now)
    services(request).live.tell("orders", "alerts")
    await flash(request, f"正在把 {count} 张工单并入本单；以后只在本单上派单、签收和办结")
    raise see(f"/orders/{master.number}")


@routes.post(r"/bursts/{id:\d{1,18}}/settle", name="burst-settle")
async def settle(request: web.Request) -> web.Response:
    """Put the alert aside without joining anything."""
    member, burst_id = cluster_pages.changer(request), int(request.match_info["id"])
    async with services(request).database.transaction() as connection:
        await _find(connection, burst_id)
        await bursts.settle(connection, burst_id, member.login, services(request).clock.now())
    services(request).live.tell("alerts")
    raise see("/bursts")


async def _chosen(connection: Connection, members: list[Kept]) -> Kept:
    """The master: the one that most are linked to already, else the first that came."""
    heads = [kept for kept in members if not kept.order.master] or members
    sizes = await clusters.sizes(connection, [kept.number for kept in heads])
    return max(heads, key=lambda kept: (sizes.get(kept.number, 0), -kept.id))


async def _find(connection: Connection, burst_id: int) -> bursts.Burst:
    try:
        return await bursts.find(connection, burst_id)
    except Unknown as unknown:
        raise web.HTTPNotFound(text=str(unknown)) from None


def _reader(request: web.Request) -> Member:
    member = need(request, "orders.read")
    if member.role is Role.HANDLER:
        raise web.HTTPForbidden(text="集中反映由热线办处理；归您单位的工单在“工单”里。")
    return member
