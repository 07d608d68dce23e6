"""The monthly review (月度复核): every unit says of its entries that they are still right.

Shaoyang, bulletin of January and February 2023: 「各成员单位要明确专人每月对平台知识库进行全面
校核、更新」. Yueyang, June 2023, table of deductions: 「系统提醒需要更新的信息未在规定时间内提供
准确内容的, 每次扣 0.5 分」; 市残联 lost half a point by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, tuple_, update

from backend.clock import city_time
from backend.database import Connection
from backend.knowledge.entry import Entry, entry_of, today
from backend.knowledge.revisions import By
from backend.knowledge.store import answering
from backend.tables import knowledge, knowledge_reminder

DEDUCTION = 0.5
"""Points a unit loses for one reminder (a month's review) that it did not heed: Yueyang's rule."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`due_day` is the last day of each month on which units may confirm in time (1 to 28);
    `remind_days` is how many days before its end a unit hears that an entry expires."""

    due_day: int = 25
    remind_days: int = 30


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The moments of a review: an entry confirmed before `open` is still to be confirmed this
    month; before `late`, its unit is late, with the review of the month `period` (YYYY-MM)."""

    open: datetime
    late: datetime
    period: str


@dataclass(frozen=True, slots=True)
class UnitReview:
    """How a unit stands: entries in use, those confirmed this month, to be confirmed, late,
    called wrong, expired, and about to expire. `unit` is '' for entries of no unit."""

    unit: str
    entries: int
    confirmed: int
    open: int
    late: int
    wrong: int
    expired: int
    expiring: int

    @property
    def points(self) -> float:
        """What the bulletin deducts for the review that is over."""
        return -DEDUCTION if self.late else 0.0


def cutoffs(now: datetime, policy: Policy) -> Cutoffs:
    """The moments that count now, by the city's clock."""
    this = city_time(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    before = (this - timedelta(days=1)).replace(day=1)
    over = city_time(now).day > policy.due_day
    late = this if over else before
    return Cutoffs(this, late, f"{late:%Y-%m}")


def is_open(now: datetime, policy: Policy) -> ColumnElement[bool]:
    """The condition on `knowledge` of entries that are to be confirmed."""
    return and_(answering(now), knowledge.c.confirmed_at < cutoffs(now, policy).open)


def is_late(now: datetime, policy: Policy) -> ColumnElement[bool]:
    """The condition on `knowledge` of entries whose review was missed."""
    return and_(answering(now), knowledge.c.confirmed_at < cutoffs(now, policy).late)


def is_due(entry: Entry, now: datetime, policy: Policy) -> bool:
    """Whether an entry is to be confirmed."""
    seen = entry.confirmed_at
    answers = entry.standing(now) == "answering"
    return answers and seen is not None and seen < cutoffs(now, policy).open


async def by_unit(
    connection: Connection, now: datetime, policy: Policy, units: Sequence[str] | None = None
) -> list[UnitReview]:
    """How each unit stands, the latest first."""
    day, soon = today(now), today(now + timedelta(days=policy.remind_days))
    used, until = knowledge.c.retired.is_(False), knowledge.c.valid_until
    conditions = {
        "entries": answering(now),
        "confirmed": and_(answering(now), ~is_open(now, policy)),
        "open": is_open(now, policy),
        "late": is_late(now, policy),
        "wrong": and_(used, knowledge.c.wrong != ""),
        "expired": and_(used, until < day),
        "expiring": and_(used, until >= day, until <= soon),
    }
    query = (
        select(knowledge.c.unit, *(_number(name, conditions[name]) for name in conditions))
        .where(used)
        .group_by(knowledge.c.unit)
    )
    if units is not None:
        query = query.where(knowledge.c.unit.in_(units))
    rows = [UnitReview(*row) for row in await connection.execute(query)]
    return sorted(rows, key=lambda row: (-row.late, -row.open, row.unit))


def _number(name: str, condition: Any) -> Any:
    return func.count().filter(condition).label(name)


async def entries(
    connection: Connection,
    now: datetime,
    policy: Policy,
    *,
    unit: str | None = None,
    late: bool = False,
    limit: int = 50,
) -> list[Entry]:
    """Entries to be confirmed (of a unit), or only those that are late; longest unseen first."""
    condition = is_late(now, policy) if late else is_open(now, policy)
    query = select(knowledge).where(condition)
    if unit is not None:
        query = query.where(knowledge.c.unit == unit)
    query = query.order_by(knowledge.c.confirmed_at, knowledge.c.id).limit(limit)
    return [entry_of(row) for row in await connection.execute(query)]


async def confirm(
    connection: Connection,
    seen: Mapping[int, int],
    by: By,
    units: Sequence[str] | None = None,
) -> int:
    """Say that entries are still right, by the revision that was seen; how many were confirmed.

    Those that have moved on since, that do not answer, or are not of these units are left as
    they are.
    """
    if not seen:
        return 0
    statement = update(knowledge).where(
        tuple_(knowledge.c.id, knowledge.c.revision).in_(list(seen.items())), answering(by.at)
    )
    if units is not None:
        statement = statement.where(knowledge.c.unit.in_(units))
    result = await connection.execute(statement.values(confirmed_at=by.at, confirmed_by=by.actor))
    return int(result.rowcount)


@dataclass(frozen=True, slots=True)
class Missed:
    """What was written down when the review of a month was over: a unit was late with so many
    of its entries."""

    period: str
    unit: str
    late: int
    entries: int


async def missed(
    connection: Connection,
    period: str = "",
    units: Sequence[str] | None = None,
    limit: int = 1000,
) -> list[Missed]:
    """The units that missed the review of a month (YYYY-MM), or of all months, newest first."""
    kept = knowledge_reminder.c
    query = (
        select(kept.period, kept.unit, kept.number, kept.total)
        .where(kept.kind == "late")
        .order_by(kept.period.desc(), kept.number.desc(), kept.unit)
        .limit(limit)
    )
    if units is not None:
        query = query.where(kept.unit.in_(units))
    if period:
        query = query.where(kept.period == period)
    return [Missed(*row) for row in await connection.execute(query)]
