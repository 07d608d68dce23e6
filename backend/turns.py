"""The two statements around a turn: one takes a message in, one writes how it ended.

Every message passes here, so each is one round trip to the database. What the tables mean is in
conversations.py, messages.py and outbox.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from backend import conversations, messages, outbox
from backend.conversations import Conversation
from backend.database import Connection
from backend.message import Inbound, Outcome, Reply
from backend.tables import citizen, conversation, message
from backend.tables import outbox as outbox_rows

_OPEN = (
    text(
        """
    WITH locked AS (
        SELECT conversation.*, citizen.channel, citizen.openid, citizen.name, citizen.phone,
               citizen.following, citizen.surveys_wanted
        FROM conversation JOIN citizen ON citizen.id = conversation.citizen_id
        WHERE citizen.channel = :channel AND citizen.openid = :openid
        FOR UPDATE OF conversation
    ), kept AS (
        INSERT INTO message (key, citizen_id, kind, text, payload, received_at)
        SELECT :key, citizen_id, :kind, :text, :payload, :received_at FROM locked
        ON CONFLICT (key) DO NOTHING
        RETURNING id
    )
    SELECT citizen_id, channel, openid, mode, dialogue, agent_id, waiting_since, waiting_reason,
           window_until, window_left, tap_until, tap_left, name, phone, following, surveys_wanted,
           backlog, (SELECT id FROM kept) AS message_id
    FROM locked
    """
    )
    .bindparams(
        bindparam("text", type_=message.c.text.type),
        bindparam("payload", type_=message.c.payload.type),
    )
    .columns(
        name=citizen.c.name.type, phone=citizen.c.phone.type, dialogue=conversation.c.dialogue.type
    )
)

_CLOSE = text(
    """
    WITH finished AS (
        UPDATE message
        SET outcome = :outcome, knowledge_id = :knowledge_id, order_id = :order_id,
            confidence = :confidence, seconds = :seconds
        WHERE id = :message_id
    ), said AS (
        INSERT INTO outbox (citizen_id, message_id, author, rungs, state, due_at, created_at,
                            sent_at)
        SELECT :citizen_id, :message_id, 'bot', body,
               CASE WHEN number <= :passive THEN 'passive' ELSE 'pending' END,
               :now, :now, CASE WHEN number <= :passive THEN CAST(:now AS timestamptz) END
        FROM unnest(:bodies) WITH ORDINALITY AS part (body, number)
        ORDER BY number
    )
    UPDATE conversation
    SET mode = :mode, dialogue = :dialogue, unfinished = :unfinished, agent_id = :agent_id,
        waiting_since = :waiting_since, waiting_reason = :waiting_reason,
        window_until = :window_until, window_left = :window_left, tap_until = :tap_until,
        tap_left = :tap_left, last_message_at = :received_at,
        backlog = :backlog AND EXISTS (SELECT FROM message WHERE citizen_id = :citizen_id
                                       AND outcome IS NULL AND id <> :message_id)
    WHERE citizen_id = :citizen_id
    """
).bindparams(
    bindparam("bodies", type_=ARRAY(outbox_rows.c.rungs.type, dimensions=1)),
    bindparam("dialogue", type_=conversation.c.dialogue.type),
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A message taken in: its sender's chat, locked, and its id; None if it was kept before."""

    conversation: Conversation
    message_id: int | None


async def open_turn(connection: Connection, inbound: Inbound) -> Opened | None:
    """Lock the sender's chat and keep the message, making citizen and chat where new.

    None if the message was kept before and its sender is not there: forgotten since, or made by
    another process at this moment.
    """
    values = {"channel": inbound.channel, "openid": inbound.openid, **messages.columns(inbound)}
    row = (await connection.execute(_OPEN, values)).first()
    if row is None:
        if await messages.find(connection, inbound.key) is not None:
            return None
        await conversations.create(connection, inbound)
        row = (await connection.execute(_OPEN, values)).one()
    known = row._asdict()
    message_id = known.pop("message_id")
    return Opened(conversations.restore(known), message_id)


async def close_turn(
    connection: Connection,
    message_id: int,
    chat: Conversation,
    replies: Sequence[Reply],
    *,
    outcome: Outcome,
    received_at: datetime,
    now: datetime,
    passive: bool,
    knowledge_id: int | None = None,
    order_id: int | None = None,
    confidence: float | None = None,
) -> None:
    """Write the one outcome of a message, its replies as outbox rows, and the chat as it stands.

    With `passive` the first reply is given as the answer to the request and costs no quota.
    """
    values: dict[str, Any] = {
        "message_id": message_id,
        "outcome": outcome,
        "knowledge_id": knowledge_id,
        "order_id": order_id,
        "confidence": confidence,
        "seconds": (now - received_at).total_seconds(),
        "bodies": [[outbox.pack(reply)] for reply in replies],
        "passive": 1 if passive else 0,
        "now": now,
        "received_at": received_at,
        **conversations.columns(chat),
    }
    await connection.execute(_CLOSE, values)
