"""The record of every request, in both directions, for the page and for tests."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Direction(StrEnum):
    """Who asked whom."""

    API = "api"
    """The account called WeChat."""
    PUSH = "push"
    """WeChat posted to the account's webhook."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request and its answer. `status` is 0 when there was none; `seconds` are real ones."""

    direction: Direction
    at: datetime
    path: str
    request: str
    status: int
    answer: str
    seconds: float
    note: str = ""


@dataclass(slots=True)
class CallLog:
    """The last calls, oldest first."""

    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=5000))
    listeners: list[Callable[[Call], None]] = field(default_factory=list)

    def add(self, call: Call) -> None:
        """Record a call."""
        self.calls.append(call)
        for listener in self.listeners:
            listener(call)

    def __iter__(self) -> Iterator[Call]:
        return iter(self.calls)

    def of(self, path: str) -> list[Call]:
        """The calls to one path of the API."""
        return [call for call in self.calls if call.path == path]
