"""Festivals as days: 「国庆那天」, 「中秋节」, 「大年初一」."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import holidays

_FIXED = {
    "元旦": (1, 1),
    "情人节": (2, 14),
    "妇女节": (3, 8),
    "三八节": (3, 8),
    "劳动节": (5, 1),
    "五一": (5, 1),
    "儿童节": (6, 1),
    "六一": (6, 1),
    "教师节": (9, 10),
    "国庆": (10, 1),
    "十一假期": (10, 1),
    "圣诞": (12, 25),
}
_LUNAR = {"除夕": "除夕", "春节": "春节", "清明": "清明节", "端午": "端午节", "中秋": "中秋节"}
"""How citizens call the statutory festivals whose day moves, and how `holidays` does."""
_AFTER_SPRING = {"大年三十": -1, "过年": 0, "大年初一": 0, "元宵": 14}
"""Days from the first of the first lunar month (`holidays` gives 除夕 a day of its own late)."""

NAMES = sorted((*_FIXED, *_LUNAR, *_AFTER_SPRING), key=len, reverse=True)
"""Every festival that `latest` knows, the longest names first."""


def latest(name: str, today: date, year: int | None = None) -> date | None:
    """The last such day that is not in the future, or the one of `year`; None if unknown."""
    if year is not None:
        return _in_year(name, year)
    days = (_in_year(name, one) for one in (today.year, today.year - 1))
    return next((day for day in days if day is not None and day <= today), None)


def _in_year(name: str, year: int) -> date | None:
    if name in _FIXED:
        return date(year, *_FIXED[name])
    moving = _moving(year)
    if name in _AFTER_SPRING:
        spring = moving.get("春节")
        return spring + timedelta(days=_AFTER_SPRING[name]) if spring else None
    return moving.get(_LUNAR[name])


@cache
def _moving(year: int) -> Mapping[str, date]:
    """The first day of each statutory festival of a year, by its name."""
    found: dict[str, date] = {}
    for day, names in sorted(holidays.country_holidays("CN", years=year, language="zh_CN").items()):
        for name in names.split("; "):
            found.setdefault(name.removeprefix("农历"), day)
    if "春节" in found:
        found["除夕"] = found["春节"] - timedelta(days=1)
    return found
