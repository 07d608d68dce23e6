"""What a citizen means by what is said to an order: one linear classifier over signs and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding import place_units, signs
from bot.understanding.classifier import TextClassifier, softmax
from bot.understanding.dialect import standard
from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.ngrams import Arrays, Ngrams, codes_of
from bot.understanding.phones import find_phones
from bot.understanding.reading import Guess
from bot.understanding.times import find_times
from bot.understanding.turn_features import ANY_DAY, typed
from bot.understanding.turns import Span, Standing

_SIGNS = {
    sign.__name__: sign
    for sign in (
        signs.agrees,
        signs.given_up,
        signs.files,
        signs.knows_not,
        signs.refuses,
        signs.withholds_phone,
        signs.withholds_name,
        signs.pauses,
        signs.will_send,
        signs.takes_back,
        signs.declines,
        signs.is_content,
        signs.asks,
        signs.asks_when,
        signs.is_outburst,
    )
}
WORDING = 2.0
VECTOR = 1.5
"""Weights of the wording and of the vector beside the signs, which are about 1."""
_LENGTHS = (4, 8, 12, 20, 30, 45, 70)

Facts = dict[str, float]


@dataclass(frozen=True, slots=True)
class ActClassifier:
    """Softmax over acts; the rows of `weights` are the wordings, the vector's dimensions and the
    signs, one after the other; `columns` tells which sign is which of these, from 0."""

    labels: tuple[str, ...]
    ngrams: Ngrams
    columns: Mapping[str, int]
    weights: Matrix
    bias: Matrix

    def rank(self, inputs: "Inputs") -> tuple[Guess, ...]:
        """The acts, likeliest first."""
        found = softmax(self._scores(inputs))
        return tuple(Guess(self.labels[at], float(found[at])) for at in np.argsort(-found))

    def _scores(self, inputs: "Inputs") -> Matrix:
        places, values = self.ngrams.weigh(inputs.codes)
        words, size = len(self.ngrams.known), len(inputs.vector)
        known = self.columns
        signs = [(known[name], value) for name, value in inputs.facts.items() if name in known]
        rows = [words + size + at for at, _ in signs]
        weighed = np.array([value for _, value in signs], dtype=np.float32)
        scores: Matrix = (
            WORDING * values @ self.weights[places]
            + VECTOR * inputs.vector @ self.weights[words : words + size]
            + weighed @ self.weights[rows]
            + self.bias
        )
        return scores

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """What has to be kept of it."""
        return {
            f"{name}.labels": np.array(self.labels),
            **self.ngrams.arrays(name),
            f"{name}.names": np.array(list(self.columns)),
            f"{name}.weights": self.weights,
            f"{name}.bias": self.bias,
        }

    @classmethod
    def restore(cls, arrays: Arrays, name: str) -> "ActClassifier":
        """The inverse of `arrays`."""
        names = arrays[f"{name}.names"].tolist()
        return cls(
            tuple(arrays[f"{name}.labels"].tolist()),
            Ngrams.restore(arrays, name),
            {sign: at for at, sign in enumerate(names)},
            arrays[f"{name}.weights"].astype(np.float32),
            arrays[f"{name}.bias"].astype(np.float32),
        )


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the classifier sees of a turn: its wordings and vector, and what holds of it."""

    codes: NDArray[np.uint32]
    vector: Matrix
    facts: Mapping[str, float]


class InputReader:
    """Makes the inputs of a turn."""

    def __init__(self, encoder: Encoder, intents: TextClassifier) -> None:
        """`intents` tell what the text would be if it came first."""
        self._encoder = encoder
        self._intents = intents

    def read(self, text: str, standing: Standing, spans: Sequence[Span]) -> Inputs:
        """The inputs; `spans` are those of the tagger."""
        plain = standard(text)
        vectors = self._encoder.encode([text, standing.facts])
        facts = {
            **_told(text, standing),
            **{f"span_{span.label}": 1.0 for span in spans},
            "alike": float(vectors[0] @ vectors[1]),
            "spans": float(bool(spans)),
        }
        for guess in self._intents.rank(self._encoder, text):
            facts[f"intent_{guess.name}"] = guess.confidence
        return Inputs(codes_of(plain), vectors[0], facts)


def _told(text: str, standing: Standing) -> Facts:
    """Signs in the text, and how what it tells compares with the order."""
    length = sum(len(text) > longest for longest in _LENGTHS)
    names = [f"asking_{standing.asking}", f"length_{length}"]
    for name, sign in _SIGNS.items():
        if sign(text):
            names += [name, f"{name}|{standing.asking}"]
    for _, _, kind, state in typed(text, standing):
        group = "name" if kind in place_units.NAMED else kind
        names += [f"{group}_{state[:5]}", f"any_{state[:5]}"]
    if not standing.place:
        names.append("no_place")
    names += [f"phone_{_state(found.number, standing.phone)}" for found in find_phones(text)]
    if find_times(text, ANY_DAY):
        names.append(f"time_{_state('', standing.time)}")
    if any(len(set(text) & set(matter)) > 2 for matter in standing.waiting):
        names.append("names_waiting")
    pairs = {text[at : at + 2] for at in range(len(text) - 1)}
    known = standing.words
    shared = sum(pair in known for pair in pairs) / max(len(pairs), 1)
    return {**dict.fromkeys(names, 1.0), "shared": shared}


def _state(said: str, known: str) -> str:
    if not known:
        return "new"
    return "same" if said == known else "other"
