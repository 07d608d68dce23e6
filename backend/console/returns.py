"""Returned orders (退单): who gave back to whom in a month, and what nobody takes (争议清单)."""

from aiohttp import web

from backend.clock import Month
from backend.console.context import need, page, services
from backend.console.work import month_in
from backend.orders import returns

routes = web.RouteTableDef()


@routes.get("/returns", name="returns")
async def show(request: web.Request) -> web.Response:
    """The month's returns by unit and by pair of units, and the disputes of today."""
    need(request, "returns.read")
    shared, month = services(request), month_in(request)
    async with shared.database.transaction() as connection:
        values = {
            "by_unit": await returns.by_unit(connection, month.since, month.until),
            "by_pair": await returns.by_pair(connection, month.since, month.until),
            "disputes": await returns.disputes(connection),
        }
    this = Month.of(shared.clock.now())
    return await page(request, "returns.html", {**values, "month": month, "this": this})
