"""A field of an order that takes another value: the facts that name the old one follow."""

import re
from dataclasses import replace

from bot.dialogue import Draft
from bot.understanding.reading import Details

LEAST_RESPELT = 3
"""Characters of a name that may be told by most of them."""
ALIKE_ENDS = 2
"""Characters at its end that tell what sort of a business a name is of: 驾校, 公司."""

AREA = re.compile(
    r"[^，。\s在是]{1,6}?(?:经开区|高新区|示范区|(?<![小社校园片城景住学])区|县|(?<![超菜门夜城])市)"
)
ONLY_AREA = re.compile(
    rf"(?:是|在|属于|应该是|改成)*(?P<area>{AREA.pattern})(?:的|那边|这边|啊|哦|吧)*"
)
NUMBER = re.compile(
    r"(?P<number>第?[\dA-Za-z一二三四五六七八九十百零]{1,5}(?:-\d{1,4})*)"
    r"(?P<unit>号楼|号院|号|栋|幢|座|单元|楼|层|室|组|弄)"
)
NUMBERS = re.compile(rf"(?:{re.sub(r'[?]P<.*?>', '', NUMBER.pattern)})+(?:\d{{2,4}})?[室号]?")
"""A house number and nothing else: 「3栋」, 「2单元301」."""
_ROOM = re.compile(r"(?<=[元栋幢座楼层])\d{2,4}室?$")
"""A flat behind its building: 「2单元301」."""


_KIND = re.compile(
    r"(?:[\u4e00-\u9fff]店|[\u4e00-\u9fff]馆|[\u4e00-\u9fff]厅|[\u4e00-\u9fff]行|[\u4e00-\u9fff]厂|[网酒]吧|KTV|ktv|超市|公司|物业"
    r"|酒店|宾馆|酒楼|会所|驿站|诊所|医院|学校|幼儿园|驾校|工作室|机构|中心)$"
)
"""What sort of a business a name ends with."""
_PERSON = re.compile(r"先生|女士|师傅|老师|小姐|阿姨")


def put(draft: Draft, name: str, value: str, details: Details) -> Draft:
    """The draft with a field set to what the citizen said; `details` is what it was read as."""
    match name:
        case "place":
            return placed(draft, value, details)
        case "occurred_at":
            return timed(draft, details, value[:40])
        case "contact":
            return replace(draft, contact=details.phone or draft.contact)
        case "demand":
            return replace(draft, demand=value)
        case "person":
            return replace(draft, person=value[:20])
        case _:
            return replace(draft, facts=value)


def placed(draft: Draft, value: str, details: Details) -> Draft:
    """A whole place takes the old one's place; a house number alone its number's."""
    if draft.place and NUMBERS.fullmatch(value):
        return at(draft, numbered(draft.place, value))
    only = ONLY_AREA.fullmatch(value)
    if only:
        return moved(draft, only["area"], details)
    return replace(at(draft, value), area=_city_area(value, details) or draft.area)


def at(draft: Draft, place: str) -> Draft:
    """Another place, also where the facts name the old one."""
    old = like(draft.place, place) or _of_its_kind(draft.place, place)
    place = draft.place.replace(old, place, 1) if old else place
    facts = draft.facts.replace(draft.place, place) if draft.place else draft.facts
    return replace(draft, place=place, facts=facts)


def _of_its_kind(text: str, name: str) -> str:
    """The name with the same ending, for one without any other: 烟塘村 for 楠香村; '' for none."""
    one = _UNIT.fullmatch(name)
    olds = [unit for unit in _UNIT.finditer(text) if one and unit["kind"] == one["kind"]]
    return olds[-1][0] if olds else ""


_KINDS = "街道|社区|大道|小区|花园|[村镇乡路街巷]"
_UNIT = re.compile(
    rf"(?:(?<=[区县市镇乡村路街道园场厂])|^)(?:(?!{_KINDS}|[区县市园场])[\u4e00-\u9fff]){{1,5}}(?P<kind>{_KINDS})(?![\u4e00-\u9fff]?[道口])"
)
"""A name with one ending, behind another name or first."""


def like(text: str, name: str) -> str:
    """What in a text the name spells anew: 「东方名苑」 for 「东方明苑」; '' for nothing."""
    size = len(name)
    for start in range(len(text) - size + 1) if size >= LEAST_RESPELT else ():
        old = text[start : start + size]
        like = sum(one == other for one, other in zip(old, name, strict=True))
        ends_alike = old[-1] == name[-1] or name[-1].isascii()
        if ends_alike and 0 < size - like <= size // 3:
            return old
    return ""


def _city_area(place: str, details: Details) -> str:
    """The area that a place begins with, as the city knows it."""
    area = AREA.match(place)
    if area is None:
        return ""
    return details.area if area[0] in details.area else area[0]


def moved(draft: Draft, area: str, details: Details) -> Draft:
    """The same place in another area."""
    place = draft.place
    if draft.area and draft.area in place:
        place = place.replace(draft.area, area)
    facts = draft.facts.replace(draft.area, area) if draft.area else draft.facts
    return replace(draft, area=details.area or area, place=place or area, facts=facts, street="")


def numbered(place: str, value: str) -> str:
    """A place with a house number put in: instead of its like, else behind it."""
    room = _ROOM.search(value) if not NUMBER.fullmatch(value) else None
    if room:
        place = _ROOM.sub("", place)
    for number in NUMBER.finditer(value, 0, room.start() if room else len(value)):
        same = [old for old in NUMBER.finditer(place) if old["unit"] == number["unit"]]
        if same:
            place = place[: same[-1].start()] + number[0] + place[same[-1].end() :]
        else:
            place += number[0]
    return place + (room[0] if room else "")


def timed(draft: Draft, details: Details, value: str = "") -> Draft:
    """Another time, also where the facts name the old one; `value` where none was understood."""
    if not details.occurred_at:
        return replace(draft, occurred_at=value, occurred_on="")
    old, new = (when.partition("（")[0] for when in (draft.occurred_at, details.occurred_at))
    return replace(
        draft,
        facts=draft.facts.replace(old, new) if old else draft.facts,
        occurred_at=details.occurred_at,
        occurred_on=details.occurred_on,
    )


def renamed(draft: Draft, name: str, *, bare: bool = False) -> Draft | None:
    """A business by another name, or one that is spelt otherwise; None if none is meant.
    `bare`: its kind may be missing from the name."""
    ends = name[-ALIKE_ENDS:]
    others = [known for known in draft.companies if known != name]
    old = next((known for known in others if known.endswith(ends)), "")
    if not old and bare and len(others) == 1 and not _PERSON.search(name):
        kind = _KIND.search(others[0])
        old = others[0][: kind.start()] if kind and not name.endswith(kind[0]) else others[0]
    if old:
        return everywhere(draft, old, name)
    old = like(draft.facts, name)
    is_meant = (old.endswith(ends) or name[-1].isascii()) and len(name) > LEAST_RESPELT
    return everywhere(draft, old, name) if old and is_meant else None


def everywhere(draft: Draft, old: str, new: str) -> Draft:
    """`new` for `old` wherever the citizen said it; with what follows there and ends the new name
    too: 「阿珍水果店」 for the 「小胖」 of 「小胖水果店」."""
    said = "\n".join((draft.place, draft.facts, *draft.companies))
    ends = (new[-size:] for size in range(len(new) - 1, 0, -1))
    old += next((end for end in ends if not old.endswith(end) and old + end in said), "")
    return replace(
        draft,
        place=draft.place.replace(old, new),
        facts=draft.facts.replace(old, new),
        companies=tuple(name.replace(old, new) for name in draft.companies),
    )
