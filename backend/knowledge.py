"""The knowledge base: what may be answered, as its editors approved it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.clock import city_time
from backend.database import Connection
from backend.tables import knowledge


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `valid_until` is the last day (YYYY-MM-DD) on which it may answer, or ''."""

    title: str
    answer: str
    questions: tuple[str, ...] = ()
    unit: str = ""
    source: str = ""
    valid_until: str = ""
    category: str = ""
    id: int = 0
    updated_at: datetime | None = None
    solved: int = 0
    unsolved: int = 0
    retired: bool = False
    row: int = field(default=0, compare=False)
    """Where it stands in the file it was read from, 0 if in none."""

    @property
    def signature(self) -> str:
        """Where the answer comes from and of what day it is."""
        said = "，".join(part for part in (self.unit, self.source) if part) or "12345知识库"
        day = f"，{city_time(self.updated_at):%Y-%m-%d}更新" if self.updated_at else ""
        return f"—— 来源：{said}{day}"


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did, by title; `refused` are (row, title, reason)."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)


def _entry(row: Any) -> Entry:
    return Entry(
        title=row.title,
        answer=row.answer,
        questions=tuple(row.questions),
        unit=row.unit,
        source=row.source,
        valid_until=row.valid_until or "",
        category=row.category,
        id=row.id,
        updated_at=row.updated_at,
        solved=row.solved,
        unsolved=row.unsolved,
        retired=row.retired,
    )


def _valid(now: datetime) -> Any:
    today = f"{city_time(now):%Y-%m-%d}"
    return knowledge.c.retired.is_(False) & (
        knowledge.c.valid_until.is_(None) | (knowledge.c.valid_until >= today)
    )


async def get(connection: Connection, entry_id: int, now: datetime) -> Entry | None:
    """An entry that may answer now; None if it is retired, expired or unknown."""
    query = select(knowledge).where(knowledge.c.id == entry_id, _valid(now))
    row = (await connection.execute(query)).first()
    return _entry(row) if row else None


async def valid(connection: Connection, now: datetime) -> list[Entry]:
    """All entries that may answer now."""
    rows = await connection.execute(select(knowledge).where(_valid(now)).order_by(knowledge.c.id))
    return [_entry(row) for row in rows]


async def everything(connection: Connection) -> list[Entry]:
    """All entries, the retired and expired ones too, by title."""
    rows = await connection.execute(select(knowledge).order_by(knowledge.c.title))
    return [_entry(row) for row in rows]


async def version(connection: Connection) -> tuple[int, datetime | None]:
    """Changes whenever any entry does: how many there are, and when the last was changed."""
    query = select(
        func.coalesce(func.sum(knowledge.c.revision), 0), func.max(knowledge.c.updated_at)
    )
    total, latest = (await connection.execute(query)).one()
    return int(total), latest


async def count(connection: Connection, entry_id: int, *, solved: bool) -> None:
    """Count a citizen's 「解决了」 or 「没解决」 on an entry."""
    column = knowledge.c.solved if solved else knowledge.c.unsolved
    await connection.execute(
        update(knowledge).where(knowledge.c.id == entry_id).values({column: column + 1})
    )


def problem(entry: Entry) -> str:
    """Why an entry cannot be taken, '' if it can."""
    if not entry.title.strip():
        return "标题为空"
    if not entry.answer.strip():
        return "答案为空"
    if len(entry.title) > 200:
        return "标题超过200字"
    if len(entry.answer) > 4000:
        return "答案超过4000字"
    if entry.valid_until and not _is_day(entry.valid_until):
        return f"有效期至“{entry.valid_until}”不是日期（应为2027-12-31这样的格式）"
    return ""


def _is_day(text: str) -> bool:
    """True for YYYY-MM-DD only: other forms of ISO 8601 would not compare as texts do."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


async def save(
    connection: Connection,
    entries: Iterable[Entry],
    now: datetime,
    *,
    replace: bool = False,
    strict: bool = False,
) -> Summary:
    """Add or change entries by title; `replace` retires all others, `strict` is all or nothing.

    Rows are named as the file they came from shows them. With `strict` and a refused row nothing
    is written.
    """
    summary = Summary()
    known = {entry.title: entry for entry in await everything(connection)}
    taken: dict[str, Entry] = {}
    for number, entry in enumerate(entries, 1):
        reason = problem(entry) or ("标题与前面的行重复" if entry.title in taken else "")
        if reason:
            summary.refused.append((entry.row or number, entry.title, reason))
        else:
            taken[entry.title] = entry
            _sort(summary, entry, known.get(entry.title))
    if replace:
        summary.retired.extend(
            title for title, entry in known.items() if title not in taken and not entry.retired
        )
    if not (strict and summary.refused):
        changing = {*summary.added, *summary.changed}
        await _write(connection, [taken[title] for title in taken if title in changing], now)
        await _retire(connection, summary.retired, now)
    return summary


def _sort(summary: Summary, entry: Entry, old: Entry | None) -> None:
    if old is None:
        summary.added.append(entry.title)
    elif old.retired or _content(old) != _content(entry):
        summary.changed.append(entry.title)
    else:
        summary.unchanged.append(entry.title)


def _content(entry: Entry) -> tuple[object, ...]:
    return (
        entry.answer,
        entry.questions,
        entry.unit,
        entry.source,
        entry.valid_until,
        entry.category,
    )


async def _write(connection: Connection, entries: Sequence[Entry], now: datetime) -> None:
    for start in range(0, len(entries), 500):
        rows = [
            {
                "title": entry.title,
                "answer": entry.answer,
                "questions": list(entry.questions),
                "unit": entry.unit,
                "source": entry.source,
                "valid_until": entry.valid_until or None,
                "category": entry.category,
                "retired": False,
                "updated_at": now,
            }
            for entry in entries[start : start + 500]
        ]
        statement = insert(knowledge).values(rows)
        changed = {name: statement.excluded[name] for name in rows[0] if name != "title"}
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["title"],
                set_={**changed, "revision": knowledge.c.revision + 1},
            )
        )


async def _retire(connection: Connection, titles: Sequence[str], now: datetime) -> None:
    if titles:
        await connection.execute(
            update(knowledge)
            .where(knowledge.c.title.in_(titles))
            .values(retired=True, updated_at=now, revision=knowledge.c.revision + 1)
        )
