"""A linear classifier over sentence vectors: what training found, without the training library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.reading import Guess

Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Classifier:
    """Softmax over labels; `weights` has one row a label and is already scaled to calibrate it."""

    labels: tuple[str, ...]
    weights: Matrix
    bias: Matrix

    def probabilities(self, vectors: Matrix) -> Matrix:
        """One row a vector, one column a label."""
        scores = vectors @ self.weights.T + self.bias
        scores -= scores.max(axis=1, keepdims=True)
        exponentials = np.exp(scores)
        found: Matrix = exponentials / exponentials.sum(axis=1, keepdims=True)
        return found

    def rank(self, encoder: Encoder, text: str, limit: int = 5) -> tuple[Guess, ...]:
        """The likeliest labels of a text, best first."""
        found = self.probabilities(encoder.encode([text]))[0]
        best = np.argsort(-found)[:limit]
        return tuple(Guess(self.labels[index], float(found[index])) for index in best)

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """What has to be kept of it."""
        return {
            f"{name}.labels": np.array(self.labels),
            f"{name}.weights": self.weights,
            f"{name}.bias": self.bias,
        }

    @classmethod
    def restore(cls, arrays: Arrays, name: str) -> "Classifier":
        """The inverse of `arrays`."""
        labels: Sequence[str] = arrays[f"{name}.labels"].tolist()
        weights, bias = arrays[f"{name}.weights"], arrays[f"{name}.bias"]
        return cls(tuple(labels), weights.astype(np.float32), bias.astype(np.float32))
