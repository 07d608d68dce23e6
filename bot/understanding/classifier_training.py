"""Training of the classifiers of intents and categories."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bot.understanding.classifier import Classifier
from bot.understanding.corpus import Example
from bot.understanding.danger import PREFIX
from bot.understanding.encoder import Encoder, Matrix

FOLDS = 5
_SOFTNESS = 10.0
"""C of the logistic regression: 3, 10 and 30 were within a point (docs/understanding.md)."""

Labels = NDArray[np.str_]


def fit_classifier(encoder: Encoder, examples: Sequence[Example]) -> Classifier:
    """A classifier whose confidences are calibrated on folds it was not trained on."""
    vectors, labels = vectorise(encoder, examples)
    plain = fit_linear(vectors, labels)
    factor = _temperature(vectors, labels)
    return replace(plain, weights=plain.weights * factor, bias=plain.bias * factor)


def vectorise(encoder: Encoder, examples: Sequence[Example]) -> tuple[Matrix, Labels]:
    """The vectors and labels of examples."""
    vectors = encoder.encode([example.text for example in examples])
    return vectors, np.array([example.label for example in examples])


def fit_linear(vectors: Matrix, labels: Labels) -> Classifier:
    """Multinomial logistic regression, not calibrated."""
    from sklearn.linear_model import LogisticRegression

    shares = _shares(labels)
    model = LogisticRegression(C=_SOFTNESS, max_iter=100, tol=1e-3, class_weight=shares)
    model.fit(vectors, labels)
    return Classifier(
        tuple(map(str, model.classes_)),
        model.coef_.astype(np.float32),
        model.intercept_.astype(np.float32),
    )


def _shares(labels: Labels) -> dict[str, float]:
    """The weight of each label's examples: half way from as many as there are to all labels
    alike, since citizens too write of matters most; dangers in full, since they are rare."""
    names, counts = np.unique(labels, return_counts=True)
    full = len(labels) / len(names) / counts
    weights = zip(names, full, strict=True)
    return {
        str(name): float(weight if name.startswith(PREFIX) else weight**0.5)
        for name, weight in weights
    }


def folds(labels: Labels, count: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Stratified parts (train, test), always the same."""
    from sklearn.model_selection import StratifiedKFold

    parts = StratifiedKFold(count, shuffle=True, random_state=0)
    yield from parts.split(labels, labels)


def _temperature(vectors: Matrix, labels: Labels) -> float:
    """The factor on the scores that makes held-out confidences true."""
    from scipy.optimize import minimize_scalar

    train, test = next(folds(labels, 4))
    model = fit_linear(vectors[train], labels[train])
    places = {label: place for place, label in enumerate(model.labels)}
    truth = np.array([places[label] for label in labels[test]])

    def surprise(factor: float) -> float:
        scaled = replace(model, weights=model.weights * factor, bias=model.bias * factor)
        found = scaled.probabilities(vectors[test])[np.arange(len(truth)), truth]
        return float(-np.log(found + 1e-9).mean())

    return float(minimize_scalar(surprise, bounds=(0.3, 4), method="bounded").x)
