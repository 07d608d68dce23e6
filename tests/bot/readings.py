"""Readings as the understanding gives them, for tests of what is made of them."""

from typing import Any

from bot.understanding.reading import Details, Guess, Reading


def reading(text: str, *intents: tuple[str, float], category: str = "", **details: Any) -> Reading:
    """What is understood of a text: its intents with the likeliest first, and its details."""
    ranking = tuple(Guess(name, sure) for name, sure in intents) or (Guess("", 0.0),)
    return Reading(text, ranking[0], ranking, category=category, details=Details(**details))
