"""The steps of a survey that time brings: asked, reminded, delivered or not, given up."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, not_, select

from backend import outbox as outgoing
from backend.database import Connection
from backend.orders import service, store
from backend.orders.lifecycle import State
from backend.tables import citizen, orders, outbox, survey
from callbacks import surveys
from callbacks.planning import why_not
from callbacks.policy import Policy, allowed
from callbacks.question import question
from callbacks.rating import UNRATED
from callbacks.surveys import ACTOR, JOINED, OPEN, Stage, Survey, change, note, silence
from callbacks.sweep import Sweep

CURRENT = and_(orders.c.state == State.CALLING_BACK, orders.c.rounds == survey.c.round)
"""The order still waits for the answer to this very survey."""

REACHABLE = and_(
    citizen.c.erased_at.is_(None), citizen.c.following.is_(True), citizen.c.surveys_wanted.is_(True)
)

ENDED = ("sent", "failed", "unreachable", "dropped")
"""States of an outbox row that is not sent any more."""

Where = Callable[[Policy, datetime], ColumnElement[bool]]
Act = Callable[[Connection, Survey, Policy, datetime], Awaitable[bool]]


def _sweep(name: str, where: Where, act: Act) -> Sweep:
    """A sweep over surveys: the condition finds them, and holds again once they are locked."""

    def waiting(policy: Policy, now: datetime) -> Select[int]:
        query = JOINED.with_only_columns(survey.c.id).where(where(policy, now))
        return query.order_by(survey.c.due_at, survey.c.id)

    async def step(connection: Connection, survey_id: int, policy: Policy, now: datetime) -> bool:
        query = JOINED.where(survey.c.id == survey_id, where(policy, now))
        # All three at once, waiting for none of them: so no circle of waiting can arise.
        locked = query.with_for_update(of=[survey, orders, citizen], skip_locked=True)
        known = await surveys.one(connection, locked)
        return known is not None and await act(connection, known, policy, now)

    return Sweep(name, waiting, step)


def _is_due(stage: Stage, now: datetime) -> ColumnElement[bool]:
    return and_(survey.c.state == stage, survey.c.due_at <= now)


def _to_ask(_policy: Policy, now: datetime) -> ColumnElement[bool]:
    return and_(_is_due(Stage.SCHEDULED, now), CURRENT, REACHABLE)


async def _ask(connection: Connection, known: Survey, policy: Policy, now: datetime) -> bool:
    if await _postponed(connection, known, policy, now):
        return False
    sent = await _send(connection, known, now, again=False)
    await change(
        connection,
        known,
        state=Stage.ASKED,
        asked_at=now,
        outbox_id=sent,
        due_at=_next(policy, 0, now),
    )
    await note(connection, known, "asked", now, ACTOR)
    return True


def _to_remind(policy: Policy, now: datetime) -> ColumnElement[bool]:
    left = survey.c.reminders < policy.reminders
    return and_(_is_due(Stage.ASKED, now), left, CURRENT, REACHABLE)


async def _remind(connection: Connection, known: Survey, policy: Policy, now: datetime) -> bool:
    if await _postponed(connection, known, policy, now):
        return False
    unsent = await silence(connection, known)
    sent = await _send(connection, known, now, again=not unsent)
    count = known.reminders + 1
    await change(
        connection, known, reminders=count, outbox_id=sent, due_at=_next(policy, count, now)
    )
    await note(connection, known, "reminded", now, ACTOR, reminder=count, unsent=unsent)
    return True


async def _postponed(connection: Connection, known: Survey, policy: Policy, now: datetime) -> bool:
    """After a pause of the scheduler it may be night: then the allowed hours come first."""
    moment = allowed(now, policy)
    if moment > now:
        await change(connection, known, due_at=moment)
    return moment > now


async def _send(connection: Connection, known: Survey, now: datetime, *, again: bool) -> int:
    kept = await store.find(connection, known.number)
    return await outgoing.enqueue(
        connection,
        known.citizen_id,
        question(kept, known.token, again=again),
        now,
        author="survey",
        order_id=known.order_id,
        reserved=True,
    )


def _next(policy: Policy, reminded: int, now: datetime) -> datetime:
    """When a survey asked (again) now is looked at next: to remind, or at last to expire."""
    if reminded < policy.reminders:
        return allowed(now + policy.reminder_gap, policy)
    return now + policy.expires


def _to_expire(policy: Policy, now: datetime) -> ColumnElement[bool]:
    return and_(_is_due(Stage.ASKED, now), survey.c.reminders >= policy.reminders, CURRENT)


async def _expire(connection: Connection, known: Survey, policy: Policy, now: datetime) -> bool:
    return await _give_up(connection, known, policy, now, "expired", "市民一直没有评价")


def _to_leave(_policy: Policy, _now: datetime) -> ColumnElement[bool]:
    return and_(survey.c.state.in_(OPEN), CURRENT, not_(REACHABLE))


async def _leave(connection: Connection, known: Survey, policy: Policy, now: datetime) -> bool:
    reason = await why_not(connection, known.citizen_id)
    return await _give_up(connection, known, policy, now, "skipped", reason)


async def _give_up(
    connection: Connection, known: Survey, policy: Policy, now: datetime, step: str, reason: str
) -> bool:
    await silence(connection, known)
    until = now + policy.grace
    await change(connection, known, state=Stage.UNRATED, due_at=until, reason=reason)
    await note(connection, known, step, now, ACTOR, rating=UNRATED, reason=reason)
    await service.act(connection, known.number, "archive", actor=ACTOR, now=now)
    return True


def _to_cancel(_policy: Policy, _now: datetime) -> ColumnElement[bool]:
    return and_(survey.c.state.in_(OPEN), not_(CURRENT))


async def _cancel(connection: Connection, known: Survey, _policy: Policy, now: datetime) -> bool:
    """The office reopened or archived the order meanwhile: there is nothing left to ask."""
    await silence(connection, known)
    await change(connection, known, state=Stage.CANCELLED)
    await note(connection, known, "cancelled", now, ACTOR)
    return True


def _to_watch(_policy: Policy, _now: datetime) -> ColumnElement[bool]:
    ended = exists().where(outbox.c.id == survey.c.outbox_id, outbox.c.state.in_(ENDED))
    return and_(survey.c.state == Stage.ASKED, ended)


async def _watch(connection: Connection, known: Survey, _policy: Policy, now: datetime) -> bool:
    """Put on the order by which way the citizen was asked, or why they were not."""
    query = select(outbox).where(outbox.c.id == known.outbox_id)
    row = (await connection.execute(query)).one()
    await change(connection, known, outbox_id=None)
    step = "delivered" if row.state == "sent" else "undelivered"
    rung = row.rungs[row.rung]["kind"] if row.rung < len(row.rungs) else ""
    reason = "" if step == "delivered" else row.error or row.state
    await note(connection, known, step, now, ACTOR, rung=rung, reason=reason)
    return True


CANCEL = _sweep("cancelled", _to_cancel, _cancel)
LEAVE = _sweep("left", _to_leave, _leave)
ASK = _sweep("asked", _to_ask, _ask)
WATCH = _sweep("delivery", _to_watch, _watch)
REMIND = _sweep("reminded", _to_remind, _remind)
EXPIRE = _sweep("expired", _to_expire, _expire)
