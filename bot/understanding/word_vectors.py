"""Vectors of single words: what the built-in encoder makes of each, alone.

They lie where the built-in encoder has them, whichever encoder reads the sentences: what a word
is like does not change with it, and one word costs the others too much. The mean of a word's token
embeddings would cost a fiftieth; it told near misses apart much worse (docs/understanding.md).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Matrix, builtin_encoder


def word_vectors(words: Sequence[str]) -> Matrix:
    """One row of length 1 for each word; about 1 ms a word that was not asked for lately."""
    return builtin_encoder().encode(words)


def unit(vectors: NDArray[np.floating]) -> Matrix:
    """The same vectors, each of length 1 (or 0)."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Matrix = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return scaled
