"""Records of one size under a key, appended to a file that several processes may share."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.void]

_PIECE = 4096
"""Records read at once when the file is opened."""


class RecordFile:
    """Finds records by their field `key`. Nothing is ever changed in place: a record belongs to the
    content its key is made of. A broken end (a killed process) is cut off."""

    def __init__(self, dtype: np.dtype[np.void], path: Path | None = None) -> None:
        """Without a `path` the records are kept in memory."""
        self.dtype = dtype
        self._path = path
        self._places: dict[bytes, int] = {}
        self._memory: list[Records] = []
        if path is not None:
            self._open(path)

    def __contains__(self, key: bytes) -> bool:
        return key in self._places

    def __len__(self) -> int:
        return len(self._places)

    def add(self, records: Records) -> None:
        """Keep these records, in one write each time: replicas append to the same file."""
        if not len(records):
            return
        if self._path is None:
            first = sum(map(len, self._memory))
            self._memory.append(records)
        else:
            first = self._append(self._path, records)
        self._note(records, first)

    def read(self, keys: Sequence[bytes]) -> Records:
        """The records of these keys, in order. Raises KeyError for one that is not there."""
        places = [self._places[key] for key in keys]
        if self._path is None:
            every = np.concatenate(self._memory) if self._memory else np.empty(0, self.dtype)
            self._memory = [every]
            return np.asarray(every[places])
        found = np.empty(len(places), dtype=self.dtype)
        with self._path.open("rb") as file:
            for row, place in enumerate(places):
                content = os.pread(file.fileno(), self.dtype.itemsize, place * self.dtype.itemsize)
                found[row] = np.frombuffer(content, dtype=self.dtype)[0]
        return found

    def _open(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        whole = path.stat().st_size // self.dtype.itemsize
        if path.stat().st_size % self.dtype.itemsize:
            os.truncate(path, whole * self.dtype.itemsize)
        with path.open("rb") as file:
            for first in range(0, whole, _PIECE):
                content = file.read(_PIECE * self.dtype.itemsize)
                self._note(np.frombuffer(content, dtype=self.dtype), first)

    def _append(self, path: Path, records: Records) -> int:
        with path.open("ab", buffering=0) as file:
            file.write(records.tobytes())
            return file.tell() // self.dtype.itemsize - len(records)

    def _note(self, records: Iterable[np.void], first: int) -> None:
        for place, record in enumerate(records, first):
            self._places[bytes(record["key"])] = place
