"""What training finds for the knowledge search: a metric, weights, and what tells an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.understanding.encoder import Matrix
from bot.understanding.metric import Codes, Metric
from bot.understanding.wording import FUNCTION_WORDS

_EXTREME = 2.5
"""Standard deviations: what training hardly saw must not decide alone."""
FUNCTION = np.float32(-1)
_FUNCTION_WEIGHT = 0.15
_FUNCTION_WORDS = np.array(sorted(FUNCTION_WORDS), dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Background:
    """The words of all texts that were trained on: how many of the `documents` hold each, its
    vector, and the axes on which vectors of words are kept."""

    codes: Codes
    counts: Matrix
    vectors: Matrix
    documents: float
    axes: Matrix

    def rarity(self, words: Sequence[int] | Codes) -> Matrix:
        """How rare each word is among these texts (logarithm); FUNCTION for function words."""
        wanted = np.asarray(words, dtype=np.uint32)
        places = np.minimum(np.searchsorted(self.codes, wanted), len(self.codes) - 1)
        known = np.where(self.codes[places] == wanted, self.counts[places], 0)
        rare = np.log((self.documents + 1) / (known + 1))
        places = np.minimum(np.searchsorted(_FUNCTION_WORDS, wanted), len(_FUNCTION_WORDS) - 1)
        is_function = _FUNCTION_WORDS[places] == wanted
        return np.where(is_function, FUNCTION, rare).astype(np.float32)


def telling(rarity: Matrix, counts: Matrix, documents: int) -> Matrix:
    """How much words tell: half by how rare they are in general, half by how many of the
    `documents` of a knowledge base hold them (`counts`); next to nothing for function words."""
    weights = (rarity + np.log((documents + 1) / (counts + 1))) / 2 + 0.01
    return np.where(rarity == FUNCTION, _FUNCTION_WEIGHT, weights).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic regression over evidence; `weights` ends in the bias.

    Linear on purpose: products of evidence and boosted trees fitted the training questions better
    and judged other people's questions worse (docs/understanding.md).
    """

    mean: Matrix
    scale: Matrix
    weights: Matrix

    def standardise(self, seen: Matrix) -> Matrix:
        """Evidence (one row a case) on one scale, without extremes."""
        plain: Matrix = np.clip((seen - self.mean) / self.scale, -_EXTREME, _EXTREME)
        return plain

    def contributions(self, seen: Matrix) -> Matrix:
        """How much each piece of evidence speaks for an entry (log-odds)."""
        pushes: Matrix = self.standardise(seen) * self.weights[:-1]
        return pushes

    def probabilities(self, seen: Matrix) -> Matrix:
        """How likely it is so, by the evidence (one row a case)."""
        scores = self.contributions(seen).sum(axis=1) + self.weights[-1]
        return np.asarray(1 / (1 + np.exp(-np.clip(scores, -30, 30))), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Ranker:
    """What training found: the metric, how common words are, the weight of each feature of a pair
    (text, entry) that orders the entries, and how to tell whether an entry and a topic are about
    the same, and whether an entry answers."""

    metric: Metric
    background: Background
    pair: Matrix
    same: Calibration
    answers: Calibration
