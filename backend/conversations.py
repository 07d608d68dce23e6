"""The chat with one citizen: who leads it, where the dialogue stands, what may still be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.message import Inbound, Window
from backend.tables import citizen, conversation

RESERVE = 1
"""Messages of the window kept back for what the citizen must hear (the outcome of an order)."""

TAP_SECONDS = 60
"""WeChat's window after a tap; anything longer is the window after a message."""


class Mode(StrEnum):
    """Who leads the chat."""

    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Conversation:
    """One citizen's chat as it stands, locked while a turn is under way."""

    citizen_id: int
    channel: str
    openid: str
    mode: Mode
    dialogue: Mapping[str, Any]
    agent_id: int | None
    waiting_since: datetime | None
    waiting_reason: str
    window_until: datetime | None
    window_left: int
    tap_until: datetime | None
    tap_left: int
    name: str
    phone: str
    following: bool
    surveys_wanted: bool
    backlog: bool = False
    """An earlier message of this citizen is still to be handled."""

    def opened(self, window: Window | None, now: datetime) -> "Conversation":
        """The same chat after an interaction that lets us send `window`."""
        if window is None:
            return self
        until = now + timedelta(seconds=window.seconds)
        if window.seconds <= TAP_SECONDS:
            return replace(self, tap_until=until, tap_left=window.count)
        return replace(self, window_until=until, window_left=window.count)

    def allowance(self, now: datetime, *, reserved: bool) -> int:
        """How many messages may be sent now; `reserved` ones may use the one kept back."""
        tap = self.tap_left if self.tap_until and now < self.tap_until else 0
        window = self.window_left if self.window_until and now < self.window_until else 0
        return max(0, tap + window - (0 if reserved else RESERVE))


_COLUMNS = (
    conversation.c.citizen_id,
    citizen.c.channel,
    citizen.c.openid,
    conversation.c.mode,
    conversation.c.dialogue,
    conversation.c.agent_id,
    conversation.c.waiting_since,
    conversation.c.waiting_reason,
    conversation.c.window_until,
    conversation.c.window_left,
    conversation.c.tap_until,
    conversation.c.tap_left,
    citizen.c.name,
    citizen.c.phone,
    citizen.c.following,
    citizen.c.surveys_wanted,
    conversation.c.backlog,
)

_JOINED = select(*_COLUMNS).join_from(
    conversation, citizen, citizen.c.id == conversation.c.citizen_id
)
_LOCK = _JOINED.where(
    citizen.c.channel == bindparam("channel"), citizen.c.openid == bindparam("openid")
).with_for_update(of=conversation)
_FIND = _JOINED.where(conversation.c.citizen_id == bindparam("citizen_id"))
_LOCK_ID = _FIND.with_for_update(of=conversation)


def restore(values: dict[str, Any]) -> Conversation:
    """The conversation of a row."""
    values["mode"] = Mode(values["mode"])
    values["openid"] = values["openid"] or ""
    return Conversation(**values)


def columns(state: Conversation) -> dict[str, Any]:
    """What the table keeps of a conversation."""
    return {
        "citizen_id": state.citizen_id,
        "mode": state.mode,
        "dialogue": state.dialogue,
        "unfinished": is_unfinished(state.dialogue),
        "agent_id": state.agent_id,
        "waiting_since": state.waiting_since,
        "waiting_reason": state.waiting_reason,
        "window_until": state.window_until,
        "window_left": state.window_left,
        "tap_until": state.tap_until,
        "tap_left": state.tap_left,
        "backlog": state.backlog,
    }


def is_unfinished(dialogue: Mapping[str, Any]) -> bool:
    """Whether a dialogue, as bot/dialogue.py saves it, would leave a matter lying if it ended."""
    return "asking" in dialogue and ("draft" in dialogue or dialogue["asking"] == "clarify")


async def lock(connection: Connection, inbound: Inbound) -> Conversation:
    """Lock the sender's conversation until the transaction ends, making both where new."""
    known = {"channel": inbound.channel, "openid": inbound.openid}
    row = (await connection.execute(_LOCK, known)).first()
    if row is None:
        await create(connection, inbound)
        row = (await connection.execute(_LOCK, known)).one()
    return restore(row._asdict())


async def create(connection: Connection, inbound: Inbound) -> None:
    """Make the sender and their conversation, unless somebody just did."""
    new_citizen = insert(citizen).values(
        channel=inbound.channel, openid=inbound.openid, created_at=inbound.received_at
    )
    # Two first messages at once: the second waits here for the first and takes its row.
    citizen_id = await connection.scalar(
        new_citizen.on_conflict_do_update(
            index_elements=["channel", "openid"], set_={"following": citizen.c.following}
        ).returning(citizen.c.id)
    )
    await connection.execute(
        insert(conversation)
        .values(citizen_id=citizen_id, last_message_at=inbound.received_at)
        .on_conflict_do_nothing()
    )


async def lock_citizen(connection: Connection, citizen_id: int) -> Conversation:
    """Lock the conversation of a known citizen. Raises LookupError when there is none."""
    row = (await connection.execute(_LOCK_ID, {"citizen_id": citizen_id})).first()
    if row is None:
        raise LookupError(f"no conversation of citizen {citizen_id}")
    return restore(row._asdict())


async def find(connection: Connection, citizen_id: int) -> Conversation | None:
    """The conversation of a citizen, not locked."""
    row = (await connection.execute(_FIND, {"citizen_id": citizen_id})).first()
    return restore(row._asdict()) if row else None


async def save(connection: Connection, state: Conversation, at: datetime) -> None:
    """Write a locked conversation back; `at` is when its last message came."""
    await connection.execute(
        update(conversation)
        .where(conversation.c.citizen_id == state.citizen_id)
        .values(**columns(state), last_message_at=at)
    )


async def spend(connection: Connection, citizen_id: int, now: datetime) -> None:
    """Book one sent message: from the short window after a tap first, as that ends sooner."""
    in_tap = func.coalesce((conversation.c.tap_until > now) & (conversation.c.tap_left > 0), False)
    await connection.execute(
        update(conversation)
        .where(conversation.c.citizen_id == citizen_id)
        .values(
            tap_left=func.greatest(0, conversation.c.tap_left - case((in_tap, 1), else_=0)),
            window_left=func.greatest(0, conversation.c.window_left - case((in_tap, 0), else_=1)),
        )
    )


async def exhausted(connection: Connection, citizen_id: int) -> None:
    """WeChat said that the window is over or used up (45015, 45047): believe it."""
    await connection.execute(
        update(conversation)
        .where(conversation.c.citizen_id == citizen_id)
        .values(tap_left=0, window_left=0)
    )
