"""A time that is corrected in part: 「一点」 for 「今天下午三点」 is 「今天下午一点」."""

import re

_COUNT = r"[\d一二三四五六七八九十]{1,3}"
_DAY = (
    r"(?:大前天|前天|昨天|昨日|今天|今日|前晚|昨晚|今晚|今早|昨夜里?|每天|天天|每晚|每周.|每个?(?:星期|礼拜)."
    r"|上?上?(?:周|星期|礼拜)[一二三四五六日天末]"
    rf"|(?:今年|去年|前年|20\d\d年)?{_COUNT}月份?(?:{_COUNT}[日号])?|(?:上个?月|这个?月|本月)?{_COUNT}[日号])"
)
_PART = r"(?:凌晨|清晨|早上|早晨|清早|上午|中午|下午|傍晚|晚上|夜里|半夜|深夜|夜间|晚|早)"
_CLOCK = (
    r"(?:[\d一二两三四五六七八九十]{1,3}(?:点钟?|时|[:：])"
    r"(?:半|[一三]刻|[\d零一二三四五六七八九十]{1,3}分?)?(?:多|左右|来钟)?)"
)
_TIME = re.compile(rf"(?P<day>{_DAY})?的?\s?(?P<part>{_PART})?\s?(?P<clock>{_CLOCK})?")
_DAY_OF_MONTH = re.compile(rf"{_COUNT}[日号]")


def retimed(old: str, new: str) -> str:
    """The new words, with the month, the day or the part of the day from the old ones where they do
    not tell it; the new words alone where they do not compare."""
    before, after = _TIME.search(old), _TIME.fullmatch(new)
    if before is None or after is None or not before[0] or not after[0]:
        return new
    if _DAY_OF_MONTH.fullmatch(after["day"] or "") and (month := _DAY_OF_MONTH.search(old)):
        return old[before.start("day") : month.start()] + new
    if after["day"]:
        return new
    day, part = before["day"] or "", after["part"] or before["part"] or ""
    is_told = day.endswith(("晚", "夜", "夜里", "早")) and part in ("晚", "晚上", "夜里", "早上")
    return f"{day}{'' if is_told else part}{after['clock'] or ''}"
