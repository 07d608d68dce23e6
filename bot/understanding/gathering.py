"""Encodes in one go the texts that arrive together: eight at once cost a third of one by one."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor

from bot.understanding.encoder import Encoder

PAUSE = 0.003
"""Seconds to wait for company while there is some: a busy server gathers ten messages."""

MOST = 16
"""Messages in one go: longer batches gain nothing and keep the event loop from others."""

Waiting = tuple[Sequence[str], asyncio.Future[None]]


class Gathering:
    """Warms a remembering encoder, so that whoever reads a text next finds its vector there."""

    def __init__(self, encoder: Encoder, executor: Executor | None = None) -> None:
        """`executor` runs an encoder that waits for another process; one that computes here runs
        on the event loop (docs/decisions.md)."""
        self._encoder = encoder
        self._executor = executor
        self._waiting: list[Waiting] = []
        self._busy = False

    async def warm(self, texts: Sequence[str]) -> None:
        """Return when the vectors of a message's texts are remembered. Raises what the encoder
        raises."""
        if not texts:
            return
        loop = asyncio.get_running_loop()
        if not self._waiting:
            # Who came alone last time would most likely wait in vain.
            loop.call_later(PAUSE if self._busy else 0, self._begin)
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((texts, done))
        await done

    def _begin(self) -> None:
        batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        self._busy = len(batch) > 1
        loop = asyncio.get_running_loop()
        if self._waiting:
            loop.call_soon(self._begin)
        texts = [text for each, done in batch if not done.done() for text in each]
        if self._executor is None:
            _settle(batch, self._encode(texts))
            return
        running = loop.run_in_executor(self._executor, self._encode, texts)
        running.add_done_callback(lambda ended: _settle(batch, ended.result()))

    def _encode(self, texts: Sequence[str]) -> Exception | None:
        try:
            self._encoder.encode(texts)
        except Exception as error:
            return error
        return None


def _settle(batch: Sequence[Waiting], error: Exception | None) -> None:
    for _, done in batch:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
