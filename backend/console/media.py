"""The citizens' pictures, for those who may see the chat or the order they belong to."""

from pathlib import Path
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
    path = _inside(console(request).media_root, row.path) if row else None
    if path is None:
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": "private, max-age=3600"})


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


def _inside(root: Path | None, name: str) -> Path | None:
    """The file, if it lies where the citizens' files are kept and nowhere else."""
    if root is None:
        return None
    path = (root / name).resolve()
    return path if path.is_relative_to(root.resolve()) and path.is_file() else None
