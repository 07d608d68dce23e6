"""What an editor does to a group of questions: answer it, dismiss it, sort it, and take that back.

Each act notes who did it, when and why, and what is needed to undo it. Acts on one group come one
after the other; who is too late is told so, and nothing is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from backend.database import Connection
from backend.knowledge import editing as entries
from backend.knowledge import store
from backend.knowledge.entry import Entry, Refused
from backend.knowledge.revisions import By
from backend.questions import news
from backend.questions.asking import Standing
from backend.questions.groups import State, create, lock, note
from backend.tables import question, question_change, question_event, question_group

UNDOABLE = ("publish", "merge", "dismiss", "move")
LATE = "这组问题刚刚被别人处理过了，请看看现在的情况再定。"


async def keep_draft(connection: Connection, group_id: int, draft: dict[str, Any]) -> None:
    """Keep what an editor has written so far of the entry. Raises Refused if it is too late."""
    await _open(connection, group_id)
    await connection.execute(
        update(question_group).where(question_group.c.id == group_id).values(draft=draft)
    )


async def publish(connection: Connection, group_id: int, entry: Entry, by: By) -> Entry:
    """Answer a group with a new entry; its citizens are told. Raises Refused when it is not fit."""
    await _open(connection, group_id)
    kept = await entries.add(connection, entry, by)
    data = {"knowledge_id": kept.id, "revision": kept.revision}
    await _answered(connection, group_id, "publish", by, data)
    return kept


async def merge(
    connection: Connection, group_id: int, entry_id: int, questions: Iterable[str], by: By
) -> Entry:
    """Answer a group with an entry that is there, to which its questions are added."""
    await _open(connection, group_id)
    before, after = await teach(connection, entry_id, questions, by)
    data = {"knowledge_id": entry_id, "before": before.revision, "revision": after.revision}
    await _answered(connection, group_id, "merge", by, data)
    return after


async def teach(
    connection: Connection, entry_id: int, questions: Iterable[str], by: By
) -> tuple[Entry, Entry]:
    """Add similar questions to an entry: how it was, and how it is. Raises Refused, Unknown."""
    old = await store.find(connection, entry_id)
    if old.standing(by.at) != "answering":
        raise Refused("这条知识现在不能答复市民（已停用、过期或被报错），请先在知识库里处理它")
    said = {old.title, *old.questions}
    fresh = [text for text in dict.fromkeys(map(_plain, questions)) if text and text not in said]
    if not fresh:
        return old, old
    changed = replace(old, questions=(*old.questions, *fresh))
    return old, await entries.change(connection, entry_id, changed, by, seen=old.revision)


async def dismiss(connection: Connection, group_id: int, by: By) -> None:
    """Say that a group is none of the knowledge base's business. Raises Refused without a reason.

    It stays dismissed unless it is asked a lot more (groups.refresh).
    """
    if not by.why:
        raise Refused("请写明为什么不属于知识库，以后的同事才知道")
    await _open(connection, group_id)
    values = {"state": State.DISMISSED, "reason": by.why, "asked_then": question_group.c.asked}
    await _change(connection, group_id, **values)
    await note(connection, group_id, "dismiss", by.actor, by.at, by.why)


async def move(
    connection: Connection, group_id: int, question_ids: Sequence[int], target: int | None, by: By
) -> int:
    """Put questions of a group into another one, or into a new one; returns where they are."""
    await _open(connection, group_id)
    chosen = await _members(connection, group_id, question_ids)
    if not chosen:
        raise Refused("请先勾选要移走的问题")
    if target == group_id:
        raise Refused("这些问题已经在这一组里")
    if target is not None:
        await _open(connection, target)
    else:
        target = await create(connection, by.at)
    await _carry(connection, chosen, group_id, target)
    data = {"questions": chosen, "to": target}
    await note(connection, group_id, "move", by.actor, by.at, by.why, data)
    return target


async def undo(connection: Connection, group_id: int, event_id: int, by: By) -> None:
    """Take back an act on a group, the last one first. Raises Refused when that cannot be."""
    await lock(connection)
    last = await _last(connection, group_id)
    if last is None or last.id != event_id:
        raise Refused(LATE)
    match last.kind:
        case "move":
            await _carry(connection, last.data["questions"], last.data["to"], group_id)
        case "dismiss":
            await _change(connection, group_id, state=State.OPEN, reason="")
        case _:
            await _withdraw(connection, last.data, by)
            await news.withdraw(connection, group_id)
            await _change(connection, group_id, state=State.OPEN, knowledge_id=None)
    await connection.execute(
        update(question_event).where(question_event.c.id == event_id).values(undone=True)
    )
    await note(connection, group_id, "undo", by.actor, by.at, by.why)


async def _withdraw(connection: Connection, data: dict[str, Any], by: By) -> None:
    """Give the knowledge base back what it was, unless somebody has gone on from there."""
    entry = await store.find(connection, data["knowledge_id"])
    if entry.revision != data["revision"]:
        raise Refused("那条知识后来又被改过，不能整个撤回。请到知识库里修改或停用它。")
    undoing = replace(by, why=by.why or "撤销：从群众问而未答发布")
    if "before" not in data:
        await entries.retire(connection, entry.id, undoing, entry.revision)
    elif data["before"] != entry.revision:
        await entries.restore(connection, entry.id, data["before"], undoing, entry.revision)


async def _answered(
    connection: Connection, group_id: int, kind: str, by: By, data: dict[str, Any]
) -> None:
    entry_id = data["knowledge_id"]
    await _change(connection, group_id, state=State.PUBLISHED, knowledge_id=entry_id, draft={})
    await note(connection, group_id, kind, by.actor, by.at, by.why, data)
    await news.plan(connection, group_id)


async def _open(connection: Connection, group_id: int) -> None:
    await lock(connection)
    query = select(question_group.c.state).where(question_group.c.id == group_id)
    if await connection.scalar(query) != State.OPEN:
        raise Refused(LATE)


async def _change(connection: Connection, group_id: int, **values: Any) -> None:
    await connection.execute(
        update(question_group)
        .where(question_group.c.id == group_id)
        .values(**values, change=question_change.next_value())
    )


async def _members(connection: Connection, group_id: int, question_ids: Sequence[int]) -> list[int]:
    query = select(question.c.id).where(
        question.c.id.in_(question_ids),
        question.c.group_id == group_id,
        question.c.state == Standing.OPEN,
    )
    return list((await connection.scalars(query)).all())


async def _carry(
    connection: Connection, question_ids: Sequence[int], source: int, target: int
) -> None:
    """Move questions; both groups count anew and find their middle again."""
    await connection.execute(
        update(question)
        .where(question.c.id.in_(question_ids), question.c.group_id == source)
        .values(group_id=target)
    )
    for group_id in (source, target):
        await _change(connection, group_id, stale=True)


async def _last(connection: Connection, group_id: int) -> Any:
    query = select(question_event).where(
        question_event.c.group_id == group_id,
        question_event.c.kind.in_(UNDOABLE),
        question_event.c.undone.is_(False),
    )
    return (await connection.execute(query.order_by(question_event.c.id.desc()).limit(1))).first()


def _plain(text: str) -> str:
    return " ".join(text.split())
