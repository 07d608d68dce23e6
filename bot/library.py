"""Keeps the search of this process in step with the knowledge base in the database."""

import asyncio

from backend.knowledge import store
from backend.knowledge.changes import Mark, changes_since
from backend.services import Services
from bot.understanding.reading import Entry, KnowledgeSearch


class Library:
    """Loads the entries into the search whenever one of them has changed, on every replica."""

    def __init__(self, services: Services, search: KnowledgeSearch) -> None:
        self._services = services
        self._search = search
        self._mark = Mark()
        self.size = 0

    async def step(self) -> bool:
        """Load what is new; False, as there is nothing more to do until the next change."""
        now = self._services.clock.now()
        async with self._services.database.transaction() as connection:
            changes = await changes_since(connection, self._mark, now, limit=10**9)
            if changes.nothing:
                self._mark = changes.mark
                return False
            entries = await store.valid(connection, now)
        found = [Entry(entry.id, entry.title, entry.questions, entry.category) for entry in entries]
        await asyncio.to_thread(self._search.replace, found)
        self._mark = changes.mark
        self.size = len(found)
        return False
