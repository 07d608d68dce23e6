"""The wording of texts as pairs and triples of characters, and single ones, for classifiers."""

import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Matrix
from bot.understanding.text import clean

LONGEST = 1000
"""Characters whose wording counts: far beyond what the encoder reads, and about 1 ms."""
_SIZES = (1, 2, 3)
_FEWEST = 2
"""Texts that must share a wording for it to tell anything."""
_REPEATED = re.compile(r"(\W)\1+")

Arrays = Mapping[str, NDArray[np.generic]]
Codes = NDArray[np.uint32]
Places = NDArray[np.intp]


@lru_cache(maxsize=256)
def codes_of(text: str) -> Codes:
    """The codes (32 bits of a CRC) of the runs of one to three characters, each once. Remembered,
    as several classifiers ask for those of one text: not to be written to."""
    plain = _REPEATED.sub(r"\1", clean(text, LONGEST).lower())
    runs = (
        plain[start : start + size] for size in _SIZES for start in range(len(plain) - size + 1)
    )
    return np.fromiter({zlib.crc32(run.encode()) for run in runs}, np.uint32)


@dataclass(frozen=True, slots=True)
class Ngrams:
    """The wordings that a classifier knows, by ascending code, and how rare each is."""

    known: Codes
    rarity: Matrix

    @classmethod
    def of(cls, texts: Sequence[Codes]) -> "Ngrams":
        """Those that several of the texts share."""
        counts = Counter(chain.from_iterable(codes.tolist() for codes in texts))
        shared = sorted(code for code, count in counts.items() if count >= _FEWEST)
        held = np.array([counts[code] for code in shared], dtype=np.float32)
        rarity = np.log((1 + len(texts)) / (1 + held)) + 1
        return cls(np.array(shared, dtype=np.uint32), rarity.astype(np.float32))

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """What has to be kept of them."""
        return {f"{name}.known": self.known, f"{name}.rarity": self.rarity}

    @classmethod
    def restore(cls, arrays: Arrays, name: str) -> "Ngrams":
        """The inverse of `arrays`."""
        known, rarity = arrays[f"{name}.known"], arrays[f"{name}.rarity"]
        return cls(known.astype(np.uint32), rarity.astype(np.float32))

    def weigh(self, codes: Codes) -> tuple[Places, Matrix]:
        """Where those of a text stand that are known, and what each counts (TF-IDF of a text of
        length 1, each wording counted once)."""
        if not len(self.known):
            return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32)
        places = np.minimum(np.searchsorted(self.known, codes), len(self.known) - 1)
        found: Places = places[self.known[places] == codes]
        rarity = self.rarity[found]
        return found, rarity / max(float(np.linalg.norm(rarity)), 1e-9)
