"""The words of all entries: where their vectors are, and how many entries hold them."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from bot.understanding.column import Column
from bot.understanding.encoder import Matrix
from bot.understanding.ranker import Background, telling
from bot.understanding.word_vectors import unit, word_vectors

NO_WORD = 0
"""The row of no word: its vector is nothing, so that it is like no other."""

_NEW = 6
"""Words of a text that are encoded because nobody has used them yet: each costs a millisecond.
Numbers and Latin letters are like nothing else."""


class Vocabulary:
    """Rows for words; grows only, so that a search may read while entries are added."""

    def __init__(self, background: Background) -> None:
        self._background = background
        known = background.codes.tolist()
        self._rows: dict[int, int] = {0: NO_WORD} | {c: row for row, c in enumerate(known, 1)}
        self._vectors = Column((background.axes.shape[1],), np.float32)
        self._vectors.add(np.zeros((1, background.axes.shape[1])))
        self._vectors.add(background.vectors)
        self._counts = Column((), np.int32)
        self._counts.add(np.zeros(1 + len(known)))
        self._codes = Column((), np.uint32)
        self._codes.add(np.array([0, *known], dtype=np.uint32))
        self._rarity = Column((), np.float32)
        self._rarity.add(background.rarity(self._codes.values))

    def __len__(self) -> int:
        return len(self._vectors)

    def __contains__(self, code: int) -> bool:
        return code in self._rows

    def add(self, codes: Iterable[int], vectors: Callable[[Sequence[int]], Matrix]) -> None:
        """Take in words; `vectors` is asked for those that are new."""
        new = [code for code in dict.fromkeys(codes) if code not in self._rows]
        if not new:
            return
        first = len(self._vectors)
        self._vectors.add(self._reduced(vectors(new)))
        self._counts.add(np.zeros(len(new)))
        self._codes.add(np.array(new, dtype=np.uint32))
        self._rarity.add(self._background.rarity(new))
        self._rows |= {code: first + place for place, code in enumerate(new)}

    def rows(self, codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """The rows of words that were taken in, in the same shape."""
        known, places = np.unique(codes, return_inverse=True)
        rows = np.array([self._rows[code] for code in known.tolist()], dtype=np.uint32)
        return rows[places].reshape(codes.shape)

    def count(self, rows: NDArray[np.uint32], step: int) -> None:
        """These words stand in one more entry (or, with -1, one less)."""
        np.add.at(self._counts.values, rows, step)

    def of(self, codes: Sequence[int], words: Sequence[str]) -> Matrix:
        """The vectors of any words, also of those that no entry holds."""
        rows = self._known(codes)
        found = self.vectors(rows)
        new = self.new(codes, words)
        if new:
            found[new] = self._reduced(word_vectors([words[place] for place in new]))
        return found

    def new(self, codes: Sequence[int], words: Sequence[str]) -> list[int]:
        """The places of the words that `of` has to encode, unless they are remembered."""
        pairs = enumerate(zip(codes, words, strict=True))
        new = (at for at, (code, word) in pairs if code not in self and not word.isascii())
        return list(islice(new, _NEW))

    def _known(self, codes: Sequence[int]) -> NDArray[np.uint32]:
        """The rows of words, NO_WORD for those that were never taken in."""
        return np.array([self._rows.get(code, NO_WORD) for code in codes], dtype=np.uint32)

    def _reduced(self, vectors: Matrix) -> Matrix:
        return unit(vectors @ self._background.axes)

    def vectors(self, rows: NDArray[np.uint32]) -> Matrix:
        """The vectors of words."""
        return self._vectors.values.take(rows, axis=0)

    def codes(self, rows: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """The codes of words."""
        return self._codes.values.take(rows)

    def weights(self, codes: Sequence[int], documents: int) -> Matrix:
        """How much each word tells; also of words that no entry holds."""
        rows = self._known(codes)
        rarity = self._rarity.values[rows]
        unknown = np.flatnonzero(rows == NO_WORD).tolist()
        if unknown:
            rarity[unknown] = self._background.rarity([codes[place] for place in unknown])
        return telling(rarity, self._held(rows), documents)

    def weigh(self, rows: NDArray[np.uint32], documents: int) -> Matrix:
        """How much each of these words tells."""
        return telling(self._rarity.values[rows], self._held(rows), documents)

    def _held(self, rows: NDArray[np.uint32]) -> Matrix:
        """How many entries hold each of these words."""
        return np.asarray(self._counts.values[rows], dtype=np.float32)
