"""The whole of it: a text in, a Reading out, with one engine helping out for another."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from threadpoolctl import threadpool_limits

from backend.clock import Clock
from bot.understanding import matters
from bot.understanding.corpus import Corpus
from bot.understanding.danger import DangerDetector
from bot.understanding.details import BuiltinDetailReader
from bot.understanding.encoder import builtin_encoder
from bot.understanding.gazetteer import Gazetteer
from bot.understanding.knowledge_search import Explained
from bot.understanding.model_set import ModelSet, load_model_set
from bot.understanding.overrides import Overridden
from bot.understanding.placing import without_place
from bot.understanding.preferred import Preferred
from bot.understanding.reading import (
    MATTERS,
    DetailReader,
    Details,
    Entry,
    Guess,
    IntentEngine,
    Reading,
)
from bot.understanding.standby import Standby
from bot.understanding.turn_model import load_turn_reader
from bot.understanding.turn_reader import Heard, TurnReader
from bot.understanding.turns import Standing

_LIKELIEST = 2
"""Intents among which one of a matter makes it worth 1.5 ms to read its place to the end."""
_PLAINLY = 0.98
"""How likely a piece of a message must tell of a danger where the whole does not: of 4,317 calm
messages none has such a piece, of 17 missed emergencies two (docs/understanding.md)."""
_SURELY = 0.5
"""How likely a matter must be where rules find no place in it: a place makes one likelier."""


class DangerWatch(Protocol):
    """Tells an emergency that is happening now."""

    def detect(self, text: str, ranking: Sequence[Guess], alone: float) -> str:
        """The danger intent, or ''; from a probability of `alone` the ranking alone is heard."""
        ...

    def likely(self, ranking: Sequence[Guess]) -> float:
        """The probability of any danger."""
        ...


class Understanding:
    """Reads texts. Never raises for a text: what cannot be understood is read as far as it goes."""

    def __init__(
        self,
        models: ModelSet,
        engine: Standby,
        danger: DangerWatch,
        details: DetailReader,
        turns: TurnReader,
        clock: Clock,
        preferred: Preferred | None = None,
    ) -> None:
        """`preferred` reads instead of `models` whenever it can; `turns` hears what is said to an
        order."""
        self.engine = engine
        self.preferred = preferred
        self._models = models
        self._danger = danger
        self._details = details
        self._turns = turns
        self._clock = clock

    async def read(self, text: str, ranking: tuple[Guess, ...] = ()) -> Reading:
        """All that is understood of a text, and of its parts; about 5 ms of one core, 8 with parts.
        `ranking` are its intents where somebody has named them already.

        Not on a thread: the encoder is half Python, and two threads that both want the
        interpreter make each other wait five milliseconds at a time.
        """
        pieces = matters.split(text)
        details = self._details.read(text, self._clock.now())
        matter = without_place(text, details.place)
        # All at once, so that they are encoded in one go.
        models = await self._warmed(text, *(piece.text for piece in pieces), *matter)
        whole = _looked_up(models, await self._read(models, text, ranking, details, matter))
        if not pieces or matters.is_one(pieces, whole):
            return self._placed(whole)
        read = await self._all(models, [piece.text for piece in pieces])
        whole = _with_plain_danger(whole, read)
        parts = await self._parts(models, pieces, read)
        return (
            replace(whole, parts=tuple(map(self._placed, parts))) if parts else self._placed(whole)
        )

    def _placed(self, reading: Reading) -> Reading:
        """The reading of what may be a matter, with its place read to the end."""
        details = reading.details
        if not _may_be_matter(reading.ranking, placed=bool(details.place)):
            return reading
        place = self._turns.place(reading.text, details.place)
        return replace(reading, details=replace(details, place=place))

    async def subjects(self, text: str) -> tuple[Guess, ...]:
        """The likeliest categories (一级/二级) of a matter, best first; about 3 ms of one core."""
        place = self._details.read(text, self._clock.now()).place
        told = (text, *without_place(text, place))
        models = await self._warmed(*told)
        return models.categories.rank(*told)

    def hear(self, text: str, standing: Standing) -> Heard:
        """What a text means, said to an order that stands so; about 4 ms."""
        return self._turns.read(text, standing)

    async def _parts(
        self, models: ModelSet, pieces: Sequence[matters.Part], read: Sequence[Reading]
    ) -> tuple[Reading, ...]:
        """The readings of the matters that pieces come to; () when they are one matter."""
        readings = [_looked_up(models, r) if matters.is_asked(r) else r for r in read]
        texts = matters.grouped(pieces, readings)
        if len(texts) < 2:
            return ()
        known = {reading.text: reading for reading in readings}
        joined = [text for text in texts if text not in known]
        models = await self._warmed(*joined)
        known |= zip(joined, await self._all(models, joined), strict=True)
        parts = [known[text] for text in texts]
        return tuple(_looked_up(models, r) if matters.may_ask(r) else r for r in parts)

    async def _all(self, models: ModelSet, texts: Sequence[str]) -> list[Reading]:
        return await asyncio.gather(*(self._read(models, text) for text in texts))

    async def _read(
        self,
        models: ModelSet,
        text: str,
        ranking: tuple[Guess, ...] = (),
        details: Details | None = None,
        matter: tuple[str, ...] = (),
    ) -> Reading:
        """All but the entries near the text; its `details`, where they are known. What it is about
        is read in the `matter` too."""
        engine = "given"
        if not ranking:
            ranking, engine = await self.engine.rank(text, models.engine)
        subjects = models.categories.rank(text, *matter)
        return Reading(
            text=text,
            intent=ranking[0],
            ranking=ranking,
            danger=self._danger.detect(text, ranking, models.thresholds.danger),
            peril=self._danger.likely(ranking),
            category=models.categories.named(subjects),
            subjects=subjects,
            details=details or self._details.read(text, self._clock.now()),
            thresholds=models.thresholds,
            engine=engine,
        )

    async def explain(self, text: str, edited: Entry | None = None) -> tuple[Explained, ...]:
        """Why which entries are near, by the models that `read` uses; `edited` stands in for the
        entry of its id, or is new. On a thread, as its words may be encoded elsewhere."""
        models = await self._warmed(text)
        return await asyncio.to_thread(models.search.explain, text, edited)

    async def _warmed(self, *texts: str) -> ModelSet:
        """The models that read these texts, their vectors at hand, and those of the new words of
        the first: it will be looked up."""
        preferred = await self.preferred.warmed(texts) if self.preferred else None
        if preferred is not None:
            return preferred
        words = [word for text in texts[:1] for word in self._models.search.new_words(text)]
        await self._models.gathering.warm([*texts, *words])
        return self._models


def _with_plain_danger(whole: Reading, pieces: Sequence[Reading]) -> Reading:
    """The reading with a danger that one piece tells of so plainly that the rest cannot hide it."""
    piece = max(pieces, key=lambda piece: piece.peril)
    if not piece.danger or piece.peril < max(_PLAINLY, whole.peril):
        return whole
    return replace(whole, danger=whole.danger or piece.danger, peril=piece.peril)


def _may_be_matter(ranking: Sequence[Guess], *, placed: bool) -> bool:
    likely = ranking[:_LIKELIEST] if placed else ranking[:1]
    least = 0.0 if placed else _SURELY
    return any(guess.name in MATTERS and guess.confidence >= least for guess in likely)


def _looked_up(models: ModelSet, reading: Reading) -> Reading:
    """The reading with the entries near it."""
    return replace(reading, hits=reading.hits or models.search.search(reading.text))


@dataclass(frozen=True, slots=True)
class Builtin(ModelSet):
    """The parts that need nothing from outside, trained and ready."""

    danger: DangerDetector
    details: BuiltinDetailReader
    turns: TurnReader

    def understanding(
        self,
        clock: Clock,
        engine: IntentEngine | None = None,
        preferred: Preferred | None = None,
    ) -> Understanding:
        """Reading with these parts; another `engine` may name the intents, a `preferred` encoder's
        models may stand before these."""
        chosen = Overridden(engine, self.engine.overrides) if engine else self.engine
        standby = Standby(chosen, self.engine)
        return Understanding(self, standby, self.danger, self.details, self.turns, clock, preferred)


def load_builtin(
    nlu_data: Path, city: Path, cache: Path, progress: Callable[[str], None]
) -> Builtin:
    """Train the built-in parts from `nlu_data`, or load them from `cache`; `city` holds
    areas.yml. Blocks for 1 s (cached) to 130 s; `progress` is told what it is doing.

    From then on matrix products have one thread in this process: they are small, and a second one
    would spin while it waits, on a core that other messages need.
    """
    threadpool_limits(limits=1, user_api="blas")
    encoder = builtin_encoder()
    # The model is read from disk at the first text: that shall not be a citizen's.
    encoder.encode(["您好"])
    models = load_model_set(encoder, Corpus.load(nlu_data), cache, progress)
    files = sorted((nlu_data / "turns").glob("*.yml"))
    turns = load_turn_reader(files, encoder, models.engine.classifier, cache, progress)
    return Builtin(
        models.engine,
        models.search,
        models.categories,
        models.thresholds,
        models.gathering,
        models.encoder,
        models.metric,
        danger=DangerDetector(),
        details=BuiltinDetailReader(Gazetteer.load(city / "areas.yml")),
        turns=turns,
    )
