"""Live updates for the pages that are open: each change goes to all of them."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

Update = Mapping[str, object]
_WAITING = 500


@dataclass(slots=True)
class Stream:
    """The open pages. One that falls too far behind is let go; it connects and loads again."""

    queues: set[asyncio.Queue[Update | None]] = field(default_factory=set)

    def send(self, update: Update) -> None:
        """Tell all pages."""
        for queue in list(self.queues):
            if queue.qsize() >= _WAITING:
                self.queues.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(update)

    def end(self) -> None:
        """Let every page go."""
        for queue in self.queues:
            queue.put_nowait(None)

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Update | None]]:
        """The updates from now on; None is the end of them."""
        queue: asyncio.Queue[Update | None] = asyncio.Queue()
        self.queues.add(queue)
        try:
            yield queue
        finally:
            self.queues.discard(queue)
