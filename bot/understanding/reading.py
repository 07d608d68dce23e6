"""What is understood of one text, and the interface every engine has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.understanding.thresholds import Thresholds

MATTERS = frozenset(("complaint", "request_help", "report", "suggestion", "praise"))
"""Intents of what becomes an order."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A label and how sure the engine is of it (0 to 1)."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A knowledge entry near the text. `confidence` is the probability that it answers it."""

    knowledge_id: int
    title: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Details:
    """What the text already says of a matter; '' where it says nothing.

    `place` stands as the citizen wrote it, down to the house number; `area` (区县) and `street`
    (街道, 乡镇) are recognised by the city's gazetteer. `occurred_at` is the time in the citizen's
    words, `occurred_on` what it comes to (ISO 8601, as precise as the words: `2026-11-20T20:00`,
    `2026-11-20`, `2026-10`, `2025`). `demand` is what they want done, `companies` the businesses
    and organisations they name, `person` how to call them.
    """

    place: str = ""
    area: str = ""
    street: str = ""
    occurred_at: str = ""
    occurred_on: str = ""
    phone: str = ""
    person: str = ""
    matter: str = ""
    demand: str = ""
    companies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """All that is understood of one text.

    `intent` is a name from nlu_data/intents, `ranking` the best few with it first. `danger` is
    the danger intent (`danger_fire` ...) or '', and `peril` how likely one is told of, in all of
    the text or in the likeliest of its pieces. `category` is 一级/二级 or '', `subjects` the
    categories it may be of, best first. `hits` are the
    knowledge entries nearest, best first, and `thresholds` says what their confidences are worth:
    each encoder has its own. `engine` names who understood it. `parts` are the readings of its
    pieces, when each is a matter of its own; those that cannot be a question have no `hits`.
    """

    text: str
    intent: Guess
    ranking: tuple[Guess, ...] = ()
    danger: str = ""
    peril: float = 0.0
    category: str = ""
    subjects: tuple[Guess, ...] = ()
    details: Details = field(default_factory=Details)
    hits: tuple[Hit, ...] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)
    engine: str = ""
    parts: tuple["Reading", ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A knowledge entry as the search needs it."""

    id: int
    title: str
    questions: tuple[str, ...]
    category: str = ""
    answer: str = ""


class EngineError(Exception):
    """An engine gave no sensible answer. The text completes "the engine ..." for operators: it
    holds no citizen's words and no token."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What an engine is opened with: where its server is ('' if it has none), the token for it,
    and all intents there are: a guess must be one of them."""

    url: str = ""
    token: str = field(default="", repr=False)
    intents: frozenset[str] = frozenset()


class IntentEngine(Protocol):
    """Names the intent of a text. A new engine is one file, and a line in engines.py."""

    name: str

    async def classify(self, text: str) -> tuple[Guess, ...]:
        """The likeliest five intents, best first; () of a text it has nothing to say of.

        Raises EngineError, or anything else: whatever is raised, another engine helps out.
        """
        ...


class KnowledgeSearch(Protocol):
    """Finds the knowledge entries near a text."""

    def __len__(self) -> int:
        """How many entries it searches in."""
        ...

    def change(self, entries: Sequence[Entry], gone: Sequence[int] = ()) -> None:
        """Take in new and changed entries, and drop those whose ids are `gone`."""
        ...

    def search(self, text: str, limit: int = 3) -> tuple[Hit, ...]:
        """The nearest entries, best first, each with the probability that it answers."""
        ...


class SubjectReader(Protocol):
    """Tells what a matter is about."""

    async def subjects(self, text: str) -> tuple[Guess, ...]:
        """The likeliest categories (一级/二级) of a matter, best first."""
        ...


class DetailReader(Protocol):
    """Takes place, time, phone and the matter out of a text."""

    def read(self, text: str, now: datetime) -> Details:
        """What the text says, as the citizen wrote it."""
        ...
