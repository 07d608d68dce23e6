"""From a draft to an order: the one way, whoever confirmed it."""

from datetime import datetime
from typing import Any

from backend import attachments, citizens
from backend.conversations import Conversation
from backend.database import Connection
from backend.orders import clusters, duplicates, service, store
from backend.orders.lifecycle import Refused
from backend.orders.store import Kept
from bot import drafts, words
from bot.dialogue import Draft


async def file(
    connection: Connection,
    chat: Conversation,
    draft: Draft,
    now: datetime,
    *,
    actor: str = "citizen:",
    master: str = "",
    **more: Any,
) -> Kept:
    """Make the order of a draft, with its attachments; `more` are further fields of the order.

    It joins `master` if one is given and still open, or else what the citizen surely reported
    before.
    """
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
    if not master:
        return await duplicates.join(connection, kept, now)
    try:
        return await clusters.join(connection, kept.number, master, actor=actor, now=now)
    except Refused:
        # Closed in this very moment: it stands alone, and its citizen is told so.
        return kept


def told(kept: Kept, master: str) -> str:
    """What the citizen hears of an order just filed, which joined others (`master`) or was to."""
    if not kept.order.master:
        said = words.NOT_JOINED if master else words.ORDERED
    else:
        said = words.JOINED if master else words.JOINED_OWN
    return said.format(number=kept.number, standing=service.how_far(kept.order))
