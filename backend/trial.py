"""What the console's try-it box (试一试) is told: what the bot would answer, and why.

The bot implements `Trial` (bot/trial.py) and config/app.py hands it to the console, as the backend
knows no bot.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from backend.knowledge.entry import Entry
from backend.message import Outcome, Reply

LONGEST = 500
"""Characters of a sentence to try; citizens rarely write more at once."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for an entry (`weight` above 0, in log-odds) or against it."""

    name: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True)
class Near:
    """An entry near the sentence and the probability that it answers; `edited` if not saved yet."""

    knowledge_id: int
    title: str
    confidence: float
    evidence: tuple[Evidence, ...]
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the bot would make of a sentence, were it the first of a new citizen.

    `skill` names the part of the bot that took it. `ranking` are (intent, confidence), best first;
    `weighed` how much speaks for a matter, a question, talk and noise; `details` what the text
    says of a matter. `answer_from` and `choices_from` are the thresholds of a confidence.
    """

    text: str
    outcome: Outcome
    skill: str
    replies: tuple[Reply, ...]
    engine: str
    ranking: tuple[tuple[str, float], ...]
    weighed: Mapping[str, float]
    is_matter: bool
    is_question: bool
    danger: str
    category: str
    details: Mapping[str, str]
    near: tuple[Near, ...]
    answer_from: float
    choices_from: float
    seconds: float


class Trial(Protocol):
    """Tries a sentence; nothing of it is recorded or sent."""

    async def ask(self, text: str, edited: Entry | None = None) -> Attempt:
        """What the bot would answer; `edited` is an entry as it would be, not saved yet."""
        ...
