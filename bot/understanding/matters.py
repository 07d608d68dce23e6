"""Whether a message holds more than one matter: carefully, for most that seem to tell one story."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding.reading import Reading

LONGEST = 400
"""Characters; longer messages tell one story, with all its sides."""
SHORTEST = 6
MOST = 3

_THING = "(?:事儿?|事情|问题|情况|建议)"
_AGAIN = "(?:另外|此外|还|再|又|顺便|顺带|同时|最后|对了)"
_EXPLICIT = (
    rf"{_AGAIN}[，,\s]?(?:我)?(?:还|再|也)?(?:想|要)?(?:跟你们)?"
    rf"(?:有|反映|说|讲|投诉|举报|提|表扬|点赞|感谢|建议)(?:一下)?(?:另外?|别的)?(?:一|1)?(?:个|件|桩)(?:别的|其他)?{_THING}?"
    rf"|{_AGAIN}[，,\s]?(?:我)?(?:还|再)?(?:想|要)?(?:问|咨询|请问|打听|了解)(?:一下|下|个事|个问题)?"
    r"|(?<=[，。；,;\s])(?:请问|想问|问一?下|咨询一?下)(?:你们|您)?(?:一下|下)?"
    rf"|(?:第二|另)(?:一)?(?:个|件|桩){_THING}"
    rf"|{_AGAIN}[，,\s]?(?:我)?(?:还|再|也)?(?:想|要)?(?=投诉|举报|反映|表扬|点赞|感谢|建议)"
)
_APART = r"再一个|再有|另外|另(?=[：:])|此外|对了"
_LOOSE = r"还有(?:就是|一点)?|再就是|再者|其次|顺便"
_NUMBERED = (
    r"(?:^|(?<=[\s。；;：:，,]))(?:[2-4二三四][、.．，]"
    r"|第[二三][，,、点]|[二三]是|其[二三]|(?:还有|另)?一(?:个|件)(?:事情?)?是)"
)
_MARK = re.compile(
    rf"(?:[\s，,。；;！!？?]+|^)(?:(?P<explicit>{_EXPLICIT})|(?P<apart>{_NUMBERED}|{_APART})|{_LOOSE})"
    r"[\s，,：:、]*(?:就是|是)?"
)
_ENDS = re.compile(r"[？?。；;\n][\s。]*(?=[^\s])")
_SOMEWHERE = re.compile(r"[路街巷村镇栋号苑园]")
_FIRST = re.compile(
    r"^(?:(?:我|要|想|跟你们|反映|投诉|说|咨询|一下|有)*(?:两|三|几|2|3)(?:个|件)"
    + _THING
    + r"[，,：:。\s]*)?(?:[1一][、.．，]|第一[，,、点个件]*(?:事|问题)?[，,是：:]*"
    r"|一是|其一|一(?:个|件)(?:事情?)?是)?"
)
_ANNOUNCED = re.compile(rf"(?:两|三|2|3)(?:个|件){_THING}")
_OTHER_SUBJECT = re.compile(
    r"[，,\s]*(?:楼下|隔壁|对面|旁边|附近)[^，,。]{0,3}(?:家|个|店|工地)"
    r"|[，,\s]*我(?:们(?:小区|村|这|学校|单位)|家|[姐妈爸哥弟妹]|老公|老婆|朋友|儿子|女儿|同事|父|母)"
)
_SAME_SUBJECT = re.compile(
    r"[，,\s]*(?:他们?|她们?|它们?|物业|老板|店家|商家|老师|学校|公司|单位|保安|司机|里面|这|那|该|也|还|又|希望|要求|请|建议尽快)"
)
"""Tells more of those who were told of before."""
_ABOUT_IT = re.compile(
    r"什么时候(?:能|可以|才|修|来|处理|解决|恢复|通|装|建)|谁来?(?:管|负责|处理)|怎么(?:办|处理|解决)[？?啊呢]*$|管不管|有没有人"
)
"""A question about the very matter that is told."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message.

    `said` tells how it began: `explicit` if the citizen called it another matter, `apart` with
    a word that sets apart (另外), else '' (还有, a new sentence).
    """

    text: str
    said: str


def split(text: str) -> tuple[Part, ...]:
    """The pieces that might be matters of their own, () for a message of one piece."""
    if len(text) > LONGEST:
        return ()
    announced = bool(_ANNOUNCED.search(text[:30]))
    cuts = [
        (mark.start(), mark.end(), "explicit" if announced else _said(mark))
        for mark in _MARK.finditer(text)
        if mark.start()
    ]
    cuts = cuts or [(at, at, "") for at in _sentence_ends(text)]
    if not 1 <= len(cuts) <= MOST:
        return ()
    ends = [start for start, _, _ in cuts[1:]] + [len(text)]
    first = Part(_FIRST.sub("", text[: cuts[0][0]].strip(), count=1), "")
    rest = [
        Part(text[end:stop].strip(), said) for (_, end, said), stop in zip(cuts, ends, strict=True)
    ]
    # 「要说两个事」 before the first of them says nothing itself.
    parts = tuple(rest) if announced and len(first.text) < SHORTEST else (first, *rest)
    whole = 2 <= len(parts) <= MOST and all(len(part.text) >= SHORTEST for part in parts)
    return parts if whole else ()


def _said(mark: re.Match[str]) -> str:
    return "explicit" if mark["explicit"] else "apart" if mark["apart"] else ""


def _sentence_ends(text: str) -> list[int]:
    """Where a question ends before more is told, or one place before another."""
    found = []
    for mark in _ENDS.finditer(text):
        sides = text[: mark.start()], text[mark.end() :]
        if mark[0][0] in "？?" or all(_SOMEWHERE.search(side) for side in sides):
            found.append(mark.end())
    return found


def distinct(parts: Sequence[Part], readings: Sequence[Reading]) -> bool:
    """True if what was read of the pieces shows that each is a matter of its own."""
    first = readings[0]
    return all(
        _differs(first, reading, part.said)
        for part, reading in zip(parts[1:], readings[1:], strict=True)
    )


def _differs(one: Reading, other: Reading, said: str) -> bool:
    if _ABOUT_IT.search(other.text):
        return False
    same = bool(one.category) and one.category == other.category
    if said == "explicit":
        return not same or _elsewhere(one, other)
    if said == "apart" and not same and not _SAME_SUBJECT.match(other.text):
        return True
    apart = bool(one.category and other.category) and one.category != other.category
    twice = _elsewhere(one, other) and _is_trouble(one) and _is_trouble(other)
    return (apart and _elsewhere_or_other(one, other)) or twice or _asks(one) != _asks(other)


def _is_trouble(reading: Reading) -> bool:
    """Something at a place that somebody could be sent to."""
    numbered = any(character.isdigit() for character in reading.details.place)
    return numbered and reading.intent.name in ("complaint", "request_help", "report")


def _elsewhere_or_other(one: Reading, other: Reading) -> bool:
    """Without a word that it is another matter, it must be of another place or other people."""
    companies = set(other.details.companies) - set(one.details.companies)
    return _elsewhere(one, other) or bool(companies) or bool(_OTHER_SUBJECT.match(other.text))


def _elsewhere(one: Reading, other: Reading) -> bool:
    """Two places: the same sort of trouble twice."""
    places = one.details.place, other.details.place
    return all(places) and places[0] not in places[1] and places[1] not in places[0]


def _asks(reading: Reading) -> bool:
    """A question to which the knowledge base may have the answer."""
    near = (reading.thresholds.choices + reading.thresholds.answer) / 2
    asks = reading.intent.name.startswith("ask_")
    return asks and bool(reading.hits) and reading.hits[0].confidence >= near
