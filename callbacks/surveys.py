"""Surveys (回访) as they are kept, and the one valid answer that each takes.

Whoever needs both locks the survey before its order, so that sweeps and citizens never wait for
each other in a circle.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, ScalarSelect, Select, cast, select, update

from backend.database import Connection
from backend.orders import service, store
from backend.orders.lifecycle import Order, State
from backend.tables import citizen, order_event, orders, outbox, survey
from callbacks.rating import REASONS, Rating

CITIZEN = "citizen:"
ACTOR = "system:callbacks"
"""Who acts on an order when time does."""

LONGEST_REASON = 200
"""Characters. The rest of a longer reason is cut off; no unit reads more in a list."""


class Stage(StrEnum):
    """Where a survey stands."""

    SCHEDULED = "scheduled"
    ASKED = "asked"
    RATED = "rated"
    UNRATED = "unrated"
    CANCELLED = "cancelled"


OPEN = (Stage.SCHEDULED, Stage.ASKED)


@dataclass(frozen=True, slots=True)
class Survey:
    """One asking about one closing (`round`) of an order.

    `due_at` is when the next step is due; once unrated, until when a late answer is taken.
    `outbox_id` is the sending whose end is still awaited.
    """

    id: int
    order_id: int
    number: str
    round: int
    citizen_id: int
    token: str
    state: Stage
    due_at: datetime
    reminders: int
    outbox_id: int | None
    asked_at: datetime | None
    rated_at: datetime | None
    rating: str
    reason: str


class Result(StrEnum):
    """What became of an answer."""

    ACCEPTED = "accepted"
    LATE = "late"
    """Taken, though the survey had been counted as unrated."""
    REPEATED = "repeated"
    """There is an answer already; the first one stands."""
    OVER = "over"
    """The survey takes no answers any more."""
    UNKNOWN = "unknown"


TAKEN = (Result.ACCEPTED, Result.LATE)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's result, and the survey after it (None if there is no such survey)."""

    result: Result
    survey: Survey | None


_COLUMNS = tuple(survey.c[name] for name in Survey.__dataclass_fields__ if name != "number")
JOINED: Select[Any] = (
    select(*_COLUMNS, orders.c.number)
    .join_from(survey, orders, orders.c.id == survey.c.order_id)
    .join(citizen, citizen.c.id == survey.c.citizen_id)
)
"""Surveys with their order and citizen; the sweeps add their conditions."""


def read(row: Any) -> Survey:
    """The survey in a row of JOINED."""
    values = row._asdict()
    return Survey(**values | {"state": Stage(values["state"])})


async def one(connection: Connection, query: Select[Any]) -> Survey | None:
    """The first survey of a query made from JOINED."""
    row = (await connection.execute(query.limit(1))).first()
    return read(row) if row else None


_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def find(connection: Connection, token: str, *, lock: bool = False) -> Survey | None:
    """The survey with this token; None for anything else a link or button may hold."""
    if not _TOKEN.fullmatch(token):
        return None
    query = JOINED.where(survey.c.token == token)
    return await one(connection, query.with_for_update(of=survey) if lock else query)


async def change(connection: Connection, known: Survey, **values: Any) -> Survey:
    """Write columns of a locked survey."""
    await connection.execute(update(survey).where(survey.c.id == known.id).values(**values))
    return replace(known, **values)


async def note(
    connection: Connection, known: Survey, step: str, now: datetime, actor: str, **data: Any
) -> None:
    """Put a step of the survey on its order, where everybody sees it."""
    said = {name: value for name, value in data.items() if value not in ("", None, False)}
    event = {"step": step, "round": known.round, **said}
    await service.act(connection, known.number, "survey", actor=actor, now=now, data=event)


async def silence(connection: Connection, known: Survey) -> bool:
    """Take back an asking that has not left yet; True if there was one."""
    taken = await connection.execute(
        update(outbox)
        .where(outbox.c.id == known.outbox_id, outbox.c.state == "pending")
        .values(state="dropped", leased_until=None, error="survey moved on")
    )
    return bool(taken.rowcount)


async def rate(
    connection: Connection,
    token: str,
    rating: Rating,
    now: datetime,
    *,
    via: str,
    reason: str = "",
    actor: str = CITIZEN,
) -> Answer:
    """Take a rating: 不满意 sends the order back to be handled again (重办), others archive it.

    `via` says where it was given: chat, page or phone. The first answer is the valid one.
    """
    known = await find(connection, token, lock=True)
    if known is None:
        return Answer(Result.UNKNOWN, None)
    kept = await store.find(connection, known.number, lock=True)
    result = judge(known, kept.order, now)
    if result not in TAKEN:
        return Answer(result, known)
    await silence(connection, known)
    known = await change(
        connection, known, state=Stage.RATED, rated_at=now, rating=rating, reason=clean(reason)
    )
    late = result is Result.LATE
    said = {"rating": rating, "reason": known.reason, "via": via, "late": late}
    await note(connection, known, "rated", now, actor, **said)
    await _follow_up(connection, known, kept.order, now, actor)
    return Answer(result, known)


def judge(known: Survey, order: Order, now: datetime) -> Result:
    """What would become of a rating given now."""
    if known.state is Stage.RATED:
        return Result.REPEATED
    if order.rounds != known.round:
        return Result.OVER
    if known.state in OPEN and order.state is State.CALLING_BACK:
        return Result.ACCEPTED
    if known.state is Stage.UNRATED and order.state is State.ARCHIVED and now < known.due_at:
        return Result.LATE
    return Result.OVER


async def _follow_up(
    connection: Connection, known: Survey, order: Order, now: datetime, actor: str
) -> None:
    if known.rating == Rating.DISSATISFIED:
        why = f"市民评价不满意：{known.reason}" if known.reason else "市民评价不满意"
        data = {"reason": why}
        await service.act(connection, known.number, "reopen", actor=actor, now=now, data=data)
    elif order.state is not State.ARCHIVED:
        await service.act(connection, known.number, "archive", actor=actor, now=now)


async def explain(
    connection: Connection, token: str, reason: str, now: datetime, *, via: str
) -> Answer:
    """Add why somebody was not satisfied; words of their own may still follow one of REASONS."""
    known = await find(connection, token, lock=True)
    if known is None:
        return Answer(Result.UNKNOWN, None)
    words = clean(reason)
    if known.rating != Rating.DISSATISFIED or not words:
        return Answer(Result.OVER, known)
    if known.reason in REASONS and words not in REASONS:
        words = f"{known.reason}：{words}"
    elif known.reason:
        return Answer(Result.REPEATED, known)
    known = await change(connection, known, reason=words)
    await note(connection, known, "reason", now, CITIZEN, reason=words, via=via)
    return Answer(Result.ACCEPTED, known)


def clean(reason: str) -> str:
    """A reason on one line, without the control characters that PostgreSQL refuses."""
    printable = "".join(char if char.isprintable() else " " for char in reason)
    return " ".join(printable.split())[:LONGEST_REASON]


def _delivery(column: ColumnElement[Any]) -> ScalarSelect[Any]:
    """Of the event that tells what became of the last sending."""
    return (
        select(column)
        .where(
            order_event.c.order_id == survey.c.order_id,
            order_event.c.kind == "survey",
            order_event.c.facets["step"].astext.in_(("delivered", "undelivered")),
            cast(order_event.c.facets["round"].astext, Integer) == survey.c.round,
        )
        .order_by(order_event.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )


async def listing(
    connection: Connection, state: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Surveys, newest first, with what became of the last sending; `state` is one of Stage."""
    return await _list(connection, limit, *([survey.c.state == state] if state else []))


async def calls(connection: Connection, limit: int = 50) -> list[dict[str, Any]]:
    """Who has to be called by telephone (电话回访任务): asked in vain, not answered yet."""
    unsent = _delivery(order_event.c.facets["step"].astext) == "undelivered"
    return await _list(connection, limit, survey.c.state == Stage.ASKED, unsent)


async def _list(
    connection: Connection, limit: int, *where: ColumnElement[bool]
) -> list[dict[str, Any]]:
    query = JOINED.add_columns(_delivery(order_event.c.data).label("delivery")).where(*where)
    rows = await connection.execute(query.order_by(survey.c.id.desc()).limit(limit))
    return [_describe(row._asdict()) for row in rows]


def _describe(values: dict[str, Any]) -> dict[str, Any]:
    delivery: Mapping[str, Any] = values.pop("delivery") or {}
    hidden: Sequence[str] = ("id", "order_id", "citizen_id", "outbox_id", "token")
    shown = {name: value for name, value in values.items() if name not in hidden}
    return shown | {
        "delivery": delivery.get("step", ""),
        "rung": delivery.get("rung", ""),
        "error": delivery.get("reason", ""),
    }
