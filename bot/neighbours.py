"""Who else has reported the same: open orders near in place and time, and alike in meaning."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.database import Connection
from backend.orders import clusters, joining, rules
from backend.orders.lifecycle import OPEN
from backend.orders.nearby import nearby
from backend.orders.nearness import Matter, is_apart
from backend.orders.store import Kept
from bot.understanding.encoder import Encoder

ALIKE = 0.58
"""Cosine of the built-in encoder from which two near matters are the same: docs/orders.md."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A matter that others have reported: its master order, and how many orders tell of it."""

    master: Kept
    people: int


class Neighbours:
    """Finds them. The encoder is the built-in one, on which ALIKE was fitted."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def like(self, matter: Matter, others: Sequence[Kept]) -> list[Kept]:
        """Those of `others` that tell of the same."""
        if not others:
            return []
        texts = [matter.bare, *(Matter.of(kept.order).bare for kept in others)]
        vectors = self._encoder.encode(texts)
        scores = vectors[1:] @ vectors[0]
        return [kept for kept, score in zip(others, scores, strict=True) if score >= ALIKE]

    async def cluster(
        self, connection: Connection, matter: Matter, citizen_id: int, now: datetime
    ) -> Cluster | None:
        """The cluster that a citizen may join with a matter; None if there is none.

        Who has reported the same themself is not asked: their orders are joined in any case.
        """
        within = (await rules.current(connection)).clusters
        if not within.offer_from or not matter.is_common:
            return None
        same = self.like(matter, await nearby(connection, matter, within, now))
        if not same or any(kept.citizen_id == citizen_id for kept in same):
            return None
        votes = Counter(kept.order.master or kept.number for kept in same)
        sizes = await clusters.sizes(connection, list(votes))
        people = sum(1 + sizes.get(number, 0) for number in votes)
        first = max(votes, key=lambda number: (sizes.get(number, 0), votes[number], -int(number)))
        master = await joining.head(connection, first)
        if people < within.offer_from or master.order.state not in OPEN:
            return None
        return None if is_apart(master.order) else Cluster(master, people)
