"""All that reads a text by the vectors of one encoder, trained on them and never on another's."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from bot.understanding.builtin import BuiltinEngine, CategoryReader
from bot.understanding.corpus import Corpus
from bot.understanding.danger_classifier import DangerClassifier
from bot.understanding.encoder import RememberingEncoder
from bot.understanding.entry_vectors import EntryVectors
from bot.understanding.gathering import Gathering
from bot.understanding.knowledge_search import EntrySearch
from bot.understanding.known_texts import KnownTexts
from bot.understanding.metric import Metric
from bot.understanding.model import load_model
from bot.understanding.overrides import Overrides
from bot.understanding.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class ModelSet:
    """Intents, categories and knowledge search over one encoder's vectors.

    Vectors of different encoders do not compare, so one encoder stands in for another only
    together with its whole set. `gathering` fetches the vector of a text; only then may the other
    parts be asked about it on the event loop.
    """

    engine: BuiltinEngine
    search: EntrySearch
    categories: CategoryReader
    thresholds: Thresholds
    gathering: Gathering
    encoder: RememberingEncoder
    metric: Metric


def load_model_set(
    encoder: RememberingEncoder,
    corpus: Corpus,
    cache: Path,
    progress: Callable[[str], None],
    executor: Executor | None = None,
) -> ModelSet:
    """Train a set from `corpus`, or load it from `cache`. Blocks, and raises what the encoder
    raises; `executor` is where an encoder runs that waits for somebody else."""
    model = load_model(corpus, encoder.forgetful, cache, progress)
    # Entries have a memory of their own, on disk: they must not push citizens' texts out here.
    vectors = EntryVectors(encoder.forgetful, cache)
    dangers = DangerClassifier(encoder, model.dangers)
    overrides = Overrides(KnownTexts.of(corpus.intents), dangers)
    return ModelSet(
        engine=BuiltinEngine(encoder, model.intents, overrides),
        search=EntrySearch(encoder, model.ranker, vectors, corpus.topics),
        categories=CategoryReader(encoder, model.categories, model.thresholds.category),
        thresholds=model.thresholds,
        gathering=Gathering(encoder, executor),
        encoder=encoder,
        metric=model.ranker.metric,
    )
