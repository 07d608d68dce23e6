from datetime import UTC, date, datetime, time, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.clock import CITY
from callbacks.policy import ALWAYS, Days, Policy, allowed, due, parse_hours

CALENDAR = holidays.country_holidays("CN", years=range(2020, 2028))


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=CITY)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
hours = st.tuples(st.times(), st.times()).map(
    lambda pair: (pair[0], pair[1] if pair[0] < pair[1] else time(0))
)
policies = st.builds(
    Policy,
    delay=st.timedeltas(timedelta(), timedelta(days=20)),
    hours=st.one_of(st.just(ALWAYS), hours),
    days=st.sampled_from(Days),
)


def open_on(day: date, policy: Policy) -> tuple[datetime, datetime] | None:
    """When asking is allowed on a day, said in another way than the code says it."""
    if policy.days is Days.WORKDAYS:
        weekend = day.weekday() >= 5
        if day in CALENDAR or (weekend and day not in CALENDAR.weekend_workdays):
            return None
    start, end = policy.hours
    closes = day + timedelta(days=1) if end == time(0) else day
    return datetime.combine(day, start, CITY), datetime.combine(closes, end, CITY)


def earliest(moment: datetime, policy: Policy) -> datetime:
    day = moment.astimezone(CITY).date()
    for step in range(40):
        window = open_on(day + timedelta(days=step), policy)
        if window and moment < window[1]:
            return max(moment, window[0])
    raise AssertionError("no open day in forty")


@given(moments, policies)
def test_is_the_earliest_allowed_moment_after_the_delay(
    closed_at: datetime, policy: Policy
) -> None:
    found = due(closed_at, policy)
    assert found >= closed_at + policy.delay
    assert found == earliest(closed_at + policy.delay, policy)


@given(moments, policies)
def test_an_allowed_moment_stays(moment: datetime, policy: Policy) -> None:
    found = allowed(moment, policy)
    assert allowed(found, policy) == found


@given(moments)
def test_without_delay_and_limits_it_is_at_once(closed_at: datetime) -> None:
    assert due(closed_at, Policy(delay=timedelta(), hours=ALWAYS)) == closed_at


@pytest.mark.parametrize(
    ("closed", "asked"),
    [
        ("2025-07-01 10:00", "2025-07-01 11:00"),
        ("2025-07-01 19:30", "2025-07-02 09:00"),
        ("2025-07-01 18:59", "2025-07-01 19:59"),
        ("2025-07-01 19:00", "2025-07-02 09:00"),
        ("2025-07-01 03:00", "2025-07-01 09:00"),
        # Friday evening waits for Monday.
        ("2025-07-04 19:30", "2025-07-07 09:00"),
        # National Day and Mid-Autumn 2025 last to 8 October; Saturday the 11th is worked.
        ("2025-09-30 19:30", "2025-10-09 09:00"),
        ("2025-10-10 20:00", "2025-10-11 09:00"),
    ],
)
def test_workdays_are_those_of_the_chinese_calendar(closed: str, asked: str) -> None:
    policy = Policy(delay=timedelta(hours=1), days=Days.WORKDAYS)
    assert due(at(closed), policy) == at(asked)


def test_hours_are_read_as_settings_write_them() -> None:
    assert parse_hours("09:00-20:00") == (time(9), time(20))
    assert parse_hours("9:30 – 12:00") == (time(9, 30), time(12))
    assert parse_hours("00:00-24:00") == ALWAYS


@pytest.mark.parametrize("words", ["", "9", "09:00", "25:00-26:00", "nine-five"])
def test_other_hours_are_refused(words: str) -> None:
    with pytest.raises(ValueError, match="09:00-20:00"):
        parse_hours(words)


def test_senseless_policies_are_refused() -> None:
    with pytest.raises(ValueError, match="hours"):
        Policy(hours=(time(20), time(9)))
    with pytest.raises(ValueError, match="below zero"):
        Policy(delay=timedelta(seconds=-1))
    with pytest.raises(ValueError, match="below zero"):
        Policy(reminders=-1)
