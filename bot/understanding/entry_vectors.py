"""The vectors of knowledge entries, kept on disk so that a start encodes only what is new."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Encoder
from bot.understanding.reading import Entry

TITLE, PROFILE = range(2)
_TITLE_WEIGHT = 3.0
"""An editor's title says more of an entry than one way to ask for it (docs/understanding.md)."""
_BATCH = 64

Vectors = NDArray[np.float16]
"""Two rows an entry: its title; its profile (title and questions)."""


class EntryVectors:
    """Encodes entries, each once for as long as its words stay the same."""

    def __init__(self, encoder: Encoder, file: Path | None = None) -> None:
        """`file` keeps the vectors between starts; without it they are kept in memory only."""
        self._encoder = encoder
        self._file = file
        self._known = _load(file) if file else {}

    def of(
        self, entries: Sequence[Entry], progress: Callable[[str], None] = lambda _: None
    ) -> Vectors:
        """The vectors of the entries (entry × 2 × size); what no entry needs is forgotten."""
        keys = [self._key(entry) for entry in entries]
        pairs = zip(keys, entries, strict=True)
        missing = {key: entry for key, entry in pairs if key not in self._known}
        known = {key: self._known[key] for key in keys if key in self._known}
        for done, (key, entry) in enumerate(missing.items()):
            if done % _BATCH == 0:
                progress(f"Encoding knowledge entries: {done} of {len(missing)}")
            known[key] = self._encode(entry)
        self._known = known
        if missing and self._file:
            _save(self._file, known)
        if not keys:
            return np.empty((0, 2, self._encoder.size), dtype=np.float16)
        return np.stack([known[key] for key in keys])

    def single(self, entry: Entry) -> Vectors:
        """The vectors of one entry (1 × 2 × size), which is not remembered."""
        return self._encode(entry)[None]

    def _encode(self, entry: Entry) -> Vectors:
        vectors = self._encoder.encode([entry.title, *entry.questions])
        weights = np.ones(len(vectors), dtype=np.float32)
        weights[0] = _TITLE_WEIGHT
        profile = np.average(vectors, axis=0, weights=weights)
        return np.stack([vectors[0], profile]).astype(np.float16)

    def _key(self, entry: Entry) -> bytes:
        words = "\x1f".join((self._encoder.name, entry.title, *entry.questions))
        return blake2b(words.encode("utf-8", "replace"), digest_size=16).digest()


def _load(file: Path) -> dict[bytes, Vectors]:
    """A missing or broken file is an empty one: everything in it can be computed again."""
    with suppress(OSError, ValueError, KeyError), np.load(file, allow_pickle=False) as kept:
        keys, vectors = kept["keys"], kept["vectors"]
        return {bytes(key): vector for key, vector in zip(keys, vectors, strict=True)}
    return {}


def _save(file: Path, known: dict[bytes, Vectors]) -> None:
    """Replace the file in one step: another replica may be reading it."""
    keys = np.frombuffer(b"".join(known), dtype=np.uint8).reshape(-1, 16)
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, suffix=".npz", delete=False) as draft:
        np.savez(draft, keys=keys, vectors=np.stack(list(known.values())))
    Path(draft.name).replace(file)
