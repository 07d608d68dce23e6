"""Leaves what fails alone for a while, and longer each time."""

import time
from collections.abc import Callable

SHORTEST, LONGEST = 1.0, 60.0
"""Seconds left alone after the first failure, and at most."""


class Breaker:
    """Open after a failure, so that no citizen waits for what is known to be away."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` in seconds: waiting for a machine is real time, not business time."""
        self._clock = clock
        self._until = 0.0
        self._pause = 0.0

    @property
    def open(self) -> bool:
        """True while it is to be left alone."""
        return self._clock() < self._until

    def failed(self) -> None:
        """Leave it alone, twice as long as last time. Failures of those who were already waiting
        for it count once."""
        if self.open:
            return
        self._pause = min(max(self._pause * 2, SHORTEST), LONGEST)
        self._until = self._clock() + self._pause

    def worked(self) -> None:
        """Begin with the shortest pause again."""
        self._pause = 0.0
