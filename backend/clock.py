"""The one source of "now", so that the simulator can turn time forward for everybody at once."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

CITY = ZoneInfo("Asia/Shanghai")
"""Every Chinese city keeps this time; allowed hours and deadlines are told in it."""


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
