"""An array that grows at its end."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Column:
    """Rows of one shape. Readers may hold `values` while rows are added: what they see stays."""

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self._room: NDArray[Any] = np.zeros((16, *shape), dtype=dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> NDArray[Any]:
        """The rows so far, as a view that may be written to."""
        return self._room[: self._size]

    def add(self, rows: NDArray[Any]) -> None:
        """Append rows; room grows by half, so that each row is moved a few times at most."""
        needed = self._size + len(rows)
        if needed > len(self._room):
            grown = np.zeros(
                (max(needed, len(self._room) * 3 // 2), *self._room.shape[1:]),
                dtype=self._room.dtype,
            )
            grown[: self._size] = self.values
            self._room = grown
        self._room[self._size : needed] = rows
        self._size = needed
