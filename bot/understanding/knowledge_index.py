"""The entries as the search needs them: vectors, words, and which of them are in force."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.column import Column, widened
from bot.understanding.encoder import Matrix
from bot.understanding.entry_vectors import EntryVectors, Traits
from bot.understanding.metric import Metric
from bot.understanding.ranker import Ranker
from bot.understanding.reading import Entry
from bot.understanding.vocabulary import Vocabulary
from bot.understanding.word_match import (
    Words,
    alike,
    clashes,
    covered,
    missed,
    starts,
    stretches,
)
from bot.understanding.wording import FUNCTION_WORDS, code, spoken

CANDIDATES = 24
FIELDS = 3
FEATURES = 7
"""Of a pair: nearness of title, profile and answer; how well the text's words are met by those of
the entry, and the title's by those of the text; the weightiest word of the title that is not met;
in how many kinds the title names another thing than the text."""
RANKING = 5
"""The first of them order the entries; the others only tell whether the first one answers."""
_COARSE = 64
"""Leading dimensions of the metric that choose `_FINE` entries of more."""
_FINE = 128
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Near:
    """The rows of the candidates for a text, their features (row × FEATURES), their fields (title,
    profile and answer: row × FIELDS × size) and the words of their titles."""

    rows: Rows
    features: Matrix
    fields: Matrix
    titles: Words


@dataclass(frozen=True, slots=True)
class Question:
    """A text as the index is asked: its place in the metric and its words."""

    place: Matrix
    words: tuple[str, ...]
    codes: tuple[int, ...]

    @property
    def length(self) -> float:
        """How many words say something (logarithm): the more, the more an entry need not say."""
        return float(np.log1p(sum(code not in FUNCTION_WORDS for code in self.codes)))


def question(text: str, vector: Matrix, metric: Metric) -> Question:
    """The question that a text with this vector puts."""
    said = spoken(text) or ("",)
    codes = tuple(map(code, said))
    place = metric(vector[None], [np.array(codes, dtype=np.uint32)])[0]
    return Question(place, said, codes)


class KnowledgeIndex:
    """Entries in force, each a row. One writer may change it while others search."""

    def __init__(self, ranker: Ranker) -> None:
        self._metric = ranker.metric
        size = self._metric.size
        self._ranker, self._size = ranker, size
        self._vocabulary = Vocabulary(ranker.background)
        self._rows: dict[int, int] = {}
        self._among = 0
        self._ids = Column((), np.int64)
        self._titles: list[str] = []
        self._fields = Column((3, size), np.float16)
        self._coarse = Column((min(_COARSE, size),), np.float32)
        self._words = Column((), np.uint32)
        self._spans = Column((3,), np.int64)
        self._handicap = Column((), np.float32)
        self._phrasings = Column((), np.uint16)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def wasted(self) -> int:
        """Rows of entries that are no longer in force."""
        return len(self._ids) - len(self._rows)

    def entry(self, row: int) -> tuple[int, str]:
        """Id and title."""
        return int(self._ids.values[row]), self._titles[row]

    def ids(self) -> list[int]:
        """Of the entries in force."""
        return list(self._rows)

    def add(self, entries: Sequence[Entry], vectors: EntryVectors) -> None:
        """Take in entries, each in place of the one with its id."""
        if entries:
            self._take(entries, vectors.of(entries), vectors)

    def alone(self, entry: Entry, vectors: EntryVectors) -> "KnowledgeIndex":
        """An index of one entry, not remembered, that knows how rare words are from this one. Drop
        the entry from it when it has been asked."""
        one = KnowledgeIndex(self._ranker)
        one._vocabulary, one._among = self._vocabulary, len(self)
        one._take([entry], vectors.once(entry), vectors)
        return one

    def _take(self, entries: Sequence[Entry], traits: Traits, vectors: EntryVectors) -> None:
        self._vocabulary.add(np.unique(traits.words).tolist(), vectors.word_vectors)
        words = self._vocabulary.rows(traits.words)
        first = len(self._ids)
        self._add_vectors(traits)
        self._add_words(words, ((traits.within & 1) > 0).sum(axis=1))
        self._titles += [entry.title for entry in entries]
        self._handicap.add(np.zeros(len(entries)))
        self._phrasings.add(np.array([len(entry.questions) for entry in entries]))
        self._ids.add(np.array([entry.id for entry in entries]))
        for row, entry in enumerate(entries, first):
            self.drop([entry.id])
            self._rows[entry.id] = row

    def drop(self, ids: Sequence[int]) -> None:
        """Let these entries be out of force; unknown ids are none."""
        for entry_id in ids:
            row = self._rows.pop(entry_id, None)
            if row is not None:
                self._handicap.values[row] = -np.inf
                self._vocabulary.count(self._words_of(row), -1)

    def compacted(self) -> "KnowledgeIndex":
        """The same without the rows of entries that are no longer in force."""
        fresh = KnowledgeIndex(self._ranker)
        rows = np.array(sorted(self._rows.values()), dtype=np.intp)
        spans = self._spans.values[rows]
        sizes = spans[:, 1] - spans[:, 0]
        begins = np.cumsum(sizes) - sizes
        fresh._vocabulary = self._vocabulary
        fresh._words.add(np.concatenate([self._words_of(int(row)) for row in rows]))
        fresh._spans.add(spans - spans[:, :1] + begins[:, None])
        fresh._fields.add(self._fields.values[rows])
        fresh._coarse.add(self._coarse.values[rows])
        fresh._handicap.add(np.zeros(len(rows)))
        fresh._phrasings.add(self._phrasings.values[rows])
        fresh._titles = [self._titles[row] for row in rows]
        fresh._ids.add(self._ids.values[rows])
        fresh._rows = {int(known): place for place, known in enumerate(fresh._ids.values)}
        return fresh

    def near(self, asked: Question) -> Near:
        """The candidates, nearest first."""
        rows, fields = self._nearest(asked.place)
        titles = self._titles_of(rows)
        wording = self._wording(asked, rows, titles)
        return Near(rows, np.hstack([fields @ asked.place, wording]), fields, titles)

    def new_words(self, words: Sequence[str]) -> list[str]:
        """Those of a text's words that have to be encoded before they can be compared."""
        return [words[at] for at in self._vocabulary.new(list(map(code, words)), words)]

    def phrasings(self, rows: Rows) -> Matrix:
        """How many ways to ask each row knows (logarithm): who knows many is met more easily."""
        known: Matrix = np.log1p(self._phrasings.values[rows].astype(np.float32))
        return known

    def _nearest(self, place: Matrix) -> tuple[Rows, Matrix]:
        """The rows of the candidates, and their fields."""
        size = len(self._ids)
        rows: Rows = np.arange(size)
        if size > _FINE:
            coarse = self._coarse.values[:size] @ place[:_COARSE]
            rows = np.argpartition(coarse + self._handicap.values[:size], -_FINE)[-_FINE:]
        fields = widened(self._fields.values[rows])
        scores = fields @ place @ self._ranker.pair[:3] + self._handicap.values[rows]
        best = np.argsort(-scores, kind="stable")[:CANDIDATES]
        best = best[np.isfinite(scores[best])]
        return rows[best], fields[best]

    def _wording(self, asked: Question, rows: Rows, titles: Words) -> Matrix:
        """The features that compare words."""
        if not len(rows):
            return np.empty((0, FEATURES - 3), dtype=np.float32)
        said, held = self._said(asked), self._held(rows)
        near, same = alike(said, held)
        met = np.maximum.reduceat(near, held.starts, axis=1)
        found = np.logical_or.reduceat(same, held.starts, axis=1)
        heard = alike(said, titles)[0].max(axis=0)[:, None]
        return np.column_stack(
            [
                covered(met, said)[0],
                covered(heard, titles)[:, 0],
                missed(heard, titles)[:, 0],
                clashes(said.codes, found, titles.codes, titles.starts),
            ]
        ).astype(np.float32)

    def _said(self, asked: Question) -> Words:
        codes = np.array(asked.codes, dtype=np.uint32)
        weights = self._vocabulary.weights(asked.codes, self._documents)
        vectors = self._vocabulary.of(asked.codes, asked.words)
        return Words(codes, vectors, weights, starts([len(codes)]))

    def _held(self, rows: Rows) -> Words:
        """All their words; how much each tells is not needed, and takes longest."""
        begins, ends, _ = self._spans.values[rows].T
        words, known = self._words.values[stretches(begins, ends)], self._vocabulary
        nothing = np.empty(0, dtype=np.float32)
        return Words(known.codes(words), known.vectors(words), nothing, starts(ends - begins))

    def _titles_of(self, rows: Rows) -> Words:
        begins, _, ends = self._spans.values[rows].T
        words, known = self._words.values[stretches(begins, ends)], self._vocabulary
        weights = known.weigh(words, self._documents)
        return Words(known.codes(words), known.vectors(words), weights, starts(ends - begins))

    @property
    def _documents(self) -> int:
        return max(len(self), self._among)

    def _words_of(self, row: int) -> NDArray[np.uint32]:
        begin, end, _ = self._spans.values[row]
        return np.asarray(self._words.values[begin:end])

    def _add_vectors(self, traits: Traits) -> None:
        fields = np.stack(
            [self._metric(traits.vectors[:, at], traits.said(at)) for at in range(FIELDS)], axis=1
        )
        self._fields.add(fields)
        blend = np.tensordot(self._ranker.pair[:3], fields, axes=(0, 1))
        self._coarse.add(blend[:, :_COARSE])

    def _add_words(self, words: NDArray[np.uint32], titled: NDArray[np.integer]) -> None:
        sizes = np.maximum((words > 0).sum(axis=1), 1)
        kept = np.concatenate([row[:size] for row, size in zip(words, sizes, strict=True)])
        ends = len(self._words) + np.cumsum(sizes)
        begins = ends - sizes
        self._words.add(kept)
        self._spans.add(np.column_stack([begins, ends, begins + np.maximum(titled, 1)]))
        self._vocabulary.count(kept, 1)
