"""Linear classifiers over vectors and wording: what training found, without the library for it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.ngrams import Arrays, Ngrams, codes_of
from bot.understanding.reading import Guess


@dataclass(frozen=True, slots=True)
class Classifier:
    """Softmax over labels; `weights` has one row a label and is already scaled to calibrate it."""

    labels: tuple[str, ...]
    weights: Matrix
    bias: Matrix

    def probabilities(self, vectors: Matrix) -> Matrix:
        """One row a vector, one column a label."""
        return softmax(self.scores(vectors))

    def scores(self, vectors: Matrix) -> Matrix:
        """The logarithms of the probabilities, but for a constant a row."""
        scores: Matrix = vectors @ self.weights.T + self.bias
        return scores

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


@dataclass(frozen=True, slots=True)
class TextClassifier:
    """Tells the label of a text by its vector and by its wording.

    The encoder knows what words mean, and reads the first 128 characters; the wording knows what
    the training data had in common, and reads on. `by_vector` is calibrated for itself, and has
    the share `pull` in the scores of both. `weights` has one row a wording and one column a label.
    """

    by_vector: Classifier
    ngrams: Ngrams
    weights: NDArray[np.float16]
    bias: Matrix
    pull: float

    @property
    def labels(self) -> tuple[str, ...]:
        """What a text may be."""
        return self.by_vector.labels

    def rank(self, encoder: Encoder, text: str, limit: int = 5) -> tuple[Guess, ...]:
        """The likeliest labels of a text, best first."""
        found = self.probabilities(encoder, text)
        best = np.argsort(-found)[:limit]
        return tuple(Guess(self.labels[index], float(found[index])) for index in best)

    def probabilities(self, encoder: Encoder, text: str) -> Matrix:
        """How likely a text is of each label."""
        places, values = self.ngrams.weigh(codes_of(text))
        wording = values @ self.weights[places].astype(np.float32)
        vector = self.by_vector.scores(encoder.encode([text]))[0]
        return softmax(wording + self.bias + np.float32(self.pull) * vector)

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """What has to be kept of it."""
        return {
            **self.by_vector.arrays(f"{name}.by_vector"),
            **self.ngrams.arrays(name),
            f"{name}.weights": self.weights,
            f"{name}.bias": self.bias,
            f"{name}.pull": np.array(self.pull),
        }

    @classmethod
    def restore(cls, arrays: Arrays, name: str) -> "TextClassifier":
        """The inverse of `arrays`."""
        return cls(
            Classifier.restore(arrays, f"{name}.by_vector"),
            Ngrams.restore(arrays, name),
            arrays[f"{name}.weights"].astype(np.float16),
            arrays[f"{name}.bias"].astype(np.float32),
            float(arrays[f"{name}.pull"].astype(np.float64)),
        )


def softmax(scores: Matrix) -> Matrix:
    """Scores as probabilities, along the last axis."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    found: Matrix = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return found
