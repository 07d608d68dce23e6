"""Gathers like questions that were asked in vain into groups, as they come in.

Leader clustering: a question joins the group whose centre is nearest in the metric of the
knowledge search, if it is near enough, else it begins a group. One process at a time does it,
under a lock and in the order in which they were asked, so that it comes to the same on any number
of replicas; a step is one transaction, so that a crash leaves nothing half done.
"""

from collections.abc import Callable, Sequence

import numpy as np

from backend.database import Connection
from backend.questions import groups
from backend.questions.asking import Standing
from backend.questions.groups import Member, Pending
from backend.services import Services
from bot.understanding.encoder import Encoder, Matrix

NEAR = 0.44
"""Cosine in the metric from which a question is like those of a group: docs/knowledge.md."""
BATCH = 8
"""Questions a step: encoded in one go they cost about as much as three."""

Metric = Callable[[Matrix], Matrix]


class Centres:
    """The centres of the groups, one row each, to find the nearest of thousands in one product."""

    def __init__(self, size: int) -> None:
        self._rows = np.zeros((64, size), dtype=np.float32)
        self._places: dict[int, int] = {}
        self._ids: list[int] = []

    def put(self, group_id: int, centre: Matrix | None) -> None:
        """Note where a group stands now; None for one that attracts no questions."""
        place = self._places.get(group_id)
        if place is None:
            place = self._places[group_id] = len(self._ids)
            self._ids.append(group_id)
            if place == len(self._rows):
                self._rows = np.vstack([self._rows, np.zeros_like(self._rows)])
        self._rows[place] = 0.0 if centre is None else centre

    def nearest(self, vector: Matrix) -> int | None:
        """The group whose questions are like this one; None if there is none."""
        if not self._ids:
            return None
        likeness = self._rows[: len(self._ids)] @ vector
        best = int(likeness.argmax())
        return self._ids[best] if likeness[best] >= NEAR else None


class Grouping:
    """The worker behind the console's page of questions asked in vain."""

    def __init__(self, services: Services, encoder: Encoder, metric: Metric) -> None:
        self._services = services
        self._encoder = encoder
        self._metric = metric
        self._forget()

    async def step(self) -> bool:
        """Let groups take notice of a few questions; False if none waits."""
        try:
            return await self._step()
        except BaseException:
            # What was rolled back must not be remembered.
            self._forget()
            raise

    def _forget(self) -> None:
        blank = np.zeros((1, self._encoder.size), np.float32)
        self._centres = Centres(self._metric(blank).shape[-1])
        self._change: int | None = None

    async def _step(self) -> bool:
        async with self._services.database.transaction() as connection:
            if not await groups.try_lock(connection):
                return False
            waiting = await groups.pending(connection, BATCH)
            stale = await groups.stale(connection, BATCH)
            if not waiting and not stale:
                return False
            await self._follow(connection)
            await self._notice(connection, waiting, stale)
        self._services.live.tell("questions")
        return True

    async def _follow(self, connection: Connection) -> None:
        """Learn what other replicas and editors did to the groups since the last step."""
        changed = await groups.centres_since(connection, self._change)
        self._change = self._change or 0
        for group in changed:
            known = group.centre if group.encoder == self._encoder.name else None
            self._centres.put(group.id, self._placed(_mean_of(known)) if known else None)
            self._change = group.change

    async def _notice(
        self, connection: Connection, waiting: Sequence[Pending], stale: Sequence[int]
    ) -> None:
        fresh = [one for one in waiting if one.group_id is None and one.state != Standing.GONE]
        touched = {one.group_id for one in waiting if one.group_id is not None}.union(stale)
        vectors = self._encoder.encode([one.text for one in fresh])
        for one, vector in zip(fresh, vectors, strict=True):
            touched.add(await self._assign(connection, one, vector))
        await groups.settle(connection, [one.id for one in waiting])
        for group_id in sorted(touched):
            await self._refresh(connection, group_id)

    async def _assign(self, connection: Connection, one: Pending, vector: Matrix) -> int:
        """Put a question into the group it is like, or into a new one."""
        spot = self._placed(vector)
        group_id = self._centres.nearest(spot)
        if group_id is None:
            group_id = await groups.create(connection, one.asked_at)
            # The next question of this batch may already be like it.
            self._centres.put(group_id, spot)
        await groups.place(connection, one.id, group_id, _packed(vector))
        return group_id

    async def _refresh(self, connection: Connection, group_id: int) -> None:
        """Find the middle of a group again, and the question that stands nearest to it."""
        members = await groups.members(connection, group_id)
        centre, central = None, None
        if members:
            vectors = await self._vectors(connection, members)
            centre = vectors.mean(axis=0)
            likeness = self._metric(vectors) @ self._placed(centre)
            central = members[int(likeness.argmax())].id
        await groups.refresh(
            connection,
            group_id,
            self._services.clock.now(),
            central_id=central,
            centre=None if centre is None else centre.astype(np.float32).tobytes(),
            encoder=self._encoder.name,
        )

    async def _vectors(self, connection: Connection, members: Sequence[Member]) -> Matrix:
        """Of each question its vector; encoded here where it is missing or another encoder's."""
        size = self._encoder.size * np.dtype(np.float16).itemsize
        missing = [one for one in members if one.vector is None or len(one.vector) != size]
        made = dict(zip(missing, self._encoder.encode([one.text for one in missing]), strict=True))
        await groups.keep_vectors(connection, {one.id: _packed(made[one]) for one in missing})
        return np.stack([
            made[one] if one in made else np.frombuffer(one.vector or b"", np.float16)
            for one in members
        ]).astype(np.float32)  # fmt: skip

    def _placed(self, vector: Matrix) -> Matrix:
        spot: Matrix = self._metric(vector[None])[0]
        return spot


def _packed(vector: Matrix) -> bytes:
    return vector.astype(np.float16).tobytes()


def _mean_of(centre: bytes) -> Matrix:
    return np.frombuffer(centre, np.float32)
