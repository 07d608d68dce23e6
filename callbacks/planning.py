"""Closed orders become surveys; those whose citizen cannot be asked are archived as 未评价."""

import secrets
from datetime import datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.orders import service, store
from backend.orders.lifecycle import State
from backend.orders.store import Kept
from backend.tables import citizen, orders, survey
from callbacks.policy import Policy, due
from callbacks.rating import UNRATED
from callbacks.surveys import ACTOR
from callbacks.sweep import Sweep


def _unplanned(_policy: Policy, _now: datetime) -> Select[int]:
    planned = exists().where(survey.c.order_id == orders.c.id, survey.c.round == orders.c.rounds)
    query = select(orders.c.id).where(orders.c.state == State.CALLING_BACK, ~planned)
    return query.order_by(orders.c.id)


async def _schedule(connection: Connection, order_id: int, policy: Policy, now: datetime) -> bool:
    kept = await _claim_order(connection, order_id)
    if kept is None:
        return False
    reason = await why_not(connection, kept.citizen_id)
    if reason:
        await _skip(connection, kept, reason, now)
        return True
    return await _plan(connection, kept, policy, now)


async def _claim_order(connection: Connection, order_id: int) -> Kept | None:
    """A closed order that nobody else is at work on, its citizen held so that they stay."""
    held = await connection.scalar(
        select(citizen.c.id)
        .join_from(citizen, orders, orders.c.citizen_id == citizen.c.id)
        .where(orders.c.id == order_id)
        .with_for_update(of=citizen, skip_locked=True)
    )
    number = await connection.scalar(
        select(orders.c.number)
        .where(
            orders.c.id == order_id,
            orders.c.state == State.CALLING_BACK,
            orders.c.citizen_id.is_not_distinct_from(held),
        )
        .with_for_update(skip_locked=True)
    )
    return await store.find(connection, number) if number else None


async def why_not(connection: Connection, citizen_id: int | None) -> str:
    """Why a citizen cannot be asked, in the words that stand on the order; '' if they can."""
    if citizen_id is None:
        return "没有可联系的市民"
    row = (await connection.execute(select(citizen).where(citizen.c.id == citizen_id))).one()
    if row.erased_at is not None or not row.following:
        return "市民已取消关注"
    return "" if row.surveys_wanted else "市民不愿接受回访"


async def _skip(connection: Connection, kept: Kept, reason: str, now: datetime) -> None:
    said = {"step": "skipped", "round": kept.order.rounds, "rating": UNRATED, "reason": reason}
    await service.act(connection, kept.number, "survey", actor=ACTOR, now=now, data=said)
    await service.act(connection, kept.number, "archive", actor=ACTOR, now=now)


async def _plan(connection: Connection, kept: Kept, policy: Policy, now: datetime) -> bool:
    closing = kept.order.rounds
    moment = due(kept.order.closed_at or now, policy)
    row = {
        "order_id": kept.id,
        "round": closing,
        "citizen_id": kept.citizen_id,
        "token": secrets.token_urlsafe(24),
        "due_at": moment,
    }
    made = await connection.scalar(
        insert(survey).values(row).on_conflict_do_nothing().returning(survey.c.id)
    )
    if made is None:
        return False
    said = {"step": "scheduled", "round": closing, "due_at": moment.isoformat()}
    await service.act(connection, kept.number, "survey", actor=ACTOR, now=now, data=said)
    return True


SCHEDULE = Sweep("scheduled", _unplanned, _schedule)
