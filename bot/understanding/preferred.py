"""The encoder a city has chosen, used for every text for which it can be relied on."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from prometheus_client import Counter

from bot.understanding.breaker import Breaker
from bot.understanding.corpus import Corpus
from bot.understanding.encoder import Encoder, EncoderFailed, RememberingEncoder
from bot.understanding.knowledge_search import EntrySearch
from bot.understanding.model_set import ModelSet, load_model_set
from bot.understanding.reading import Entry

log = logging.getLogger(__name__)

WITHIN = 1.0
"""Seconds a citizen's text waits for its vector before the built-in encoder reads it."""

FAILURES = Counter(
    "huiying_encoder_failures_total", "Failures of the chosen encoder, by reason", ["reason"]
)
STAND_INS = Counter(
    "huiying_encoder_stand_ins_total", "Texts that the built-in encoder read instead"
)


class OutsideEncoder(Encoder, Protocol):
    """An encoder with a process or connections of its own."""

    def close(self) -> None:
        """Let go of them."""
        ...


class Preferred:
    """Trains the chosen encoder's model set beside the serving built-in one, keeps its entries in
    step with it, and says for each text whether the set may be used."""

    def __init__(
        self,
        make: Callable[[], OutsideEncoder],
        nlu_data: Path,
        cache: Path,
        leading: EntrySearch,
        progress: Callable[[str], None],
    ) -> None:
        """`make` connects to the encoder, or raises EncoderFailed; `leading` is the built-in
        search, still without entries: what it takes in from now on is taken in here too."""
        self._make = make
        self._nlu_data = nlu_data
        self._cache = cache
        self._due: deque[tuple[Sequence[Entry], Sequence[int]]] = deque()
        leading.follow(lambda entries, gone: self._due.append((entries, gone)))
        self._progress = progress
        self._breaker = Breaker()
        self._executor = ThreadPoolExecutor(1, "encoder")
        self._encoder: OutsideEncoder | None = None
        self._models: ModelSet | None = None
        self.name = ""
        self.degraded = "preparing"

    async def step(self) -> bool:
        """Prepare the set, encode entries that have changed, and look whether an encoder that has
        failed is back; a worker of every process, so that no citizen waits for any of it."""
        if self._breaker.open or (self.current and not self.degraded):
            return False
        try:
            await asyncio.get_running_loop().run_in_executor(self._executor, self._prepare)
        except EncoderFailed as error:
            self._failed(str(error))
        else:
            self._worked()
        return False

    @property
    def current(self) -> bool:
        """Whether it holds exactly the entries that the built-in search holds."""
        return self._models is not None and not self._due

    async def warmed(self, texts: Sequence[str]) -> ModelSet | None:
        """The set, when it knows the vectors of the texts now; else the built-in one must read."""
        if self._models is None or self.degraded or not self.current:
            STAND_INS.inc()
            return None
        try:
            async with asyncio.timeout(WITHIN):
                await self._models.gathering.warm(texts)
        except (EncoderFailed, TimeoutError) as error:
            self._failed(str(error) or f"no answer within {WITHIN:.0f} s")
            STAND_INS.inc()
            return None
        return self._models

    def close(self) -> None:
        """End the encoder's process or connections, also under a training."""
        if self._encoder is not None:
            self._encoder.close()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _prepare(self) -> None:
        if self._encoder is None:
            self._encoder = self._make()
            self.name = self._encoder.name
        self._encoder.encode(["您好"])
        models = self._models or self._load(self._encoder)
        self._models = models
        while self._due:
            models.search.change(*self._due[0])
            self._due.popleft()

    def _load(self, encoder: Encoder) -> ModelSet:
        corpus = Corpus.load(self._nlu_data)
        remembering = RememberingEncoder(encoder)
        return load_model_set(remembering, corpus, self._cache, self._progress, self._executor)

    def _failed(self, reason: str) -> None:
        if not self._breaker.open:
            FAILURES.labels(reason).inc()
            log.warning("the chosen encoder fails (%s), using the built-in one", reason)
        self._breaker.failed()
        self.degraded = reason

    def _worked(self) -> None:
        if self.degraded:
            log.info("encoder %s is in use", self.name)
        self._breaker.worked()
        self.degraded = ""
