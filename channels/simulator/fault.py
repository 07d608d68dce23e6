"""Faults on demand: the next calls to a path fail, or the whole API is down for a while."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from backend.clock import Clock


class Trouble(StrEnum):
    """Ways to fail that are not an error code."""

    HTTP500 = "http500"
    HANG = "hang"
    """No answer for `seconds`, then the connection is closed; nothing is done."""
    DROP = "drop"
    """The connection is closed at once; nothing is done."""
    SLOW = "slow"
    """The call is done, and answered, after `seconds`."""
    LOST = "lost"
    """The call is done, and its answer is lost on the way back."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What the next `times` calls to `path` ('*' is every path) meet."""

    path: str
    what: Trouble | int
    times: int = 1
    seconds: float = 30.0


@dataclass(slots=True)
class Faults:
    """The faults that are set, oldest first."""

    clock: Clock
    waiting: list[Fault] = field(default_factory=list)
    down_until: datetime | None = None

    def add(self, fault: Fault) -> None:
        """Set a fault."""
        self.waiting.append(fault)

    def down(self, seconds: float) -> None:
        """Drop every connection for so many seconds of the clock."""
        self.down_until = self.clock.now() + timedelta(seconds=seconds)

    def clear(self) -> None:
        """Everything works again."""
        self.waiting.clear()
        self.down_until = None

    def take(self, path: str) -> Fault | None:
        """The fault a call to this path meets now, counting it as used."""
        if self.down_until and self.clock.now() < self.down_until:
            return Fault(path, Trouble.DROP)
        for place, fault in enumerate(self.waiting):
            if fault.path in (path, "*"):
                self._use(place, fault)
                return fault
        return None

    def as_json(self) -> Mapping[str, object]:
        """For the page: what is set now."""
        is_down = self.down_until is not None and self.clock.now() < self.down_until
        return {
            "waiting": [
                {"path": fault.path, "what": str(fault.what), "times": fault.times}
                for fault in self.waiting
            ],
            "down_until": self.down_until.isoformat() if is_down and self.down_until else None,
        }

    def _use(self, place: int, fault: Fault) -> None:
        if fault.times > 1:
            self.waiting[place] = replace(fault, times=fault.times - 1)
        else:
            del self.waiting[place]
