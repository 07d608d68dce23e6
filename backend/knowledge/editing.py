"""What editors and units do to one entry. Each act is a revision, and is answered from at once.

`seen` is the revision that whoever acts had before their eyes: if the entry has moved on since,
the act is refused with Conflict and nothing is overwritten.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import insert, select, update

from backend import notices
from backend.database import Connection
from backend.knowledge import changes, revisions
from backend.knowledge.entry import Conflict, Entry, Refused, entry_of, problem, tidied
from backend.knowledge.revisions import By
from backend.knowledge.store import find
from backend.tables import knowledge, knowledge_change


async def add(connection: Connection, entry: Entry, by: By) -> Entry:
    """Add an entry. Raises Refused when it is not fit, or one of this title exists."""
    entry = tidied(entry)
    await changes.lock(connection)
    await _check(connection, entry)
    row = await connection.execute(
        insert(knowledge).values(**_written(entry, by)).returning(knowledge)
    )
    kept = entry_of(row.one())
    await revisions.record(connection, "create", by, knowledge.c.id == kept.id)
    return kept


async def change(connection: Connection, entry_id: int, entry: Entry, by: By, seen: int) -> Entry:
    """Write an entry anew; what its unit said was wrong is thereby dealt with.

    Raises Refused when it is not fit, Conflict when it has moved on. The same text again changes
    nothing, unless something was wrong with it.
    """
    old = await _open(connection, entry_id, seen)
    entry = replace(tidied(entry), id=entry_id)
    if old.content == entry.content and not old.wrong:
        return old
    await _check(connection, entry)
    return await _write(connection, entry_id, "change", by, wrong="", **_written(entry, by))


async def retire(connection: Connection, entry_id: int, by: By, seen: int) -> Entry:
    """Let an entry answer no more; it is kept, with its history."""
    old = await _open(connection, entry_id, seen)
    if old.retired:
        raise Refused("这条知识已经停用了")
    return await _write(connection, entry_id, "retire", by, retired=True)


async def revive(connection: Connection, entry_id: int, by: By, seen: int) -> Entry:
    """Let a retired entry answer again."""
    old = await _open(connection, entry_id, seen)
    if not old.retired:
        raise Refused("这条知识正在使用，不用恢复")
    return await _write(connection, entry_id, "revive", by, retired=False, **_confirmed(by))


async def restore(connection: Connection, entry_id: int, number: int, by: By, seen: int) -> Entry:
    """Give an entry the text of an earlier revision, as a new one; it is in use again."""
    await _open(connection, entry_id, seen)
    earlier = (await revisions.get(connection, entry_id, number)).entry
    await _check(connection, earlier)
    values = {"retired": False, "wrong": "", **_written(earlier, by)}
    return await _write(connection, entry_id, "restore", by, **values)


async def report(connection: Connection, entry_id: int, by: By, seen: int) -> Entry:
    """Say what is wrong with an entry (`by.why`): it answers no more until an editor acts, who
    hears of it."""
    old = await _open(connection, entry_id, seen)
    if old.retired:
        raise Refused("这条知识已经停用，不会再答复市民")
    if not by.why.strip():
        raise Refused("请写明哪里不对、应该怎么改")
    text = (
        f"{old.unit or '有人'}报错：“{old.title}”，{by.why.strip()}。已停止用它答复，请核对修改。"
    )
    await notices.add(connection, notices.OFFICE, f"{notices.KNOWLEDGE}wrong", text, by.at)
    return await _write(connection, entry_id, "wrong", by, wrong=by.why.strip())


async def clear(connection: Connection, entry_id: int, by: By, seen: int) -> Entry:
    """Say that nothing is wrong with an entry, against its unit's report."""
    old = await _open(connection, entry_id, seen)
    if not old.wrong:
        raise Refused("这条知识没有被报错")
    return await _write(connection, entry_id, "right", by, wrong="", **_confirmed(by))


async def _open(connection: Connection, entry_id: int, seen: int) -> Entry:
    await changes.lock(connection)
    entry = await find(connection, entry_id, lock=True)
    if entry.revision != seen:
        raise Conflict("这条知识刚刚被别人改过")
    return entry


async def _check(connection: Connection, entry: Entry) -> None:
    reason = problem(entry)
    if reason:
        raise Refused(reason)
    query = select(knowledge.c.retired).where(
        knowledge.c.title == entry.title, knowledge.c.id != entry.id
    )
    other = (await connection.execute(query)).first()
    if other is not None:
        hint = "（已停用，可以恢复它）" if other.retired else ""
        raise Refused(f"已有同名的知识{hint}，请换标题")


async def _write(connection: Connection, entry_id: int, kind: str, by: By, **values: Any) -> Entry:
    row = await connection.execute(
        update(knowledge)
        .where(knowledge.c.id == entry_id)
        .values(
            **values,
            revision=knowledge.c.revision + 1,
            change=knowledge_change.next_value(),
        )
        .returning(knowledge)
    )
    kept = entry_of(row.one())
    await revisions.record(connection, kind, by, knowledge.c.id == entry_id)
    return kept


def _written(entry: Entry, by: By) -> dict[str, Any]:
    return {**entry.content, "updated_at": by.at, **_confirmed(by)}


def _confirmed(by: By) -> dict[str, Any]:
    return {"confirmed_at": by.at, "confirmed_by": by.actor}
