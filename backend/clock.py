"""The one source of "now", so that the simulator can turn time forward for everybody at once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

CITY = ZoneInfo("Asia/Shanghai")
"""Every Chinese city keeps this time; allowed hours and deadlines are told in it."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month on the city's calendar."""

    year: int
    month: int

    @classmethod
    def of(cls, moment: datetime) -> "Month":
        """The month of a moment."""
        local = city_time(moment)
        return cls(local.year, local.month)

    @classmethod
    def parse(cls, text: str) -> "Month | None":
        """A month written 2026-01; None for anything else."""
        try:
            found = datetime.strptime(text, "%Y-%m")
        except ValueError:
            return None
        return cls(found.year, found.month) if 1900 < found.year < 9999 else None

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def since(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.month, 1, tzinfo=CITY)

    @property
    def until(self) -> datetime:
        """The first moment of the next."""
        return self.later(1).since

    def later(self, months: int) -> "Month":
        """The month so many months later, or before."""
        years, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(years, month + 1)


class Clock:
    """The time of this process: real time plus an offset (always zero outside the simulator)."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC) + self.offset

    def advance(self, step: timedelta) -> None:
        """Turn the clock forward (or back) by `step`."""
        self.offset += step


def city_time(moment: datetime) -> datetime:
    """The same moment on the city's clocks."""
    return moment.astimezone(CITY)
