"""Practice: whole knowledge bases with what is asked of them, which the search learns from.

Others wrote them, as a city's editors do, so that they are as foreign to the topics as an imported
knowledge base is. None of their answers is ever told: their figures are made up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from bot.understanding.reading import Entry

_ASKED, _BESIDE = 150, 200
"""Texts put to each base: the weights that are learned from them are few."""
_WITHHELD = 2
"""Questions of an entry that are put to it, if it has twice as many."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about, by the ids of topics: those of the same matter, and those of which
    it answers a part. All others are of something else."""

    same: frozenset[int] = frozenset()
    partly: frozenset[int] = frozenset()

    def is_of(self, topic_id: int) -> float:
        """1 for a topic of the same matter, 0 for another, -1 where both may be said."""
        return -1.0 if topic_id in self.partly else float(topic_id in self.same)


@dataclass(frozen=True, slots=True)
class Base:
    """A knowledge base, and texts put to it: those `asked`, each with the id of the entry that
    answers it; those `beside` an entry, which none answers; and `others`, of something else.
    `subjects` are those of entries, by id, where somebody has told them."""

    entries: tuple[Entry, ...]
    asked: tuple[tuple[str, int], ...]
    beside: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    subjects: Mapping[int, Subject] = field(default_factory=dict)

    def drawn(self) -> "Base":
        """The same with so many of its texts as are put, by chance, and always the same."""
        dice = Random(0)
        asked = tuple(dice.sample(self.asked, min(_ASKED, len(self.asked))))
        beside = tuple(dice.sample(self.beside, min(_BESIDE, len(self.beside))))
        return replace(self, asked=asked, beside=beside)


def withheld(
    entries: Sequence[Entry], beside: Sequence[str], subjects: Mapping[int, Subject]
) -> Base:
    """A base of these entries, each without some of its questions, which are put to it."""
    dice = Random(0)
    taken = {
        entry.id: dice.sample(entry.questions, min(_WITHHELD, len(entry.questions) // 2))
        for entry in entries
    }
    kept = tuple(
        replace(entry, questions=tuple(q for q in entry.questions if q not in taken[entry.id]))
        for entry in entries
    )
    asked = tuple((question, entry.id) for entry in kept for question in taken[entry.id])
    return Base(kept, asked, tuple(beside), (), subjects)
