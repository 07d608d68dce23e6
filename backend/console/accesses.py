"""查阅记录: who looked at whose personal data in clear, for those who watch over it."""

from datetime import UTC, date, datetime, time, timedelta

from aiohttp import web

from backend import accesses, staff
from backend.clock import CITY
from backend.console.context import need, number_in, page, services

PAGE = 50
routes = web.RouteTableDef()


@routes.get("/accesses", name="accesses")
async def show(request: web.Request) -> web.Response:
    """Accesses by member, order and day, newest first."""
    need(request, "accesses.read")
    only = {
        name: request.query.get(name, "").replace("\0", "").strip()
        for name in ("actor", "number", "day")
    }
    since, until = _day(only["day"])
    async with services(request).database.transaction() as connection:
        rows = await accesses.listing(
            connection,
            actor=only["actor"],
            number=only["number"],
            since=since,
            until=until,
            before_id=number_in(request, "before"),
            limit=PAGE + 1,
        )
        members = await staff.everyone(connection)
    values = {
        "rows": rows[:PAGE],
        "more": len(rows) > PAGE,
        "only": only,
        "keep": {name: value for name, value in only.items() if value},
        "members": members,
    }
    return await page(request, "accesses.html", values)


def _day(text: str) -> tuple[datetime | None, datetime | None]:
    """The beginning and end of a day in the city; none for what is no day."""
    try:
        begin = datetime.combine(date.fromisoformat(text), time(), CITY).astimezone(UTC)
        return begin, begin + timedelta(days=1)
    except (ValueError, OverflowError):
        return None, None
