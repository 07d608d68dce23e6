"""Where a text lies among the matters that citizens ask about: its vector and its words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Matrix
from bot.understanding.word_vectors import unit

Codes = NDArray[np.uint32]
TITLE_WEIGHT = 3.0
"""In a profile: an editor's title says more of an entry than one way to ask for it."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A space in which ways to ask for one matter lie close, learned from those of nlu_data.

    A sentence encoder knows the written language, and not that 扯证 is 结婚登记 or 房本
    不动产权证书. So each word that training met moves a text: `words` has a row for each of
    `codes` (ascending). The widest axes come first.
    """

    mean: Matrix
    projection: Matrix
    codes: Codes
    words: Matrix

    @property
    def size(self) -> int:
        """How many axes it has."""
        return int(self.projection.shape[1])

    def __call__(self, vectors: NDArray[np.floating], said: Sequence[Codes] = ()) -> Matrix:
        """The place of each text, of length 1: by its vector as encoded, and by the codes of its
        words, each once. Without `said` by the vectors alone."""
        places = unit((vectors.astype(np.float32) - self.mean) @ self.projection)
        return unit(places + np.stack([self._moved(codes) for codes in said])) if said else places

    def _moved(self, codes: Codes) -> Matrix:
        """How far these words move a text: one word among many moves it less."""
        if not len(codes) or not len(self.codes):
            return np.zeros(self.size, dtype=np.float32)
        rows = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        known = rows[self.codes[rows] == codes]
        moved: Matrix = self.words[known].sum(axis=0) / np.sqrt(len(codes))
        return moved.astype(np.float32)
