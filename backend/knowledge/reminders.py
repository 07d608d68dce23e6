"""Reminders to units: entries about to expire, the month's review, and that it was missed.

Each is written down once, by whichever replica comes first, and told as a notice in the console.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, literal, null, select
from sqlalchemy.dialects.postgresql import insert

from backend import notices
from backend.database import Connection
from backend.knowledge.entry import today
from backend.knowledge.review import Policy, cutoffs, is_late, is_open
from backend.knowledge.store import answering
from backend.services import Services
from backend.tables import knowledge, knowledge_reminder


class Reminding:
    """Reminds units of what is due. Any number of replicas may run it."""

    def __init__(self, services: Services, policy: Policy) -> None:
        self._services = services
        self._policy = policy

    async def step(self) -> bool:
        """Remind of what nobody was reminded of yet; False, as nothing more is due now."""
        now = self._services.clock.now()
        async with self._services.database.transaction() as connection:
            told = await remind(connection, now, self._policy)
        if told:
            self._services.live.tell("alerts")
        return False


async def remind(connection: Connection, now: datetime, policy: Policy) -> int:
    """Write down what is due and tell the units; how many notices that made."""
    due = cutoffs(now, policy)
    told = await _expiring(connection, now, policy)
    # First what is over: who hears of it need not hear of the same month's beginning.
    for row in await _write_down(
        connection, _by_unit(now, "late", due.period, is_late(now, policy))
    ):
        told += await _tell(connection, row.unit, "late", _late_words(row, policy), now)
    period = today(due.open)[:7]
    for row in await _write_down(connection, _by_unit(now, "review", period, is_open(now, policy))):
        if period != due.period:
            told += await _tell(connection, row.unit, "review", _review_words(row, policy), now)
    return told


async def _expiring(connection: Connection, now: datetime, policy: Policy) -> int:
    """Tell each unit in one notice which of its entries are about to expire."""
    last = today(now + timedelta(days=policy.remind_days))
    query = select(
        literal("expiring"),
        knowledge.c.unit,
        knowledge.c.valid_until,
        knowledge.c.id,
        literal(1),
        literal(1),
        literal(now),
    ).where(answering(now), knowledge.c.valid_until <= last)
    grouped: dict[str, list[int]] = defaultdict(list)
    for row in sorted(await _write_down(connection, query), key=lambda row: str(row.period)):
        grouped[row.unit].append(row.knowledge_id)
    for unit, ids in grouped.items():
        await _tell(connection, unit, "expiring", await _expiring_words(connection, ids), now)
    return len(grouped)


def _by_unit(now: datetime, kind: str, period: str, condition: Any) -> Select[Any]:
    """One row a unit: of how many of its entries something is to be said."""
    number = func.count().filter(condition)
    return (
        select(
            literal(kind),
            knowledge.c.unit,
            literal(period),
            null(),
            number,
            func.count(),
            literal(now),
        )
        .where(answering(now))
        .group_by(knowledge.c.unit)
        .having(number > 0)
    )


async def _write_down(connection: Connection, query: Select[Any]) -> Sequence[Any]:
    """The rows that were not there yet."""
    into = ("kind", "unit", "period", "knowledge_id", "number", "total", "at")
    statement = insert(knowledge_reminder).from_select(into, query)
    written = statement.on_conflict_do_nothing().returning(knowledge_reminder)
    return list(await connection.execute(written))


async def _tell(connection: Connection, unit: str, kind: str, text: str, now: datetime) -> int:
    await notices.add(connection, unit, f"{notices.KNOWLEDGE}{kind}", text, now)
    return 1


async def _expiring_words(connection: Connection, ids: Sequence[int]) -> str:
    query = select(knowledge.c.title, knowledge.c.valid_until).where(knowledge.c.id.in_(ids[:3]))
    rows = await connection.execute(query.order_by(knowledge.c.valid_until, knowledge.c.id))
    named = "、".join(f"“{row.title}”（到{row.valid_until}）" for row in rows)
    more = f"等{len(ids)}条" if len(ids) > 3 else ""
    return f"知识即将到期：{named}{more}。到期后不再答复市民，请及时更新或请热线办延长有效期。"


def _review_words(row: Any, policy: Policy) -> str:
    return (
        f"{row.period}月度知识复核：有{row.number}条知识待确认，请在{policy.due_day}日前"
        "到“知识库—复核”逐条确认或报错。"
    )


def _late_words(row: Any, policy: Policy) -> str:
    return (
        f"{row.period}月度知识复核已过{policy.due_day}日，还有{row.number}条"
        f"（共{row.total}条）没有确认，已记入逾期名单，请尽快到“知识库—复核”确认。"
    )
