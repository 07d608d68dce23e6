"""Slows down who guesses passwords. Each replica counts for itself, which is enough for that."""

import time
from collections import defaultdict
from collections.abc import Callable, Hashable


class Throttle:
    """Allows `limit` failures within `seconds` for each key."""

    def __init__(
        self, limit: int, seconds: float, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._seconds = seconds
        self._timer = timer
        self._failures: defaultdict[Hashable, list[float]] = defaultdict(list)

    def wait(self, key: Hashable) -> float:
        """Seconds until another attempt is allowed; 0 when it is now."""
        recent = self._recent(key)
        if len(recent) < self._limit:
            return 0.0
        return recent[-self._limit] + self._seconds - self._timer()

    def failed(self, key: Hashable) -> None:
        """Count a failure."""
        for known in list(self._failures):
            self._recent(known)
        self._failures[key].append(self._timer())

    def succeeded(self, key: Hashable) -> None:
        """Forget the failures of somebody who got in."""
        self._failures.pop(key, None)

    def _recent(self, key: Hashable) -> list[float]:
        since = self._timer() - self._seconds
        recent = [moment for moment in self._failures.get(key, ()) if moment > since]
        if recent:
            self._failures[key] = recent
        else:
            self._failures.pop(key, None)
        return recent
