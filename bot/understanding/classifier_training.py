"""Training of the classifiers of intents and categories."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bot.understanding.classifier import Classifier, TextClassifier, softmax
from bot.understanding.corpus import Example
from bot.understanding.danger_classifier import DangerModel, is_danger, kinds, whether
from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.ngrams import Codes, codes_of
from bot.understanding.wording_training import Labels, fit_wording

FOLDS = 5
_SOFTNESS = 10.0
"""C of the logistic regression: 3, 10 and 30 were within a point (docs/understanding.md)."""
_SHARES = (0.0, 0.5, 1.0)
_PULLS = (0.1, 0.2, 0.4, 0.8, 1.6)
"""The shares of the second wording model and of the vector that are tried."""
_HELD_OUT = 4
"""One part in so many is held out to choose them."""
_JUDGED = 1500
"""Texts to choose them by, if there are so many."""
_NEVER = -1e3
"""The score of a label that a part does not have."""

_PULLS_OF_DANGER = (0.1, 0.2)
"""Words tell more of a danger than the vector, whose larger shares name kinds better and dangers
worse (docs/understanding.md)."""


@dataclass(frozen=True, slots=True)
class _Mixture:
    """The share of the second wording model, of the vector, and the factor on the scores of both
    and on those of the vector alone that makes confidences true."""

    share: float = 0.5
    pull: float = 0.4
    factor: float = 1.0
    alone: float = 1.0


def fit_classifier(
    encoder: Encoder, examples: Sequence[Example], pulls: Sequence[float] = _PULLS
) -> TextClassifier:
    """A classifier whose confidences are calibrated on examples it was not trained on; the vector
    has one of the shares `pulls`."""
    vectors, labels = vectorise(encoder, examples)
    texts = [codes_of(example.text) for example in examples]
    mixture = _mixture(vectors, texts, labels, pulls)
    linear, wording = fit_linear(vectors, labels), fit_wording(texts, labels)
    weights = wording.mixed(mixture.share) * mixture.factor
    return TextClassifier(
        replace(linear, weights=linear.weights * mixture.alone, bias=linear.bias * mixture.alone),
        wording.ngrams,
        np.ascontiguousarray(weights[:, :-1].T).astype(np.float16),
        weights[:, -1].astype(np.float32),
        mixture.factor * mixture.pull / mixture.alone,
    )


def fit_dangers(encoder: Encoder, examples: Sequence[Example]) -> DangerModel:
    """What the danger classifier needs, of examples labelled with intents."""
    return DangerModel(
        fit_classifier(encoder, kinds(examples), _PULLS_OF_DANGER),
        fit_classifier(encoder, whether(examples), _PULLS_OF_DANGER),
    )


def vectorise(encoder: Encoder, examples: Sequence[Example]) -> tuple[Matrix, Labels]:
    """The vectors and labels of examples."""
    vectors = encoder.encode([example.text for example in examples])
    return vectors, np.array([example.label for example in examples])


def fit_linear(vectors: Matrix, labels: Labels) -> Classifier:
    """Multinomial logistic regression over the vector, not calibrated."""
    from sklearn.linear_model import LogisticRegression

    shares = _shares(labels)
    model = LogisticRegression(C=_SOFTNESS, max_iter=100, tol=1e-3, class_weight=shares)
    # In single precision the last digit, which differs between machines, ends up in the first.
    model.fit(vectors.astype(np.float64), labels)
    weights, bias = model.coef_, model.intercept_
    if len(weights) == 1:
        # Of two labels it keeps only the second.
        weights, bias = np.vstack([-weights, weights]) / 2, np.append(-bias, bias) / 2
    return Classifier(
        tuple(map(str, model.classes_)), weights.astype(np.float32), bias.astype(np.float32)
    )


def _shares(labels: Labels) -> dict[str, float]:
    """The weight of each label's examples: half way from as many as there are to all labels
    alike, since citizens too write of matters most; dangers in full, since they are rare."""
    names, counts = np.unique(labels, return_counts=True)
    full = len(labels) / len(names) / counts
    weights = zip(names, full, strict=True)
    return {
        str(name): float(weight if is_danger(name) else weight**0.5) for name, weight in weights
    }


def folds(labels: Labels, count: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Stratified parts (train, test), always the same; rare labels are not in every part."""
    from sklearn.model_selection import StratifiedKFold

    parts = StratifiedKFold(count, shuffle=True, random_state=0)
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        found = list(parts.split(labels, labels))
    yield from found


def _mixture(
    vectors: Matrix, texts: Sequence[Codes], labels: Labels, pulls: Sequence[float]
) -> _Mixture:
    """The mixture that names held-out texts best (macro-F1)."""
    most = int(np.unique(labels, return_counts=True)[1].max())
    if most < 2:
        return _Mixture()
    parts = list(folds(labels, min(_HELD_OUT, most)))
    # Of few texts all are held out in turn; of many one part tells enough.
    enough = -(-_JUDGED * len(parts) // len(labels))
    judged = _Judged.together([_judge(vectors, texts, labels, *part) for part in parts[:enough]])
    share, pull = max(product(_SHARES, pulls), key=lambda pair: judged.macro_f1(*pair))
    alone = _factor(judged.by_vector, judged.truths)
    return _Mixture(share, pull, _factor(judged.scores(share, pull), judged.truths), alone)


@dataclass(frozen=True, slots=True)
class _Judged:
    """Held-out texts: the scores of both models of their wording and of their vectors, and the
    places of their labels."""

    plain: Matrix
    ratio: Matrix
    by_vector: Matrix
    truths: NDArray[np.intp]

    @classmethod
    def together(cls, parts: Sequence["_Judged"]) -> "_Judged":
        """The texts of several parts."""
        return cls(
            np.concatenate([part.plain for part in parts]),
            np.concatenate([part.ratio for part in parts]),
            np.concatenate([part.by_vector for part in parts]),
            np.concatenate([part.truths for part in parts]),
        )

    def scores(self, share: float, pull: float) -> Matrix:
        """What a mixture makes of them."""
        wording = self.plain + np.float32(share) * self.ratio
        mixed: Matrix = wording + np.float32(pull) * self.by_vector
        return mixed

    def macro_f1(self, share: float, pull: float) -> float:
        """How well a mixture names them."""
        from sklearn.metrics import f1_score

        guesses = self.scores(share, pull).argmax(axis=1)
        return float(f1_score(self.truths, guesses, average="macro", zero_division=0))


def _judge(
    vectors: Matrix,
    texts: Sequence[Codes],
    labels: Labels,
    train: NDArray[np.intp],
    test: NDArray[np.intp],
) -> _Judged:
    """What models trained on one part make of the other, of the labels that both have."""
    names = np.unique(labels)
    there = np.isin(names, labels[train])
    test = test[np.isin(labels[test], labels[train])]
    wording = fit_wording([texts[row] for row in train], labels[train])
    linear = fit_linear(vectors[train], labels[train])
    plain, ratio = wording.scores([texts[row] for row in test])

    def among_all(scores: Matrix) -> Matrix:
        full = np.full((len(test), len(names)), _NEVER, dtype=np.float32)
        full[:, there] = scores
        return full

    return _Judged(
        among_all(plain),
        among_all(ratio),
        among_all(linear.scores(vectors[test])),
        np.searchsorted(names, labels[test]),
    )


def _factor(scores: Matrix, truths: NDArray[np.intp]) -> float:
    """The factor on scores that makes confidences true."""
    from scipy.optimize import minimize_scalar

    def surprise(factor: float) -> float:
        found = softmax(scores * np.float32(factor))[np.arange(len(truths)), truths]
        return float(-np.log(found + 1e-9).mean())

    return float(minimize_scalar(surprise, bounds=(0.3, 10), method="bounded").x)
