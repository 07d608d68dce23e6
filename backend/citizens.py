"""Citizens: whom we know, and how they are forgotten when they leave."""

from datetime import datetime

from sqlalchemy import case, func, select, update

from backend import attachments
from backend.database import Connection
from backend.message import Outcome
from backend.orders import store
from backend.questions import asking
from backend.redaction import Redaction
from backend.tables import citizen, conversation, message, outbox, survey


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

    WeChat obliges accounts to do so on `unsubscribe` (docs/design.md section 5). Someone who
    follows again is a new citizen to us. Pictures that belong to no order go with the next step of
    fetching.py; what still waits to be handled ends here, as nobody is left to be answered.
    """
    await _redact_orders(connection, citizen_id)
    await connection.execute(
        update(citizen)
        .where(citizen.c.id == citizen_id)
        .values(openid=None, name="", phone="", following=False, erased_at=now)
    )
    await connection.execute(
        update(message)
        .where(message.c.citizen_id == citizen_id)
        .values(text="", payload={}, outcome=func.coalesce(message.c.outcome, Outcome.EVENT))
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
    await asking.erase(connection, citizen_id)
    await attachments.discard(connection, citizen_id, now)
    await connection.execute(
        update(conversation)
        .where(conversation.c.citizen_id == citizen_id)
        .values(
            dialogue={},
            unfinished=False,
            mode="bot",
            agent_id=None,
            waiting_since=None,
            waiting_reason="",
        )
    )


async def _redact_orders(connection: Connection, citizen_id: int) -> None:
    query = select(citizen.c.name, citizen.c.phone).where(citizen.c.id == citizen_id)
    known = (await connection.execute(query)).one()
    await store.redact(connection, citizen_id, known)
    asked = select(survey.c.id, survey.c.reason).where(
        survey.c.citizen_id == citizen_id, survey.c.reason != ""
    )
    for row in (await connection.execute(asked)).all():
        reason = Redaction(known).text(row.reason)
        await connection.execute(update(survey).where(survey.c.id == row.id).values(reason=reason))


async def openid(connection: Connection, citizen_id: int) -> str:
    """How the channel calls a citizen; '' after they have left."""
    found = await connection.scalar(select(citizen.c.openid).where(citizen.c.id == citizen_id))
    return found or ""
