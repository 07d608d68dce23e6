"""Examples told at places as well: so that no name of a place tells what a text is about."""

from collections.abc import Collection, Iterator, Sequence
from zlib import crc32

from bot.understanding import place_units
from bot.understanding.corpus import Example
from bot.understanding.reading import MATTERS

MUCH = 0.35
"""Share of a text that its place takes up when it says more than the rest."""
FEWEST = 3
"""Characters that still tell what it is about: 「停水了」."""
_BETWEEN = ("", "", "，", " ")
_NAMES = {"area", "town", "village", "road", "site"}


def placed(
    examples: Sequence[Example], places: Sequence[str], labels: Collection[str] = MATTERS
) -> list[Example]:
    """The examples, and those of the labels that name no place once more behind one: the same
    one each time, so that a training can be repeated."""
    return [*examples, *(_placed(examples, places, labels) if places else ())]


def without_place(text: str, place: str) -> tuple[str, ...]:
    """The text without its place, where that is so much of it that it hides the rest; else ()."""
    before, _, after = text.partition(place) if place else (text, "", "")
    rest = before.rstrip("在，, ") + after.lstrip("的，, ")
    return (rest,) if len(place) >= MUCH * len(text) and len(rest) >= FEWEST else ()


def _placed(
    examples: Sequence[Example], places: Sequence[str], labels: Collection[str]
) -> Iterator[Example]:
    for example in examples:
        if example.label in labels and not place_units.kinds(example.text) & _NAMES:
            chance = crc32(example.text.encode())
            place = places[chance % len(places)]
            between = _BETWEEN[chance // len(places) % len(_BETWEEN)]
            yield Example(f"{place}{between}{example.text}", example.label)
