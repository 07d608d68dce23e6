"""Texts put to knowledge bases that do not hold them: what the knowledge search is trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from bot.understanding.classifier_training import FOLDS
from bot.understanding.corpus import Corpus
from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.entry_vectors import EntryVectors, sentences
from bot.understanding.knowledge_index import RANKING, KnowledgeIndex, question
from bot.understanding.knowledge_search import Candidates, Seen, evidence, look, ranked
from bot.understanding.ranker import Calibration, Ranker
from bot.understanding.reading import Entry

_ROUNDS = 3
"""Knowledge bases for each fold."""
_SIZES = (60, 60, 100, 200)
_RICH = 0.5
"""Of the others, the share that keeps all but one, as an entry does that is well kept."""
_BARE = 0.4
"""Share of entries without any question: what a city imports often has none."""
_OTHERS = 15
"""Texts without an answer put to each knowledge base."""

_KNOWN = 0.4
"""Share of topics, asked in vain or not, that the backdrop knows."""

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
    """A text put to an index that does not hold it: what was found, the row of its entry (-1
    when no entry answers it), and which topics are about the same as which entries."""

    text: str
    seen: Seen
    found: Candidates
    truth: int
    alike: Matrix
    beside: int = -1
    """The row of the entry that the text is close to and that does not answer it; -1: of no one."""

    @property
    def misleads(self) -> bool:
        """Whether the best entry is one that does not answer the text."""
        return bool(len(self.found.rows)) and int(self.found.rows[0]) == self.beside

    @property
    def right(self) -> bool:
        """Whether the best entry is the one meant."""
        return bool(len(self.found.rows)) and int(self.found.rows[0]) == self.truth

    @property
    def evidence(self) -> Matrix:
        """What the calibration looks at, of the first three; of the first alone where another
        may answer."""
        return evidence(self.found, 1 if self.beside >= 0 else 3)

    @property
    def truths(self) -> list[bool]:
        """Of the first three, which is the one meant."""
        rows = self.found.rows[: 1 if self.beside >= 0 else 3]
        return [int(row) == self.truth for row in rows]


@dataclass(frozen=True, slots=True)
class Trials:
    """Texts of which it is known whether an entry answers them: questions whose entry is there,
    the same without it, questions close to an entry that is there (both near misses), and texts
    that no entry answers."""

    asked: tuple[Trial, ...]
    absent: tuple[Trial, ...]
    beside: tuple[Trial, ...]
    other: tuple[Trial, ...]


def make_trials(encoder: Encoder, corpus: Corpus, ranker: Ranker) -> Trials:
    """Trials on knowledge bases of many sizes, with a ranker that no entry has shaped. Candidates
    are in no order yet."""
    dice, vectors = Random(0), EntryVectors(encoder)
    backdrop = KnowledgeIndex(ranker)
    backdrop.add(corpus.topics, vectors)
    others = [one.text for one in corpus.intents if one.label in _UNANSWERABLE]
    found: dict[str, list[Trial]] = {"asked": [], "absent": [], "beside": [], "other": []}
    misses = _near_misses(corpus)
    for part in range(FOLDS):
        mine = [e for row, e in enumerate(corpus.entries) if _part(row) == part]
        theirs = [e for row, e in enumerate(corpus.entries) if _part(row) != part]
        for _ in range(_ROUNDS):
            shelf = _shelf(mine, theirs, dice)
            free = {e.id: shelf[e.id][1] if e.id in shelf else e.questions for e in mine}
            put = {entry_id: _some(questions, dice) for entry_id, questions in free.items()}
            known = [*_varied(theirs, dice), *_unasked(mine, put, dice)]
            backdrop.add(known, vectors)
            index = KnowledgeIndex(ranker)
            index.add([entry for entry, _ in shelf.values()], vectors)
            desk = _Desk(encoder, ranker, index, backdrop)
            for entry_id, texts in put.items():
                kind = "asked" if entry_id in shelf else "absent"
                found[kind] += [desk.put(text, entry_id) for text in texts]
            for entry in (one for one in mine if one.id in shelf):
                near = dice.sample(misses[entry.title], min(2, len(misses[entry.title])))
                found["beside"] += [desk.put(text, beside=entry.id) for text in near]
            found["other"] += [
                desk.put(text) for text in dice.sample(others, min(_OTHERS, len(others)))
            ]
            backdrop.drop([entry.id for entry in known])
    return Trials(*map(tuple, found.values()))


class _Desk:
    """A knowledge base before its backdrop, to which texts are put."""

    def __init__(
        self,
        encoder: Encoder,
        ranker: Ranker,
        index: KnowledgeIndex,
        backdrop: KnowledgeIndex,
    ) -> None:
        self._encoder, self._ranker = encoder, ranker
        self._index, self._backdrop = index, backdrop
        self._rows = {entry_id: row for row, entry_id in enumerate(index.ids())}

    def put(self, text: str, entry_id: int = 0, *, beside: int = 0) -> Trial:
        """What is found for a text that this entry answers (0: none does), or is close to."""
        vector = self._encoder.encode([text])[0]
        seen = look(question(text, vector, self._ranker.metric), self._index, self._backdrop)
        found = ranked(seen, np.ones(RANKING, dtype=np.float32), self._ranker.same)
        truth = self._rows.get(entry_id, -1)
        near = self._rows.get(beside, -1)
        return Trial(text, seen, found, truth, self._alike(seen), near)

    def _alike(self, seen: Seen) -> Matrix:
        """Which topics are about the same as which entries; -1 where nobody knows."""
        mine = np.array([self._index.entry(row)[0] for row in seen.rows])
        theirs = np.array([self._backdrop.entry(row)[0] for row in seen.topic_rows])
        same: Matrix = (mine[:, None] == theirs).astype(np.float32)
        same[:, theirs < 0] = -1
        return same


def rescored(one: Trial, pair: Matrix, same: Calibration) -> Trial:
    """The same trial under other weights."""
    return replace(one, found=ranked(one.seen, pair, same))


Shelf = dict[int, tuple[Entry, tuple[str, ...]]]
"""The entries of a knowledge base by id, each with the questions that were taken from it."""


def _part(row: int) -> int:
    """Neighbours stay together: they are of one topic, and an imported base is of other topics."""
    return row // 10 % FOLDS


def _shelf(mine: Sequence[Entry], theirs: Sequence[Entry], dice: Random) -> Shelf:
    """A knowledge base such as a city imports: some of these entries, many without any question."""
    size = dice.choice(_SIZES)
    share = max(0.35, min(1.0, size / (len(mine) + len(theirs)) * dice.choice((1.0, 1.5))))
    inside = [entry for entry in mine if dice.random() < share]
    others = dice.sample(theirs, min(len(theirs), int(size * 0.8)))
    return {entry.id: _reduced(entry, dice) for entry in (*inside, *others)}


def _reduced(entry: Entry, dice: Random) -> tuple[Entry, tuple[str, ...]]:
    """The entry with none, some or most of its questions, and the questions taken from it."""
    kept: list[str] = []
    if dice.random() > _BARE:
        most = len(entry.questions) - 1 if dice.random() < _RICH else 2
        kept = dice.sample(entry.questions, min(most, len(entry.questions)))
    taken = tuple(question for question in entry.questions if question not in kept)
    return replace(entry, questions=tuple(kept)), taken


def _some(questions: Sequence[str], dice: Random) -> list[str]:
    """One by chance, and the last, which is the longest way to ask in the training data."""
    chosen = [*dice.sample(questions, min(1, len(questions))), *questions[-1:]]
    return list(dict.fromkeys(chosen))


def _unasked(mine: Sequence[Entry], put: Mapping[int, Sequence[str]], dice: Random) -> list[Entry]:
    """Those of the entries that the backdrop knows, without the questions that are put."""
    known = [entry for entry in mine if dice.random() < _KNOWN]
    return _varied(
        [
            replace(entry, questions=tuple(q for q in entry.questions if q not in put[entry.id]))
            for entry in known
        ],
        dice,
    )


def _varied(entries: Sequence[Entry], dice: Random) -> list[Entry]:
    """The entries as another city would write them: one of their questions for a title, and the
    answer in half of its sentences or none at all."""
    return [_variant(entry, dice) for entry in entries]


def _variant(entry: Entry, dice: Random) -> Entry:
    if not entry.questions:
        return entry
    title = dice.choice(entry.questions)
    questions = tuple(q for q in (entry.title, *entry.questions) if q != title)
    said = sentences(entry.answer)
    half = dice.sample(said, len(said) // 2) if dice.random() < 0.6 else []
    return replace(entry, title=title, questions=questions[1:], answer="。".join(half))


def _near_misses(corpus: Corpus) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {entry.title: [] for entry in corpus.entries}
    for example in corpus.near_misses:
        found.setdefault(example.label, []).append(example.text)
    return found
