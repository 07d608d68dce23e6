"""When it happened: the citizen's words, and the date they mean."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from backend.clock import city_time

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九十")} | {"〇": 0, "两": 2}
_NEAR = {
    **dict.fromkeys(("大前天",), -3),
    **dict.fromkeys(("前天", "前日", "前晚"), -2),
    **dict.fromkeys(("昨天", "昨日", "昨晚", "昨夜", "昨儿"), -1),
    **dict.fromkeys(("今天", "今日", "今早", "今晨", "今晚", "今夜", "今儿", "刚才", "刚刚"), 0),
}
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_EVENING = ("下午", "傍晚", "晚", "夜")

_NUMBER = r"(?:\d{1,2}|[零〇一二两三四五六七八九十]{1,3})"
_DAY = "|".join(
    (
        rf"(?:(?P<year>20\d\d|今|去|前)年)?(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号]?",
        r"(?P<iso>20\d\d[-/.]\d{1,2}[-/.]\d{1,2})",
        rf"(?P<near>{'|'.join(_NEAR)})",
        r"(?P<week>上上?个?|这个?|本)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])",
        rf"(?P<ago>{_NUMBER})天(?:之|以)?前",
        rf"(?:{_NUMBER}|几|半|好几)个?(?:小时|钟头|分钟|星期|周|月|年)(?:之|以)?前",
        r"每天|每晚|天天|每到|上个?月|这个?月|本月|上个?星期|上周|这周|本周|前几天|前段时间|近期"
        r"|最近|周末|去年(?:\d{1,2}月)?|今年(?:\d{1,2}月)?",
    )
)
_PART = r"(?P<part>凌晨|清晨|早上|早晨|清早|上午|中午|下午|傍晚|晚上|夜里|半夜|深夜|夜间|晚|早)"
_HOUR = (
    rf"(?P<hour>{_NUMBER})(?P<mark>点钟|点|时|[::])"
    rf"(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>\d\d|[零一二三四五]?十?[一二三四五六七八九]?)"
    r"(?P<minutes>分)?)?(?:左右|许)?"
)
_WHEN = re.compile(rf"(?:{_DAY})?(?:的)?\s?(?:{_PART})?\s?(?:{_HOUR})?")


@dataclass(frozen=True, slots=True)
class When:
    """A time in a text: where it stands, the words, and what they come to ('' if open)."""

    start: int
    end: int
    words: str
    resolved: str = ""

    def __str__(self) -> str:
        """The citizen's words with the date after them."""
        return f"{self.words}（{self.resolved}）" if self.resolved else self.words


def find_times(text: str, now: datetime) -> list[When]:
    """Every time the text names, in order; `now` gives 「昨晚」 its date."""
    here = city_time(now)
    return [_when(match, here) for match in _WHEN.finditer(text) if _tells_time(match)]


def _tells_time(match: re.Match[str]) -> bool:
    """「有一点吵」 and 「早点处理」 are no times of day."""
    words = match.group().strip("的 ")
    hour, part = match["hour"], match["part"]
    if words.removesuffix(part or "").strip() and not hour:
        return len(words) >= 2
    if hour and (part or match.start("hour") > match.start() + 1):
        return True
    if hour:
        return match["mark"] in ("点钟", ":", ":") or bool(match["half"] or match["minutes"])
    return len(part or "") >= 2


def _when(match: re.Match[str], here: datetime) -> When:
    words = match.group()
    lead = len(words) - len(words.lstrip("的 "))
    tail = words[lead:].rstrip("的 ")
    try:
        resolved = _resolve(match, here)
    except (ValueError, OverflowError, KeyError):  # 「二十五点」, 「13月40日」, 「一八点」
        resolved = ""
    start = match.start() + lead
    return When(start, start + len(tail), tail, resolved)


def _resolve(match: re.Match[str], here: datetime) -> str:
    day = _day(match, here.date())
    clock = _clock(match)
    if day is None:
        return ""
    return f"{day:%Y-%m-%d} {clock:%H:%M}" if clock else f"{day:%Y-%m-%d}"


def _day(match: re.Match[str], today: date) -> date | None:
    if match["month"]:
        return _calendar_day(match, today)
    if match["iso"]:
        year, month, day = map(int, re.split(r"[-/.]", match["iso"]))
        return date(year, month, day)
    if match["near"]:
        return today + timedelta(days=_NEAR[match["near"]])
    if match["weekday"]:
        return _week_day(match, today)
    if match["ago"]:
        return today - timedelta(days=_number(match["ago"]))
    return None


def _calendar_day(match: re.Match[str], today: date) -> date:
    """A date without a year is the latest such day that is not in the future."""
    month, day = _number(match["month"]), _number(match["day"])
    named = {"今": today.year, "去": today.year - 1, "前": today.year - 2}
    year = match["year"]
    if year:
        return date(named.get(year) or int(year), month, day)
    this_year = date(today.year, month, day)
    return this_year if this_year <= today else date(today.year - 1, month, day)


def _week_day(match: re.Match[str], today: date) -> date:
    """A bare 周三 is the latest Wednesday, today included."""
    monday = today - timedelta(days=today.weekday())
    day = monday + timedelta(days=_WEEKDAYS[match["weekday"]])
    week = match["week"] or ""
    if week.startswith("上"):
        return day - timedelta(weeks=week.count("上"))
    return day if week or day <= today else day - timedelta(weeks=1)


def _clock(match: re.Match[str]) -> time | None:
    if not match["hour"]:
        return None
    hour = _number(match["hour"])
    later = any(word in match.group() for word in _EVENING)
    if later and hour < 12:
        hour += 12
    return time(0 if later and hour == 24 else hour, _minute(match))


def _minute(match: re.Match[str]) -> int:
    if match["half"]:
        return 30
    if match["quarter"]:
        return 15 * _number(match["quarter"])
    return _number(match["minute"]) if match["minute"] else 0


def _number(words: str) -> int:
    """12, 十二, 二十三; at most two places."""
    if words.isdecimal():
        return int(words)
    tens, ten, ones = words.partition("十")
    high = _DIGITS[tens] if tens else 1
    return high * 10 + (_DIGITS[ones] if ones else 0) if ten else _DIGITS[words[-1]]
