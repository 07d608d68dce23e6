"""Search in the knowledge base: which entries are near a text, and does the best answer it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from bot.understanding.classifier import Classifier
from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.entry_vectors import EntryVectors
from bot.understanding.knowledge_index import (
    FIELDS,
    RANKING,
    KnowledgeIndex,
    Question,
    Rows,
    question,
)
from bot.understanding.ranker import Ranker
from bot.understanding.reading import Entry, Hit
from bot.understanding.wording import spoken

_RIVALS = 5
_ALONE = 3.0
"""The lead of an entry that has no rival."""
_LIKENESS = 8.0
"""What a topic loses in score for being like the entry (0 to 1)."""
_FAR = 2.0
"""A score so far behind that it says no more."""
_BATCH = 64
"""Entries taken in at once: what has been encoded is searched while the rest is."""

EVIDENCE = (
    "title",
    "profile",
    "answer",
    "wording",
    "missed",
    "titled",
    "lead",
    "share",
    "asks",
    "elsewhere",
    "phrasings",
)
"""What the columns of `evidence` are, for who explains an answer."""

_WASTED = 2000
"""Rows of former entries that are put up with."""

Follower = Callable[[Sequence[Entry], Sequence[int]], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is near a text: entries with their rows and features, topics of the backdrop with
    theirs, and how alike they are (entry × topic)."""

    rows: Rows
    features: Matrix
    topics: Matrix
    likeness: Matrix
    phrasings: Matrix


@dataclass(frozen=True, slots=True)
class Explained:
    """A hit and why: of each name in EVIDENCE its value, and how much it speaks for the entry
    (above 0) or against it (log-odds)."""

    hit: Hit
    values: tuple[float, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Entries near a text, best first: their rows, features (row × feature), scores, and how much
    better a topic fits that is unlike them (`elsewhere`)."""

    rows: Rows
    features: Matrix
    scores: Matrix
    elsewhere: Matrix
    phrasings: Matrix


def look(asked: Question, index: KnowledgeIndex, backdrop: KnowledgeIndex) -> Seen:
    """Look for a text among the entries, and among topics that they need not hold.

    A near miss has an entry beside it, and often a topic of its own that this knowledge base
    lacks. Topics that are like an entry say nothing against it.
    """
    rows, features = index.features(asked)
    topic_rows, topics = backdrop.features(asked)
    likeness = index.fields(rows) @ backdrop.fields(topic_rows).T
    return Seen(rows, features, topics, likeness / np.float32(FIELDS), index.phrasings(rows))


def ranked(seen: Seen, weights: Matrix) -> Candidates:
    """The candidates in the order of their weighted features."""
    scores = seen.features[:, :RANKING] @ weights
    order = np.argsort(-scores, kind="stable")
    topics = seen.topics[:, :RANKING] @ weights - _LIKENESS * seen.likeness
    best = topics.max(axis=1, initial=-_FAR)
    elsewhere = np.maximum(best - scores, -_FAR)
    return Candidates(
        seen.rows[order],
        seen.features[order],
        scores[order],
        elsewhere[order],
        seen.phrasings[order],
    )


def evidence(found: Candidates, asks: float, limit: int = 3) -> Matrix:
    """What speaks for or against each of the first candidates: its features, its lead over the
    others, how likely the text asks for information (`asks`, 0 to 1), and what fits better."""
    scores = found.scores[:_RIVALS]
    odds = np.log((asks + 0.02) / (1.02 - asks))
    shares = np.exp(scores - scores[0])
    shares /= shares.sum()
    rows = []
    for place in range(min(limit, len(scores))):
        rivals = np.delete(scores, place) if len(scores) > 1 else scores - _ALONE
        lead = scores[place] - rivals.max()
        own = (lead, shares[place], odds, found.elsewhere[place], found.phrasings[place])
        rows.append([*found.features[place], *own])
    return np.array(rows, dtype=np.float32)


def asking(intents: Classifier, vector: Matrix) -> float:
    """How likely the text asks for information: the sum over the intents `ask_*`."""
    found = intents.probabilities(vector[None])[0]
    return float(sum(found[place] for place in _asking_places(intents.labels)))


@lru_cache(maxsize=4)
def _asking_places(labels: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(place for place, label in enumerate(labels) if label.startswith("ask_"))


class EntrySearch:
    """Finds the entries near a text. A search takes about 1 ms beside the encoder.

    One thread may change the entries while another searches.
    """

    def __init__(
        self,
        encoder: Encoder,
        ranker: Ranker,
        intents: Classifier,
        vectors: EntryVectors,
        topics: Sequence[Entry],
    ) -> None:
        """`topics` are what citizens ask about in general: the backdrop of the entries."""
        self._encoder = encoder
        self._intents = intents
        self._ranker = ranker
        self._vectors = vectors
        self._index = KnowledgeIndex(ranker)
        self._backdrop = KnowledgeIndex(ranker)
        self._backdrop.add(topics, vectors)
        self._followers: list[Follower] = []

    def __len__(self) -> int:
        return len(self._index)

    def follow(self, follower: Follower) -> None:
        """Tell another search of what is taken in and dropped from now on."""
        self._followers.append(follower)

    def replace(self, entries: Iterable[Entry]) -> None:
        """Search in these entries from now on, and in no others."""
        listed = tuple(entries)
        kept = {entry.id for entry in listed}
        self.change(listed, [old for old in self._index.ids() if old not in kept])

    def change(self, entries: Sequence[Entry], gone: Sequence[int] = ()) -> None:
        """Take in new and changed entries, and drop those whose ids are `gone`. Encodes what is
        new (about 10 ms each): call it on a thread when there may be many. Meanwhile searches find
        the old entries, and of the new ones those that are done."""
        for start in range(0, len(entries), _BATCH):
            self._index.add(entries[start : start + _BATCH], self._vectors)
        self._index.drop(gone)
        for follower in self._followers:
            follower(entries, gone)
        if self._index.wasted > max(_WASTED, len(self._index)) and len(self._index):
            self._index = self._index.compacted()

    def search(self, text: str, limit: int = 3) -> tuple[Hit, ...]:
        """The nearest entries, best first, each with the probability that it answers."""
        index = self._index
        if not len(index) or not spoken(text):
            return ()
        vector = self._encoder.encode([text])[0]
        found = ranked(look(question(text, vector), index, self._backdrop), self._ranker.pair)
        if not len(found.rows):
            return ()
        proofs = evidence(found, asking(self._intents, vector), limit)
        chances = self._ranker.answers.probabilities(proofs).tolist()
        nearest = zip(found.rows.tolist(), chances, strict=False)
        return tuple(Hit(*index.entry(row), chance) for row, chance in nearest)

    def explain(
        self, text: str, edited: Entry | None = None, limit: int = 5
    ) -> tuple[Explained, ...]:
        """As `search`, with the reasons; `edited` stands in for the entry of its id, or is new."""
        vector = self._encoder.encode([text])[0]
        seen, known = self._around(question(text, vector), edited)
        if not known or not spoken(text):
            return ()
        found = ranked(seen, self._ranker.pair)
        proofs = evidence(found, asking(self._intents, vector), limit)
        chances = self._ranker.answers.probabilities(proofs).tolist()
        pushes = self._ranker.answers.contributions(proofs).tolist()
        near = [known[place] for place in found.rows]
        hits = [
            Hit(entry_id, title, chance)
            for (entry_id, title), chance in zip(near, chances, strict=False)
        ]
        return tuple(
            Explained(hit, tuple(values), tuple(weights))
            for hit, values, weights in zip(hits, proofs.tolist(), pushes, strict=True)
        )

    def _around(self, asked: Question, edited: Entry | None) -> tuple[Seen, list[tuple[int, str]]]:
        """What is seen of a text, one entry as it would be; its rows are places in the list."""
        seen = look(asked, self._index, self._backdrop)
        known = [self._index.entry(int(row)) for row in seen.rows]
        if edited is not None:
            one = self._index.alone(edited, self._vectors)
            own = look(asked, one, self._backdrop)
            one.drop([edited.id])
            kept = [place for place, (entry_id, _) in enumerate(known) if entry_id != edited.id]
            known = [*(known[place] for place in kept), (edited.id, edited.title)]
            seen = Seen(
                seen.rows,
                np.vstack([seen.features[kept], own.features]),
                seen.topics,
                np.vstack([seen.likeness[kept], own.likeness]),
                np.concatenate([seen.phrasings[kept], own.phrasings]),
            )
        return replace(seen, rows=np.arange(len(known))), known
