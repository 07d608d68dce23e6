"""Groups of like questions as the one that gathers them reads and writes them (bot/grouping.py).

Whoever writes a group takes `lock` first: one writer commits after the other, so that `change`
numbers are seen in the order of the commits, and a reader that follows them misses none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, delete, func, insert, literal, select, text, update

from backend.database import Connection
from backend.questions.asking import Standing
from backend.tables import question, question_change, question_event, question_group

LOCK = 0x4859_0004
MOST_READ = 200
"""Newest questions that make a group's centre: more would not move it."""
MOST_GROUPS = 20_000
"""Groups a new question is compared with: those asked last."""
GROWN_BY = 10
GROWN_TIMES = 2
"""A dismissed group comes back when it is asked so many times more, and so many times as often."""
SYSTEM = "system:questions"


class State:
    """States of a group."""

    OPEN = "open"
    PUBLISHED = "published"
    DISMISSED = "dismissed"


ATTRACTING = (State.OPEN, State.DISMISSED)
"""A published group takes no further questions: who still asks in vain needs something else."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A question whose group is to take notice of it; `group_id` is None while it has none."""

    id: int
    text: str
    state: str
    group_id: int | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Centre:
    """Where a group stands: the mean of its questions' vectors, None if it attracts none."""

    id: int
    change: int
    centre: bytes | None
    encoder: str


@dataclass(frozen=True, slots=True)
class Member:
    """An open question of a group, as its centre is made of it."""

    id: int
    text: str
    vector: bytes | None


async def lock(connection: Connection) -> None:
    """Be the only writer of groups until this transaction ends."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


async def try_lock(connection: Connection) -> bool:
    """As `lock`, but False at once if somebody else is writing."""
    query = text("SELECT pg_try_advisory_xact_lock(:lock)")
    return bool(await connection.scalar(query, {"lock": LOCK}))


async def pending(connection: Connection, limit: int) -> list[Pending]:
    """The oldest questions that their groups have not taken notice of."""
    columns = (
        question.c.id,
        question.c.text,
        question.c.state,
        question.c.group_id,
        question.c.asked_at,
    )
    query = select(*columns).where(question.c.pending).order_by(question.c.id).limit(limit)
    return [Pending(**row._asdict()) for row in await connection.execute(query)]


async def stale(connection: Connection, limit: int) -> list[int]:
    """Groups whose questions an editor has moved."""
    query = select(question_group.c.id).where(question_group.c.stale).limit(limit)
    return list((await connection.scalars(query.order_by(question_group.c.id))).all())


async def centres_since(connection: Connection, change: int | None) -> list[Centre]:
    """The groups changed since, in the order of their changes; with None those asked last."""
    columns = (
        question_group.c.id,
        question_group.c.change,
        question_group.c.centre,
        question_group.c.encoder,
        question_group.c.state,
    )
    if change is None:
        attracting = select(*columns).where(question_group.c.state.in_(ATTRACTING))
        query = attracting.order_by(question_group.c.last_at.desc()).limit(MOST_GROUPS)
    else:
        query = select(*columns).where(question_group.c.change > change)
    rows = (await connection.execute(query)).all()
    return sorted((_centre(row) for row in rows), key=lambda one: one.change)


def _centre(row: Any) -> Centre:
    centre = row.centre if row.state in ATTRACTING else None
    return Centre(row.id, row.change, centre, row.encoder)


async def create(connection: Connection, at: datetime) -> int:
    """A new, empty group."""
    values = {"last_at": at, "change": question_change.next_value()}
    statement = insert(question_group).values(values).returning(question_group.c.id)
    return int((await connection.execute(statement)).scalar_one())


async def place(
    connection: Connection, question_id: int, group_id: int, vector: bytes | None
) -> None:
    """Put a question into a group."""
    await connection.execute(
        update(question)
        .where(question.c.id == question_id)
        .values(group_id=group_id, vector=vector)
    )


async def settle(connection: Connection, question_ids: Sequence[int]) -> None:
    """The groups of these questions have taken notice of them; those that are gone leave."""
    await connection.execute(
        update(question).where(question.c.id.in_(question_ids)).values(pending=False)
    )
    await connection.execute(
        delete(question).where(question.c.id.in_(question_ids), question.c.state == Standing.GONE)
    )


async def members(connection: Connection, group_id: int) -> list[Member]:
    """The newest open questions of a group."""
    query = (
        select(question.c.id, question.c.text, question.c.vector)
        .where(question.c.group_id == group_id, question.c.state == Standing.OPEN)
        .order_by(question.c.asked_at.desc(), question.c.id.desc())
        .limit(MOST_READ)
    )
    return [Member(**row._asdict()) for row in await connection.execute(query)]


async def keep_vectors(connection: Connection, made: dict[int, bytes]) -> None:
    """Keep the vectors of questions that had none, or one of another encoder."""
    for question_id, vector in made.items():
        await connection.execute(
            update(question).where(question.c.id == question_id).values(vector=vector)
        )


async def refresh(
    connection: Connection,
    group_id: int,
    now: datetime,
    *,
    central_id: int | None,
    centre: bytes | None,
    encoder: str,
) -> None:
    """Write where a group stands and count its questions anew.

    A dismissed group that has grown a lot since comes back.
    """
    counted = (
        select(
            literal(group_id, BigInteger).label("group_id"),
            func.count().label("asked"),
            func.count(question.c.citizen_id.distinct()).label("citizens"),
            func.max(question.c.asked_at).label("last_at"),
        )
        .where(question.c.group_id == group_id, question.c.state == Standing.OPEN)
        .subquery()
    )
    row = (
        await connection.execute(
            update(question_group)
            .where(question_group.c.id == counted.c.group_id)
            .values(
                asked=counted.c.asked,
                citizens=counted.c.citizens,
                last_at=func.coalesce(counted.c.last_at, question_group.c.last_at),
                central_id=central_id,
                centre=centre,
                encoder=encoder,
                stale=False,
                change=question_change.next_value(),
            )
            .returning(question_group.c.state, question_group.c.asked, question_group.c.asked_then)
        )
    ).one()
    if row.state == State.DISMISSED and _has_grown(row.asked, row.asked_then):
        await _reopen(connection, group_id, row.asked - row.asked_then, now)


def _has_grown(asked: int, then: int) -> bool:
    return asked >= max(then * GROWN_TIMES, then + GROWN_BY)


async def _reopen(connection: Connection, group_id: int, more: int, now: datetime) -> None:
    await connection.execute(
        update(question_group)
        .where(question_group.c.id == group_id)
        .values(state=State.OPEN, reason="")
    )
    await note(connection, group_id, "reopen", SYSTEM, now, f"忽略之后又被问了{more}次")


async def note(
    connection: Connection,
    group_id: int,
    kind: str,
    actor: str,
    now: datetime,
    why: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Keep what was done to a group: by whom, when, why, and what is needed to undo it."""
    values = {"group_id": group_id, "kind": kind, "at": now, "actor": actor, "why": why}
    await connection.execute(insert(question_event).values(**values, data=data or {}))
