"""One turn of the dialogue: what a skill is given, and what it gives back."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from backend.conversations import Conversation
from backend.database import Connection
from backend.message import Inbound, Outcome, Reply
from bot.dialogue import Dialogue
from bot.triage import Purpose, purpose
from bot.understanding.reading import Reading
from bot.understanding.turn_reader import Heard

LONGEST_NUMBER = 18
"""Digits; what the database numbers is shorter."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A message with all that is known when its turn comes.

    `choice` is the id of the button that was tapped or typed, '' if none. `reading` is empty for
    messages without words, `heard` for those that come while no order is being made. What a skill
    writes over `connection` is committed with the turn.
    """

    inbound: Inbound
    message_id: int
    conversation: Conversation
    dialogue: Dialogue
    choice: str
    reading: Reading
    connection: Connection
    now: datetime
    heard: Heard = field(default_factory=Heard)

    @property
    def text(self) -> str:
        """What the citizen said."""
        return self.inbound.text

    @property
    def purpose(self) -> Purpose:
        """Whether the text is a matter, a question or talk."""
        return purpose(self.reading)

    @property
    def chosen_number(self) -> int:
        """The number in the id of the chosen button (`entry:12`); 0, which nothing has, if none.

        Ids come back from outside: a button that was forged or is very old may hold anything.
        """
        _, _, value = self.choice.partition(":")
        plain = value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER
        return int(value) if plain else 0

    def means(self, *intents: str, at_least: float = 0.5) -> bool:
        """True if the text was understood as one of these, surely enough."""
        guess = self.reading.intent
        return guess.name in intents and guess.confidence >= at_least


@dataclass(frozen=True, slots=True)
class Ending:
    """How a skill ends a turn: the one outcome, what is said, and where the dialogue stands.

    `conversation` is given when the skill changed who leads the chat. `topics` are told to the
    watching pages once the turn is committed.
    """

    outcome: Outcome
    replies: tuple[Reply, ...] = ()
    dialogue: Dialogue = field(default_factory=Dialogue)
    conversation: Conversation | None = None
    knowledge_id: int | None = None
    order_id: int | None = None
    confidence: float | None = None
    topics: tuple[str, ...] = ()


class Skill(Protocol):
    """One thing the bot can do. The first skill that returns an ending ends the turn."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn, or None to leave it to the next skill."""
        ...
