"""The order an agent makes of a chat: what was said and shown in it goes along."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from backend import attachments, conversations
from backend.database import Connection
from backend.orders import service, store
from backend.orders.lifecycle import FIELDS, Refused
from backend.orders.store import Kept
from backend.staff import Member
from backend.tables import conversation

SHOWN_WITHIN = timedelta(hours=48)
"""How far back pictures belong to what is being talked about: WeChat's window for an answer."""


async def file(
    connection: Connection,
    citizen_id: int,
    member: Member,
    fields: Mapping[str, str],
    now: datetime,
) -> Kept:
    """Make an order of a chat, with its pictures, and tell the citizen its number.

    An order that the citizen had begun with the bot becomes this one. Raises Refused when what
    the matter is stays empty.
    """
    if not fields.get("facts", "").strip():
        raise Refused("请写明反映的事情")
    chat = await conversations.lock_citizen(connection, citizen_id)
    draft = chat.dialogue.get("draft") or {}
    understood = {name: draft[name] for name in FIELDS if name in draft}
    kept = await store.add(
        connection,
        {**understood, **fields, "channel": chat.channel},
        citizen_id=citizen_id,
        actor=member.actor,
        now=now,
        draft_id=draft.get("id"),
    )
    await _attach(connection, citizen_id, chat.dialogue, kept.id, now)
    await _go_on(connection, citizen_id, chat.dialogue)
    await service.tell(connection, kept, f"已为您登记工单 {kept.number}，有进展会告诉您。", now)
    return kept


async def _attach(
    connection: Connection,
    citizen_id: int,
    dialogue: Mapping[str, Any],
    order_id: int,
    now: datetime,
) -> None:
    """The pictures of the chat that no other order has or waits for."""
    shelved = dialogue.get("shelved") or ()
    others = {picture for draft in shelved for picture in draft.get("attachments", ())}
    loose = await attachments.loose(connection, citizen_id, now - SHOWN_WITHIN)
    await attachments.assign(connection, [one for one in loose if one not in others], order_id)


async def _go_on(connection: Connection, citizen_id: int, dialogue: Mapping[str, Any]) -> None:
    """The bot's open order has been filed: what it was asking is no longer the question."""
    first, *rest = dialogue.get("shelved") or (None,)
    left = {"draft": first, "shelved": rest, "asking": "confirm"} if first else {}
    await connection.execute(
        update(conversation).where(conversation.c.citizen_id == citizen_id).values(dialogue=left)
    )
