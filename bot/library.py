"""Keeps the search of this process in step with the knowledge base in the database."""

import asyncio
from datetime import datetime

from backend import knowledge
from backend.services import Services
from bot.understanding.reading import Entry, KnowledgeSearch


class Library:
    """Loads the entries into the search whenever one of them has changed, on every replica."""

    def __init__(self, services: Services, search: KnowledgeSearch) -> None:
        self._services = services
        self._search = search
        self._version: tuple[int, datetime | None] | None = None
        self.size = 0

    async def step(self) -> bool:
        """Load what is new; False, as there is nothing more to do until the next change."""
        now = self._services.clock.now()
        async with self._services.database.transaction() as connection:
            version = await knowledge.version(connection)
            if version == self._version:
                return False
            entries = await knowledge.valid(connection, now)
        found = [Entry(entry.id, entry.title, entry.questions, entry.category) for entry in entries]
        await asyncio.to_thread(self._search.replace, found)
        self._version = version
        self.size = len(found)
        return False
