"""From a draft to an order: the one way, whoever confirmed it."""

from datetime import datetime
from typing import Any

from backend import attachments, citizens
from backend.conversations import Conversation
from backend.database import Connection
from backend.orders import store
from backend.orders.store import Kept
from bot import drafts
from bot.dialogue import Draft


async def file(
    connection: Connection,
    chat: Conversation,
    draft: Draft,
    now: datetime,
    *,
    actor: str = "citizen:",
    **more: Any,
) -> Kept:
    """Make the order of a draft, with its attachments; `more` are further fields of the order."""
    kept = await store.add(
        connection,
        {
            **drafts.fields(draft),
            "channel": chat.channel,
            "citizen_name": draft.person or chat.name,
            **more,
        },
        citizen_id=chat.citizen_id,
        actor=actor,
        now=now,
        draft_id=draft.id or None,
    )
    await attachments.assign(connection, draft.attachments, kept.id)
    await citizens.note_contact(connection, chat.citizen_id, phone=draft.contact, name=draft.person)
    return kept
