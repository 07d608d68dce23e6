"""Citizens: whom we know, and how they are forgotten when they leave."""

from datetime import datetime

from sqlalchemy import case, select, update

from backend.database import Connection
from backend.tables import attachment, citizen, conversation, message, orders, outbox


async def follow(connection: Connection, citizen_id: int, *, following: bool) -> None:
    """Note that a citizen follows the account, or no longer does."""
    await connection.execute(
        update(citizen).where(citizen.c.id == citizen_id).values(following=following)
    )


async def note_contact(
    connection: Connection, citizen_id: int, *, name: str = "", phone: str = ""
) -> None:
    """Keep a name or phone the citizen gave, so that they are not asked for it again."""
    values = {key: value for key, value in (("name", name), ("phone", phone)) if value}
    if values:
        await connection.execute(update(citizen).where(citizen.c.id == citizen_id).values(**values))


async def want_surveys(connection: Connection, citizen_id: int, *, wanted: bool) -> None:
    """Note whether a citizen wants to be asked how an order was handled."""
    await connection.execute(
        update(citizen).where(citizen.c.id == citizen_id).values(surveys_wanted=wanted)
    )


async def erase(connection: Connection, citizen_id: int, now: datetime) -> None:
    """Forget a citizen who left: openid, name, phone and words go, the orders stay without them.

    WeChat obliges accounts to do so on `unsubscribe` (DESIGN.md section 5). Someone who follows
    again is a new citizen to us.
    """
    await connection.execute(
        update(citizen)
        .where(citizen.c.id == citizen_id)
        .values(openid=None, name="", phone="", following=False, erased_at=now)
    )
    await connection.execute(
        update(message).where(message.c.citizen_id == citizen_id).values(text="", payload={})
    )
    await connection.execute(
        update(outbox)
        .where(outbox.c.citizen_id == citizen_id)
        .values(
            rungs=[],
            rung=0,
            state=case((outbox.c.state == "pending", "dropped"), else_=outbox.c.state),
        )
    )
    await connection.execute(
        update(orders).where(orders.c.citizen_id == citizen_id).values(citizen_name="", contact="")
    )
    await connection.execute(
        update(attachment)
        .where(attachment.c.citizen_id == citizen_id, attachment.c.order_id.is_(None))
        .values(state="failed", error="citizen left")
    )
    await connection.execute(
        update(conversation)
        .where(conversation.c.citizen_id == citizen_id)
        .values(dialogue={}, mode="bot", agent_id=None, waiting_since=None, waiting_reason="")
    )


async def openid(connection: Connection, citizen_id: int) -> str:
    """How the channel calls a citizen; '' after they have left."""
    found = await connection.scalar(select(citizen.c.openid).where(citizen.c.id == citizen_id))
    return found or ""
