"""What other platforms are to be told: rows committed with the event, posted by backend/api."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, cast, exists, func, literal, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.orders.lifecycle import Event
from backend.tables import orders, platform, platform_order, webhook

NAMES = {
    "create": "order.created",
    "accept": "order.updated",
    "dispatch": "order.dispatched",
    "designate": "order.dispatched",
    "sign": "order.signed",
    "grant": "order.updated",
    "pause": "order.updated",
    "resume": "order.updated",
    "submit": "order.updated",
    "reject": "order.updated",
    "close": "order.closed",
    "approve": "order.closed",
    "reopen": "order.reopened",
    "urge": "order.urged",
    "withdraw": "order.withdrawn",
    "correct": "order.updated",
    "link": "order.joined",
    "unlink": "order.separated",
    "archive": "order.archived",
    "survey": "order.rated",
}
"""By the kind of an event, what platforms know it as; what is missing here is the office's own."""

LEASE = timedelta(seconds=30)
"""Longer than a post may take; a worker that died with a row gives it up after this long."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed row: event `seq` of the order `about_id`, for the platform's order `order_id`."""

    id: int
    platform_id: int
    order_id: int
    about_id: int
    seq: int
    attempts: int
    url: str
    secret: str


def is_told(event: Event) -> bool:
    """Whether platforms hear of an event."""
    if event.kind == "survey":
        return bool(event.data.get("rating"))
    return event.kind in NAMES


async def enqueue(connection: Connection, order_id: int, seq: int, event: Event) -> None:
    """Note an event for the platforms of its order and of the orders joined to it (并入).

    Only where it happened is noted: what is told is read when it is posted, so that nobody's words
    are kept twice.
    """
    if not is_told(event):
        return
    master, joined = orders.alias(), orders.alias()
    touched = union_all(
        select(literal(order_id).label("id")),
        select(joined.c.id)
        .join(master, joined.c.master == master.c.number)
        .where(master.c.id == order_id, joined.c.master != ""),
    ).subquery()
    rows = (
        select(
            platform.c.id,
            platform_order.c.order_id,
            literal(order_id),
            cast(literal(seq), Integer),
            literal(event.at),
            literal(event.at),
        )
        .join_from(touched, platform_order, platform_order.c.order_id == touched.c.id)
        .join(platform, platform.c.id == platform_order.c.platform_id)
        .where(platform.c.webhook_url != "")
    )
    columns = ("platform_id", "order_id", "about_id", "seq", "due_at", "created_at")
    await connection.execute(insert(webhook).from_select(columns, rows))


async def claim(connection: Connection, now: datetime, busy: frozenset[int]) -> Letter | None:
    """Lease a row that is due, but of no `busy` platform; those of one order stay in order."""
    earlier = webhook.alias()
    free = or_(webhook.c.leased_until.is_(None), webhook.c.leased_until < func.now())
    first = ~exists().where(
        earlier.c.platform_id == webhook.c.platform_id,
        earlier.c.order_id == webhook.c.order_id,
        earlier.c.state == "pending",
        earlier.c.id < webhook.c.id,
    )
    due = (
        select(webhook.c.id)
        .where(
            webhook.c.state == "pending",
            webhook.c.due_at <= now,
            webhook.c.platform_id.not_in(busy),
            free,
            first,
        )
        .order_by(webhook.c.due_at, webhook.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    statement = (
        update(webhook)
        .where(webhook.c.id == due.c.id, platform.c.id == webhook.c.platform_id)
        .values(leased_until=func.now() + LEASE, attempts=webhook.c.attempts + 1)
        .returning(
            webhook.c.id,
            webhook.c.platform_id,
            webhook.c.order_id,
            webhook.c.about_id,
            webhook.c.seq,
            webhook.c.attempts,
            platform.c.webhook_url.label("url"),
            platform.c.webhook_secret.label("secret"),
        )
    )
    row = (await connection.execute(statement)).first()
    return Letter(**row._mapping) if row else None


async def settle(
    connection: Connection, letter_id: int, state: str, now: datetime, error: str = ""
) -> None:
    """End a row: `sent` or `dead`, with the reason to show."""
    await connection.execute(
        update(webhook)
        .where(webhook.c.id == letter_id)
        .values(
            state=state,
            leased_until=None,
            error=error,
            sent_at=now if state == "sent" else None,
        )
    )


async def postpone(connection: Connection, letter_id: int, until: datetime, error: str) -> None:
    """Give a row back to be tried at `until`."""
    await connection.execute(
        update(webhook)
        .where(webhook.c.id == letter_id)
        .values(due_at=until, leased_until=None, error=error)
    )


async def again(connection: Connection, letter_id: int, now: datetime) -> bool:
    """Send a dead row again from the first attempt; False if it is not dead."""
    return await _revive(connection, letter_id, state="pending", attempts=0, due_at=now)


async def drop(connection: Connection, letter_id: int) -> bool:
    """Put a dead row aside for good; False if it is not dead."""
    return await _revive(connection, letter_id, state="dropped")


async def _revive(connection: Connection, letter_id: int, **values: Any) -> bool:
    statement = update(webhook).where(webhook.c.id == letter_id, webhook.c.state == "dead")
    return bool((await connection.execute(statement.values(**values))).rowcount)


async def subscribe(connection: Connection, platform_id: int, url: str, secret: str) -> None:
    """Say where a platform is told, and what signs it; '' ends it, with all that was waiting."""
    await connection.execute(
        update(platform)
        .where(platform.c.id == platform_id)
        .values(webhook_url=url, webhook_secret=secret)
    )
    if not url:
        await connection.execute(
            update(webhook)
            .where(webhook.c.platform_id == platform_id, webhook.c.state == "pending")
            .values(state="dropped", error="unsubscribed")
        )


async def counts(connection: Connection, platform_id: int | None = None) -> dict[str, int]:
    """How many rows are pending and how many dead, of one platform or of all."""
    query = (
        select(webhook.c.state, func.count().label("number"))
        .where(or_(webhook.c.state == "pending", webhook.c.state == "dead"))
        .group_by(webhook.c.state)
    )
    if platform_id is not None:
        query = query.where(webhook.c.platform_id == platform_id)
    rows = await connection.execute(query)
    found: dict[str, int] = {row.state: row.number for row in rows}
    return {state: found.get(state, 0) for state in ("pending", "dead")}
