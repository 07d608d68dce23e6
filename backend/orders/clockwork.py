"""What time does to orders: a deadline that passes is recorded, once (超期)."""

from datetime import datetime

from sqlalchemy import Select, and_, or_, select

from backend.orders import service
from backend.orders.lifecycle import Missed, Refused, State
from backend.services import Services
from backend.tables import orders

BATCH = 100
SIGN_MISSED = and_(orders.c.state == State.SIGNING, orders.c.sign_missed.is_(False))
HANDLE_MISSED = and_(
    orders.c.state == State.HANDLING,
    orders.c.paused_at.is_(None),
    orders.c.deadline_missed.is_(False),
)


def _missed(now: datetime) -> Select[tuple[str, str]]:
    return (
        select(orders.c.number, orders.c.state)
        .where(
            or_(
                and_(SIGN_MISSED, orders.c.sign_by <= now),
                and_(HANDLE_MISSED, orders.c.deadline <= now),
            )
        )
        .order_by(orders.c.id)
        .limit(BATCH)
    )


class Clockwork:
    """Records missed deadlines. Any number of replicas may run it: the order's rules allow one."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def step(self) -> bool:
        """Record what was missed until now; True if there may be more."""
        now = self._services.clock.now()
        async with self._services.database.transaction() as connection:
            found = (await connection.execute(_missed(now))).all()
        for row in found:
            await self._record(row.number, row.state, now)
        if found:
            self._services.live.tell("orders", "alerts")
        return len(found) == BATCH

    async def _record(self, number: str, state: str, now: datetime) -> None:
        said = {"what": Missed.SIGNING if state == State.SIGNING else Missed.HANDLING}
        try:
            async with self._services.database.transaction() as connection:
                await service.act(
                    connection,
                    number,
                    "miss",
                    actor=service.CLOCKWORK,
                    now=now,
                    data=said,
                )
        except Refused:
            # Another replica recorded it, or the order has moved on meanwhile.
            return
