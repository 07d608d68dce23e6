"""One question that a citizen asked in vain: kept with its turn, answered after all, or gone.

What counts as such is decided in bot/unanswered.py. A group takes notice of a change of its
questions afterwards (`pending`, bot/grouping.py), so that a turn never waits for a group.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.knowledge.entry import Refused
from backend.redaction import Redaction
from backend.tables import citizen, message, question

LONGEST = 200
"""Characters kept of a question: as many as a similar question of an entry may have."""


class Why(StrEnum):
    """Why a question counts as asked in vain."""

    CHOICES = "choices"
    """Near misses were offered, and none was taken."""
    UNCLEAR = "unclear"
    """The citizen was asked back what they mean."""
    OFFICE = "office"
    """It became an order of type 咨询, for a human to answer."""
    UNSOLVED = "unsolved"
    """An entry answered, and the citizen said 「没解决」."""
    HANDOFF = "handoff"
    """The citizen was handed to a human, or asked for one instead of an answer."""
    WRONG = "wrong"
    """An agent says that what the bot answered was wrong."""


class Standing(StrEnum):
    """Where a question stands."""

    OPEN = "open"
    ANSWERED = "answered"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Asking:
    """A question asked in vain; `knowledge_id` is the entry that was nearest or did not help."""

    text: str
    why: Why
    knowledge_id: int | None = None


async def record(
    connection: Connection,
    asking: Asking,
    *,
    message_id: int,
    citizen_id: int,
    known: tuple[str, ...],
    now: datetime,
) -> None:
    """Keep a question, without the citizen's `known` name and phone and any other number."""
    values = {
        "message_id": message_id,
        "citizen_id": citizen_id,
        "text": masked(asking.text, known),
        "why": asking.why,
        "knowledge_id": asking.knowledge_id,
        "asked_at": now,
    }
    await connection.execute(insert(question).values(values).on_conflict_do_nothing())


async def answered(
    connection: Connection, citizen_id: int, text: str, known: tuple[str, ...]
) -> None:
    """Note that the citizen found the answer to what they had asked in these words."""
    rows = await connection.execute(
        select(question.c.id, question.c.text).where(
            question.c.citizen_id == citizen_id, question.c.state == Standing.OPEN
        )
    )
    words = masked(text, known)
    found = [row.id for row in rows if row.text == words]
    await connection.execute(
        update(question)
        .where(question.c.id.in_(found))
        .values(state=Standing.ANSWERED, pending=True)
    )


async def settle(connection: Connection, message_id: int) -> None:
    """Note that an editor has taught the bot to answer what this message asks."""
    await connection.execute(
        update(question)
        .where(question.c.message_id == message_id, question.c.state == Standing.OPEN)
        .values(state=Standing.ANSWERED, pending=True)
    )


async def point_out(connection: Connection, message_id: int, knowledge_id: int | None) -> None:
    """Keep a message as asked in vain because somebody of the staff says so; `knowledge_id` is
    the entry that should have answered it. Raises Refused where there are no words to keep."""
    query = (
        select(message.c.citizen_id, message.c.text, message.c.received_at)
        .add_columns(citizen.c.name, citizen.c.phone)
        .join_from(message, citizen, citizen.c.id == message.c.citizen_id)
        .where(message.c.id == message_id)
    )
    row = (await connection.execute(query)).first()
    if row is None or not row.text.strip():
        raise Refused("这条消息没有文字，或者市民已经离开，不能交给知识编辑")
    known = (row.name, row.phone)
    values = {"why": Why.WRONG, "knowledge_id": knowledge_id, "asked_at": row.received_at}
    statement = insert(question).values(
        **values,
        message_id=message_id,
        citizen_id=row.citizen_id,
        text=masked(row.text, known),
    )
    again = {**values, "state": Standing.OPEN, "pending": True}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["message_id"], set_=again)
    )


async def erase(connection: Connection, citizen_id: int) -> None:
    """Forget what a citizen asked; their groups take notice within a second or so."""
    await connection.execute(
        update(question)
        .where(question.c.citizen_id == citizen_id)
        .values(text="", vector=None, state=Standing.GONE, pending=True)
    )


def masked(text: str, known: tuple[str, ...]) -> str:
    """A question as others may read it: no persons' numbers, no names known, on one line."""
    return Redaction(known).text(" ".join(text.split()))[:LONGEST]
