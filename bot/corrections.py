"""An order corrected in plain words: 「不是雨湖区，是岳塘区」, 「少了个门牌 是18号」."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from bot import amendments, signs
from bot import correction_words as cues
from bot.amendments import AREA, NUMBERS, ONLY_AREA
from bot.dialogue import Draft
from bot.understanding.dialect import standard
from bot.understanding.reading import Details

SHORTEST = 2
"""Characters of what is said to be wrong; one alone stands in too many other words."""
LONGEST = 200
"""Characters; who writes more tells something new, and corrects nothing by the way."""

LONGEST_TYPE = 24
"""Characters of a text that names another type; a longer one has to say that it is called so."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A draft after plain words changed it; `certain` if they named what to change."""

    draft: Draft
    certain: bool


def correct(draft: Draft, text: str, details: Details) -> Correction | None:
    """The draft as the citizen corrected it in plain words; None if nothing was corrected."""
    if len(text) > LONGEST:
        return None
    for spoken, written in cues.SPOKEN.items():
        text = text.replace(spoken, written)
    changed = draft
    for step in _STEPS:
        changed = _merged(draft, changed, step(draft, text, details))
    certain = changed != draft
    if wants_secrecy(text):
        changed, certain = replace(changed, confidential=True), True
    if digits := _last_digits(draft.contact, text):
        changed, certain = replace(changed, contact=digits), True
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


def _last_digits(phone: str, text: str) -> str:
    """The phone with other digits at its end: 「最后一位是2」, 「尾号应该是0012」."""
    found = cues.TAIL_DIGITS.search(text) if phone else None
    return phone[: -len(found["digits"])] + found["digits"] if found else ""


def _withholds_phone(text: str, phone: str) -> bool:
    """No number shall be left; 「不留我的，留我爱人的180…」 leaves another."""
    clause = next((part for part in re.split("[，,。；;]", text) if phone and phone in part), text)
    return signs.withholds_phone(text) and (clause == text or signs.keeps_out(clause))


def takes_back(text: str) -> bool:
    """True for 「你改回来」, 「还是原来那个」: the last correction was none."""
    return len(text) <= LONGEST_TYPE * 2 and bool(cues.BACK.search(text))


def wants_secrecy(text: str) -> bool:
    """True for 「请保密」, 「不要告诉他们是我」."""
    return bool(cues.SECRET.search(standard(text)))


def asks_to_change(draft: Draft, text: str, *, bare: bool = False) -> str:
    """The field that 「把时间改一下」 or 「不是66号」 is about, without saying how; '' for none.

    `bare`: the name of the field alone will do, because it was asked for.
    """
    plain = _trim(text)
    denied = cues.NOT_SO.fullmatch(plain)
    if denied:
        return _holding(draft, denied["old"])
    if len(plain) > 20 or not (cues.CHANGES.search(plain) or bare):
        return ""
    return next((name for name, called in cues.CALLED.items() if called.search(plain)), "")


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
    for pattern in _SWAPS:
        changed = draft
        for found in pattern.finditer(text):
            old, new = _trim(found["old"]), _trim(found["new"])
            if pattern in (cues.NOT_BUT, cues.BUT_NOT) or _is_meant(changed, old, found):
                changed = _swapped(changed, old, new, details) or changed
        if changed != draft:
            return changed
    return None


_SWAPS = (
    cues.NOT_BUT,
    cues.BUT_NOT,
    cues.INTO,
    cues.MISSPELT,
    cues.TAKEN_FOR,
    cues.TURNED,
)


def _is_meant(draft: Draft, old: str, found: re.Match[str]) -> bool:
    """It stands in the order; 「单元错了，是2单元」 only says of what it is."""
    new = found["new"]
    alike = found.re is cues.INTO or bool(set(old) & set(new))
    return alike and old not in new and _stands(draft, old)


def _stands(draft: Draft, old: str) -> bool:
    """「地址改成…」 names a field, 「5栋改成6栋」 what stands in one."""
    said = (draft.area, draft.place, draft.facts, draft.occurred_at, draft.demand)
    return len(old) >= SHORTEST and any(old in words for words in said)


def _swapped(draft: Draft, old: str, new: str, details: Details) -> Draft | None:
    if len(old) < SHORTEST or not new:
        # 「不是的，是这样的」 would put 「这样」 for every 「的」.
        return None
    if new in cues.TYPES:
        return replace(draft, type=new)
    is_area = bool(draft.area) and old in (draft.area, draft.area.removesuffix("区"))
    if is_area or (details.area and new.startswith(details.area) and AREA.fullmatch(old)):
        return amendments.other_area(draft, old, new, details)
    is_time = details.occurred_at and old in draft.occurred_at
    if is_time:
        return amendments.timed(draft, details)
    if old in draft.place or old in draft.facts:
        # 「不是对面，是广场背后」 of 「广场对面」 names the square again.
        before = draft.place.partition(old)[0] if old in draft.place else ""
        return amendments.everywhere(draft, old, new.removeprefix(before))
    if draft.occurred_at and (old in draft.occurred_at or details.occurred_at.startswith(new)):
        return amendments.timed(draft, details, new)
    if old in draft.demand:
        return replace(draft, demand=draft.demand.replace(old, new))
    if NUMBERS.fullmatch(new) and draft.place and NUMBERS.fullmatch(old):
        return amendments.at(draft, amendments.numbered(draft.place, new))
    return amendments.at(draft, new) if details.place else None


def _set(draft: Draft, text: str, details: Details) -> Draft | None:
    """「地址改成…」, 「时间应该是…」: a field by its name."""
    found = cues.SET.search(text)
    value = _trim(found["value"]) if found else ""
    if found is None or not value or value in ("一下", "改一下", "下"):
        return None
    if found["field"] == "要求" and not cues.DEMAND_IS.match(found[0]):
        return None
    name = next(name for name, called in cues.CALLED.items() if called.fullmatch(found["field"]))
    if name == "contact":
        return None  # A telephone number is taken wherever it stands.
    if name in ("facts", "person") and not cues.CHANGES.search(found[0]):
        # 「我投诉的内容是他们不来修」 tells more; it takes nothing back.
        return None
    if name == "facts":
        return replace(draft, facts=found["value"].strip("。.!！ "))
    own = cues.OWN_NAME.search(text)
    if name == "person" and not own and (business := _renamed(draft, text, value)):
        return business
    if name == "place":
        value = details.place if value.startswith(details.place) else re.split("[，,]", value)[0]
    return amendments.put(draft, name, value or found["value"], details)


def _add(draft: Draft, text: str, details: Details) -> Draft | None:
    """「诉求再加一条…」, 「少了个门牌 是18号」: what was left out."""
    found = cues.ADDED.search(text)
    if found and cues.ALSO_ADDED.search(text):
        value = _trim(found["value"])
        demand = f"{draft.demand}；{value}" if draft.demand and value not in draft.demand else value
        return replace(draft, demand=demand) if value else None
    missing = cues.MISSING.search(text)
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
    found = cues.ONLY_NUMBER.fullmatch(text.strip())
    if found is None or not draft.place:
        return None
    return amendments.at(draft, amendments.numbered(draft.place, found["number"]))


def _when(draft: Draft, text: str, details: Details) -> Draft | None:
    """「不是今早，是昨天晚上」: another time, in whatever words."""
    placed = details.place and not NUMBERS.fullmatch(details.place) and "改" not in text
    named = details.occurred_at.partition("（")[0]
    told = cues.NOT_NOW.search(text) or (draft.occurred_at and f"是{named}" in text)
    if not details.occurred_at or placed or not told:
        return None
    return amendments.timed(draft, details)


def _where(draft: Draft, text: str, details: Details) -> Draft | None:
    """「说错了，在书院路」: another place, in whatever words."""
    known = not details.place or details.place in draft.place
    if cues.BELONGS.search(text) and known and details.area not in ("", draft.area):
        return amendments.moved(draft, details.area, details)
    if not cues.OTHERWISE.search(text):
        return None
    bare = _trim(cues.OTHERWISE.sub("", text))
    _, road, rest = bare.partition(details.place) if details.place else ("", "", "")
    lies = road and cues.LIES.fullmatch(rest) and details.area != draft.area
    if details.area and (ONLY_AREA.fullmatch(bare) or lies):
        return amendments.moved(draft, details.area, details)
    side = cues.SIDE.search(draft.place)
    if side and cues.SIDE.fullmatch(bare):
        return amendments.at(draft, draft.place.replace(side[0], bare))
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
    named = (kind for kind in cues.KINDS.finditer(text) if not kind["not"])
    found = [kind for kind in named if len(text) <= LONGEST_TYPE or cues.CALLS_IT.match(kind["so"])]
    return replace(draft, type=found[-1]["kind"]) if found else None


def _rename(draft: Draft, text: str, _details: Details) -> Draft | None:
    """「名字不对，叫宏达驾校」: a business that is spelt otherwise."""
    if cues.OWN_NAME.search(text):
        return None
    found = cues.NAMED_SO.search(text) if _speaks_of_a_name(text) else None
    found = found or cues.CODE.search(text)
    return _renamed(draft, text, _trim(found["name"])) if found else None


def _speaks_of_a_name(text: str) -> bool:
    return bool(cues.CHANGES.search(text) or cues.ITS_NAME.search(text))


def _renamed(draft: Draft, text: str, name: str) -> Draft | None:
    return amendments.renamed(draft, name, bare=bool(cues.CALLED_SO.search(text)))


def _wish(draft: Draft, text: str, _details: Details) -> Draft | None:
    """「我不要赔偿，我要他退钱」: another demand."""
    found = cues.INSTEAD.search(text)
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
    return cues.TAIL.sub("", value.strip().removeprefix("一下").strip("，,：: "))
