"""Trials: texts put to knowledge bases of which it is known what answers them."""

from dataclasses import dataclass, replace
from random import Random

import numpy as np

from bot.understanding.corpus import Corpus
from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.entry_vectors import EntryVectors
from bot.understanding.knowledge_index import RANKING, KnowledgeIndex, question
from bot.understanding.knowledge_search import Candidates, Seen, evidence, look, ranked
from bot.understanding.practice import Base, Subject
from bot.understanding.ranker import Calibration, Ranker

_OTHERS = 20
"""Texts without an answer put to each knowledge base, beside its own."""
_UNANSWERABLE = frozenset(
    (
        "complaint",
        "report",
        "request_help",
        "suggestion",
        "praise",
        "chitchat",
        "off_topic",
        "invalid_abuse",
        "invalid_ad",
        "invalid_noise",
        "vague",
        "greet",
        "thanks",
        "my_orders",
        "redirect_outside_city",
    )
)
"""Intents whose texts no knowledge entry answers."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A text put to a knowledge base: what was found, the row of its entry (-1 when no entry
    answers it), and which topics are about the same as which entries (-1 where nobody knows)."""

    seen: Seen
    found: Candidates
    truth: int
    alike: Matrix

    @property
    def right(self) -> bool:
        """Whether the best entry is the one meant."""
        return bool(len(self.found.rows)) and int(self.found.rows[0]) == self.truth

    @property
    def evidence(self) -> Matrix:
        """What the calibration looks at, of the first three; of the first alone where none
        answers."""
        return evidence(self.found, self._regarded)

    @property
    def truths(self) -> list[bool]:
        """Of those the calibration looks at, which is the one meant."""
        return [int(row) == self.truth for row in self.found.rows[: self._regarded]]

    @property
    def _regarded(self) -> int:
        return 3 if self.truth >= 0 else 1

    def rescored(self, pair: Matrix, same: Calibration) -> "Trial":
        """The same trial under other weights."""
        return replace(self, found=ranked(self.seen, pair, same))


@dataclass(frozen=True, slots=True)
class Trials:
    """Questions whose entry is there, questions beside an entry that does not answer them, and
    other texts that no entry answers."""

    asked: tuple[Trial, ...]
    beside: tuple[Trial, ...]
    other: tuple[Trial, ...]

    @property
    def every(self) -> tuple[Trial, ...]:
        """All of them, those asked first."""
        return (*self.asked, *self.beside, *self.other)

    def rescored(self, pair: Matrix, same: Calibration) -> "Trials":
        """The same trials under other weights."""
        groups = (self.asked, self.beside, self.other)
        return Trials(*(tuple(one.rescored(pair, same) for one in group) for group in groups))


def make_trials(encoder: Encoder, corpus: Corpus, ranker: Ranker) -> Trials:
    """What is found for the texts of all practice bases, before the backdrop of the topics."""
    dice, vectors = Random(0), EntryVectors(encoder)
    backdrop = KnowledgeIndex(ranker)
    backdrop.add(corpus.topics, vectors)
    nothing = unanswerable(corpus)
    asked: list[Trial] = []
    beside: list[Trial] = []
    other: list[Trial] = []
    for base in corpus.practice:
        desk = _Desk(encoder, ranker, base, vectors, backdrop)
        asked += [desk.put(text, entry_id) for text, entry_id in base.asked]
        beside += map(desk.put, base.beside)
        drawn = dice.sample(nothing, min(_OTHERS, len(nothing)))
        other += map(desk.put, (*base.others, *drawn))
    return Trials(tuple(asked), tuple(beside), tuple(other))


def unanswerable(corpus: Corpus) -> list[str]:
    """The examples that no knowledge entry answers: matters, talk, noise."""
    return [one.text for one in corpus.intents if one.label in _UNANSWERABLE]


class _Desk:
    """A knowledge base before its backdrop, to which texts are put."""

    def __init__(
        self,
        encoder: Encoder,
        ranker: Ranker,
        base: Base,
        vectors: EntryVectors,
        backdrop: KnowledgeIndex,
    ) -> None:
        self._encoder, self._ranker, self._base = encoder, ranker, base
        self._index, self._backdrop = KnowledgeIndex(ranker), backdrop
        self._index.add(base.entries, vectors)
        self._rows = {entry_id: row for row, entry_id in enumerate(self._index.ids())}

    def put(self, text: str, entry_id: int = 0) -> Trial:
        """What is found for a text that this entry answers (0: none does)."""
        vector = self._encoder.encode([text])[0]
        seen = look(question(text, vector, self._ranker.metric), self._index, self._backdrop)
        found = ranked(seen, np.ones(RANKING, dtype=np.float32), self._ranker.same)
        return Trial(seen, found, self._rows.get(entry_id, -1), self._alike(seen))

    def _alike(self, seen: Seen) -> Matrix:
        topics = [self._backdrop.entry(int(row))[0] for row in seen.topic_rows]
        subjects = [self._subject(int(row)) for row in seen.rows]
        rows = [[one.is_of(topic) if one else -1.0 for topic in topics] for one in subjects]
        return np.array(rows, dtype=np.float32).reshape(len(subjects), len(topics))

    def _subject(self, row: int) -> Subject | None:
        return self._base.subjects.get(self._index.entry(row)[0])
