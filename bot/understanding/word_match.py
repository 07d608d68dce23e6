"""How the words of texts meet those of entries: by likeness, by identity, and by kind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Matrix
from bot.understanding.wording import KINDS

_LONG = 6.0
"""Weight of a rare word."""

_KIND_CODES = np.array(sorted(KINDS), dtype=np.uint32)
_KINDS = np.array([KINDS[code] for code in sorted(KINDS)], dtype=np.uint8)

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Words:
    """Words of one or more texts, one after the other: their codes, their vectors, how much each
    tells, and where each text begins."""

    codes: NDArray[np.uint32]
    vectors: Matrix
    weights: Matrix
    starts: NDArray[np.intp]


def starts(sizes: Sequence[int] | NDArray[np.integer]) -> NDArray[np.intp]:
    """Where texts of these numbers of words begin, one after the other."""
    return np.concatenate(([0], np.cumsum(sizes)))[:-1].astype(np.intp)


def stretches(begins: NDArray[np.integer], ends: NDArray[np.integer]) -> NDArray[np.intp]:
    """All places from each begin up to its end, one stretch after the other."""
    sizes = ends - begins
    return np.arange(sizes.sum()) + np.repeat(begins - starts(sizes), sizes)


def alike(some: Words, others: Words) -> tuple[Matrix, Flags]:
    """How like each word is to each other (0 to 1), and which are the same."""
    near: Matrix = np.clip(some.vectors @ others.vectors.T, 0, 1)
    same: Flags = some.codes[:, None] == others.codes
    return np.where(same, np.float32(1), near), same


def covered(met: Matrix, words: Words) -> Matrix:
    """The share of the words of each text that is met, by weight; `met` has a row a word."""
    total = np.add.reduceat(words.weights, words.starts)
    shares = np.add.reduceat(met * words.weights[:, None], words.starts, axis=0)
    found: Matrix = (shares / np.maximum(total, 1e-6)[:, None]).astype(np.float32)
    return found


def missed(met: Matrix, words: Words) -> Matrix:
    """The weightiest word of each text that is not met."""
    gaps = (1 - met) * words.weights[:, None] / _LONG
    found: Matrix = np.maximum.reduceat(gaps, words.starts, axis=0).astype(np.float32)
    return found


def kinds(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """The kind of each word, 0 for most."""
    places = np.minimum(np.searchsorted(_KIND_CODES, codes), len(_KIND_CODES) - 1)
    return np.where(_KIND_CODES[places] == codes, _KINDS[places], 0).astype(np.uint8)


def contradictions(some: Words, others: Words) -> Matrix:
    """In how many kinds each text of `some` (row) names other words than each of `others`
    (column), and none that both name."""
    found = np.zeros((len(some.starts), len(others.starts)), dtype=np.float32)
    mine, theirs = kinds(some.codes), kinds(others.codes)
    for kind in np.intersect1d(mine[mine > 0], theirs[theirs > 0]):
        here, there = mine == kind, theirs == kind
        same = here[:, None] & (some.codes[:, None] == others.codes) & there
        by_other = np.logical_or.reduceat(same, others.starts, axis=1)
        shared = np.logical_or.reduceat(by_other, some.starts, axis=0)
        both = np.logical_or.reduceat(here, some.starts)[:, None] & np.logical_or.reduceat(
            there, others.starts
        )
        found += both & ~shared
    return found


def clashes(
    asked: NDArray[np.uint32], met: Flags, titles: NDArray[np.uint32], begins: NDArray[np.intp]
) -> Matrix:
    """In how many kinds each title names another word than the text; `met` tells which words of
    the text (row) stand anywhere in which entry (column)."""
    found = np.zeros(len(begins), dtype=np.float32)
    said = kinds(asked)
    named = kinds(titles) if said.any() else said
    for kind in np.unique(said[said > 0]):
        other = np.logical_or.reduceat(named == kind, begins)
        found += other & ~met[said == kind].any(axis=0)
    return found
