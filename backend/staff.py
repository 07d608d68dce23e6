"""Members of staff: who may log in, as what, for which unit."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.tables import staff


class Role(StrEnum):
    """What a member of staff may do; lifecycle.STEPS says it for orders."""

    AGENT = "agent"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    ADMIN = "admin"
    AUDITOR = "auditor"


ROLE_NAMES = {
    Role.AGENT: "坐席",
    Role.HANDLER: "承办人员",
    Role.SUPERVISOR: "班长",
    Role.EDITOR: "知识编辑",
    Role.ADMIN: "管理员",
    Role.AUDITOR: "审计",
}


@dataclass(frozen=True, slots=True)
class Member:
    """Someone who can log in."""

    id: int
    login: str
    name: str
    role: Role
    unit: str

    @property
    def actor(self) -> str:
        """How events name them, e.g. `handler:lisi`."""
        return f"{self.role}:{self.login}"


_MEMBER = (staff.c.id, staff.c.login, staff.c.name, staff.c.role, staff.c.unit)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


async def save(
    connection: Connection,
    login: str,
    *,
    name: str,
    role: Role,
    password: str,
    now: datetime,
    unit: str = "",
) -> None:
    """Add a member of staff, or change an existing one of that login."""
    values = {
        "name": name,
        "role": role,
        "unit": unit,
        "password_hash": _hasher().hash(password),
        "active": True,
    }
    statement = insert(staff).values(login=login, created_at=now, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["login"], set_=values))


@cache
def _nobody() -> str:
    return _hasher().hash("nobody has this password")


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher().verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


async def log_in(connection: Connection, login: str, password: str) -> Member | None:
    """The member with this login and password; None if there is none (takes as long)."""
    query = select(*_MEMBER, staff.c.password_hash).where(
        staff.c.login == login, staff.c.active.is_(True)
    )
    row = (await connection.execute(query)).first()
    stored = row.password_hash if row else _nobody()
    # In a thread: a hash takes long on purpose, and citizens are answered meanwhile.
    if not await asyncio.to_thread(_matches, stored, password):
        return None
    return Member(row.id, row.login, row.name, Role(row.role), row.unit) if row else None


async def get(connection: Connection, member_id: int) -> Member | None:
    """An active member by id."""
    query = select(*_MEMBER).where(staff.c.id == member_id, staff.c.active.is_(True))
    row = (await connection.execute(query)).first()
    return Member(row.id, row.login, row.name, Role(row.role), row.unit) if row else None


async def of_login(connection: Connection, login: str) -> Member | None:
    """An active member by login."""
    query = select(*_MEMBER).where(staff.c.login == login, staff.c.active.is_(True))
    row = (await connection.execute(query)).first()
    return Member(row.id, row.login, row.name, Role(row.role), row.unit) if row else None


async def everyone(connection: Connection) -> list[Member]:
    """All active members, by login."""
    query = select(*_MEMBER).where(staff.c.active.is_(True)).order_by(staff.c.login)
    return [
        Member(row.id, row.login, row.name, Role(row.role), row.unit)
        for row in await connection.execute(query)
    ]


async def deactivate(connection: Connection, login: str) -> bool:
    """Let somebody in no longer; False if nobody has that login."""
    result = await connection.execute(
        update(staff).where(staff.c.login == login).values(active=False)
    )
    return bool(result.rowcount)


ON_DUTY_FOR = timedelta(seconds=90)
"""How long after the last sign of life of their console somebody counts as on duty."""


async def seen(connection: Connection, member_id: int, now: datetime) -> None:
    """Note that a member has the console open; its pages say so every half minute."""
    await connection.execute(update(staff).where(staff.c.id == member_id).values(seen_at=now))


async def on_duty(connection: Connection, now: datetime) -> int:
    """How many people who take chats have the console open now."""
    query = select(func.count()).where(
        staff.c.active.is_(True),
        staff.c.role.in_((Role.AGENT, Role.SUPERVISOR, Role.ADMIN)),
        staff.c.seen_at > now - ON_DUTY_FOR,
    )
    return (await connection.execute(query)).scalar_one()
