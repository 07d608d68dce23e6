"""Whether a message holds more than one matter: where it might be cut, and which pieces differ."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding import place_units
from bot.understanding.reading import Reading

LONGEST = 400
"""Characters; longer messages tell one story, with all its sides."""
SHORTEST = 6
MOST = 4
"""Cuts that are tried: each costs a reading."""

_THING = "(?:事儿?|事情|问题|情况|建议|诉求)"
_AGAIN = "(?:另外|此外|还|再|又|也|顺便|顺带|同时|最后|对了|然后)"
_EXPLICIT = (
    rf"{_AGAIN}[，,\s]?(?:我)?(?:还|再|也)?(?:想|要)?(?:跟你们)?"
    rf"(?:有|反映|说|讲|投诉|举报|提|表扬|点赞|感谢|建议)(?:一下)?(?:另外?|别的)?(?:一|1)?(?:个|件|桩)(?:别的|其他)?{_THING}?"
    rf"|{_AGAIN}[，,\s]?(?:我)?(?:还|再|也)?(?:想|要)?(?:问|咨询|请问|打听|了解)(?:一下|一?句|下|个事|个问题)?"
    r"|(?<=[，。；,;\s])(?:请问|想问|问一?下|咨询一?下)(?:你们|您)?(?:一下|下)?"
    rf"|(?:第二|另)(?:一)?(?:个|件|桩){_THING}"
    rf"|{_AGAIN}[，,\s]?(?:我)?(?:还|再|也)?(?:想|要)?(?=投诉|举报|反映|表扬|点赞|感谢|建议)"
)
_APART = r"再一个|再有|另外|另(?=[：:])|此外|对了"
_LOOSE = r"还有(?:就是|一点)?|再就是|再者|其次|顺便(?:说一?[下句])?|同时|最后|再说"
_NUMBERED = (
    r"(?:^|(?<=[\s。；;：:，,！!？?]))(?:[2-4二三四]\s?[、.．，:：)）]|第[二三](?![天次年期批栋单层排中小人届轮组医])"
    rf"|第[二三](?:[，,、：:]|[点个件条](?:{_THING})?(?:[，,、：:]|就?是))|[二三](?:个|杂|件)(?:事情?)?(?:是|就是)|[二三]是|其[二三]"
    r"|(?:还有|再|另)?一(?:个|件|桩)(?:事情?)?是)|[(（][2-4二三四][)）]|[②③④]"
)
_NOT_WHETHER = r"(?![否不]|什么|哪|谁|怎|要|有)"
_MARK = re.compile(
    rf"(?:[\s，,。；;！!？?]+|^|(?=[(（②③④]))"
    rf"(?:(?P<counted>{_NUMBERED})|(?P<explicit>{_EXPLICIT})|(?P<apart>{_APART})|(?P<loose>{_LOOSE}))"
    rf"[\s，,：:、]*(?:就是|是{_NOT_WHETHER})?"
)
_ENDS = re.compile(r"[。！!？?；;\n][\s。]*(?=[^\s])")
_BLANKS = re.compile(r"(?<=[^\s，,])\s+(?=[^\s，,])")
_LISTED = re.compile(r"[；;](?=.)")
"""Where the next of several begins that were announced."""
_FIRST_OF = re.compile(r"一(?:个|件|桩)(?:事情?)?是")
"""Begins the first of several: what stands before it leads to all of them."""
_MARKS = " ，,。；;：:！!？?\n"
_FIRST = re.compile(
    r"^(?:(?:我|要|想|跟你们|反映|投诉|说|咨询|一下|下|有)*(?:两|三|几|2|3)(?:个|件|点|条)"
    + _THING
    + r"?(?:反映|投诉)?(?:一?下)?[，,：:。\s]*)?"
    r"(?:1\s?[、.．，:：)）]|一[、.．，]|[(（][1一][)）]|①|第一(?![天次年期批栋单层排中小人届轮组医])[，,、点个件条]*(?:事|问题)?[，,是：:]*"
    r"|一是|其一|首先|一(?:个|杂|件)(?:事情?)?是)?"
)
_ANNOUNCED = re.compile(
    rf"(?:两|三|2|3)(?:(?:个|件|条|桩)(?:{_THING}|[，,。：:都])|点(?![半多钟左\d]))"
)
_SAME_SUBJECT = re.compile(
    r"[，,\s]*(?:他们?|她们?|它们?|物业(?!费)|老板|店家|商家|老师|学校|公司|单位|保安|司机|里[面头边]|上面|下面|这|那|该|也|还|又|我?希望|我?要求|[我想]*请|麻烦|求|恳请|盼|建议尽快|(?:社区|村[上里委]|居委会|街道|镇[上里]|城管|环保|派出所|窗口)(?:的人|电话)?[^，,。]{0,4}(?:来|[讲说]|回复|答复|没人接|打不通)|跟我同一?|来[^，,。]{0,4}的人|(?:投诉|反映|举报|报|找|打|报修)[了过])"
    r"|[，,\s]*(?:[昨前今]天|刚才|上次|上个?[周月])?(?:还|都|已经)?有(?:一?个|人|好几|几)[^，,。]{0,8}(?:摔|绊|跌|掉)"
)
"""Tells more of those who were told of before."""
_INTRODUCES = re.compile(r"^.{0,10}我今年[^，,。]{1,6}[岁了]")
"""Tells who writes, before what is the matter."""
_ABOUT_IT = re.compile(
    r"什么时候(?:能|可以|才|修|来|处理|解决|恢复|通|装|建)|(?:谁|哪个)来?(?:管|负责|处理)|归(?:谁|哪个)管|怎么(?:办|处理|解决)[？?啊呢]*$|管不管|有没有人"
)
"""A question about the very matter that is told."""

_LOCATES = re.compile(
    r"[，,\s]*(?:我们?)?(?:具体)?(?P<thing>位置|地址|地点|地方|小区|学校|店子?)?(?:名字?|名称)?(?:就?是|就?在|叫|[：:])"
)
"""Begins a sentence that says where what was told is."""

LIKENESS = {"counted": 0.7, "explicit": 0.85, "apart": 0.6, "loose": 0.45, "": 0.12}
"""How like each other two pieces may be in their subjects and yet be two matters, by the word
between them. Of 300 places where letters to another city could be cut, 2 % are below 0.19, 5 %
below 0.28 and 20 % below 0.46; of 200 pairs of letters 20, 38 and 74 %."""
LEAST_SUBJECT = 0.3
"""So likely the first subject of a new sentence must be for it to differ from another's: vague ones
overlap with nothing."""
LONG_PIECE = 10
"""Characters on either side of a blank that may stand between two matters."""
LONGEST_PAIR = 100
"""Characters; in a longer message a new sentence alone begins no other matter at the same place."""
ELSEWHERE = 0.25
"""So much liker they may be where each has a place of its own."""
_MOST_BESIDE = 2
"""Characters beside the place at the head of several matters."""
PLACE_ONLY = 0.8
"""Share of a piece that its place takes up when it says nothing else."""
_TELLS = 0.3
"""Probability of the intents of a matter in a piece that may be one."""
_HARDLY = 0.1
_SURELY = 0.75
"""So likely a matter is told where no words make a question of it (bot/triage.py adds 0.4)."""
_MATTERS = ("complaint", "request_help", "report", "suggestion", "praise", "danger_")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message.

    `said` tells what stands before it: `counted` (二是), `explicit` if the citizen called it
    another matter, `apart` (另外), `loose` (还有), else '' (a new sentence).
    """

    text: str
    said: str = ""


def split(text: str) -> tuple[Part, ...]:
    """The pieces that might be matters of their own, () for a message of one piece."""
    if len(text) > LONGEST:
        return ()
    announced = bool(_ANNOUNCED.search(text[:30]))
    marks = [mark for mark in _MARK.finditer(text) if mark.start()]
    cuts = [(mark.start(), mark.end(), _said(mark, announced)) for mark in marks]
    counted = [cut for cut in cuts if cut[2] == "counted"]
    if announced:
        listed = [mark.end() for mark in _LISTED.finditer(text)]
        free = [at for at in listed if all(at <= start or at > end for start, end, _ in cuts)]
        cuts = sorted([*cuts, *((at, at, "explicit") for at in free)])
    cuts = counted or cuts or _ends(text)
    if not 1 <= len(cuts) <= MOST:
        return ()
    ends = [start for start, _, _ in cuts[1:]] + [len(text)]
    first = Part(_FIRST.sub("", text[: cuts[0][0]].strip(), count=1))
    rest = [
        Part(text[end:stop].strip(), said) for (_, end, said), stop in zip(cuts, ends, strict=True)
    ]
    # 「要说两个事」 before the first of them says nothing itself.
    parts = tuple(rest) if announced and len(first.text) < SHORTEST else (first, *rest)
    if len(parts) > 2 and _FIRST_OF.match(text[cuts[0][0] : cuts[0][1]].lstrip(_MARKS)):
        parts = (Part(f"{first.text}，{rest[0].text}"), *rest[1:])
    whole = len(parts) > 1 and all(len(part.text) >= SHORTEST for part in parts)
    return parts if whole else ()


def _said(mark: re.Match[str], announced: bool) -> str:
    kind = mark.lastgroup or ""
    return "explicit" if announced and kind != "counted" else kind


def _ends(text: str) -> list[tuple[int, int, str]]:
    """Where a sentence ends (；lists things); where none does, a single blank: several stand for
    commas."""
    found = [
        (mark.end(), mark.end(), "loose" if mark[0][0] in "；;" else "")
        for mark in _ENDS.finditer(text)
    ]
    blanks = [(mark.end(), mark.end(), "") for mark in _BLANKS.finditer(text)]
    long = len(blanks) == 1 and min(blanks[0][0], len(text) - blanks[0][0]) >= LONG_PIECE
    return found or (blanks if long else [])


def is_one(parts: Sequence[Part], whole: Reading) -> bool:
    """Whether the message as a whole shows that its pieces are one matter, and need no reading.

    No word says that there is more, no place is told, and either an entry surely answers
    (「驾照掉了 补一个多少钱」: how it came about, and what is asked) or hardly a matter is told.
    """
    if any(part.said for part in parts) or whole.details.place:
        return False
    sure = bool(whole.hits) and whole.hits[0].confidence >= whole.thresholds.answer
    return sure or _matter(whole) < _HARDLY


def may_ask(reading: Reading) -> bool:
    """Whether a part may be a question to the knowledge base: then it has to be looked up."""
    return is_asked(reading) or _matter(reading) < _SURELY


def is_asked(reading: Reading) -> bool:
    """Whether a piece is likeliest a question: then `grouped` wants to know whether an entry
    answers it."""
    return reading.intent.name.startswith("ask_")


def grouped(parts: Sequence[Part], readings: Sequence[Reading]) -> tuple[str, ...]:
    """The texts of the matters: a piece that is none of its own belongs to the one before it."""
    groups: list[tuple[str, Reading]] = []
    for part, reading in zip(parts, readings, strict=True):
        if len(groups) == 1 and _is_head(groups[0][1]):
            groups[0] = (f"{groups[0][0]}，{part.text}", reading)
        elif groups and not _is_another(groups, reading, part.said):
            text, first = groups[-1]
            groups[-1] = (f"{text}，{part.text}", first)
        else:
            groups.append((part.text, reading))
    return tuple(text for text, _ in groups)


def _is_head(reading: Reading) -> bool:
    """Nothing but the place of what follows: 「我们东方名苑，一个是…」."""
    place = reading.details.place
    return bool(place) and len(place) + _MOST_BESIDE >= len(reading.text)


def _is_another(groups: Sequence[tuple[str, Reading]], reading: Reading, said: str) -> bool:
    """It differs from every matter before it."""
    return all(_differs(first, reading, said) for _, first in groups)


def _differs(one: Reading, other: Reading, said: str) -> bool:
    if _ABOUT_IT.search(other.text) or _only_tells_where(other):
        return False
    if not said and _locates(one, other):
        return False
    if not said and _INTRODUCES.search(one.text) and not one.details.place:
        return False
    goes_on = said in ("", "loose") and bool(_SAME_SUBJECT.match(other.text))
    if goes_on and not _asks(other):
        return False
    if _asks(one) != _asks(other):
        return _tells(other if _asks(one) else one)
    if not (_tells(one) and _tells(other)):
        return False
    if goes_on or _says_where(one, other, said):
        return False
    elsewhere = _elsewhere(one, other)
    long = len(one.text) + len(other.text) > LONGEST_PAIR
    if not said and not elsewhere and (long or _is_vague(one) or _is_vague(other)):
        return False
    return likeness(one, other) <= LIKENESS[said] + ELSEWHERE * elsewhere


def _says_where(one: Reading, other: Reading, said: str) -> bool:
    """The next sentence begins with a place, and none was told: 「电梯又关人了。丽景华庭5栋…」."""
    place = other.details.place
    return not said and bool(place) and not one.details.place and other.text.startswith(place)


def _locates(one: Reading, other: Reading) -> bool:
    """The next sentence tells where the first is: 「位置是霞光东路」, 「是27栋1单元」."""
    place = other.details.place
    closer = not one.details.place or place_units.kinds(place) <= place_units.NUMBERED
    leads = _LOCATES.match(other.text)
    return bool(place and leads and (closer or leads["thing"]))


def likeness(one: Reading, other: Reading) -> float:
    """How like two texts are in what they are about, 0 to 1: the overlap (Bhattacharyya) of the
    categories that each may be of."""
    theirs = {guess.name: guess.confidence for guess in other.subjects}
    return sum(math.sqrt(g.confidence * theirs.get(g.name, 0.0)) for g in one.subjects)


def _is_vague(reading: Reading) -> bool:
    """No subject stands out."""
    return max((s.confidence for s in reading.subjects), default=0.0) < LEAST_SUBJECT


def _tells(reading: Reading) -> bool:
    """Something is told that may be a matter, or of a place."""
    return _matter(reading) >= _TELLS or bool(reading.details.place)


def _matter(reading: Reading) -> float:
    """How likely a matter is told."""
    return sum(guess.confidence for guess in reading.ranking if guess.name.startswith(_MATTERS))


def _only_tells_where(reading: Reading) -> bool:
    return len(reading.details.place) >= PLACE_ONLY * len(reading.text)


def _elsewhere(one: Reading, other: Reading) -> bool:
    """Two places: the same sort of trouble twice."""
    places = one.details.place, other.details.place
    return all(places) and places[0] not in places[1] and places[1] not in places[0]


def _asks(reading: Reading) -> bool:
    """A question to which the knowledge base may have the answer."""
    near = (reading.thresholds.choices + reading.thresholds.answer) / 2
    return is_asked(reading) and bool(reading.hits) and reading.hits[0].confidence >= near
