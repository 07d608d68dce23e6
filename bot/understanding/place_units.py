"""A place in its units, from area to room: how a new unit takes the old one's place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz

_HAN = r"[\u4e00-\u9fff]"
_COUNT = r"[\dA-Za-z一二三四五六七八九十百零〇甲乙丙丁两]"
_NAMED = r"[^\W\da-zA-Z是在到去叫归住的一二三四五六七八九十]"
"""A character that a name may have, and what leads to a number has not."""
_SITES = (
    "小区|花园|花苑|佳苑|家园|嘉园|公寓|大厦|新村|新城|山庄|广场(?!舞)|家属院|宿舍|安置区|酒店|宾馆|饭店|医院|卫生院"
    "|小学|中学|[一二三四五六七八九]中|学校|幼儿园|大学|学院|市场|菜场|超市|商场|商城|中心|[火汽]车站|公交站"
    "|站台|车站|加油站|收费站|派出所|工业园|产业园|园区|公园|体育馆|图书馆|水库|码头|大院|敬老院|停车场|世家"
    "|华府|豪庭|雅居|大楼|隧道|立交|门诊|急诊|住院部|窗口|大厅"
    f"|{_HAN}(?:(?:[府苑园城湾庭郡厂桥店馆厅坪所站校邸亭]|(?<![住出转入])院)(?!牌|华庭)|(?<!人)行(?![道人驶走为李动政]))"
)
_CITY = rf"{_HAN}{{2}}(?<![超菜门夜城])市(?![场民里区])"
_PATTERNS = {
    "area": rf"(?:{_CITY})?(?:{_HAN}{{0,4}}(?:经开|经济开发|高新|示范)区"
    rf"|{_HAN}{{2}}(?:(?<![小社园片校景住学厂库院矿城街个])区(?!间)|县(?![城里委])))|{_CITY}",
    "town": rf"{_HAN}{{1,4}}?(?:镇(?![长政上里])|乡(?![下村亲里人])|街道办?(?:事处)?)",
    "group": rf"(?:第?{_COUNT}{{1,3}}|{_NAMED}{{1,3}})(?:村民)?小?组(?![织长成合])"
    rf"|{_NAMED}{{2,3}}(?:屋场|老屋|湾|冲|坳|塘(?=[\s，,。]|$))",
    "village": rf"(?:(?![号的]){_HAN}){{1,5}}?(?:村(?![民里委支头口干上部路街])|社区|居委会)",
    "road": rf"{_HAN}{{1,5}}?(?:大道|[东西南北中]?路(?![灯面边人口费过名牌]|上(?!面))"
    r"|街(?![道上边坊名])|巷(?!子)|里弄|国道|高速|[环一二三]环)|\d{3}国道",
    "number": rf"{_COUNT}{{1,5}}(?:-{_COUNT}{{1,4}})?号"
    r"(?!楼(?![上下])|线|码|店|那|晚|早|上|下|中|开始|的?时候|停|门(?![口前面])|厅|窗)(?:院子?|门面|附\d+)?",
    "phase": rf"{_COUNT}{{1,2}}期|[A-Za-z一二三四甲乙丙丁]区|[A-Za-z]馆",
    "building": rf"{_COUNT}{{1,4}}(?:栋|幢|座|号楼(?![道上下梯顶]))",
    "unit": rf"{_COUNT}{{1,3}}单元|{_COUNT}{{1,2}}号?门(?![口面前])",
    "floor": rf"(?:负|地下|B)?{_COUNT}{{1,3}}(?:楼(?![上下道梯顶])|层)",
    "room": r"(?<!\d)\d{3,4}(?:室|号房|房)?(?![\d元块年月日天斤米个平度瓦国])",
    "side": r"(?:[东南西北]{1,2}|[前后正侧左右旁小大])门"
    r"|[东南西北]{1,2}(?:侧|面|边|头|口|角|出口|入口|岸)|[前后左右][面边]"
    r"|门口|斜?对面|旁边?|隔壁|附近|楼[上下顶]|路口|[出入]口|院[内外子里]|里面|外面|背后|后头|前头|尽头"
    r"|地下车库(?:入口|出口)?|地下室|屋顶|天台|电梯口|楼梯间",
    "site": rf"(?:{_HAN}|[A-Za-z0-9]){{1,9}}?(?:{_SITES})",
}
_KINDS = {kind: re.compile(pattern) for kind, pattern in _PATTERNS.items()}
_SEARCHED = ("area", "town", "group", "village", "road", "number", "phase", "building", "unit")
_ORDER = (*_SEARCHED, "floor", "room", "site", "side")
"""The order in which they are looked for: what is found first keeps its characters."""
_SIZES = ("area", "town", "village", "group", "road", "number", "site", "phase", "building", "unit")
_RANK = {kind: rank for rank, kind in enumerate((*_SIZES, "floor", "room", "side"))}
"""From the whole city to a door: where a unit stands that the place did not have."""
NAMED = frozenset(("town", "village", "group", "road", "site"))
NUMBERED = frozenset(("number", "phase", "building", "unit", "floor", "room"))
_LEADS = frozenset(
    "是在到去叫归成我那这写打就该为改换说讲靠住于你他她们了哒和跟与有不没冇也都还又从离往向把被让给请"
    "哦啊呀嘛吧呢哈应当其实莫别咯杂个搞弄错对做问看的喊跳开"
)
"""Characters that lead to a name and are none of it."""
_ENDS = frozenset("区县市镇乡村园场站院")
"""Characters that end a name before another."""
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_ROOM = re.compile(r"(?<=[栋幢座元楼])\d{3,4}")
_BESIDE = re.compile(r"门口|附近|旁边?|对面|[前后外里]面|路边|里$")
_LIKE_NAMES = 40
_LIKE_OTHERS = 60
"""Likeness (0 to 100) of names where one stands for another: of alike kinds, and of others."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a place: where it stands in the text, and its kind (`road`, `building` …)."""

    start: int
    end: int
    kind: str


@lru_cache(maxsize=128)
def units(text: str) -> tuple[Unit, ...]:
    """The units of places in a text, left to right, none overlapping. Remembered, as what is said
    to an order is asked for them from several sides."""
    taken = [False] * len(text)
    found = (unit for kind in _ORDER for unit in _of_kind(text, kind, taken))
    return tuple(sorted(found, key=lambda unit: unit.start))


def kinds(text: str) -> set[str]:
    """The kinds of the units in a text."""
    return {unit.kind for unit in units(text)}


def _of_kind(text: str, kind: str, taken: list[bool]) -> Iterator[Unit]:
    position = 0
    while match := _KINDS[kind].search(text, position):
        start, end = match.span()
        position = end
        if (kind in NAMED or kind == "area") and not match[0][0].isdigit():
            start = _name_start(text, start, end)
        if end - start < 2 or any(taken[start:end]):
            position = match.start() + 1
            continue
        taken[start:end] = [True] * (end - start)
        yield Unit(start, end, kind)


def _name_start(text: str, start: int, end: int) -> int:
    """Where a name begins: behind the last character that leads to one and leaves a name."""
    leads = (at for at in range(end - 4, start - 1, -1) if text[at] in _LEADS | _ENDS)
    return next((at + 1 for at in leads), start)


def number_of(words: str) -> str:
    """The number of a unit in Arabic digits and capitals, '' for none: 「十二栋」 is 12."""
    digits = re.match(r"第?([\dA-Za-z]+)", words)
    if digits:
        return digits[1].upper()
    tens = re.match(r"第?([一二三四五六七八九]?)十([一二三四五六七八九]?)", words)
    if tens:
        return str(_DIGITS.get(tens[1], 1) * 10 + _DIGITS.get(tens[2], 0))
    return str(_DIGITS[words[0]]) if words[:1] in _DIGITS else ""


def is_same(kind: str, one: str, other: str) -> bool:
    """Whether two units of a kind are the same: by number, or one name in the other."""
    numbers = number_of(one), number_of(other)
    if kind in NUMBERED or (kind == "group" and all(numbers)):
        return numbers[0] == numbers[1]
    return one in other or other in one


def put_in(place: str, words: str) -> str:
    """A place with new units in it: each takes the place of its like, or stands where its kind
    does: 「3单元」 into 「锦绣江南7栋2单元」. What nothing is like goes to the end."""
    if _stands(place, words):
        return place
    parts = _parts(words)
    if not parts:
        return _respelt(place, words)
    if [kind for _, kind in parts].count("road") > 1:
        return _crossing(place, words)
    at: int | None = None
    for part, kind in parts:
        if _stands(place, part):
            at = place.index(part) + len(part)
        else:
            place, at = _put(place, part, kind, at)
    return place


def _respelt(place: str, words: str) -> str:
    """A place in which a name is spelt otherwise, 「芸龙」 for 「云龙」; with the words behind it
    where nothing is like them."""
    if any(map(str.isdigit, words)):
        return place
    size = len(words)
    windows = [place[at : at + size] for at in range(len(place) - size + 1)] if size > 1 else []
    shared = [sum(map(str.__eq__, window, words)) for window in windows]
    best = max(range(len(windows)), key=shared.__getitem__, default=None)
    if best is None or 2 * shared[best] < size:
        return place + words
    return place[:best] + words + place[best + size :]


def _stands(place: str, words: str) -> bool:
    """True if a place has the words already; 「6号」 is not in 「66号」."""
    return bool(re.search(rf"(?<!\d){re.escape(words)}", place))


def _crossing(place: str, words: str) -> str:
    """Where roads meet, in the area and town of the place."""
    wide = ("area", "town", "village")
    told = kinds(words)
    kept = [u for u in units(place) if u.kind in wide and u.kind not in told]
    return "".join(place[unit.start : unit.end] for unit in kept) + words


def _parts(words: str) -> list[tuple[str, str]]:
    """The units of some words, each with what follows it; what leads to the first is its own."""
    found = units(words)
    if not found:
        return []
    edges = [0, *(unit.start for unit in found[1:]), len(words)]
    texts = (words[start:end].strip("的 ，,") for start, end in pairwise(edges))
    return [(text, unit.kind) for text, unit in zip(texts, found, strict=True)]


def _put(place: str, words: str, kind: str, at: int | None) -> tuple[str, int]:
    """The place with one unit put in, and where it ends there."""
    like = _likest(place, words, kind)
    if like is not None:
        start, end = like
    else:
        start = end = _between(place, kind) if at is None else at
    return place[:start] + words + place[end:], start + len(words)


def _likest(place: str, words: str, kind: str) -> tuple[int, int] | None:
    """Where the unit stands that some words are put in for; None if there is none."""
    spans = _alike(place, words, kind)
    return max(
        spans, key=lambda span: (fuzz.ratio(place[slice(*span)], words), span[0]), default=None
    )


def _alike(place: str, words: str, kind: str) -> list[tuple[int, int]]:
    old = [(unit.start, unit.end, unit.kind) for unit in units(place)]
    same = [(start, end) for start, end, its in old if its == kind]
    if same:
        return same
    if kind in NAMED:
        named = [(start, end, its) for start, end, its in old if its in NAMED]
        return [
            (start, end)
            for start, end, its in named
            if fuzz.ratio(place[start:end], words)
            >= (_LIKE_NAMES if {its, kind} <= {"village", "site", "group"} else _LIKE_OTHERS)
        ]
    if kind == "room":
        return [match.span() for match in _ROOM.finditer(place)]
    if kind == "side":
        return [match.span() for match in _BESIDE.finditer(place)][-1:]
    digits = sorted(number_of(words))
    swapped = ((s, e) for s, e, its in old if its in ("number", "building"))
    return [(s, e) for s, e in swapped if sorted(number_of(place[s:e])) == digits]


def _between(place: str, kind: str) -> int:
    """Where a unit of a kind belongs in a place that has none of it."""
    smaller = (unit.start for unit in units(place) if _RANK[unit.kind] > _RANK[kind])
    return next(smaller, len(place))
