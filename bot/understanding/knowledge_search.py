"""Search in the knowledge base: which entries are near a text, and does the best answer it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.understanding.classifier import Classifier
from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.entry_vectors import PROFILE, TITLE, EntryVectors
from bot.understanding.lexicon import Lexicon
from bot.understanding.reading import Entry, Hit

_CANDIDATES = 24
_COARSE = 160
"""Leading dimensions of the metric that choose the candidates: 100,000 entries in 5 ms."""
_RIVALS = 5
_ALONE = 3.0
"""The lead of an entry that has no rival."""
_EXTREME = 2.5
"""Standard deviations: what training hardly saw must not decide alone."""
_EVIDENT = (0, 1, 2)
"""The features of a pair that speak for an answer. How its stored questions are worded does not:
those who ask in new words are not wrong."""

EVIDENCE = ("title", "profile", "wording", "lead", "lead_mean", "score", "share", "asks")
"""What the columns of `evidence` are, for who explains an answer."""

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Metric:
    """A linear map in which phrasings of one question lie close (WCCN), widest axis first."""

    mean: Matrix
    projection: Matrix

    def __call__(self, vectors: Matrix) -> Matrix:
        """The vectors in this metric, each of length 1."""
        moved = (vectors.astype(np.float32) - self.mean) @ self.projection
        lengths = np.linalg.norm(moved, axis=-1, keepdims=True)
        unit: Matrix = moved / np.maximum(lengths, 1e-9)
        return unit


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic regression over evidence; `weights` ends in the bias.

    Linear on purpose: products of evidence fitted the training questions better and judged
    other people's longer questions no better than chance (docs/understanding.md).
    """

    mean: Matrix
    scale: Matrix
    weights: Matrix

    def standardise(self, seen: Matrix) -> Matrix:
        """Evidence (one row a case) on one scale, without extremes."""
        plain: Matrix = np.clip((seen - self.mean) / self.scale, -_EXTREME, _EXTREME)
        return plain

    def contributions(self, seen: Matrix) -> Matrix:
        """How much each piece of evidence speaks for an entry (log-odds)."""
        pushes: Matrix = self.standardise(seen) * self.weights[:-1]
        return pushes

    def probabilities(self, seen: Matrix) -> Matrix:
        """How likely each entry answers, by the evidence for it (one row an entry)."""
        scores = self.contributions(seen).sum(axis=1) + self.weights[-1]
        return np.asarray(1 / (1 + np.exp(-np.clip(scores, -30, 30))), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Ranker:
    """What training found: the metric, the weight of each feature of a pair (text, entry), and
    how to tell whether an entry answers."""

    metric: Metric
    pair: Matrix
    answers: Calibration


@dataclass(frozen=True, slots=True)
class Explained:
    """A hit and why: of each name in EVIDENCE its value, and how much it speaks for the entry
    (above 0) or against it (log-odds)."""

    hit: Hit
    values: tuple[float, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Entries near a text, best first: their rows, features (row × feature) and scores."""

    rows: Rows
    features: Matrix
    scores: Matrix

    def without(self, row: int) -> "Candidates":
        """The same as if this entry did not exist."""
        kept = self.rows != row
        return Candidates(self.rows[kept], self.features[kept], self.scores[kept])


class KnowledgeIndex:
    """The entries at one moment; never changes, so a search and a replacement do not meet."""

    def __init__(
        self,
        entries: Sequence[Entry],
        vectors: NDArray[np.float16],
        metric: Metric,
        lexicon: Lexicon | None = None,
    ) -> None:
        """`vectors` as EntryVectors gives them for these entries; `lexicon` if already there."""
        self.entries = tuple(entries)
        self._metric = metric
        self._fields = metric(vectors.astype(np.float32)).astype(np.float16)
        profiles = self._fields[:, PROFILE, :_COARSE].astype(np.float32)
        self._coarse: Matrix = np.ascontiguousarray(profiles)
        self._lexicon = lexicon or Lexicon.of(self.entries)

    def features(self, text: str, vector: Matrix) -> tuple[Rows, Matrix]:
        """The rows of the candidates and, of each, how near title, profile and wording
        (title; title and questions) are to the text."""
        query = self._metric(vector)
        rows = self._nearest(query)
        near = self._fields[rows].astype(np.float32) @ query
        return rows, np.hstack([near[:, [TITLE, PROFILE]], self._lexicon.coverage(text, rows)])

    def alone(self, entry: Entry, vectors: NDArray[np.float16], metric: Metric) -> "KnowledgeIndex":
        """An index of one entry that knows how rare wording is from this one."""
        wording = Lexicon.of((entry,))
        rarity = self._lexicon
        lexicon = replace(wording, known=rarity.known, rarity=rarity.rarity, unknown=rarity.unknown)
        return KnowledgeIndex((entry,), vectors, metric, lexicon)

    def _nearest(self, query: Matrix) -> Rows:
        scores = self._coarse @ query[:_COARSE]
        if len(scores) <= _CANDIDATES:
            return np.arange(len(scores))
        return np.argpartition(-scores, _CANDIDATES)[:_CANDIDATES]


def ranked(rows: Rows, features: Matrix, weights: Matrix) -> Candidates:
    """The candidates in the order of their weighted features."""
    scores = features @ weights
    order = np.argsort(-scores, kind="stable")
    return Candidates(rows[order], features[order], scores[order])


def evidence(found: Candidates, asks: float, limit: int = 3) -> Matrix:
    """What speaks for or against each of the first candidates: its features, its lead over the
    others, and how likely the text asks for information (`asks`, 0 to 1)."""
    scores = found.scores[:_RIVALS]
    odds = np.log((asks + 0.02) / (1.02 - asks))
    shares = np.exp(scores - scores[0])
    shares /= shares.sum()
    rows = []
    for place in range(min(limit, len(scores))):
        rivals = np.delete(scores, place) if len(scores) > 1 else scores - _ALONE
        lead = (scores[place] - rivals.max(), scores[place] - rivals.mean())
        own = (scores[place], shares[place], odds)
        rows.append([*found.features[place][list(_EVIDENT)], *lead, *own])
    return np.array(rows, dtype=np.float32)


def asking(intents: Classifier, vector: Matrix) -> float:
    """How likely the text asks for information: the sum over the intents `ask_*`."""
    found = intents.probabilities(vector[None])[0]
    return float(sum(found[place] for place in _asking_places(intents.labels)))


@lru_cache(maxsize=4)
def _asking_places(labels: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(place for place, label in enumerate(labels) if label.startswith("ask_"))


class EntrySearch:
    """Finds the entries near a text. A search takes about 0.3 ms beside the encoder."""

    def __init__(
        self, encoder: Encoder, ranker: Ranker, intents: Classifier, vectors: EntryVectors
    ) -> None:
        self._encoder = encoder
        self._intents = intents
        self._ranker = ranker
        self._vectors = vectors
        nothing = np.empty((0, 2, encoder.size), dtype=np.float16)
        self._index = KnowledgeIndex((), nothing, ranker.metric)

    def replace(
        self, entries: Iterable[Entry], progress: Callable[[str], None] = lambda _: None
    ) -> None:
        """Search in these entries from now on. Encodes new ones (5 to 10 ms each): call it on a
        thread when there may be many."""
        listed = tuple(entries)
        vectors = self._vectors.of(listed, progress)
        self._index = KnowledgeIndex(listed, vectors, self._ranker.metric)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What it searches in: another tuple after every replacement."""
        return self._index.entries

    def search(self, text: str, limit: int = 3) -> tuple[Hit, ...]:
        """The nearest entries, best first, each with the probability that it answers."""
        index = self._index
        if not index.entries or not text.strip():
            return ()
        vector = self._encoder.encode([text])[0]
        found = ranked(*index.features(text, vector), self._ranker.pair)
        proofs = evidence(found, asking(self._intents, vector), limit)
        chances = self._ranker.answers.probabilities(proofs)
        rows = found.rows[: len(chances)]
        nearest = [index.entries[row] for row in rows]
        hits = zip(nearest, chances.tolist(), strict=True)
        return tuple(Hit(entry.id, entry.title, chance) for entry, chance in hits)

    def explain(
        self, text: str, edited: Entry | None = None, limit: int = 5
    ) -> tuple[Explained, ...]:
        """As `search`, with the reasons; `edited` stands in for the entry of its id, or is new."""
        vector = self._encoder.encode([text])[0]
        entries, features = self._around(text, vector, edited)
        if not entries or not text.strip():
            return ()
        found = ranked(np.arange(len(entries)), features, self._ranker.pair)
        seen = evidence(found, asking(self._intents, vector), limit)
        calibration = self._ranker.answers
        chances = calibration.probabilities(seen).tolist()
        pushes = calibration.contributions(seen).tolist()
        near = [entries[row] for row in found.rows]
        return tuple(
            Explained(Hit(entry.id, entry.title, chance), tuple(values), tuple(weights))
            for entry, chance, values, weights in zip(
                near, chances, seen.tolist(), pushes, strict=False
            )
        )

    def _around(
        self, text: str, vector: Matrix, edited: Entry | None
    ) -> tuple[list[Entry], Matrix]:
        """The entries near a text with their features, one of them as it would be."""
        rows, features = self._index.features(text, vector)
        entries = [self._index.entries[row] for row in rows]
        if edited is None:
            return entries, features
        kept = [place for place, entry in enumerate(entries) if entry.id != edited.id]
        one = self._index.alone(edited, self._vectors.single(edited), self._ranker.metric)
        own = one.features(text, vector)[1]
        return [*(entries[place] for place in kept), edited], np.vstack([features[kept], own])
