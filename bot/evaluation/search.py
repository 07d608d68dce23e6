"""How well the knowledge search finds entries, and what it would do at its thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.evaluation.statistics import Interval, wilson
from bot.understanding.corpus import Corpus
from bot.understanding.encoder import Encoder, RememberingEncoder
from bot.understanding.entry_vectors import EntryVectors
from bot.understanding.knowledge_search import EntrySearch
from bot.understanding.practice import withheld
from bot.understanding.ranker_training import fit_ranker
from bot.understanding.reading import Entry
from bot.understanding.thresholds import Thresholds
from bot.understanding.trials import unanswerable

LEVELS = tuple(round(0.05 * step, 2) for step in range(2, 20))
_DEEPEST = 24
_OFFERED = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A text and the title of the entry that answers it, '' if none does."""

    text: str
    title: str


@dataclass(frozen=True, slots=True)
class Searched:
    """What came of a text. `place` is where the entry meant was found, from 1; 0 if it was not
    found, None if no entry answers the text. `confidence` is that in the first entry found.
    A near miss is close to an entry that is not there."""

    place: int | None
    confidence: float
    near_miss: bool = False

    @property
    def right(self) -> bool:
        """Whether the first entry found is the one meant."""
        return self.place == 1


@dataclass(frozen=True, slots=True)
class Decision:
    """What answering from a confidence on would do: of questions whose entry is there, the share
    answered rightly and wrongly; the share answered of near misses and of other texts."""

    level: float
    right: float
    wrong: float
    near_miss: float
    other: float


@dataclass(frozen=True, slots=True)
class SearchScore:
    """Of questions whose entry is there: found first, among three, mean of 1/place; at the
    thresholds in use: answered rightly, wrongly, and rightly or among the choices. Of texts that
    no entry answers: answered all the same, or offered something."""

    questions: int
    unanswerable: int
    hit1: Interval
    hit3: Interval
    mrr: float
    thresholds: Thresholds
    right: Interval
    wrong: Interval
    offered: Interval
    answered_needlessly: Interval
    offered_needlessly: Interval
    curve: tuple[Decision, ...]


def search_all(search: EntrySearch, questions: Sequence[Question]) -> list[Searched]:
    """Put each question to the search as it is."""
    return [_searched(search, question) for question in questions]


def _searched(search: EntrySearch, question: Question) -> Searched:
    hits = search.search(question.text, limit=_DEEPEST)
    titles = [hit.title for hit in hits]
    confidence = hits[0].confidence if hits else 0.0
    if not question.title:
        return Searched(None, confidence)
    place = titles.index(question.title) + 1 if question.title in titles else 0
    return Searched(place, confidence)


def held_out(encoder: Encoder, corpus: Corpus) -> list[Searched]:
    """Put questions of the entries to a search that has practised on other knowledge bases, over
    the entries without them; the same without their entry, and questions that lie beside one
    (near misses); and texts that no entry answers."""
    roomy = RememberingEncoder(encoder, 200_000)
    ranker, _ = fit_ranker(roomy, replace(corpus, entries=()))
    base = withheld(corpus.entries, corpus.beside, {})
    search = EntrySearch(roomy, ranker, EntryVectors(roomy), corpus.topics)
    search.replace(base.entries)
    known = {entry.id: entry for entry in base.entries}
    asked = [_searched(search, Question(text, known[number].title)) for text, number in base.asked]
    absent = [_without(search, text, known[number]) for text, number in base.asked]
    near = [_searched(search, Question(text, "")) for text in base.beside]
    others = [_searched(search, Question(text, "")) for text in unanswerable(corpus)]
    return [*asked, *(replace(one, near_miss=True) for one in (*absent, *near)), *others]


def _without(search: EntrySearch, text: str, entry: Entry) -> Searched:
    search.change((), [entry.id])
    found = _searched(search, Question(text, ""))
    search.change([entry])
    return found


def score_search(found: Sequence[Searched], thresholds: Thresholds) -> SearchScore:
    """The figures of what was searched."""
    asked = [one for one in found if one.place is not None]
    others = [one for one in found if one.place is None]
    answered = [one.confidence >= thresholds.answer for one in asked]
    right = [told and one.right for told, one in zip(answered, asked, strict=True)]
    listed = [
        1 <= (one.place or 0) <= _OFFERED and one.confidence >= thresholds.choices for one in asked
    ]
    kept = [
        good or (choice and not told)
        for good, choice, told in zip(right, listed, answered, strict=True)
    ]
    return SearchScore(
        questions=len(asked),
        unanswerable=len(others),
        hit1=wilson(sum(one.right for one in asked), len(asked)),
        hit3=wilson(sum(1 <= (one.place or 0) <= _OFFERED for one in asked), len(asked)),
        mrr=float(np.mean([1 / one.place if one.place else 0.0 for one in asked] or [0.0])),
        thresholds=thresholds,
        right=wilson(sum(right), len(asked)),
        wrong=wilson(sum(answered) - sum(right), len(asked)),
        offered=wilson(sum(kept), len(asked)),
        answered_needlessly=wilson(
            sum(one.confidence >= thresholds.answer for one in others), len(others)
        ),
        offered_needlessly=wilson(
            sum(one.confidence >= thresholds.choices for one in others), len(others)
        ),
        curve=curve(found),
    )


def curve(found: Sequence[Searched]) -> tuple[Decision, ...]:
    """Coverage against wrong answers, by the confidence from which the bot answers."""
    asked = [one for one in found if one.place is not None]
    near = [one.confidence for one in found if one.place is None and one.near_miss]
    other = [one.confidence for one in found if one.place is None and not one.near_miss]
    right = [one.confidence for one in asked if one.right]
    wrong = [one.confidence for one in asked if not one.right]
    return tuple(
        Decision(
            level,
            _share(right, level, len(asked)),
            _share(wrong, level, len(asked)),
            _share(near, level, len(near)),
            _share(other, level, len(other)),
        )
        for level in LEVELS
    )


def _share(confidences: Sequence[float], level: float, total: int) -> float:
    return sum(sure >= level for sure in confidences) / total if total else 0.0


def with_entries(corpus: Corpus, entries: Sequence[Entry]) -> Corpus:
    """The corpus with another knowledge base, numbered from 1."""
    numbered = (replace(entry, id=number) for number, entry in enumerate(entries, 1))
    return replace(corpus, entries=tuple(numbered))
