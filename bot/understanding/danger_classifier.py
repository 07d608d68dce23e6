"""How likely a text tells of a danger, and of which: asked beside any engine."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from bot.understanding.classifier import TextClassifier
from bot.understanding.corpus import Example
from bot.understanding.danger import PREFIX
from bot.understanding.encoder import Encoder
from bot.understanding.ngrams import Arrays
from bot.understanding.reading import Guess

_MATTERS = frozenset({"complaint", "request_help", "report"})
_ANY = f"{PREFIX}any"
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class DangerModel:
    """Two opinions, whose odds are averaged since each alone hears less: which `kinds` of danger,
    or of other texts, a text is; and `whether` it is a danger at all."""

    kinds: TextClassifier
    whether: TextClassifier

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """What has to be kept of it."""
        return {**self.kinds.arrays(f"{name}.kinds"), **self.whether.arrays(f"{name}.whether")}

    @classmethod
    def restore(cls, arrays: Arrays, name: str) -> "DangerModel":
        """The inverse of `arrays`."""
        kinds = TextClassifier.restore(arrays, f"{name}.kinds")
        return cls(kinds, TextClassifier.restore(arrays, f"{name}.whether"))


class DangerClassifier:
    """Tells dangers from what sounds like them. Among a few kinds of texts they stand out more
    than among sixty intents (docs/understanding.md)."""

    def __init__(self, encoder: Encoder, model: DangerModel) -> None:
        self._encoder = encoder
        self._model = model

    def dangers(self, text: str) -> list[Guess]:
        """Every danger, and how likely it is."""
        named = self._dangers(text, self._model.kinds)
        whether = sum(guess.confidence for guess in self._dangers(text, self._model.whether))
        found = sum(guess.confidence for guess in named)
        share = _between(found, whether) / max(found, _LEAST)
        return [Guess(guess.name, guess.confidence * share) for guess in named]

    def _dangers(self, text: str, classifier: TextClassifier) -> list[Guess]:
        found = classifier.probabilities(self._encoder, text).tolist()
        pairs = zip(classifier.labels, found, strict=True)
        return [Guess(label, chance) for label, chance in pairs if is_danger(label)]

    def amend(self, text: str, ranking: tuple[Guess, ...]) -> tuple[Guess, ...]:
        """The ranking with every danger, as likely as it is here; its other intents share the
        rest as before."""
        dangers = self.dangers(text)
        others = [guess for guess in ranking if not is_danger(guess.name)]
        left = 1 - sum(guess.confidence for guess in dangers)
        before = 1 - sum(guess.confidence for guess in ranking if is_danger(guess.name))
        share = left / max(before, sum(guess.confidence for guess in others), _LEAST)
        scaled = (Guess(guess.name, guess.confidence * share) for guess in others)
        return tuple(sorted((*dangers, *scaled), key=lambda guess: -guess.confidence))


def kinds(examples: Iterable[Example]) -> list[Example]:
    """The examples under the kinds that dangers have to be told from: matters, each with its own,
    all that is asked, and talk."""
    return [Example(example.text, _kind(example.label)) for example in examples]


def whether(examples: Iterable[Example]) -> list[Example]:
    """As `kinds`, with all dangers as one."""
    return [replace(one, label=_ANY) if is_danger(one.label) else one for one in kinds(examples)]


def _kind(intent: str) -> str:
    if is_danger(intent) or intent in _MATTERS:
        return intent
    return "ask" if intent.startswith("ask_") else "talk"


def _between(one: float, other: float) -> float:
    """The probability whose odds are the geometric mean of those of two others."""
    yes, no = sqrt(one * other), sqrt(max(1 - one, 0) * max(1 - other, 0))
    return yes / max(yes + no, _LEAST)


def is_danger(intent: str) -> bool:
    """Whether the intent is a danger."""
    return intent.startswith(PREFIX)
