"""When citizens may be asked about a closed order: the settings, and the moments they lead to."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from backend.clock import CITY, city_time
from backend.workdays import Workdays

MIDNIGHT = time(0)
"""As the end of the allowed hours: 24:00."""

ALWAYS = (MIDNIGHT, MIDNIGHT)


class Days(StrEnum):
    """On which days citizens may be asked."""

    EVERY = "every"
    WORKDAYS = "workdays"


@dataclass(frozen=True, slots=True)
class Policy:
    """How a city calls back (回访). Every length may be zero.

    `hours` are local times, the end excluded; midnight as the end means 24:00. `reminders` are the
    askings after the first, `reminder_gap` is the time between two of them. `expires` is how long
    the last asking waits before the order counts as 未评价; an answer that comes up to `grace`
    later is still taken. Raises ValueError, in words for the operator, when it makes no sense.
    """

    delay: timedelta = timedelta(hours=1)
    hours: tuple[time, time] = (time(9), time(20))
    days: Days = Days.EVERY
    reminders: int = 1
    reminder_gap: timedelta = timedelta(days=2)
    expires: timedelta = timedelta(days=3)
    grace: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        lengths = (self.delay, self.reminder_gap, self.expires, self.grace)
        if min(lengths) < timedelta() or self.reminders < 0:
            raise ValueError("callbacks: a delay, gap or number of reminders is below zero")
        start, end = self.hours
        if end not in (MIDNIGHT,) and start >= end:
            raise ValueError(
                f"callbacks: the allowed hours end ({end}) before they begin ({start})"
            )

    def wait(self, reminded: int) -> timedelta:
        """How long to wait for an answer after the first asking and `reminded` reminders."""
        return self.reminder_gap if reminded < self.reminders else self.expires


def parse_hours(words: str) -> tuple[time, time]:
    """`09:00-20:00` as settings write it. Raises ValueError when it is no such thing."""
    start, _, end = words.replace("–", "-").partition("-")
    return _clock(start), MIDNIGHT if end.strip() == "24:00" else _clock(end)


def _clock(words: str) -> time:
    try:
        return time.fromisoformat(words.strip().zfill(5))
    except ValueError:
        raise ValueError(f"allowed hours are written like 09:00-20:00, not {words!r}") from None


def due(closed_at: datetime, policy: Policy) -> datetime:
    """When a citizen may first be asked about an order closed then (UTC)."""
    return allowed(closed_at + policy.delay, policy)


def allowed(moment: datetime, policy: Policy) -> datetime:
    """The earliest moment, not before `moment`, inside the allowed hours and days (UTC)."""
    local = city_time(moment)
    start, end = policy.hours
    over = end != MIDNIGHT and local.time() >= end
    day = local.date() + timedelta(days=over)
    if policy.days is Days.WORKDAYS:
        day = Workdays().first(day)
    opens = datetime.combine(day, start, CITY)
    return max(opens, local).astimezone(UTC)
