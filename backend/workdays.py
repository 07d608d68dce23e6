"""Working days by the Chinese calendar, with its shifted workdays (调休)."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays

LONGEST_BREAK = 60
"""Days. No calendar keeps workdays apart for longer, so the search for one may end there."""


@dataclass(frozen=True, slots=True)
class Workdays:
    """The calendar as the State Council published it, and what a city knows better.

    `off` are days without work and `on` days with work besides those of the calendar. A year that
    is not published yet has its fixed holidays only, until somebody writes it there.
    """

    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()

    def __contains__(self, day: date) -> bool:
        """Whether it is a working day."""
        return day in self.on or (day not in self.off and bool(_calendar().is_working_day(day)))

    def first(self, day: date) -> date:
        """The first working day not before `day`. Raises ValueError where there is none."""
        for ahead in range(LONGEST_BREAK):
            found = day + timedelta(days=ahead)
            if found in self:
                return found
        raise ValueError(f"the calendar knows no workday after {day}")

    def after(self, day: date, count: int) -> date:
        """The working day that is `count` working days after `day`, which itself is not counted."""
        for _ in range(count):
            day = self.first(day + timedelta(days=1))
        return day

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start`, up to and with `end`."""
        return sum(
            start + timedelta(days=ahead) in self for ahead in range(1, (end - start).days + 1)
        )


@cache
def _calendar() -> holidays.HolidayBase:
    return holidays.country_holidays("CN")
