"""Keeps the search of this process in step with the knowledge base in the database."""

import asyncio
import logging
from time import monotonic

from backend.knowledge.changes import Changes, Mark, changes_since
from backend.services import Services
from bot.understanding.reading import Entry, KnowledgeSearch

_log = logging.getLogger(__name__)

_BATCH = 500
"""Changes taken in at once: 5 s of work when all of them have to be encoded."""
_PATIENCE = 10.0
"""Seconds a start waits for the entries; the rest follow while the bot answers."""


class Library:
    """Takes what has changed in the knowledge base into the search, on every replica."""

    def __init__(self, services: Services, search: KnowledgeSearch) -> None:
        self._services = services
        self._search = search
        self._mark = Mark()
        self.size = 0

    async def open(self) -> None:
        """Take in what there is before the first message comes."""
        deadline = monotonic() + _PATIENCE
        while await self.step() and monotonic() < deadline:
            pass

    async def step(self) -> bool:
        """Take in the next changes; True if there are more at once.

        The work is done on a thread; meanwhile the bot answers from what it has.
        """
        now = self._services.clock.now()
        async with self._services.database.transaction() as connection:
            changes = await changes_since(connection, self._mark, now, _BATCH)
        if not changes.nothing:
            await asyncio.to_thread(self._take, changes)
        self._mark = changes.mark
        self.size = len(self._search)
        if changes.more:
            _log.info("knowledge search: %d entries taken in, more to come", self.size)
        return changes.more

    def _take(self, changes: Changes) -> None:
        entries = [
            Entry(topic.id, topic.title, topic.questions, topic.category, topic.answer)
            for topic in changes.topics
        ]
        self._search.change(entries, changes.gone)
