"""Texts whose intent is certain, as they stand in the training data: 「取消」 is no guess."""

from collections.abc import Iterable, Mapping

from bot.understanding.corpus import Example
from bot.understanding.reading import Guess
from bot.understanding.text import clean

_EXACT = 0.99
"""Sure of a text that stands in the training data under one label only."""
_PUNCTUATION = str.maketrans("", "", " ,.!?~。，！？～、;:…")


class KnownTexts:
    """Puts right what an engine makes of a text that is known word for word."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """`known` names the intent of bare texts."""
        self._known = known

    @classmethod
    def of(cls, examples: Iterable[Example]) -> "KnownTexts":
        """The training texts that stand under one intent only."""
        labels: dict[str, set[str]] = {}
        for example in examples:
            labels.setdefault(bare(example.text), set()).add(example.label)
        labels.pop("", None)
        return cls({text: found.pop() for text, found in labels.items() if len(found) == 1})

    def certain(self, text: str, ranking: tuple[Guess, ...]) -> tuple[Guess, ...]:
        """The ranking, with the intent of a known text first."""
        known = self._known.get(bare(text))
        if known is None:
            return ranking
        others = (guess for guess in ranking if guess.name != known)
        rest = tuple(Guess(other.name, other.confidence * (1 - _EXACT)) for other in others)
        return (Guess(known, _EXACT), *rest)


def bare(text: str) -> str:
    """The text without punctuation and case."""
    return clean(text).translate(_PUNCTUATION).lower()
