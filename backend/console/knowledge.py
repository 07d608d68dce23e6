"""The knowledge base to read and search, for agents who look something up while they write."""

from typing import Any

from aiohttp import web
from sqlalchemy import func, or_, select

from backend.console.context import need, number_in, page, services
from backend.database import Connection
from backend.tables import knowledge

PAGE = 30
routes = web.RouteTableDef()


@routes.get("/knowledge", name="knowledge")
async def show(request: web.Request) -> web.Response:
    """Entries in use whose title, answer or category holds all the words looked for."""
    need(request, "knowledge.read")
    words = request.query.get("q", "").split()[:5]
    async with services(request).database.transaction() as connection:
        rows = await _rows(connection, words, number_in(request, "after"))
        total = await _total(connection)
    values = {"rows": rows[:PAGE], "more": len(rows) > PAGE, "total": total, "q": " ".join(words)}
    return await page(request, "knowledge.html", values)


async def _rows(connection: Connection, words: list[str], after: int | None) -> list[Any]:
    query = select(knowledge).where(knowledge.c.retired.is_(False)).order_by(knowledge.c.id)
    for word in words:
        query = query.where(
            or_(*(
                column.icontains(word, autoescape=True)
                for column in (knowledge.c.title, knowledge.c.answer, knowledge.c.category)
            ))
        )  # fmt: skip
    if after is not None:
        query = query.where(knowledge.c.id > after)
    return list(await connection.execute(query.limit(PAGE + 1)))


async def _total(connection: Connection) -> int:
    query = select(func.count()).select_from(knowledge).where(knowledge.c.retired.is_(False))
    return (await connection.execute(query)).scalar_one()
