"""Search in the knowledge base: which entries are near a text, and does the best answer it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.entry_vectors import ANSWER, PROFILE, TITLE, EntryVectors
from bot.understanding.lexicon import Lexicon
from bot.understanding.reading import Entry, Hit

_CANDIDATES = 50
_COARSE = 160
"""Leading dimensions of the metric that choose the candidates: 100,000 entries in 5 ms."""
_RIVALS = 5

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
class Ranker:
    """What training found: the metric, the weight of each feature of a pair (text, entry), and
    the weights of the features that tell whether the best entry answers (bias last)."""

    metric: Metric
    pair: Matrix
    answers: Matrix


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

    def __init__(self, entries: Sequence[Entry], vectors: NDArray[np.float16], metric: Metric):
        """`vectors` as EntryVectors gives them for these entries."""
        self.entries = tuple(entries)
        self._metric = metric
        self._fields = metric(vectors.astype(np.float32)).astype(np.float16)
        profiles = self._fields[:, PROFILE, :_COARSE].astype(np.float32)
        self._coarse: Matrix = np.ascontiguousarray(profiles)
        self._lexicon = Lexicon.of(self.entries)

    def features(self, text: str, vector: Matrix) -> tuple[Rows, Matrix]:
        """The rows of the candidates and, of each, how near title, profile, answer and wording
        (title; and questions; and answer) are to the text."""
        query = self._metric(vector)
        rows = self._nearest(query)
        near = self._fields[rows].astype(np.float32) @ query
        order = [TITLE, PROFILE, ANSWER]
        return rows, np.hstack([near[:, order], self._lexicon.coverage(text, rows)])

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


def evidence(text: str, found: Candidates) -> Matrix:
    """What speaks for or against the best candidate: its features, its lead, the text's length."""
    scores = found.scores[:_RIVALS]
    rivals = scores[1:] if len(scores) > 1 else scores - 3
    share = 1 / np.exp(scores - scores[0]).sum()
    lead = (scores[0] - rivals[0], scores[0] - rivals.mean(), scores[0], share)
    length = np.log1p(min(len(text), 200))
    return np.array([*found.features[0], *lead, length, length * length], dtype=np.float32)


class EntrySearch:
    """Finds the entries near a text. A search takes about 0.3 ms beside the encoder."""

    def __init__(self, encoder: Encoder, ranker: Ranker, vectors: EntryVectors) -> None:
        self._encoder = encoder
        self._ranker = ranker
        self._vectors = vectors
        nothing = np.empty((0, 3, encoder.size), dtype=np.float16)
        self._index = KnowledgeIndex((), nothing, ranker.metric)

    def replace(
        self, entries: Iterable[Entry], progress: Callable[[str], None] = lambda _: None
    ) -> None:
        """Search in these entries from now on. Encodes new ones (5 to 10 ms each): call it on a
        thread when there may be many."""
        listed = tuple(entries)
        vectors = self._vectors.of(listed, progress)
        self._index = KnowledgeIndex(listed, vectors, self._ranker.metric)

    def search(self, text: str, limit: int = 3) -> tuple[Hit, ...]:
        """The nearest entries, best first, each with the probability that it answers."""
        index = self._index
        if not index.entries or not text.strip():
            return ()
        found = self.candidates(text, index)
        chances = self._chances(text, found)[:limit]
        rows = found.rows[: len(chances)]
        return tuple(
            Hit(index.entries[row].id, index.entries[row].title, float(chance))
            for row, chance in zip(rows, chances, strict=True)
        )

    def candidates(self, text: str, index: KnowledgeIndex) -> Candidates:
        """The entries of an index near a text, best first."""
        vector = self._encoder.encode([text])[0]
        return ranked(*index.features(text, vector), self._ranker.pair)

    def _chances(self, text: str, found: Candidates) -> Matrix:
        """The best entry's calibrated chance; the others share by score what it leaves them."""
        best = probability(evidence(text, found), self._ranker.answers)
        shares = np.exp(found.scores - found.scores[0])
        return np.asarray(best * shares, dtype=np.float32)


def probability(features: Matrix, weights: Matrix) -> float:
    """Logistic regression; the last weight is the bias."""
    return float(1 / (1 + np.exp(-np.clip(features @ weights[:-1] + weights[-1], -30, 30))))
