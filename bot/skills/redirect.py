"""Matters that are not for the hotline: say where to go (docs/design.md section 7)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from backend.message import Choice, Outcome, Reply
from bot import agenda
from bot.asides import ELSEWHERE
from bot.beginning import order_of
from bot.dialogue import Dialogue
from bot.triage import asks, begins_another, is_place, says_another
from bot.turn import Ending, Turn
from bot.understanding import place_units
from bot.understanding.reading import Guess, Reading

SURE = 0.6
ASKED = 0.75
"""How sure it must be of what is asked: 「无人机在市区怎么报备」 is no state secret."""
OUTSIDE = "redirect_outside_city"
_TELL_WHERE = place_units.NAMED | {"area"}
_NO_ROAD = r"(?![\u4e00-\u9fff]{0,2}[路街巷道])"
"""「长沙路」 is a road of this city."""


class Redirect:
    """Answers with the city's own sentence for each kind of matter that goes elsewhere."""

    def __init__(self, sentences: Mapping[str, str], elsewhere: Collection[str]) -> None:
        """`sentences` by their intents; `elsewhere` are names of other cities and their parts."""
        self._sentences = sentences
        cities = [name.removesuffix("市") for name in elsewhere if name.endswith("市")]
        self._elsewhere = re.compile(f"{_any(elsewhere)}|{_any(cities)}{_NO_ROAD}")

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn when the matter is surely one of those."""
        guess = self._guessed(turn.reading)
        sentence = self._sentences.get(guess.name)
        least = ASKED if asks(turn.reading) else SURE
        if (
            sentence is None
            or guess.confidence < least
            or turn.choice
            or self._is_ours(turn, guess)
        ):
            return None
        reply, dialogue = self._told(turn, sentence.strip())
        return Ending(Outcome.REDIRECTED, (reply,), dialogue, confidence=guess.confidence)

    def _guessed(self, reading: Reading) -> Guess:
        """The likeliest intent; what is told at a place of another city is surely one of those."""
        details = reading.details
        named = place_units.kinds(details.place) & _TELL_WHERE
        there = self._elsewhere.match(details.place) and named and not details.area
        return Guess(OUTSIDE, 1.0) if there else reading.intent

    def _told(self, turn: Turn, sentence: str) -> tuple[Reply, Dialogue]:
        """The sentence, and back to the order that is being made, if there is one."""
        if turn.dialogue.draft is not None:
            return agenda.resume(turn.dialogue, turn.dialogue.draft, sentence)
        reply = Reply(sentence, (Choice("order_anyway", "不是这种情况"),))
        return reply, replace(turn.dialogue.offering(reply, ELSEWHERE), told=order_of(turn))

    def _is_ours(self, turn: Turn, guess: Guess) -> bool:
        """Part of an order that is being made, at a place in this city, or answered here."""
        told_where = is_place(turn.reading) and bool(turn.dialogue.question)
        apart = says_another(turn.reading) or begins_another(turn.reading)
        begun = turn.dialogue.draft is not None and not apart
        if begun or turn.dialogue.asking == "matter" or told_where:
            return True
        if guess.name == OUTSIDE:
            return bool(turn.reading.details.area)
        return self._is_answered(turn)

    def _is_answered(self, turn: Turn) -> bool:
        """A question that the knowledge base surely answers: how to join the army is no secret."""
        hits = turn.reading.hits
        return bool(hits) and asks(turn.reading) and hits[0].confidence >= SURE


def _any(names: Collection[str]) -> str:
    """A pattern for any of the names; for nothing when there are none."""
    return f"(?:{'|'.join(map(re.escape, names)) or '(?!)'})"
