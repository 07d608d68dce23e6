"""Which words of a text said to an order are right, and which were wrong: a linear-chain CRF."""

from collections.abc import Sequence

import pycrfsuite

from bot.understanding.turn_features import LONGEST, Features
from bot.understanding.turns import Span

OUTSIDE = "O"


class TurnTagger:
    """Marks the words of a text (`Span`), after the examples of nlu_data/turns."""

    def __init__(self, model: bytes) -> None:
        """`model` as CRFsuite writes it."""
        self.model = model
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(model)
        self._labels = self._tagger.labels()

    def tag(self, seen: Features, doubt: float = 1.0) -> tuple[Span, ...]:
        """The marked words of a text whose characters have these features. With `doubt` below 1
        that a word is none of them counts for less: more are found, and more wrongly."""
        if not seen:
            return ()
        self._tagger.set(pycrfsuite.ItemSequence(seen))
        return spans(self._tagger.tag() if doubt == 1 else self._doubted(len(seen), doubt))

    def _doubted(self, length: int, doubt: float) -> list[str]:
        weights = [doubt if label == OUTSIDE else 1.0 for label in self._labels]
        return [
            max(
                zip(self._labels, weights, strict=True),
                key=lambda pair: self._tagger.marginal(pair[0], at) * pair[1],
            )[0]
            for at in range(length)
        ]


def tags(text: str, marked: Sequence[Span]) -> list[str]:
    """One tag a character: B-… begins a span, I-… goes on, O is none."""
    found = [OUTSIDE] * len(text)
    for span in marked:
        found[span.start : span.end] = [f"I-{span.label}"] * (span.end - span.start)
        found[span.start] = f"B-{span.label}"
    return found[:LONGEST]


def spans(tagged: Sequence[str]) -> tuple[Span, ...]:
    """The spans that tags tell of; an I-… that follows nothing of its label begins one."""
    found: list[Span] = []
    label, start = "", 0
    for at, tag in enumerate((*tagged, OUTSIDE)):
        edge, _, name = tag.partition("-")
        if edge == "I" and name == label:
            continue
        if label:
            found.append(Span(start, at, label))
        label, start = name, at
    return tuple(found)
