"""Search in the knowledge base: which entries are near a text, and does the best answer it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.entry_vectors import EntryVectors
from bot.understanding.knowledge_index import (
    FIELDS,
    RANKING,
    KnowledgeIndex,
    Near,
    Question,
    Rows,
    question,
)
from bot.understanding.ranker import Calibration, Ranker
from bot.understanding.reading import Entry, Hit
from bot.understanding.word_match import alike, contradictions, covered, missed
from bot.understanding.wording import spoken

_RIVALS = 5
_ALONE = 3.0
"""The lead of an entry that has no rival."""
RESEMBLANCE = 13
_MINE, _THEIRS = [0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 2]
"""The fields of entry and topic that are compared: title, profile, answer."""
_DOUBT = 1e-4
"""The least chance that an entry and a topic are, or are not, about the same."""
_DETOUR = -1.0
"""What a text loses in score that meets an entry only by way of a topic like it."""
_FAR = 4.0
"""A score so far behind, or ahead, that it says no more."""
_BATCH = 64
"""Entries taken in at once: what has been encoded is searched while the rest is."""

EVIDENCE = (
    "title",
    "profile",
    "answer",
    "wording",
    "titled",
    "lacking",
    "clash",
    "lead",
    "share",
    "elsewhere",
    "phrasings",
    "length",
)
"""What the columns of `evidence` are, for who explains an answer."""

_WASTED = 2000
"""Rows of former entries that are put up with."""

Follower = Callable[[Sequence[Entry], Sequence[int]], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is near a text: entries with their rows and features, topics of the backdrop with
    theirs, how alike they are (entry × topic × RESEMBLANCE), and how much the text says."""

    rows: Rows
    features: Matrix
    topics: Matrix
    likeness: Matrix
    phrasings: Matrix
    topic_rows: Rows
    length: float


@dataclass(frozen=True, slots=True)
class Explained:
    """A hit and why: of each name in EVIDENCE its value, and how much it speaks for the entry
    (above 0) or against it (log-odds)."""

    hit: Hit
    values: tuple[float, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Entries near a text, best first: their rows, features (row × feature), scores, how much
    better a topic fits that is about something else (`elsewhere`), how many ways to ask they know,
    and how much the text says."""

    rows: Rows
    features: Matrix
    scores: Matrix
    elsewhere: Matrix
    phrasings: Matrix
    length: float


def look(asked: Question, index: KnowledgeIndex, backdrop: KnowledgeIndex) -> Seen:
    """Look for a text among the entries, and among topics that they need not hold.

    A near miss has an entry beside it, and often a topic of its own that this knowledge base
    lacks. Topics that are like an entry speak for it.
    """
    entries, topics = index.near(asked), backdrop.near(asked)
    return Seen(
        entries.rows,
        entries.features,
        topics.features,
        resemblance(entries, topics),
        index.phrasings(entries.rows),
        topics.rows,
        asked.length,
    )


def resemblance(entries: Near, topics: Near) -> Matrix:
    """What speaks for each entry and each topic being about the same, or against it (entry × topic
    × RESEMBLANCE): nearness of their fields, how well the words of each title are met by the
    other's, by likeness and by identity, the weightiest that is not met, and in how many kinds the
    titles contradict one another."""
    shape = (len(entries.rows), len(topics.rows), RESEMBLANCE)
    if 0 in shape:
        return np.empty(shape, dtype=np.float32)
    size = entries.fields.shape[2]
    pairs = entries.fields.reshape(-1, size) @ topics.fields.reshape(-1, size).T
    near = pairs.reshape(shape[0], FIELDS, shape[1], FIELDS).swapaxes(1, 2)
    own, other = entries.titles, topics.titles
    like, same = alike(own, other)
    met = np.maximum.reduceat(like, other.starts, axis=1)
    meeting = np.maximum.reduceat(like.T, own.starts, axis=1)
    words = np.stack(
        [
            covered(met, own),
            covered(meeting, other).T,
            covered(np.logical_or.reduceat(same, other.starts, axis=1), own),
            covered(np.logical_or.reduceat(same.T, own.starts, axis=1), other).T,
            missed(met, own),
            missed(meeting, other).T,
            contradictions(own, other),
        ],
        axis=2,
    )
    chosen = near[:, :, _MINE, _THEIRS]
    return np.concatenate([chosen, words], axis=2).astype(np.float32)


def ranked(seen: Seen, weights: Matrix, same: Calibration) -> Candidates:
    """The candidates in the order of their weighted features, or of those of the topics that are
    about the same: a text that is like a topic which is like an entry asks for the entry.

    `elsewhere` is how much better a topic fits that is about something else.
    """
    own = seen.features[:, :RANKING] @ weights
    topics = seen.topics[:, :RANKING] @ weights
    flat = seen.likeness.reshape(-1, seen.likeness.shape[2])
    chances = same.probabilities(flat).reshape(len(own), len(topics))
    known = _logsum(topics + np.log(chances + _DOUBT))
    elsewhere = _logsum(topics + np.log(1 + _DOUBT - chances))
    scores = np.logaddexp(own, known + _DETOUR)
    order = np.argsort(-scores, kind="stable")
    return Candidates(
        seen.rows[order],
        seen.features[order],
        scores[order],
        np.clip(elsewhere - scores, -_FAR, _FAR)[order],
        seen.phrasings[order],
        seen.length,
    )


def _logsum(scores: Matrix) -> Matrix:
    """The logarithm of the summed exponentials of each row."""
    if not scores.shape[1]:
        return np.full(len(scores), -1e3, dtype=np.float32)
    most = scores.max(axis=1)
    summed: Matrix = most + np.log(np.exp(scores - most[:, None]).sum(axis=1))
    return summed


def evidence(found: Candidates, limit: int = 3) -> Matrix:
    """What speaks for or against each of the first candidates: its features, its lead over the
    others, and what fits better."""
    scores = found.scores[:_RIVALS]
    shares = np.exp(scores - scores[0])
    shares /= shares.sum()
    rows = []
    for place in range(min(limit, len(scores))):
        rivals = np.delete(scores, place) if len(scores) > 1 else scores - _ALONE
        lead = scores[place] - rivals.max()
        around = (found.elsewhere[place], found.phrasings[place], found.length)
        rows.append([*found.features[place], lead, shares[place], *around])
    return np.array(rows, dtype=np.float32)


class EntrySearch:
    """Finds the entries near a text. A search takes about 1 ms beside the encoder.

    One thread may change the entries while another searches.
    """

    def __init__(
        self,
        encoder: Encoder,
        ranker: Ranker,
        vectors: EntryVectors,
        topics: Sequence[Entry],
    ) -> None:
        """`topics` are what citizens ask about in general: the backdrop of the entries."""
        self._encoder = encoder
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

    def new_words(self, text: str) -> list[str]:
        """The words of a text that have to be encoded for a search; it does so if need be."""
        said = spoken(text) if len(self._index) else ()
        return self._index.new_words(said) + self._backdrop.new_words(said)

    def search(self, text: str, limit: int = 3) -> tuple[Hit, ...]:
        """The nearest entries, best first, each with the probability that it answers."""
        index = self._index
        if not len(index) or not spoken(text):
            return ()
        found = self._ordered(look(self._question(text), index, self._backdrop))
        if not len(found.rows):
            return ()
        chances = self._ranker.answers.probabilities(evidence(found, max(limit, _RIVALS)))
        nearest = zip(found.rows.tolist(), chances.tolist(), strict=False)
        hits = [Hit(*index.entry(row), chance) for row, chance in nearest]
        return tuple(sorted(hits, key=lambda hit: -hit.confidence)[:limit])

    def explain(
        self, text: str, edited: Entry | None = None, limit: int = 5
    ) -> tuple[Explained, ...]:
        """As `search`, with the reasons; `edited` stands in for the entry of its id, or is new."""
        seen, known = self._around(self._question(text), edited)
        if not known or not spoken(text):
            return ()
        found = self._ordered(seen)
        proofs = evidence(found, limit)
        chances = self._ranker.answers.probabilities(proofs)
        pushes = self._ranker.answers.contributions(proofs).tolist()
        values = proofs.tolist()
        near: list[tuple[int, str]] = [known[place] for place in found.rows.tolist()]
        hits = [Hit(*entry, chance) for entry, chance in zip(near, chances.tolist(), strict=False)]
        return tuple(
            Explained(hits[place], tuple(values[place]), tuple(pushes[place]))
            for place in np.argsort(-chances, kind="stable").tolist()
        )

    def _question(self, text: str) -> Question:
        return question(text, self._encoder.encode([text])[0], self._ranker.metric)

    def _ordered(self, seen: Seen) -> Candidates:
        return ranked(seen, self._ranker.pair, self._ranker.same)

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
                seen.topic_rows,
                seen.length,
            )
        return replace(seen, rows=np.arange(len(known))), known
