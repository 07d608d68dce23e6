"""The board of deadlines (期限看板): what is overdue, due today, soon, and whose it is."""

from aiohttp import web

from backend.console import access
from backend.console.context import need, page, services
from backend.orders import board, rules
from backend.orders.board import Light, Moments
from backend.staff import Role

routes = web.RouteTableDef()


@routes.get("/board", name="board")
async def show(request: web.Request) -> web.Response:
    """The colours, by unit for the office, and the orders of the colour that was chosen."""
    member, shared = need(request, "board.read"), services(request)
    wanted, unit = request.query.get("light", ""), request.query.get("unit", "")
    async with shared.database.transaction() as connection:
        at = Moments.of(await rules.current(connection), shared.clock.now())
        lights = await access.lights(connection, member, at)
        light = Light(wanted) if wanted in set(Light) else _first(lights)
        rows = await access.due(connection, member, at, light, unit)
        office = member.role is not Role.HANDLER
        units = await board.by_unit(connection, at) if office else {}
    values = {"lights": lights, "light": light, "rows": rows, "units": units, "unit": unit}
    return await page(request, "board.html", {**values, "Light": Light})


def _first(lights: dict[Light, int]) -> Light:
    """The most urgent colour that has an order."""
    return next((light for light in Light if lights[light]), Light.OVERDUE)
