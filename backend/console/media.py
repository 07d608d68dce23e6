"""Pictures and other files, for those who may see the chat or the order they belong to."""

from typing import Any

from aiohttp import web
from sqlalchemy import select

from backend.console import access
from backend.console.context import MEMBER, console, may, services
from backend.database import Connection
from backend.orders import store
from backend.staff import Member
from backend.tables import attachment

routes = web.RouteTableDef()


@routes.get(r"/media/{id:\d{1,18}}", name="media")
async def show(request: web.Request) -> web.StreamResponse:
    """The file of an attachment; 404 when it is not there or not for this member."""
    async with services(request).database.transaction() as connection:
        row = await _find(connection, request[MEMBER], int(request.match_info["id"]))
    folder = console(request).folder
    found = folder.response(row.path) if folder and row else None
    if found is None:
        raise web.HTTPNotFound
    return found


async def _find(connection: Connection, member: Member, attachment_id: int) -> Any:
    query = select(attachment).where(
        attachment.c.id == attachment_id, attachment.c.state == "stored"
    )
    row = (await connection.execute(query)).first()
    if row is None or may(member, "chats.read"):
        return row
    if row.order_id is None:
        return None
    kept = await store.get(connection, row.order_id)
    await access.order(connection, member, kept.number)
    return row
