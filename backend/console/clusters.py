"""Clusters (并单) on an order's page: who is linked to it, how far they are, what may be done."""

from dataclasses import dataclass

from aiohttp import web

from backend import forms
from backend.console import access
from backend.console.context import MEMBER, flash, may, need, number_in, part, see, services
from backend.database import Connection
from backend.orders import clusters, following
from backend.orders.lifecycle import OFFICE, Refused
from backend.orders.store import Kept
from backend.staff import Member

PAGE = 20
routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class Cluster:
    """The orders linked to a master: a page of them, how many they are in all, how many of them
    have not yet been taken along."""

    number: str
    rows: list[Kept]
    size: int
    left: int
    more: int | None
    """Where the next page begins; None when there is none."""


async def of(
    connection: Connection, member: Member, number: str, before_id: int | None = None
) -> Cluster:
    """The cluster of a master, as far as `member` may see it."""
    rows = await clusters.linked(connection, number, before_id=before_id, limit=PAGE + 1)
    size = (await clusters.sizes(connection, [number])).get(number, 0)
    left = await following.left(connection, number)
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    seen = [access.view(kept, member) for kept in rows[:PAGE] if access.shown(kept, member)]
    return Cluster(number, seen, size, left, more)


def may_change(member: Member) -> bool:
    """Whether `member` may join orders and take them apart."""
    return may(member, "orders.act") and member.role in OFFICE


@routes.get(r"/orders/{number:\w{1,40}}/cluster", name="order-cluster")
async def show(request: web.Request) -> web.Response:
    """The part of the page that shows how far the linked orders are, asked for again and again."""
    member = need(request, "orders.read")
    async with services(request).database.transaction() as connection:
        kept = await access.order(connection, member, request.match_info["number"])
        found = await of(connection, member, kept.number, number_in(request, "linked"))
    values = {"cluster": found, "may_change": may_change(member)}
    return part(request, "_cluster.html", values)


@routes.post(r"/orders/{number:\w{1,40}}/cluster/lead", name="cluster-lead")
async def lead(request: web.Request) -> web.Response:
    """Make this linked order the master of its cluster."""
    member, number = changer(request), request.match_info["number"]
    try:
        async with services(request).database.transaction() as connection:
            await access.order(connection, member, number)
            now = services(request).clock.now()
            await clusters.lead(connection, number, actor=member.actor, now=now)
    except Refused as refused:
        return await _say(request, str(refused))
    return await _say(request, "已改作主工单，其他工单会逐张转到这里")


@routes.post(r"/orders/{number:\w{1,40}}/cluster/dissolve", name="cluster-dissolve")
async def dissolve(request: web.Request) -> web.Response:
    """Let every linked order stand alone again, with a reason."""
    member, number = changer(request), request.match_info["number"]
    reason = str((await forms.fields(request)).get("reason", ""))
    try:
        async with services(request).database.transaction() as connection:
            await access.order(connection, member, number)
            now = services(request).clock.now()
            count = await clusters.dissolve(
                connection, number, actor=member.actor, reason=reason, now=now
            )
    except Refused as refused:
        return await _say(request, str(refused))
    return await _say(request, f"正在拆出 {count} 张工单，各自单独办理")


def changer(request: web.Request) -> Member:
    """The member at the browser, who may join orders. Raises 403 for all others."""
    member = need(request, "orders.act")
    if not may_change(member):
        raise web.HTTPForbidden(text="并单由热线办的坐席和班长处理，承办单位不能改动。")
    return request[MEMBER]


async def _say(request: web.Request, text: str) -> web.Response:
    services(request).live.tell("orders", "alerts")
    await flash(request, text)
    raise see(f"/orders/{request.match_info['number']}")
