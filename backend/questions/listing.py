"""Groups of questions as the console shows them. Each query reads an index, and one page of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select, tuple_

from backend.database import Connection
from backend.questions.asking import Standing
from backend.tables import knowledge, question, question_event, question_group

WEEK = timedelta(days=7)
NEWEST = 200
"""Questions looked at for a group's different wordings."""
NAMELESS = "（提问的市民已离开）"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of like questions; `title` is the question most like all others.

    `week` and `week_before` are how often it was asked in the last seven days and the seven before.
    """

    id: int
    state: str
    title: str
    asked: int
    citizens: int
    last_at: datetime
    knowledge_id: int | None
    knowledge_title: str
    reason: str
    draft: Mapping[str, Any]
    week: int = 0
    week_before: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a group."""

    id: int
    message_id: int
    citizen_id: int
    text: str
    why: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """What was done to a group."""

    id: int
    kind: str
    at: datetime
    actor: str
    why: str
    data: Mapping[str, Any]
    undone: bool


def _groups() -> Select[Any]:
    return (
        select(
            question_group.c.id,
            question_group.c.state,
            case((question.c.text != "", question.c.text), else_=NAMELESS).label("title"),
            question_group.c.asked,
            question_group.c.citizens,
            question_group.c.last_at,
            question_group.c.knowledge_id,
            func.coalesce(knowledge.c.title, "").label("knowledge_title"),
            question_group.c.reason,
            question_group.c.draft,
        )
        .outerjoin_from(question_group, question, question.c.id == question_group.c.central_id)
        .outerjoin(knowledge, knowledge.c.id == question_group.c.knowledge_id)
    )


async def page(
    connection: Connection,
    state: str,
    now: datetime,
    *,
    latest: bool = False,
    before: tuple[int, int] | None = None,
    limit: int = 30,
) -> list[Group]:
    """Groups in a state, those asked most first, or with `latest` those asked last.

    `before` is (asked, id) of the last group of the page before; it is not for `latest`.
    """
    query = _groups().where(question_group.c.state == state)
    if state == "open":
        query = query.where(question_group.c.asked > 0)
    order = (question_group.c.last_at if latest else question_group.c.asked, question_group.c.id)
    if before is not None and not latest:
        query = query.where(tuple_(*order) < tuple_(*before))
    query = query.order_by(*(column.desc() for column in order)).limit(limit)
    found = [row._asdict() for row in await connection.execute(query)]
    weeks = await _weeks(connection, [row["id"] for row in found], now)
    return [Group(**{**row, **weeks.get(row["id"], {})}) for row in found]


async def get(connection: Connection, group_id: int, now: datetime) -> Group | None:
    """One group; None if there is none of this number."""
    row = (await connection.execute(_groups().where(question_group.c.id == group_id))).first()
    if row is None:
        return None
    weeks = await _weeks(connection, [group_id], now)
    return Group(**{**row._asdict(), **weeks.get(group_id, {})})


async def _weeks(
    connection: Connection, group_ids: Sequence[int], now: datetime
) -> Mapping[int, Mapping[str, int]]:
    recent = question.c.asked_at >= now - WEEK
    query = (
        select(
            question.c.group_id,
            func.count().filter(recent).label("week"),
            func.count().filter(~recent).label("week_before"),
        )
        .where(
            question.c.group_id.in_(group_ids),
            question.c.asked_at >= now - 2 * WEEK,
            question.c.state == Standing.OPEN,
        )
        .group_by(question.c.group_id)
    )
    return {
        row.group_id: {"week": row.week, "week_before": row.week_before}
        for row in await connection.execute(query)
    }


async def questions(
    connection: Connection, group_id: int, before: int | None = None, limit: int = 50
) -> list[Asked]:
    """The open questions of a group, newest first."""
    query = select(*(question.c[name] for name in Asked.__dataclass_fields__)).where(
        question.c.group_id == group_id, question.c.state == Standing.OPEN
    )
    if before is not None:
        query = query.where(question.c.id < before)
    rows = await connection.execute(query.order_by(question.c.id.desc()).limit(limit))
    return [Asked(**row._asdict()) for row in rows]


async def wordings(connection: Connection, group_id: int, limit: int = 10) -> list[str]:
    """How the question is put lately, each wording once, the most frequent first."""
    newest = (
        select(question.c.text)
        .where(question.c.group_id == group_id, question.c.state == Standing.OPEN)
        .order_by(question.c.asked_at.desc())
        .limit(NEWEST)
    )
    counted = Counter(await connection.scalars(newest))
    ordered = sorted(counted, key=lambda text: (-counted[text], len(text), text))
    return ordered[:limit]


async def events(connection: Connection, group_id: int, limit: int = 50) -> list[Event]:
    """What was done to a group, newest first."""
    query = select(*(question_event.c[name] for name in Event.__dataclass_fields__)).where(
        question_event.c.group_id == group_id
    )
    rows = await connection.execute(query.order_by(question_event.c.id.desc()).limit(limit))
    return [Event(**row._asdict()) for row in rows]


async def open_count(connection: Connection) -> int:
    """How many groups wait for an editor."""
    query = select(func.count()).where(question_group.c.state == "open", question_group.c.asked > 0)
    return int((await connection.execute(query)).scalar_one())
