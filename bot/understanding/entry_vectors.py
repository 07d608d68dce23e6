"""The vectors and words of knowledge entries, kept on disk: a start encodes only what is new.

`entries.bin` holds records of one entry each, `words.bin` of one word each; both only grow, so
that several processes may share them, and are read in pieces: 100,000 entries never stand in
memory as the encoder made them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Encoder, Matrix, SentenceEncoder
from bot.understanding.metric import TITLE_WEIGHT, Codes
from bot.understanding.reading import Entry
from bot.understanding.record_file import RecordFile
from bot.understanding.word_vectors import word_vectors
from bot.understanding.wording import FORM, words_by_code

TITLE, PROFILE, ANSWER = range(3)
_SENTENCES = 12
"""Of an answer; what matters stands at its beginning."""
_BATCH = 32
_WORDS = 192
"""Of one entry, those of its title first."""

_SENTENCE = re.compile(r"[^。；;！\n]+")
_NUMBERING = re.compile(r"^\s*\d+[.、]\s*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Traits:
    """Entries as numbers. `vectors` are entry × (title, profile, answer) × size, as encoded.
    `words` are codes, 0 after the last one, those of the title first; `within` tells of each word
    (a bit each, 1, 2, 4) whether it stands in the title, the profile, the answer."""

    vectors: NDArray[np.float16]
    words: NDArray[np.uint32]
    within: NDArray[np.uint8]

    def said(self, field: int) -> list[Codes]:
        """The words of a field of each entry."""
        held = (self.within & (1 << field)) > 0
        return [words[flags] for words, flags in zip(self.words, held, strict=True)]


class EntryVectors:
    """Encodes entries, each once for as long as its words stay the same."""

    def __init__(self, encoder: Encoder, folder: Path | None = None) -> None:
        """`folder` keeps the vectors between starts; without it they are kept in memory only."""
        self._encoder = encoder
        shape = (3, encoder.size)
        record = np.dtype(
            [
                ("key", "V16"),
                ("vectors", np.float16, shape),
                ("words", np.uint32, _WORDS),
                ("within", np.uint8, _WORDS),
            ]
        )
        name = re.sub(r"[^\w.-]", "_", encoder.name)
        self._entries = RecordFile(record, folder / f"entries-{name}.bin" if folder else None)
        word = np.dtype([("key", "V4"), ("vector", np.float16, SentenceEncoder.size)])
        self._words = RecordFile(word, folder / "words.bin" if folder else None)

    def of(self, entries: Sequence[Entry]) -> Traits:
        """The traits of the entries, in order; new ones are encoded (about 10 ms each)."""
        keys = [self._key(entry) for entry in entries]
        pairs = zip(keys, entries, strict=True)
        missing = {key: entry for key, entry in pairs if key not in self._entries}
        for start in range(0, len(missing), _BATCH):
            part = dict(list(missing.items())[start : start + _BATCH])
            self._entries.add(self._encode(part))
        found = self._entries.read(keys)
        return Traits(found["vectors"], found["words"], found["within"])

    def once(self, entry: Entry) -> Traits:
        """The traits of one entry, which is not remembered."""
        found = self._encode({self._key(entry): entry})
        return Traits(found["vectors"], found["words"], found["within"])

    def word_vectors(self, codes: Sequence[int]) -> Matrix:
        """The vectors of words that stand in entries asked for before, by their codes."""
        found = self._words.read([_word_key(code) for code in codes])
        return np.asarray(found["vector"], dtype=np.float32)

    def _encode(self, entries: dict[bytes, Entry]) -> NDArray[np.void]:
        texts = [texts_of(entry) for entry in entries.values()]
        vectors = iter(self._encoder.encode([text for group in texts for text in group]))
        records = np.zeros(len(entries), dtype=self._entries.dtype)
        new_words: dict[int, str] = {}
        for record, (key, entry), group in zip(records, entries.items(), texts, strict=True):
            encoded = np.stack([next(vectors) for _ in group])
            record["key"] = np.void(key)
            record["vectors"] = _fields(encoded, asked=1 + len(entry.questions))
            fields = _said(entry)
            codes = fields[PROFILE] | fields[ANSWER]
            kept = list(codes)[:_WORDS]
            record["words"][: len(kept)] = kept
            for place, field in enumerate(fields):
                flags = np.array([code in field for code in kept], dtype=np.uint8)
                record["within"][: len(kept)] |= flags << np.uint8(place)
            new_words |= codes
        self._keep_words(new_words)
        return records

    def _keep_words(self, words: dict[int, str]) -> None:
        missing = {c: w for c, w in words.items() if _word_key(c) not in self._words}
        records = np.zeros(len(missing), dtype=self._words.dtype)
        records["key"] = [np.void(_word_key(code)) for code in missing]
        records["vector"] = word_vectors(list(missing.values()))
        self._words.add(records)

    def _key(self, entry: Entry) -> bytes:
        words = "\x1f".join((entry.title, *entry.questions, "", entry.answer))
        return blake2b(words.encode("utf-8", "replace"), digest_size=16, key=FORM).digest()


def _word_key(code: int) -> bytes:
    return code.to_bytes(4, "little")


def texts_of(entry: Entry) -> list[str]:
    """Title and questions, then the sentences of the answer."""
    return [entry.title, *entry.questions, *sentences(entry.answer)]


def _said(entry: Entry) -> list[dict[int, str]]:
    """The words of title, profile and answer by their codes; those of the title stand in for an
    answer that says nothing."""
    title = words_by_code([entry.title])
    profile = title | words_by_code(entry.questions)
    return [title, profile, words_by_code([entry.answer]) or title]


def sentences(answer: str) -> list[str]:
    """The first sentences of an answer, without their numbers."""
    plain = _NUMBERING.sub("", answer)
    found = (part.strip() for part in _SENTENCE.findall(plain))
    return [part for part in found if len(part) >= 6][:_SENTENCES]


def _fields(encoded: Matrix, asked: int) -> Matrix:
    """Title, profile, answer of one entry; the title stands in for an answer that says nothing."""
    weights = np.ones(asked, dtype=np.float32)
    weights[0] = TITLE_WEIGHT
    profile = np.average(encoded[:asked], axis=0, weights=weights)
    answer = encoded[asked:].mean(axis=0) if len(encoded) > asked else encoded[0]
    return np.stack([encoded[0], profile, answer])
