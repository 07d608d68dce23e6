"""An order corrected in plain words: 「不是雨湖区，是岳塘区」, 「少了个门牌 是18号」."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot import signs
from bot.dialogue import Draft
from bot.understanding.reading import Details

TYPES = ("投诉", "求助", "举报", "建议", "咨询", "表扬")

SHORTEST = 2
"""Characters of what is said to be wrong; one alone stands in too many other words."""
LEAST_RESPELT = 3
"""Characters of a name that may be told by most of them."""
LONGEST = 200
"""Characters; who writes more tells something new, and corrects nothing by the way."""

FIELDS = {
    "place": "地址|地点|位置|地方|门牌号?|楼栋|楼号|房号|小区",
    "occurred_at": "时间|日期",
    "contact": "电话|手机号?码?|联系方式|号码",
    "demand": "诉求|要求",
    "facts": "内容|事情|描述",
    "person": "名字|姓名|联系人|称呼",
}
"""The fields of an order as citizens call them."""
_CALLED = {name: re.compile(words) for name, words in FIELDS.items()}
_ANY_FIELD = "|".join(FIELDS.values())

_WRONG = r"(?:写|说|打|填|弄|搞|记|登|讲)?(?:错|反|混)了?|不对|有误|不太对"
_NOT_BUT = re.compile(
    r"(?:不是|不叫|不在)(?P<old>[^，,。；;、\s是]{1,30})[，,。；;、\s]*(?:(?:而|应该|应当|它|这|我)*是?在?|[是在叫])"
    r"(?<=[是在叫])(?P<new>[^，,。；;]{1,40})"
)
_BUT_NOT = re.compile(
    r"(?:应该|应当)?(?:是|在|叫)(?P<new>[^，,。；;、\s不是]{1,30})[，,。；;、\s]*(?:而)?(?:不是|不在|不叫)(?P<old>[^，,。；;\s是]{1,30})"
)
_INTO = re.compile(
    r"(?:把|将)?(?P<old>[^，,。；;\s把将]{1,30}?)(?:要|应该|应当|给我|帮我|请)?(?:改成|改为|更正为|换成|改到|换为)(?P<new>[^，,。；;]{1,60})"
)
_SET = re.compile(
    rf"(?P<field>{_ANY_FIELD})(?:我)?(?:刚才|刚刚|前面)?(?:{_WRONG})?了?[，,、。\s]*(?:要|应该|应当|请|帮我|给我|重新)*"
    r"(?:改成|改为|改一下|更正为|更正一下|更正|换成|换了?|换一下|改|填|写|加上?|补上?|是|为|在|叫)[，,：:\s]*(?:是|为|成|在)?[：:\s]*(?P<value>[^。；;\n]{1,80})"
)
_DEMAND_IS = re.compile(r"要求(?:应该|[是改写错])")
_CHANGES = re.compile(r"改|更正|换|错|不对|有误|反了|混了")
_MISSING = re.compile(
    r"(?:(?:地址|地点|门牌|位置)[^，,。]{0,4}(?:加|补|添)上?个?|少(?:了|写|说|填)|漏(?:写|说|填|了(?=个?门牌|楼|单元|号))|忘(?:了|记)?(?:写|说|填)|没有?(?:写|说|填))(?P<value>[^。；;\n]{1,40})"
)
_ADDED = re.compile(
    r"(?P<field>诉求|要求)[^，,。\s]{0,4}?(?:再|还|另外|也|多|要)*(?:加上?|添加?|增加|补充|有|是|要)(?:一[条个点项])?[，,：:\s]*(?P<value>[^。；;\n]{2,80})"
)
_ALSO_ADDED = re.compile(r"再|还|另外|也|加|添|补|多")
_OTHERWISE = re.compile(
    r"(?:说|写|打|填|搞|弄|记|讲)(?:错|混|反)(?:字|地方|位置|地址|名字)?了?"
    r"|更正|搞混|改一下|不对|应该是|不是这个"
)
_AREA = re.compile(
    r"[^，。\s在是]{1,6}?(?:经开区|高新区|示范区|(?<![小社校园片城景住学])区|县|(?<![超菜门夜城])市)"
)
_ONLY_AREA = re.compile(
    rf"(?:是|在|属于|应该是|改成)*(?P<area>{_AREA.pattern})(?:的|那边|这边|啊|哦|吧)*"
)
_KIND = "|".join(TYPES)
_KINDS = re.compile(
    rf"(?:类型|不是|改成|改为|换成|应该是|算是?|是)[，,：:是为成]*(?P<kind>{_KIND})(?!人|者|信|电话)"
)
_SECRET = re.compile(
    r"保密|匿名|(?:不要|别|不能|不想|不希望)(?:把|让|给|被|向)?.{0,10}(?:透露|公开|泄露|告诉|知道|给)"
    r".{0,4}(?:他们|对方|别人|姓名|名字|电话|信息|身份|是我)"
)
_NUMBER = re.compile(
    r"(?P<number>第?[\dA-Za-z一二三四五六七八九十百零]{1,5}(?:-\d{1,4})*)"
    r"(?P<unit>号楼|号院|号|栋|幢|座|单元|楼|层|室|组|弄)"
)
_SURELY_NUMBER = re.compile(
    rf"(?:{re.sub(r'[?]P<.*?>', '', _NUMBER.pattern)})+(?:\d{{2,4}})?[室号]?"
)
_ONLY_NUMBER = re.compile(
    rf"(?:不对|错了|说错了|写错了|哦|啊|[，,\s])*(?:应该|应当|其实)?(?:改成|改为|换成|[是在])?(?P<number>{_SURELY_NUMBER.pattern})(?:才对|的|吧|哦|啊|[。.!！])*"
)
_NOT_SO = re.compile(r"(?:地址|地点|位置|时间)?(?:不是|不在)(?P<old>[^，,。；;\s]{2,20})")
_TAIL = re.compile(
    r"(?:[的啊呢哦呀哈哟。.!！，,、~\s]|(?<![网酒书水])吧|(?<![坏断掉破塌漏堵停没丢死])了)+$"
)


@dataclass(frozen=True, slots=True)
class Correction:
    """A draft after plain words changed it; `certain` if they named what to change."""

    draft: Draft
    certain: bool


def correct(draft: Draft, text: str, details: Details) -> Correction | None:
    """The draft as the citizen corrected it in plain words; None if nothing was corrected."""
    if len(text) > LONGEST:
        return None
    changed = next((after for step in _STEPS if (after := step(draft, text, details))), None)
    certain = changed is not None
    changed = changed or draft
    if wants_secrecy(text):
        changed, certain = replace(changed, confidential=True), True
    if signs.withholds_phone(text):
        changed, certain = replace(changed, contact="", withheld=True), True
    elif details.phone and details.phone != changed.contact:
        changed = replace(changed, contact=details.phone)
        certain = certain or len(text) - len(details.phone) <= 12
    if details.person and details.person != changed.person:
        changed = replace(changed, person=details.person)
        certain = certain or len(text) - len(details.person) <= 12
    return Correction(changed, certain) if changed != draft else None


def wants_secrecy(text: str) -> bool:
    """True for 「请保密」, 「不要告诉他们是我」."""
    return bool(_SECRET.search(text))


def asks_to_change(draft: Draft, text: str, *, bare: bool = False) -> str:
    """The field that 「把时间改一下」 or 「不是66号」 is about, without saying how; '' for none.

    `bare`: the name of the field alone will do, because it was asked for.
    """
    plain = _trim(text)
    denied = _NOT_SO.fullmatch(plain)
    if denied:
        return _holding(draft, denied["old"])
    if len(plain) > 20 or not (_CHANGES.search(plain) or bare):
        return ""
    return next((name for name, called in _CALLED.items() if called.search(plain)), "")


def _holding(draft: Draft, words: str) -> str:
    """The field in which some words stand."""
    if words in draft.place or words == draft.area:
        return "place"
    return "occurred_at" if words in draft.occurred_at else ""


def assign(draft: Draft, name: str, text: str, details: Details) -> Draft:
    """The draft with a field set to what was answered when asked for it."""
    value = _trim(re.sub(r"^(?:是|应该是|改成|换成|改为|就|在|为|填|写)+", "", text.strip()))
    if not value:
        return draft
    return _put(draft, name, value, details)


def _put(draft: Draft, name: str, value: str, details: Details) -> Draft:
    match name:
        case "place":
            return _placed(draft, value, details)
        case "occurred_at":
            return _timed(draft, value, details)
        case "contact":
            return replace(draft, contact=details.phone or draft.contact)
        case "demand":
            return replace(draft, demand=value)
        case "person":
            return replace(draft, person=value[:20])
        case _:
            return replace(draft, facts=value)


def _placed(draft: Draft, value: str, details: Details) -> Draft:
    """A whole place takes the old one's place; a house number alone its number's."""
    if draft.place and _SURELY_NUMBER.fullmatch(value):
        return _replaced(draft, numbered(draft.place, value))
    only = _ONLY_AREA.fullmatch(value)
    if only:
        return _moved(draft, only["area"], details)
    return replace(_replaced(draft, value), area=_city_area(value, details) or draft.area)


def _replaced(draft: Draft, place: str) -> Draft:
    """Another place, also where the facts name the old one."""
    place = _respelt(draft.place, place)
    facts = draft.facts.replace(draft.place, place) if draft.place else draft.facts
    return replace(draft, place=place, facts=facts)


def _respelt(place: str, name: str) -> str:
    """「东方明苑」 for 「书院路东方名苑」 spells one name of the place anew."""
    size = len(name)
    for start in range(len(place) - size + 1) if size >= LEAST_RESPELT else ():
        old = place[start : start + size]
        like = sum(one == other for one, other in zip(old, name, strict=True))
        if 0 < size - like <= size // 3:
            return place[:start] + name + place[start + size :]
    return name


def _city_area(place: str, details: Details) -> str:
    """The area that a place begins with, as the city knows it."""
    area = _AREA.match(place)
    if area is None:
        return ""
    return details.area if area[0] in details.area else area[0]


def _moved(draft: Draft, area: str, details: Details) -> Draft:
    """The same place in another area."""
    place = draft.place
    if draft.area and draft.area in place:
        place = place.replace(draft.area, area)
    facts = draft.facts.replace(draft.area, area) if draft.area else draft.facts
    return replace(draft, area=details.area or area, place=place or area, facts=facts, street="")


def numbered(place: str, value: str) -> str:
    """A place with a house number put in: instead of its like, else behind it."""
    for number in _NUMBER.finditer(value):
        same = [old for old in _NUMBER.finditer(place) if old["unit"] == number["unit"]]
        if same:
            place = place[: same[-1].start()] + number[0] + place[same[-1].end() :]
        else:
            place += number[0]
    return place


def _timed(draft: Draft, value: str, details: Details) -> Draft:
    if not details.occurred_at:
        return replace(draft, occurred_at=value[:40], occurred_on="")
    return replace(draft, occurred_at=details.occurred_at, occurred_on=details.occurred_on)


def _swap(draft: Draft, text: str, details: Details) -> Draft | None:
    """「不是雨湖区，是岳塘区」, 「把5栋改成6栋」: the one for the other, wherever it stands."""
    for pattern in (_NOT_BUT, _BUT_NOT, _INTO):
        found = pattern.search(text)
        if found is None or (pattern is _INTO and not _stands(draft, found["old"].strip())):
            continue
        after = _swapped(draft, found["old"].strip(), _trim(found["new"]), details)
        if after is not None:
            return after
    return None


def _stands(draft: Draft, old: str) -> bool:
    """「地址改成…」 names a field, 「5栋改成6栋」 what stands in one."""
    said = (draft.area, draft.place, draft.facts, draft.occurred_at, draft.demand)
    return len(old) >= SHORTEST and any(old in words for words in said)


def _swapped(draft: Draft, old: str, new: str, details: Details) -> Draft | None:
    if len(old) < SHORTEST or not new:
        # 「不是的，是这样的」 would put 「这样」 for every 「的」.
        return None
    if new in TYPES:
        return replace(draft, type=new)
    if _is_area_of(draft, old) or (
        details.area and new.startswith(details.area) and _AREA.fullmatch(old)
    ):
        return _other_area(draft, old, new, details)
    if old in draft.place or old in draft.facts:
        return _everywhere(draft, old, new)
    if draft.occurred_at and (old in draft.occurred_at or details.occurred_at.startswith(new)):
        return replace(
            draft, occurred_at=details.occurred_at or new, occurred_on=details.occurred_on
        )
    if old in draft.demand:
        return replace(draft, demand=draft.demand.replace(old, new))
    if _SURELY_NUMBER.fullmatch(new) and draft.place and _SURELY_NUMBER.fullmatch(old):
        return _replaced(draft, numbered(draft.place, new))
    return _replaced(draft, new) if details.place else None


def _is_area_of(draft: Draft, old: str) -> bool:
    return bool(draft.area) and old in (draft.area, draft.area.removesuffix("区"))


def _everywhere(draft: Draft, old: str, new: str) -> Draft:
    return replace(
        draft,
        place=draft.place.replace(old, new),
        facts=draft.facts.replace(old, new),
        companies=tuple(name.replace(old, new) for name in draft.companies),
    )


def _other_area(draft: Draft, old: str, new: str, details: Details) -> Draft:
    area = _AREA.match(new)
    named = area[0] if area else new
    return replace(
        draft,
        area=details.area if named in details.area else named,
        street="",
        place=draft.place.replace(old, new) or (new if named != new else ""),
        facts=draft.facts.replace(old, new),
    )


def _set(draft: Draft, text: str, details: Details) -> Draft | None:
    """「地址改成…」, 「时间应该是…」: a field by its name."""
    found = _SET.search(text)
    value = _trim(found["value"]) if found else ""
    if found is None or not value or value in ("一下", "改一下", "下"):
        return None
    if found["field"] == "要求" and not _DEMAND_IS.match(found[0]):
        return None
    name = next(name for name, called in _CALLED.items() if called.fullmatch(found["field"]))
    if name == "contact":
        return None  # A telephone number is taken wherever it stands.
    if name in ("facts", "person") and not _CHANGES.search(found[0]):
        # 「我投诉的内容是他们不来修」 tells more; it takes nothing back.
        return None
    if name == "facts":
        return replace(draft, facts=found["value"].strip("。.!！ "))
    return _put(draft, name, value, details)


def _add(draft: Draft, text: str, details: Details) -> Draft | None:
    """「诉求再加一条…」, 「少了个门牌 是18号」: what was left out."""
    found = _ADDED.search(text)
    if found and _ALSO_ADDED.search(text):
        value = _trim(found["value"])
        demand = f"{draft.demand}；{value}" if draft.demand and value not in draft.demand else value
        return replace(draft, demand=demand) if value else None
    missing = _MISSING.search(text)
    number = _NUMBER.search(missing["value"]) if missing else None
    if missing is None or number is None or not draft.place:
        return None
    if details.place and not _SURELY_NUMBER.fullmatch(details.place):
        return _replaced(draft, details.place)
    said = _trim(re.split(r"[是在]", missing["value"])[-1])
    if said.endswith(number[0]) and len(said) > len(number[0]) + SHORTEST:
        return _replaced(draft, said)
    return _replaced(draft, numbered(draft.place, _trim(missing["value"][number.start() :])))


def _renumber(draft: Draft, text: str, _details: Details) -> Draft | None:
    """「应该是68号才对」, 「68号」: a house number alone."""
    found = _ONLY_NUMBER.fullmatch(text.strip())
    if found is None or not draft.place:
        return None
    return _replaced(draft, numbered(draft.place, found["number"]))


def _when(draft: Draft, text: str, details: Details) -> Draft | None:
    """「不是今早，是昨天晚上」: another time, in whatever words."""
    if not details.occurred_at or details.place or not _NOT_NOW.search(text):
        return None
    return replace(draft, occurred_at=details.occurred_at, occurred_on=details.occurred_on)


_NOT_NOW = re.compile(r"不是|搞混|记错|说错|弄错|写错|更正|应该是|时间|不对")


def _where(draft: Draft, text: str, details: Details) -> Draft | None:
    """「说错了，在书院路」: another place, in whatever words."""
    if not _OTHERWISE.search(text):
        return None
    only = _ONLY_AREA.fullmatch(_trim(_OTHERWISE.sub("", text)))
    if only and details.area:
        return _moved(draft, details.area, details)
    if not details.place or _SURELY_NUMBER.fullmatch(details.place):
        return None
    return replace(_replaced(draft, details.place), area=details.area or draft.area)


def _retype(draft: Draft, text: str, _details: Details) -> Draft | None:
    found = list(_KINDS.finditer(text)) if len(text) <= 20 else []
    return replace(draft, type=found[-1]["kind"]) if found else None


_STEPS: tuple[Callable[[Draft, str, Details], Draft | None], ...] = (
    _renumber,
    _add,
    _swap,
    _set,
    _when,
    _where,
    _retype,
)
"""The ways to correct, the surest first."""


def _trim(value: str) -> str:
    return _TAIL.sub("", value.strip().removeprefix("一下").strip("，,：: "))
