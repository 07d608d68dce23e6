"""An engine with another one standing by, which takes over within the same message."""

import asyncio
import logging
from contextlib import suppress

from prometheus_client import Counter

from bot.understanding.reading import EngineError, Guess, IntentEngine

_log = logging.getLogger(__name__)

FALLBACKS = Counter(
    "huiying_engine_fallbacks_total",
    "Messages for which the built-in engine stood in: the chosen one failed, or was not asked",
    ["engine", "reason"],
)

TIMEOUT = 2.5
"""Seconds an engine may take: WeChat waits 4.5 s for the whole answer."""

PATIENCE = 3
"""Failures in a row after which messages no longer wait for it, until a step finds it well."""

PROBE = "您好"


class Standby:
    """Asks `engine`, and `deputy` when it fails, is slow, or has failed too often of late.

    No message waits for an engine that is down: whether it is back is found out by `step`,
    which a worker takes now and then.
    """

    def __init__(
        self, engine: IntentEngine, deputy: IntentEngine, timeout: float = TIMEOUT
    ) -> None:
        """`timeout` in seconds. The deputy may be the engine itself: then it is only asked."""
        self._engine = engine
        self._deputy = deputy
        self._timeout = timeout
        self._failures = 0
        self.trouble = ""
        """Why the deputy answers; '' while all is well."""

    @property
    def name(self) -> str:
        """Of the engine that was chosen."""
        return self._engine.name

    @property
    def deputy(self) -> str:
        """The name of the engine that stands by."""
        return self._deputy.name

    async def rank(
        self, text: str, deputy: IntentEngine | None = None
    ) -> tuple[tuple[Guess, ...], str]:
        """The likeliest intents, best first, and the name of the engine that says so. This text's
        `deputy` is another where another encoder has read it (model_set.py)."""
        if self._engine is not self._deputy:
            with suppress(EngineError):
                ranking = await self._ask(text)
                if ranking:
                    return ranking, self._engine.name
        deputy = deputy or self._deputy
        return await deputy.classify(text), deputy.name

    async def step(self) -> bool:
        """Ask the engine something, to know how it is; False, as that is all for now."""
        if self._engine is not self._deputy:
            with suppress(EngineError):
                await self._try(PROBE)
        return False

    async def _ask(self, text: str) -> tuple[Guess, ...]:
        if self._failures >= PATIENCE:
            FALLBACKS.labels(self.name, "resting").inc()
            raise EngineError(self.trouble)
        try:
            return await self._try(text)
        except EngineError:
            FALLBACKS.labels(self.name, "failed").inc()
            raise

    async def _try(self, text: str) -> tuple[Guess, ...]:
        """Ask, and take note of how it went. Raises EngineError."""
        try:
            async with asyncio.timeout(self._timeout):
                ranking = await self._engine.classify(text)
        except Exception as error:  # whatever it is: the citizen waits for an answer
            self._failed(_reason(error))
            raise EngineError(self.trouble) from error
        if ranking:  # else it had nothing to say, perhaps without asking anybody
            self._succeeded()
        return ranking

    def _failed(self, reason: str) -> None:
        self._failures += 1
        if not self.trouble:
            _log.warning("engine %s %s; %s answers", self.name, reason, self.deputy)
        self.trouble = reason

    def _succeeded(self) -> None:
        if self.trouble:
            _log.warning("engine %s is back", self.name)
        self._failures = 0
        self.trouble = ""


def _reason(error: Exception) -> str:
    """For operators. Of errors that we do not know the type is all that is safe to tell."""
    if isinstance(error, EngineError):
        return str(error)
    if isinstance(error, TimeoutError):
        return "did not answer in time"
    return f"failed ({type(error).__name__})"
