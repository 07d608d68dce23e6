"""When it happened: the citizen's words, and the date they mean."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from backend.clock import city_time
from bot.understanding import festivals
from bot.understanding.numerals import DIGITS, number

_NEAR = {
    **dict.fromkeys(("大前天",), -3),
    **dict.fromkeys(("前天", "前日", "前晚", "前夜"), -2),
    **dict.fromkeys(("昨天", "昨日", "昨晚", "昨夜", "昨儿", "昨早"), -1),
    **dict.fromkeys(("今天", "今日", "今早", "今晨", "今晚", "今夜", "今儿", "刚才", "刚刚"), 0),
}
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}
_NIGHT = ("晚", "夜")
_AFTERNOON = ("下午", "傍晚", "中午", *_NIGHT)
_SMALL_HOURS = 5
"""「昨晚两点」 is the morning after, as people count nights."""

_NUMBER = r"(?:\d{1,2}|[零〇一二两三四五六七八九十]{1,3})"
_AGO = r"(?:之前|以前|前)(?![面后台任门])"
_IN_YEAR = "|".join(
    (
        rf"(?P<month>{_NUMBER})月(?:份的?)?(?P<day>{_NUMBER})[日号]?(?![\d号栋幢楼层])",
        rf"(?P<festival>{'|'.join(festivals.NAMES)})"
        r"(?:节(?!目)|那[天几日]|当[天日]|期间|前后|假期|放假|的?时候?|晚上|夜里)",
        rf"(?P<inmonth>{_NUMBER})月份?(?![\d日号])",
    )
)
_DAY = "|".join(
    (
        rf"(?:(?P<year>20\d\d|今|去|前)年的?)?(?:{_IN_YEAR})",
        r"(?P<iso>20\d\d[-/.]\d{1,2}[-/.]\d{1,2})",
        rf"(?P<lastmonth>上上?个?月|这个?月|本月)的?(?P<monthday>{_NUMBER})[日号](?![楼栋])",
        rf"(?P<near>{'|'.join(_NEAR)})",
        r"(?P<week>上上?个?|这个?|本)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天]|(?<=上周)末)"
        r"(?![期年])",
        rf"(?P<ago>{_NUMBER}|半|[几数])个?(?P<more>[多半])?个?"
        rf"(?P<unit>分钟|小时|钟头|天|日|星期|礼拜|周|月|年)(?P<rest>[多半])?{_AGO}",
        rf"(?<![路街巷道\d])(?P<dayalone>{_NUMBER})[日号](?=那[天晚]|当[天晚]|早上|上午|中午|下午|晚上|凌晨"
        r"|晚[^上]|夜里|开始|起[^来]|到现在|至今|之前|以[来后])",
        r"(?P<wholemonth>上上?个?月|这个?月|本月)",
        r"(?P<someyear>20\d\d|去|前|今)年",
        r"每天|每晚|每周|天天|每到|上个?星期|上个?礼拜|上个?周|这个?星期|这个?周|本周"
        r"|前几天|前两天|前阵子|前段时间|近期|最近|周末",
    )
)
_PART = r"(?P<part>凌晨|清晨|早上|早晨|清早|上午|中午|下午|傍晚|晚上|夜里|半夜|深夜|夜间|晚|早)"
_HOUR = (
    rf"(?P<hour>{_NUMBER})(?P<mark>点钟|点|时(?!候)|[::])"
    rf"(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>\d\d|[零一二三四五]?十?[一二三四五六七八九]?)"
    r"(?P<minutes>分)?)?(?:多|左右|许)?"
)
_WHEN = re.compile(rf"(?:{_DAY})?(?:的)?\s?(?:{_PART})?\s?(?:{_HOUR})?")


@dataclass(frozen=True, slots=True)
class When:
    """A time in a text: where it stands, the words, and what they come to ('' if open).

    `resolved` is as precise as the words: `2026-11-20 20:00`, `2026-11-20`, `2026-10` or `2025`.
    """

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
    if match["unit"] in ("分钟", "小时", "钟头"):
        return _moments_ago(match, here)
    day = _day(match, here.date())
    if day is None:
        return _vaguely(match, here.date())
    clock = _clock(match)
    if clock is None:
        return f"{day:%Y-%m-%d}"
    moment = datetime.combine(day, clock) + timedelta(days=_is_morning_after(match))
    return f"{moment:%Y-%m-%d %H:%M}"


def _moments_ago(match: re.Match[str], here: datetime) -> str:
    count = _count(match)
    if count is None:
        return ""
    step = timedelta(minutes=count) if match["unit"] == "分钟" else timedelta(hours=count)
    return f"{here - step:%Y-%m-%d %H:%M}"


def _vaguely(match: re.Match[str], today: date) -> str:
    """A month or a year, where the words are no closer."""
    if match["inmonth"]:
        first = _calendar_day(match["year"], number(match["inmonth"]), 1, today)
        return f"{first:%Y-%m}"
    if match["wholemonth"]:
        return f"{_month_back(today, match['wholemonth'].count('上')):%Y-%m}"
    if match["someyear"]:
        return str(_named_year(match["someyear"], today))
    if match["unit"] == "年" and (count := _count(match)):
        return str(today.year - int(count)) if count >= 1 else f"{_month_back(today, 6):%Y-%m}"
    return ""


def _day(match: re.Match[str], today: date) -> date | None:
    if match["month"]:
        return _calendar_day(match["year"], number(match["month"]), number(match["day"]), today)
    if match["iso"]:
        return date(*map(int, re.split(r"[-/.]", match["iso"])))
    if match["monthday"]:
        first = _month_back(today, match["lastmonth"].count("上"))
        return first.replace(day=number(match["monthday"]))
    if match["dayalone"]:
        day = number(match["dayalone"])
        return _month_back(today, 0 if day <= today.day else 1).replace(day=day)
    if match["near"]:
        return today + timedelta(days=_NEAR[match["near"]])
    if match["weekday"]:
        return _week_day(match, today)
    if match["ago"]:
        return _days_ago(match, today)
    if match["festival"]:
        year = _named_year(match["year"], today) if match["year"] else None
        return festivals.latest(match["festival"], today, year)
    return None


def _days_ago(match: re.Match[str], today: date) -> date | None:
    count = _count(match)
    if count is None or match["unit"] == "年":
        return None
    if match["unit"] in ("天", "日"):
        return today - timedelta(days=int(count))
    if match["unit"] != "月":
        return today - timedelta(days=int(7 * count))
    first = _month_back(today, int(count))
    last = calendar.monthrange(first.year, first.month)[1]
    same = first.replace(day=min(today.day, last))
    return same - timedelta(days=15) if count % 1 else same


def _count(match: re.Match[str]) -> float | None:
    """How many; None for 「几」 and for 「三个多月」, which say no day."""
    words, more = match["ago"], f"{match['more']}{match['rest']}"
    if not words or words in "几数" or "多" in more:
        return None
    count = 0.5 if words == "半" else float(number(words))
    return count + 0.5 if "半" in more else count


def _month_back(today: date, months: int) -> date:
    """The first day of the month so many months ago."""
    index = today.year * 12 + today.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _named_year(words: str, today: date) -> int:
    named = {"今": today.year, "去": today.year - 1, "前": today.year - 2}
    return named.get(words) or int(words)


def _calendar_day(year: str | None, month: int, day: int, today: date) -> date:
    """A date without a year is the latest such day that is not in the future."""
    if year:
        return date(_named_year(year, today), month, day)
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
    hour = number(match["hour"])
    if hour == 24 or _is_morning_after(match):
        return time(0 if hour in (12, 24) else hour, _minute(match))
    later = any(word in match.group() for word in _AFTERNOON)
    noon = "中午" in match.group() and hour >= 10
    return time(hour + 12 if later and hour < 12 and not noon else hour, _minute(match))


def _is_morning_after(match: re.Match[str]) -> bool:
    """「昨晚两点」 and 「昨晚十二点」 are of the day after."""
    if not match["hour"] or not any(word in match.group() for word in _NIGHT):
        return False
    hour = number(match["hour"])
    return hour in (12, 24) or 0 < hour <= _SMALL_HOURS


def _minute(match: re.Match[str]) -> int:
    if match["half"]:
        return 30
    if match["quarter"]:
        return 15 * DIGITS[match["quarter"]]
    return number(match["minute"]) if match["minute"] else 0
