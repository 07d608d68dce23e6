"""What every page shows at its top and in its menu: dangers nobody looked at yet, and counts."""

from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import exists, select

from backend import chats, notices
from backend.console.context import MEMBER, may, part, services
from backend.conversations import Mode
from backend.database import Connection
from backend.orders import bursts
from backend.staff import Role
from backend.tables import citizen, conversation, message, outbox

RECENT = timedelta(hours=6)
"""After this long a danger is history and no alarm any more."""

routes = web.RouteTableDef()


@routes.get("/alerts", name="alerts")
async def show(request: web.Request) -> web.Response:
    """The alarm strip and the counts, asked for again whenever something changed."""
    member, shared = request[MEMBER], services(request)
    dangers, waiting, notes, crowds = [], 0, 0, []
    async with shared.database.transaction() as connection:
        if may(member, "chats.read"):
            dangers = await open_dangers(connection, shared.clock.now() - RECENT)
            waiting = await chats.waiting(connection)
        if may(member, "orders.read") and member.role is not Role.HANDLER:
            crowds = await bursts.active(connection, shared.clock.now())
        if may(member, "notices.read"):
            notes = await notices.count(connection, member)
    values = {"dangers": dangers, "waiting": waiting, "notes": notes, "crowds": crowds}
    return part(request, "_alerts.html", values)


async def open_dangers(connection: Connection, since: datetime) -> list[Any]:
    """Messages of danger that no person has taken up: nobody has the chat, nobody wrote since."""
    taken_up = exists().where(
        outbox.c.citizen_id == message.c.citizen_id,
        outbox.c.author.not_in(chats.MACHINES),
        outbox.c.created_at >= message.c.received_at,
    )
    rows = await connection.execute(
        select(message.c.id, message.c.citizen_id, message.c.text, message.c.received_at,
               citizen.c.name)
        .join_from(message, citizen, citizen.c.id == message.c.citizen_id)
        .join(conversation, conversation.c.citizen_id == message.c.citizen_id)
        .where(
            message.c.outcome == "danger",
            message.c.received_at >= since,
            conversation.c.mode != Mode.HUMAN,
            ~taken_up,
        )
        .order_by(message.c.id.desc())
        .limit(5)
    )  # fmt: skip
    return list(rows)
