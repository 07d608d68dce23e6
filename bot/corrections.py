"""An order corrected in plain words: 「不是雨湖区，是岳塘区」, 「少了个门牌 是18号」."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from bot import amendments, signs
from bot.amendments import AREA, NUMBERS, ONLY_AREA
from bot.dialogue import Draft
from bot.understanding.dialect import standard
from bot.understanding.reading import Details

TYPES = ("投诉", "求助", "举报", "建议", "咨询", "表扬")

SHORTEST = 2
"""Characters of what is said to be wrong; one alone stands in too many other words."""
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
    r"(?<=[是在叫])(?P<new>\s?[^，,。；;\s]{1,40}(?:\s\d[^，,。；;\s]*)?)"
)
_BUT_NOT = re.compile(
    r"(?:应该|应当)?(?:是|在|叫)(?P<new>[^，,。；;、\s不是]{1,30})[，,。；;、\s]*(?:而)?(?:不是|不在|不叫)(?P<old>[^，,。；;\s是]{1,30})"
)
_INTO = re.compile(
    r"(?:把|将)?(?P<old>[^，,。；;\s把将]{1,30}?)(?:要|应该|应当|给我|帮我|请)?(?:改成|改为|更正为|换成|改到|换为)(?P<new>[^，,。；;]{1,60})"
)
_MISSPELT = re.compile(
    r"(?P<old>[^，,。；;\s]{2,30}?)(?:写|说|打|填|弄|搞|记|讲)错了?[，,。\s]*(?:应该|应当|其实|正确的)*"
    r"(?:是|在|叫)(?P<new>[^，,。；;\s]{2,40})"
)
_INSTEAD = re.compile(
    r"(?:不是|不|别|没说)(?:想|需)?要(?:求|他们?|你们)?(?P<old>[^，,。；;\s]{1,20})[，,。；;\s]+"
    r"(?:[^，,。；;\s]{1,20}[，,。；;\s]+)?(?:我|只|就|是|而|想)*(?P<new>(?:要|希望|求)[^。；;\n]{2,80})"
)
"""Another wish: 「我不要赔偿，我要他退钱」."""
_SET = re.compile(
    rf"(?P<field>{_ANY_FIELD})(?:我)?(?:刚才|刚刚|前面)?(?:{_WRONG})?了?[，,、。\s]*(?:要|应该|应当|请|帮我|给我|重新)*"
    r"(?:改成|改为|改一下|更正为|更正一下|更正|换成|换了?|换一下|改|填|写|加上?|补上?|是|为|在|叫)[，,：:\s]*(?:是|为|成|在)?[：:\s]*(?P<value>(?![错反混])[^。；;\n]{1,80})"
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
    r"|更正|搞混|要改|改一下|不对|应该是|不是这个"
)
_KIND = "|".join(TYPES)
_KINDS = re.compile(
    rf"(?P<not>(?:不|别|莫|没有?)(?:要|用|给我|帮我)*)?"
    rf"(?P<so>类型|改成|改为|换成|[写填登记弄搞](?:成|为|作|个)?|按|匿名|实名|应该是|算是?|是|当|作为?|提)"
    rf"[我，,：:是为成作当个一条提]*(?P<kind>{_KIND})(?!人|者|信|电话)"
)
_CALLS_IT = re.compile(r"类型|[改换写填登记弄搞按]")
"""Says what the order is to be called, also in a longer text; 「我是投诉…」 may begin a story."""
LONGEST_TYPE = 24
_BACK = re.compile(
    r"[改换调][转回](?:来|去|原来|之前)|还原|恢复(?:原样|原来)|还是(?:按|用|是)?(?:原来|之前|最开始)的?(?:那个|没错|对)?"
    r"|(?:原来|之前|本来)(?:的|那个|写的)?(?:就)?(?:是对的|没错|才对)"
)
_BELONGS = re.compile(r"归|属于?|管辖|辖区|地盘|地界")
_NAMED_SO = re.compile(r"(?:叫|是|名(?:字|称)?)(?P<name>[^，,。；;\s的叫是]{3,20})")
_SECRET = re.compile(
    r"保密|匿名|(?:别|不要|不能)把我们?的?(?:名字|姓名|电话|信息)|(?:别|不要|不能)(?:说|讲|提|写)(?:出去)?(?:是我|我的?名|到我)|(?:不要|别|不能|不想|不希望)(?:把|让|给|被|向)?.{0,10}(?:透露|公开|泄露|告诉|知道|给)"
    r".{0,4}(?:他们|对方|别人|姓名|名字|电话|信息|身份|是我)"
)
_ONLY_NUMBER = re.compile(
    rf"(?:不对|错了|[说写打]错了|(?:刚才|前面)?(?:忘记?了?|漏了?|少了?)(?:说|写|讲|填|报)?了?|不好意思|抱歉|对了|补充一下|哦|啊|[，,。\s])*"
    rf"(?:应该|应当|其实|我们?|我家|住|就)*(?:改成|改为|换成|[是在])?(?P<number>{NUMBERS.pattern})"
    rf"(?:才对|的|吧|哦|啊|那里|这里|[。.!！，,\s]|(?:刚才|前面)?(?:忘记?了?|漏了?|少了?)(?:说|写|讲|填|报)了?|[说写打]错了)*"
)
_SPOKEN = {"哒": "了", "港错": "讲错"}
"""Only what tells of a mistake: the other words are the citizen's own, and go into the order."""
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
    for spoken, written in _SPOKEN.items():
        text = text.replace(spoken, written)
    changed = draft
    for step in _STEPS:
        changed = _merged(draft, changed, step(draft, text, details))
    certain = changed != draft
    if wants_secrecy(text):
        changed, certain = replace(changed, confidential=True), True
    if _withholds_phone(text, details.phone):
        changed, certain = replace(changed, contact="", withheld=True), True
    elif details.phone and details.phone != changed.contact:
        changed = replace(changed, contact=details.phone)
        certain = certain or len(text) - len(details.phone) <= 12
    if details.person and details.person != changed.person:
        changed = replace(changed, person=details.person)
        certain = certain or len(text) - len(details.person) <= 12
    return Correction(changed, certain) if changed != draft else None


def _merged(before: Draft, changed: Draft, after: Draft | None) -> Draft:
    """`changed` with what a further step changed too: a surer step has had its fields already."""
    if after is None:
        return changed
    names = [field.name for field in fields(Draft)]
    free = [name for name in names if getattr(changed, name) == getattr(before, name)]
    return replace(changed, **{name: getattr(after, name) for name in free})


def _withholds_phone(text: str, phone: str) -> bool:
    """No number shall be left; 「不留我的，留我爱人的180…」 leaves another."""
    clause = next((part for part in re.split("[，,。；;]", text) if phone and phone in part), text)
    return signs.withholds_phone(text) and (clause == text or signs.keeps_out(clause))


def takes_back(text: str) -> bool:
    """True for 「你改回来」, 「还是原来那个」: the last correction was none."""
    return len(text) <= LONGEST_TYPE * 2 and bool(_BACK.search(text))


def wants_secrecy(text: str) -> bool:
    """True for 「请保密」, 「不要告诉他们是我」."""
    return bool(_SECRET.search(standard(text)))


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
    return amendments.put(draft, name, value, details)


def _swap(draft: Draft, text: str, details: Details) -> Draft | None:
    """「不是雨湖区，是岳塘区」, 「把5栋改成6栋」: the one for the other, wherever it stands."""
    for pattern in (_NOT_BUT, _BUT_NOT, _INTO, _MISSPELT):
        changed = draft
        for found in pattern.finditer(text):
            old, new = found["old"].strip(), _trim(found["new"])
            if pattern in (_NOT_BUT, _BUT_NOT) or _stands(changed, old):
                changed = _swapped(changed, old, new, details) or changed
        if changed != draft:
            return changed
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
    is_area = bool(draft.area) and old in (draft.area, draft.area.removesuffix("区"))
    if is_area or (details.area and new.startswith(details.area) and AREA.fullmatch(old)):
        return amendments.other_area(draft, old, new, details)
    is_time = details.occurred_at and old in draft.occurred_at
    if is_time:
        return amendments.timed(draft, details)
    if old in draft.place or old in draft.facts:
        return amendments.everywhere(draft, old, new)
    if draft.occurred_at and (old in draft.occurred_at or details.occurred_at.startswith(new)):
        return amendments.timed(draft, details, new)
    if old in draft.demand:
        return replace(draft, demand=draft.demand.replace(old, new))
    if NUMBERS.fullmatch(new) and draft.place and NUMBERS.fullmatch(old):
        return amendments.at(draft, amendments.numbered(draft.place, new))
    return amendments.at(draft, new) if details.place else None


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
    if name == "person" and (business := amendments.renamed(draft, value)):
        return business
    if name == "place":
        value = details.place if value.startswith(details.place) else re.split("[，,]", value)[0]
    return amendments.put(draft, name, value or found["value"], details)


def _add(draft: Draft, text: str, details: Details) -> Draft | None:
    """「诉求再加一条…」, 「少了个门牌 是18号」: what was left out."""
    found = _ADDED.search(text)
    if found and _ALSO_ADDED.search(text):
        value = _trim(found["value"])
        demand = f"{draft.demand}；{value}" if draft.demand and value not in draft.demand else value
        return replace(draft, demand=demand) if value else None
    missing = _MISSING.search(text)
    number = amendments.NUMBER.search(missing["value"]) if missing else None
    if missing is None or number is None or not draft.place:
        return None
    if details.place and not NUMBERS.fullmatch(details.place):
        return amendments.at(draft, details.place)
    said = _trim(re.split(r"[是在]", missing["value"])[-1])
    if said.endswith(number[0]) and len(said) > len(number[0]) + SHORTEST:
        return amendments.at(draft, said)
    added = _trim(missing["value"][number.start() :])
    return amendments.at(draft, amendments.numbered(draft.place, added))


def _renumber(draft: Draft, text: str, _details: Details) -> Draft | None:
    """「应该是68号才对」, 「68号」: a house number alone."""
    found = _ONLY_NUMBER.fullmatch(text.strip())
    if found is None or not draft.place:
        return None
    return amendments.at(draft, amendments.numbered(draft.place, found["number"]))


def _when(draft: Draft, text: str, details: Details) -> Draft | None:
    """「不是今早，是昨天晚上」: another time, in whatever words."""
    placed = details.place and not NUMBERS.fullmatch(details.place) and "改" not in text
    if not details.occurred_at or placed or not _NOT_NOW.search(text):
        return None
    return amendments.timed(draft, details)


_NOT_NOW = re.compile(r"改|不是|搞混|记错|说错|弄错|写错|更正|应该是|时间|不对")


def _where(draft: Draft, text: str, details: Details) -> Draft | None:
    """「说错了，在书院路」: another place, in whatever words."""
    if _BELONGS.search(text) and not details.place and details.area not in ("", draft.area):
        return amendments.moved(draft, details.area, details)
    if not _OTHERWISE.search(text):
        return None
    only = ONLY_AREA.fullmatch(_trim(_OTHERWISE.sub("", text)))
    if only and details.area:
        return amendments.moved(draft, details.area, details)
    if not details.place or NUMBERS.match(details.place):
        return _elsewhere_in(draft, text, details)
    return replace(amendments.at(draft, details.place), area=details.area or draft.area)


def _elsewhere_in(draft: Draft, text: str, details: Details) -> Draft | None:
    """「说错楼层了，是四楼儿科」: another number of a unit that the place has."""
    numbers = amendments.NUMBER.finditer(text) if not details.occurred_at else ()
    units = {number["unit"] for number in amendments.NUMBER.finditer(draft.place)}
    named = [number[0] for number in numbers if number["unit"] in units]
    place = amendments.numbered(draft.place, named[-1]) if named else draft.place
    return amendments.at(draft, place) if place != draft.place else None


def _retype(draft: Draft, text: str, _details: Details) -> Draft | None:
    """「这个不算投诉，算我提个建议」: the last type that is not denied."""
    named = (kind for kind in _KINDS.finditer(text) if not kind["not"])
    found = [kind for kind in named if len(text) <= LONGEST_TYPE or _CALLS_IT.match(kind["so"])]
    return replace(draft, type=found[-1]["kind"]) if found else None


def _rename(draft: Draft, text: str, _details: Details) -> Draft | None:
    """「名字不对，叫宏达驾校」: a business that is spelt otherwise."""
    found = _NAMED_SO.search(text) if _CHANGES.search(text) else None
    return amendments.renamed(draft, _trim(found["name"])) if found else None


def _wish(draft: Draft, text: str, _details: Details) -> Draft | None:
    """「我不要赔偿，我要他退钱」: another demand."""
    found = _INSTEAD.search(text)
    if found is None or found["old"][:SHORTEST] not in (draft.demand or draft.facts):
        return None
    return replace(draft, demand=_trim(found["new"]))


_STEPS: tuple[Callable[[Draft, str, Details], Draft | None], ...] = (
    _renumber,
    _add,
    _wish,
    _swap,
    _set,
    _rename,
    _when,
    _where,
    _retype,
)
"""The ways to correct, the surest first."""


def _trim(value: str) -> str:
    return _TAIL.sub("", value.strip().removeprefix("一下").strip("，,：: "))
