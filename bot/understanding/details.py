"""The details of a matter that a text already holds."""

import re
from datetime import datetime

from bot.understanding.companies import find_companies
from bot.understanding.demands import find_demand
from bot.understanding.gazetteer import Gazetteer
from bot.understanding.persons import find_person
from bot.understanding.phones import Phone, find_phones
from bot.understanding.places import PlaceReader
from bot.understanding.reading import Details
from bot.understanding.text import well_formed
from bot.understanding.times import When, find_times

_LONGEST = 600
"""Characters searched for place, time and phone: longer texts name them early or never."""
_LONGEST_MATTER = 2000

_GREETING = re.compile(
    r"^(?:[\s,，。.!！:：~]|尊敬的?|敬爱的?|各位|领导|市长|书记|同志|工作人员|客服|老师|您好|你好|你们好"
    r"|(?:另外|对了|然后)?(?:还|再|又)有(?:一|1)?(?:个|件)(?:别的)?(?:事情?|问题|情况)(?:要?反映)?(?:就是)?"
    r"|还是(?:帮我|给我)?登记(?:一下)?吧|大家好|早上好|上午好|下午好|晚上好|在吗|在不在|请问一下|想问一下|我想请问一下)+"
)
_THANKS = re.compile(
    r"(?:[\s,，。.!！~]|谢谢[您你]?们?|感谢|多谢|麻烦[您你]了|辛苦了|拜托了?|急急*|盼复|望回复|请回复)+$"
)
_CONTACT = re.compile(
    r"[\s,，。;；]*(?:(?:我的|本人|我|联系|手机|电话|号码|微信|同号|联系人|联系方式|方式|是|为|[:：\s])*)$"
)


_DENIED = re.compile(
    r"(?<!是)不(?:[是在叫归]|属于?)(?!很|太|我|你|这样)[^，,。；;、\s是]{1,20}"
    r"|[^，,。；;\s]{1,30}[，,。\s]*(?:不对|(?:说|写|打|讲|记)错了|哦不|口误)[，,。\s啊哦]*(?=[应在是])"
)
"""What it is not: 「不是雨湖区，是岳塘区」 and 「在雨湖区，不对，在岳塘区」 are in 岳塘区."""
_MASK = "\x00"


class BuiltinDetailReader:
    """Reads details with rules and the city's gazetteer; needs no model, 0.1 ms a text."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._places = PlaceReader(gazetteer)

    def read(self, text: str, now: datetime) -> Details:
        """What the text says, as the citizen wrote it; `now` gives 「昨晚」 its date."""
        head = well_formed(text[:_LONGEST_MATTER])
        searched = head[:_LONGEST]
        phones = find_phones(searched)
        affirmed = _DENIED.sub(lambda match: _MASK * len(match.group()), searched)
        # What is denied counts only where nothing else is said.
        heard = dict.fromkeys((affirmed, searched))
        times = next(filter(None, (find_times(each, now) for each in heard)), [])
        place = next(filter(None, (self._place(each, times, phones) for each in heard)), "")
        when = _occurred(times)
        return Details(
            place=place,
            area=self._gazetteer.area(place) or self._gazetteer.area(affirmed),
            street=self._gazetteer.street(place) or self._gazetteer.street(affirmed),
            occurred_at=str(when) if when else "",
            occurred_on=when.resolved.replace(" ", "T") if when else "",
            phone=phones[0].number if phones else "",
            person=find_person(searched),
            matter=_matter(head, phones),
            demand=find_demand(head),
            companies=find_companies(searched),
        )

    def _place(self, text: str, times: list[When], phones: list[Phone]) -> str:
        taken = [(when.start, when.end) for when in times]
        taken += [(phone.start, phone.end) for phone in phones]
        words = self._places.find(text, taken)
        # 「湘乡」 says which area it is, and not where in it.
        return "" if self._gazetteer.is_area(words) else words


def _occurred(times: list[When]) -> When | None:
    """The first time that comes to a day; else to a month or year; else the first named."""
    ranked = sorted(times, key=lambda when: -min(len(when.resolved), len("2026-11-20")))
    return ranked[0] if ranked else None


def _matter(text: str, phones: list[Phone]) -> str:
    """The text without greeting, thanks and telephone numbers."""
    for phone in reversed(phones):
        before = _CONTACT.sub("，", text[: phone.start], count=1)
        text = before + text[phone.end :].lstrip(" ,，。;；")
    return _THANKS.sub("", _GREETING.sub("", text)).strip(" ,，")
