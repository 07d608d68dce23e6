"""A file's entries become the knowledge base's: judged row by row, written as sets.

The rows go into a temporary table, one statement says what each of them is, and one each writes
the new, the changed and the retired: 100,000 rows take seconds.
"""

import dataclasses
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import case, func, select, text

from backend.database import Connection
from backend.knowledge import changes, revisions
from backend.knowledge.entry import Entry, entry_of, problem
from backend.knowledge.revisions import By
from backend.tables import knowledge

COLUMNS = ("title", "answer", "questions", "unit", "source", "valid_until", "category")
PATIENCE = 300_000
"""Milliseconds a statement may take here, where others have ten seconds."""
LOAD = 10_000
"""Rows that are sent to the database at once."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of a file, the number of its row there, and what is wrong with the row itself."""

    row: int
    entry: Entry
    defect: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did, by title; `refused` are (row, title, reason)."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)


async def save(
    connection: Connection,
    lines: Iterable[Line],
    by: By,
    *,
    given: Collection[str] = COLUMNS,
    replace: bool = False,
    strict: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
) -> Summary:
    """Add or change entries by title; `replace` retires all others, `strict` is all or nothing.

    `given` are the columns that the file has: of entries that exist, the others stay as they are.
    With `dry_run`, or with `strict` and a refused row, nothing is written.
    """
    summary = Summary()
    taken = _fit(lines, summary)
    await connection.execute(text(f"SET LOCAL statement_timeout = {PATIENCE}"))
    await _stage(connection, taken, progress)
    writing = not (dry_run or (strict and summary.refused))
    if writing:
        await changes.lock(connection)
    await _compare(connection, summary, given)
    if replace:
        summary.retired.extend(await connection.scalars(_LEFT_OUT))
    if writing:
        progress(f"写入 {len(summary.added)} 条新增、{len(summary.changed)} 条修改")
        await _write(connection, by, replace=replace)
    return summary


async def changing(connection: Connection, limit: int) -> list[tuple[Entry, Entry]]:
    """After `save` in the same transaction and before anything was written: the first entries
    that change, as they are and as they will be."""
    rows = await connection.execute(_CHANGING, {"limit": limit})
    found = []
    for row in rows:
        new = {name: getattr(row, f"new_{name}") for name in COLUMNS}
        old = entry_of(row)
        found.append((old, _revised(old, new)))
    return found


def _revised(old: Entry, new: dict[str, Any]) -> Entry:
    until, questions = new["valid_until"] or "", tuple(new["questions"])
    return dataclasses.replace(old, **new | {"valid_until": until, "questions": questions})


def _fit(lines: Iterable[Line], summary: Summary) -> Sequence[Line]:
    """The lines that can be taken; the others go into the summary with their reasons."""
    first: dict[str, int] = {}
    taken = []
    for line in lines:
        entry = line.entry
        reason = line.defect or problem(entry)
        if not reason and entry.title in first:
            reason = f"标题与第{first[entry.title]}行重复"
        if reason:
            summary.refused.append((line.row, entry.title, reason))
        else:
            first[entry.title] = line.row
            taken.append(line)
    return taken


async def _stage(connection: Connection, lines: Sequence[Line], progress: Progress) -> None:
    """Send the lines to a temporary table."""
    await connection.execute(text("DROP TABLE IF EXISTS incoming"))
    await connection.execute(_INCOMING)
    raw: Any = (await connection.get_raw_connection()).driver_connection
    for start in range(0, len(lines), LOAD):
        records = [_record(line) for line in lines[start : start + LOAD]]
        await raw.copy_records_to_table("incoming", records=records, columns=("row", *COLUMNS))
        progress(f"送入数据库 {start + len(records)} / {len(lines)} 行")
    await connection.execute(text("ANALYZE incoming"))


def _record(line: Line) -> tuple[object, ...]:
    content = line.entry.content
    content["questions"] = msgspec.json.encode(content["questions"]).decode()
    return (line.row, *(content[name] for name in COLUMNS))


async def _compare(connection: Connection, summary: Summary, given: Collection[str]) -> None:
    """Find of each row whether it is new, and whether it says anything new."""
    kept = [f"{name} = knowledge.{name}" for name in COLUMNS if name not in given]
    if kept:
        await connection.execute(text(_KEEP.format(", ".join(kept))))
    await connection.execute(_JUDGE)
    for row in await connection.execute(_JUDGED):
        titles: list[str] = getattr(summary, row.state)
        titles.append(row.title)


async def _write(connection: Connection, by: By, *, replace: bool) -> None:
    before = await connection.scalar(select(func.coalesce(func.max(knowledge.c.change), 0)))
    values = {"at": by.at, "actor": by.actor}
    await connection.execute(_CHANGE, values)
    await connection.execute(_ADD, values)
    if replace:
        await connection.execute(_RETIRE)
    kind = case(
        (knowledge.c.retired, "retire"), (knowledge.c.revision == 1, "create"), else_="change"
    )
    await revisions.record(connection, kind, by, knowledge.c.change > before)


_INCOMING = text(
    """
    CREATE TEMPORARY TABLE incoming (
        row integer, title text, answer text, questions jsonb, unit text, source text,
        valid_until text, category text, known bigint, state text NOT NULL DEFAULT 'added'
    ) ON COMMIT DROP
    """
)
_KEEP = "UPDATE incoming SET {} FROM knowledge WHERE knowledge.title = incoming.title"
_SAME = " AND ".join(f"knowledge.{name} IS NOT DISTINCT FROM incoming.{name}" for name in COLUMNS)
_JUDGE = text(
    f"""
    UPDATE incoming SET known = knowledge.id,
        state = CASE WHEN NOT retired AND {_SAME} THEN 'unchanged' ELSE 'changed' END
    FROM knowledge WHERE knowledge.title = incoming.title
    """
)
_CHANGING = text(
    f"SELECT knowledge.*, {', '.join(f'incoming.{name} AS new_{name}' for name in COLUMNS)}"
    " FROM incoming JOIN knowledge ON knowledge.id = incoming.known"
    " WHERE incoming.state = 'changed' ORDER BY incoming.row LIMIT :limit"
)
_JUDGED = text("SELECT state, title FROM incoming ORDER BY row")
_CHANGE = text(
    """
    UPDATE knowledge SET
        answer = incoming.answer, questions = incoming.questions, unit = incoming.unit,
        source = incoming.source, valid_until = incoming.valid_until,
        category = incoming.category, retired = false, wrong = '', updated_at = :at,
        confirmed_at = :at, confirmed_by = :actor, revision = knowledge.revision + 1,
        change = nextval('knowledge_change')
    FROM incoming WHERE knowledge.id = incoming.known AND incoming.state = 'changed'
    """
)
_ADD = text(
    """
    INSERT INTO knowledge (title, answer, questions, unit, source, valid_until, category,
                           updated_at, confirmed_at, confirmed_by)
    SELECT title, answer, questions, unit, source, valid_until, category, :at, :at, :actor
    FROM incoming WHERE state = 'added' ORDER BY row
    """
)
_OTHERS = "NOT retired AND NOT EXISTS (SELECT FROM incoming WHERE incoming.title = knowledge.title)"
_LEFT_OUT = text(f"SELECT title FROM knowledge WHERE {_OTHERS} ORDER BY id")
_RETIRE = text(
    "UPDATE knowledge SET retired = true, revision = revision + 1,"
    f" change = nextval('knowledge_change') WHERE {_OTHERS}"
)
