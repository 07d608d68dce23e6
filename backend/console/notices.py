"""Notices (提醒) to the member's unit or to the office, and putting them aside."""

from aiohttp import web

from backend import notices
from backend.console.context import need, number_in, page, see, services

routes = web.RouteTableDef()


@routes.get("/notices", name="notices")
async def show(request: web.Request) -> web.Response:
    """What is to be looked at, first what nobody has put aside."""
    member, shared = need(request, "notices.read"), services(request)
    async with shared.database.transaction() as connection:
        rows = await notices.of(connection, member)
    return await page(request, "notices.html", {"rows": rows})


@routes.post("/notices/aside", name="notices-aside")
async def put_aside(request: web.Request) -> web.Response:
    """Put one notice aside (`?id=`), or all."""
    member, shared = need(request, "notices.act"), services(request)
    async with shared.database.transaction() as connection:
        now = shared.clock.now()
        await notices.put_aside(connection, member, now, number_in(request, "id"))
    shared.live.tell("alerts")
    raise see("/notices")
