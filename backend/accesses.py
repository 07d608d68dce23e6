"""Who saw personal data in clear (查阅记录): one row an access, and no personal data in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select

from backend.database import Connection
from backend.tables import access_log, orders, staff


@dataclass(frozen=True, slots=True)
class Access:
    """One access. `what` is order, chat or list; `number` is '' where it was no single order."""

    id: int
    at: datetime
    actor: str
    name: str
    role: str
    what: str
    page: str
    number: str
    citizen_id: int | None


async def note(
    connection: Connection,
    *,
    actor: str,
    role: str,
    what: str,
    page: str,
    now: datetime,
    order_id: int | None = None,
    citizen_id: int | None = None,
) -> None:
    """Write down that somebody sees personal data in clear, in the transaction that shows it."""
    await connection.execute(
        insert(access_log).values(
            at=now,
            actor=actor,
            role=role,
            what=what,
            page=page,
            order_id=order_id,
            citizen_id=citizen_id,
        )
    )


async def listing(
    connection: Connection,
    *,
    actor: str = "",
    number: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Access]:
    """Accesses, newest first: of somebody, to an order, of a time."""
    query = _all().order_by(access_log.c.id.desc()).limit(limit)
    if actor:
        query = query.where(access_log.c.actor == actor)
    if number:
        query = query.where(orders.c.number == number)
    if since is not None:
        query = query.where(access_log.c.at >= since)
    if until is not None:
        query = query.where(access_log.c.at < until)
    if before_id is not None:
        query = query.where(access_log.c.id < before_id)
    return [Access(**row._mapping) for row in await connection.execute(query)]


def _all() -> Select[Any]:
    return (
        select(
            access_log.c.id,
            access_log.c.at,
            access_log.c.actor,
            func.coalesce(staff.c.name, "").label("name"),
            access_log.c.role,
            access_log.c.what,
            access_log.c.page,
            func.coalesce(orders.c.number, "").label("number"),
            access_log.c.citizen_id,
        )
        .outerjoin_from(access_log, orders, orders.c.id == access_log.c.order_id)
        .outerjoin(staff, staff.c.login == access_log.c.actor)
    )
