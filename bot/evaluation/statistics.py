"""Shares with their uncertainty: how far a figure can be trusted, given how much was counted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Z = 1.959964
"""Standard deviations to each side of 95 % of a normal distribution."""
_RESAMPLES = 1000

Names = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Interval:
    """A share (0 to 1) and the bounds that hold it in 95 of 100 repetitions."""

    value: float
    low: float
    high: float


def wilson(right: int, total: int) -> Interval:
    """A share of counted cases with Wilson's score interval; 0 with (0, 1) of none."""
    if not total:
        return Interval(0.0, 0.0, 1.0)
    share, z = right / total, _Z
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    spread = (share * (1 - share) / total + z * z / (4 * total * total)) ** 0.5
    half = z * spread / (1 + z * z / total)
    return Interval(share, max(0.0, centre - half), max(share, min(1.0, centre + half)))


def macro_f1(truths: Sequence[str], guesses: Sequence[str]) -> Interval:
    """The mean F1 over the labels that occur as truth, with a bootstrap interval (1,000
    resamples of the texts, always the same ones)."""
    labels = sorted(set(truths))
    places = {label: place for place, label in enumerate(labels)}
    truth = np.array([places[name] for name in truths])
    # All labels that are never right share one place behind the others.
    guess = np.array([places.get(name, len(labels)) for name in guesses])
    random = np.random.default_rng(0)
    size = len(labels)
    samples = [
        _mean_f1(truth[rows], guess[rows], size)
        for rows in (random.integers(0, len(truth), len(truth)) for _ in range(_RESAMPLES))
    ]
    low, high = np.quantile(samples, (0.025, 0.975))
    return Interval(_mean_f1(truth, guess, size), float(low), float(high))


def _mean_f1(truth: NDArray[np.int_], guess: NDArray[np.int_], size: int) -> float:
    hits = np.bincount(truth[truth == guess], minlength=size)
    there = np.bincount(truth, minlength=size)
    named = np.bincount(guess, minlength=size + 1)[:size]
    # A resample may miss a label altogether: it says nothing of that label.
    seen = there > 0
    scores = 2 * hits / np.maximum(there + named, 1)
    return float(scores[seen].mean())
