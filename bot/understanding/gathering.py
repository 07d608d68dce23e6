"""Encodes in one go the texts that arrive together: eight at once cost a third of one by one."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor

from bot.understanding.encoder import Encoder

PAUSE = 0.003
"""Seconds to wait for company; a citizen does not notice, a busy server gathers ten texts."""

MOST = 16
"""Texts in one go: longer batches gain nothing and keep the event loop from others."""

Waiting = tuple[str, asyncio.Future[None]]


class Gathering:
    """Warms a remembering encoder, so that whoever reads a text next finds its vector there."""

    def __init__(self, encoder: Encoder, executor: Executor | None = None) -> None:
        """`executor` runs an encoder that waits for another process; one that computes here runs
        on the event loop (docs/decisions.md)."""
        self._encoder = encoder
        self._executor = executor
        self._waiting: list[Waiting] = []

    async def warm(self, text: str) -> None:
        """Return when the vector of the text is remembered. Raises what the encoder raises."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_later(PAUSE, self._begin)
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((text, done))
        await done

    def _begin(self) -> None:
        batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        loop = asyncio.get_running_loop()
        if self._waiting:
            loop.call_soon(self._begin)
        texts = [text for text, done in batch if not done.done()]
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
