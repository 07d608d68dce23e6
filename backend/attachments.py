"""What belongs to chats and orders as files, and the rows that say where these lie.

Citizens' pictures, voices and videos are noted at once and fetched by the worker; what staff and
platforms attach (files.py) is there when its row is.
"""

from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.files import File
from backend.message import Attachment
from backend.orders.lifecycle import Event
from backend.tables import attachment, orders

KINDS = {"image": "图片", "voice": "语音", "video": "视频"}


async def attach(
    connection: Connection, order_id: int, step: str, files: Sequence[File], now: datetime
) -> list[int]:
    """Put files that are kept to an order, with the step they belong to; their ids."""
    if not files:
        return []
    rows = [
        {
            "order_id": order_id,
            "step": step,
            "kind": file.kind,
            "media_id": "",
            "format": file.format,
            "path": file.path,
            "state": "stored",
            "due_at": now,
            "created_at": now,
        }
        for file in files
    ]
    statement = insert(attachment).values(rows).returning(attachment.c.id)
    return sorted((await connection.execute(statement)).scalars())


async def has_evidence(connection: Connection, order_id: int, since: datetime | None) -> bool:
    """Whether the unit attached a picture or paper to a closing or a contact since a moment.

    What the citizen sent, or a platform, proves nothing of the handling.
    """
    query = select(attachment.c.id).where(
        attachment.c.order_id == order_id, attachment.c.step.in_(("close", "contact"))
    )
    if since is not None:
        query = query.where(attachment.c.created_at >= since)
    return await connection.scalar(query.limit(1)) is not None


async def add(
    connection: Connection,
    citizen_id: int,
    message_id: int,
    item: Attachment,
    now: datetime,
) -> int:
    """Note an attachment, to be fetched as soon as possible; returns its id."""
    statement = insert(attachment).values(
        citizen_id=citizen_id,
        message_id=message_id,
        kind=item.kind,
        media_id=item.media_id,
        format=item.format,
        due_at=now,
        created_at=now,
    )
    found: int = (await connection.execute(statement.returning(attachment.c.id))).scalar_one()
    return found


async def assign(connection: Connection, ids: Sequence[int], order_id: int) -> None:
    """Put attachments to an order."""
    if ids:
        await connection.execute(
            update(attachment).where(attachment.c.id.in_(ids)).values(order_id=order_id)
        )


async def loose(connection: Connection, citizen_id: int, since: datetime) -> list[int]:
    """The attachments of a citizen since a moment that belong to no order yet, oldest first."""
    query = select(attachment.c.id).where(
        attachment.c.citizen_id == citizen_id,
        attachment.c.order_id.is_(None),
        attachment.c.created_at >= since,
        attachment.c.media_id != "",
    )
    return list((await connection.execute(query.order_by(attachment.c.id))).scalars())


async def release(connection: Connection, attachment_id: int, citizen_id: int) -> str:
    """Take a citizen's attachment off its order; the order's number, '' if it was on none."""
    query = (
        select(orders.c.number)
        .join(attachment, attachment.c.order_id == orders.c.id)
        .where(attachment.c.id == attachment_id, attachment.c.citizen_id == citizen_id)
    )
    number: str | None = await connection.scalar(query)
    await connection.execute(
        update(attachment)
        .where(attachment.c.id == attachment_id, attachment.c.citizen_id == citizen_id)
        .values(order_id=None)
    )
    return number or ""


async def of_order(connection: Connection, order_id: int) -> list[Any]:
    """The attachments of an order, oldest first."""
    query = select(attachment).where(attachment.c.order_id == order_id).order_by(attachment.c.id)
    return list(await connection.execute(query))


def of_closing(events: Sequence[Event]) -> frozenset[int]:
    """What was attached to the last closing of an order."""
    for event in reversed(events):
        if event.kind in ("close", "submit"):
            return frozenset(event.data.get("attachments", ()))
    return frozenset()


async def named(connection: Connection, order_id: int, ids: Set[int]) -> list[Any]:
    """Those of an order's attachments whose files are there, oldest first."""
    rows = await of_order(connection, order_id) if ids else []
    return [row for row in rows if row.id in ids and row.state == "stored"]


async def claim(connection: Connection, now: datetime, lease: timedelta) -> Any | None:
    """Lease one attachment that is to be fetched now."""
    due = (
        select(attachment.c.id)
        .where(attachment.c.state == "pending", attachment.c.due_at <= now)
        .order_by(attachment.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    statement = (
        update(attachment)
        .where(attachment.c.id == due)
        .values(due_at=now + lease, attempts=attachment.c.attempts + 1)
        .returning(attachment)
    )
    return (await connection.execute(statement)).first()


async def discard(connection: Connection, citizen_id: int, now: datetime) -> None:
    """Have a citizen's files deleted that belong to no order, and what proves that somebody spoke
    with them (联系证据: numbers, faces); they are shown no more.

    Whoever claims a row without a media id deletes its file: the database cannot.
    """
    theirs = select(orders.c.id).where(orders.c.citizen_id == citizen_id)
    loose = and_(attachment.c.citizen_id == citizen_id, attachment.c.order_id.is_(None))
    contacts = and_(attachment.c.order_id.in_(theirs), attachment.c.step == "contact")
    await connection.execute(
        update(attachment)
        .where(or_(loose, contacts))
        .values(state="pending", media_id="", due_at=now, attempts=0, error="")
    )


async def store(connection: Connection, attachment_id: int, media_id: str, path: str) -> bool:
    """Write where a fetched file lies; False if it was discarded while it was fetched."""
    fetched = await connection.execute(
        update(attachment)
        .where(attachment.c.id == attachment_id, attachment.c.media_id == media_id)
        .values(state="stored", path=path, error="")
    )
    return bool(fetched.rowcount)


async def settle(
    connection: Connection,
    attachment_id: int,
    state: str,
    *,
    path: str = "",
    error: str = "",
    due_at: datetime | None = None,
) -> None:
    """Write what became of a row: `stored` with its path, `failed`, or `pending` until due."""
    values: dict[str, Any] = {"state": state, "path": path, "error": error}
    if due_at is not None:
        values["due_at"] = due_at
    await connection.execute(
        update(attachment).where(attachment.c.id == attachment_id).values(**values)
    )
