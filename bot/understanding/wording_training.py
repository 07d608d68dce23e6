"""Training of what classifiers know of the wording of texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Matrix
from bot.understanding.ngrams import Codes, Ngrams

_HARDNESS, _RATIO_HARDNESS = 0.2, 1.0
"""C of the two support vector machines (docs/understanding.md)."""
_PATIENCE = 5000
"""Iterations; a few labels want more than the thousand that is usual."""

Labels = NDArray[np.str_]
Table = Any
"""A sparse matrix of scipy's, which has no types."""


@dataclass(frozen=True, slots=True)
class WordingModel:
    """Two linear models, each with one row a label that ends in the bias: `plain`, and `ratio`
    over wordings scaled by how much likelier they are with the label (NB-SVM: Wang and Manning,
    Baselines and Bigrams, ACL 2012)."""

    ngrams: Ngrams
    plain: Matrix
    ratio: Matrix

    def mixed(self, share: float) -> Matrix:
        """Both as one, the second with this share."""
        return self.plain + np.float32(share) * self.ratio

    def scores(self, texts: Sequence[Codes]) -> tuple[Matrix, Matrix]:
        """Of each model, one row a text and one column a label."""
        table = _table(self.ngrams, texts)
        plain, ratio = (table @ each[:, :-1].T + each[:, -1] for each in (self.plain, self.ratio))
        return plain, ratio


def fit_wording(texts: Sequence[Codes], labels: Labels) -> WordingModel:
    """Fit both models, a label against all others."""
    ngrams = Ngrams.of(texts)
    table = _table(ngrams, texts)
    names = np.unique(labels)
    chosen = labels[None] == names[:, None]
    ratios = _ratios(table, chosen)
    plain = [_machine(table, each, _HARDNESS) for each in chosen]
    ratio = [_by_ratio(table, *each) for each in zip(chosen, ratios, strict=True)]
    return WordingModel(ngrams, np.stack(plain), np.stack(ratio))


def _table(ngrams: Ngrams, texts: Sequence[Codes]) -> Table:
    """One row of length 1 a text, as a sparse matrix."""
    from scipy.sparse import csr_array

    rows = [ngrams.weigh(codes) for codes in texts]
    values = np.concatenate([values for _, values in rows]).astype(np.float64)
    # scikit-learn takes indices of 32 bits only.
    places = np.concatenate([places for places, _ in rows]).astype(np.int32)
    starts = np.cumsum([0, *(len(places) for places, _ in rows)]).astype(np.int32)
    return csr_array((values, places, starts), shape=(len(texts), len(ngrams.known)))


def _machine(table: Table, chosen: NDArray[np.bool_], hardness: float) -> Matrix:
    from sklearn.svm import LinearSVC

    model = LinearSVC(C=hardness, class_weight="balanced", max_iter=_PATIENCE, random_state=0).fit(
        table, chosen
    )
    return np.append(model.coef_[0], model.intercept_[0]).astype(np.float32)


def _ratios(table: Table, chosen: NDArray[np.bool_]) -> Matrix:
    """Of each label (row) and wording, the logarithm of how much likelier it is with the label."""
    held = table.copy()
    held.data[:] = 1
    counts = chosen.astype(np.float64) @ held
    others = counts.sum(axis=0) - counts
    shares = [(each + 1) / (each + 1).sum(axis=1, keepdims=True) for each in (counts, others)]
    ratios: Matrix = np.log(shares[0] / shares[1])
    return ratios


def _by_ratio(table: Table, chosen: NDArray[np.bool_], ratio: Matrix) -> Matrix:
    scaled = table.copy()
    scaled.data *= ratio[table.indices]
    fitted = _machine(scaled, chosen, _RATIO_HARDNESS)
    return np.append(fitted[:-1] * ratio, fitted[-1]).astype(np.float32)
