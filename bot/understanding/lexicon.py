"""How much of a question's wording an entry holds: shared character pairs and triples."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Matrix
from bot.understanding.reading import Entry
from bot.understanding.text import clean

_RUN = re.compile(r"[\u4e00-\u9fffa-z0-9]+")
_LEVELS = 2
_LONGEST_QUESTION = 200

Codes = NDArray[np.uint32]


def grams(text: str, longest: int = 128) -> dict[int, None]:
    """Codes of the character pairs and triples of a text, each once, in order."""
    codes: dict[int, None] = {}
    for run in _RUN.findall(clean(text, longest).lower()):
        for size in (2, 3):
            for start in range(len(run) - size + 1):
                codes[zlib.crc32(run[start : start + size].encode())] = None
    return codes


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The wording of entries: of each, its codes and where they stand (title, question)."""

    codes: Codes
    levels: NDArray[np.uint8]
    starts: NDArray[np.int64]
    known: Codes
    rarity: Matrix
    unknown: float

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "Lexicon":
        """Index the entries; rows are their positions."""
        worded = [_worded(entry) for entry in entries]
        sizes = [len(words) for words in worded]
        codes = np.fromiter((c for words in worded for c in words), np.uint32, sum(sizes))
        levels = np.fromiter((n for words in worded for n in words.values()), np.uint8, len(codes))
        known, counts = np.unique(codes, return_counts=True)
        rarity = np.log((len(entries) + 1) / (counts + 1)) + 0.1
        starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        unknown = float(np.log(len(entries) + 1) + 0.1)
        return cls(codes, levels, starts, known, rarity.astype(np.float32), unknown)

    def coverage(self, text: str, rows: NDArray[np.intp]) -> Matrix:
        """Of each row, the share of the text's wording (by rarity) in its title; in title
        and questions."""
        wanted = np.unique(np.fromiter(grams(text), np.uint32))
        covered = np.zeros((len(rows), _LEVELS), dtype=np.float32)
        if not len(wanted) or not len(rows):
            return covered
        weights = self._weights(wanted)
        spans = [slice(self.starts[row], self.starts[row + 1]) for row in rows]
        sizes = [span.stop - span.start for span in spans]
        codes = np.concatenate([self.codes[span] for span in spans])
        levels = np.concatenate([self.levels[span] for span in spans])
        places = np.minimum(np.searchsorted(wanted, codes), len(wanted) - 1)
        hits = wanted[places] == codes
        owners = np.repeat(np.arange(len(rows)), sizes)
        np.add.at(covered, (owners[hits], levels[hits]), weights[places[hits]])
        shares: Matrix = covered.cumsum(axis=1) / weights.sum()
        return shares

    def _weights(self, wanted: Codes) -> Matrix:
        if not len(self.known):
            return np.full(len(wanted), self.unknown, dtype=np.float32)
        places = np.minimum(np.searchsorted(self.known, wanted), len(self.known) - 1)
        found = self.known[places] == wanted
        return np.where(found, self.rarity[places], self.unknown).astype(np.float32)


def _worded(entry: Entry) -> dict[int, int]:
    words: dict[int, int] = {}
    fields = ((entry.title,), entry.questions)
    for level, texts in enumerate(fields):
        for text in texts:
            for code in grams(text, _LONGEST_QUESTION):
                words.setdefault(code, level)
    return words
