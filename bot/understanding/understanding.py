"""The whole of it: a text in, a Reading out, with one engine helping out for another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from backend.clock import Clock
from bot.understanding.builtin import BuiltinEngine, CategoryReader, known_texts
from bot.understanding.corpus import Corpus
from bot.understanding.danger import DangerDetector
from bot.understanding.details import BuiltinDetailReader
from bot.understanding.encoder import Encoder, RememberingEncoder, SentenceEncoder
from bot.understanding.entry_vectors import EntryVectors
from bot.understanding.gathering import Gathering
from bot.understanding.gazetteer import Gazetteer
from bot.understanding.knowledge_search import EntrySearch, Metric
from bot.understanding.model import load_model
from bot.understanding.reading import (
    DetailReader,
    Guess,
    IntentEngine,
    KnowledgeSearch,
    Reading,
)
from bot.understanding.standby import Standby
from bot.understanding.thresholds import Thresholds


class CategoryNamer(Protocol):
    """Names the category of a matter."""

    def read(self, text: str) -> str:
        """一级/二级, or '' when unsure."""
        ...


class DangerWatch(Protocol):
    """Tells an emergency that is happening now."""

    def detect(self, text: str, ranking: Sequence[Guess]) -> str:
        """The danger intent, or ''."""
        ...


class Understanding:
    """Reads texts. Never raises for a text: what cannot be understood is read as far as it goes."""

    def __init__(
        self,
        engine: Standby,
        search: KnowledgeSearch,
        danger: DangerWatch,
        details: DetailReader,
        categories: CategoryNamer,
        clock: Clock,
        gathering: Gathering | None = None,
    ) -> None:
        self.engine = engine
        self._gathering = gathering
        self._search = search
        self._danger = danger
        self._details = details
        self._categories = categories
        self._clock = clock

    async def read(self, text: str) -> Reading:
        """All that is understood of a text; about 3 ms of one core.

        Not on a thread: the encoder is half Python, and two threads that both want the
        interpreter make each other wait five milliseconds at a time.
        """
        if self._gathering is not None:
            await self._gathering.warm(text)
        ranking, engine = await self.engine.rank(text)
        return Reading(
            text=text,
            intent=ranking[0],
            ranking=ranking,
            danger=self._danger.detect(text, ranking),
            category=self._categories.read(text),
            details=self._details.read(text, self._clock.now()),
            hits=self._search.search(text),
            engine=engine,
        )


@dataclass(frozen=True, slots=True)
class Builtin:
    """The parts that need nothing from outside, trained and ready."""

    engine: BuiltinEngine
    encoder: Encoder
    search: EntrySearch
    danger: DangerDetector
    details: BuiltinDetailReader
    categories: CategoryReader
    thresholds: Thresholds
    metric: Metric

    def understanding(self, clock: Clock, engine: IntentEngine | None = None) -> Understanding:
        """Reading with these parts; another `engine` may name the intents."""
        return Understanding(
            Standby(engine or self.engine, self.engine),
            self.search,
            self.danger,
            self.details,
            self.categories,
            clock,
            Gathering(self.encoder),
        )


def load_builtin(
    nlu_data: Path, city: Path, cache: Path, progress: Callable[[str], None]
) -> Builtin:
    """Train the built-in parts from `nlu_data`, or load them from `cache`; `city` holds
    areas.yml. Blocks for 1 s (cached) to 30 s; `progress` is told what it is doing."""
    corpus = Corpus.load(nlu_data)
    encoder = RememberingEncoder(SentenceEncoder())
    # The model is read from disk at the first text: that shall not be a citizen's.
    encoder.encode(["您好"])
    model = load_model(corpus, encoder, cache, progress)
    vectors = EntryVectors(encoder, cache / "entries.npz")
    return Builtin(
        engine=BuiltinEngine(encoder, model.intents, known_texts(corpus.intents)),
        encoder=encoder,
        search=EntrySearch(encoder, model.ranker, model.intents, vectors),
        danger=DangerDetector(),
        details=BuiltinDetailReader(Gazetteer.load(city / "areas.yml")),
        categories=CategoryReader(encoder, model.categories, model.thresholds.category),
        thresholds=model.thresholds,
        metric=model.ranker.metric,
    )
