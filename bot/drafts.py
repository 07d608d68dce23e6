"""An order in the making: what is known of it, what is missing, how it is shown and corrected."""

import re
from dataclasses import dataclass, replace

from backend.message import Choice, Location, Reply
from bot import words
from bot.dialogue import Draft
from bot.triage import is_place, order_type
from bot.understanding.reading import Details, Reading

TYPES = frozenset({"咨询", "求助", "投诉", "举报", "建议", "表扬"})
NEEDS_PLACE = frozenset({"投诉", "求助", "举报"})
QUESTIONS = {"place": words.ASK_PLACE, "facts": words.ASK_FACTS}
MOST_QUESTIONS = 2
"""Asked of one matter at most (docs/design.md section 7)."""

FEWEST_FACTS = 4
"""Characters; a shorter matter (「停水」) needs a word more."""

UNKNOWN_PLACE = "市民未说明"

SHORTEST = 2
"""Characters of what is said to be wrong; one alone stands in too many other words."""

_DEMAND = re.compile(r"(?:希望|要求|请求|恳请|盼望?|建议|请)[^，。！？!?；;\n]{4,60}")


def begin(draft_id: int, reading: Reading, contact: str = "", said_before: str = "") -> Draft:
    """The draft a text begins, with all that it already says.

    `said_before` is what announced it (「我要投诉」), for the type it may name.
    """
    details = reading.details
    demand = _DEMAND.search(reading.text)
    return Draft(
        id=draft_id,
        type=order_type(reading, said_before),
        facts=details.matter or reading.text,
        category=reading.category,
        place=details.place,
        area=details.area,
        occurred_at=_dated(details.occurred_at),
        demand=demand[0] if demand else "",
        contact=details.phone or contact,
    )


def question(draft: Draft) -> str:
    """The field to ask for next, '' if there is nothing left to ask."""
    if len(draft.asked) >= MOST_QUESTIONS:
        return ""
    return next((name for name in _missing(draft) if name not in draft.asked), "")


def _missing(draft: Draft) -> list[str]:
    missing = []
    if len(draft.facts) < FEWEST_FACTS:
        missing.append("facts")
    if draft.type in NEEDS_PLACE and not draft.place:
        missing.append("place")
    return missing


def ask(draft: Draft, field: str, before: str = "") -> Reply:
    """The question for a field."""
    return Reply(f"{before}\n{QUESTIONS[field]}".strip(), (Choice("cancel", "不反映了"),))


def card(draft: Draft, title: str = words.CARD_TITLE) -> Reply:
    """The order as it will be filed, to be confirmed with one tap."""
    lines = [
        f"类型：{draft.type}" + (f"（{draft.category}）" if draft.category else ""),
        f"内容：{draft.facts}",
        f"地点：{_place(draft)}" if _place(draft) else "",
        f"时间：{draft.occurred_at}" if draft.occurred_at else "",
        f"诉求：{draft.demand}" if draft.demand else "",
        f"电话：{draft.contact}" if draft.contact else "电话：未留（方便的话请补充，便于联系）",
        f"附件：{len(draft.attachments)}个" if draft.attachments else "",
        "要求保密：是" if draft.confidential else "",
    ]
    text = "\n".join([title, *(line for line in lines if line)])
    return Reply(
        text,
        (
            Choice(f"confirm:{draft.id}", "确认提交"),
            Choice("edit", "修改"),
            Choice("cancel", "取消"),
        ),
        words.CARD_HINT,
    )


def _place(draft: Draft) -> str:
    if draft.area and draft.area not in draft.place:
        return f"{draft.area}{draft.place}"
    return draft.place


def resume(draft: Draft, said: str) -> tuple[Reply, str]:
    """Back to an order after something in between: what to say, and what that asks for."""
    if draft.type in NEEDS_PLACE and not draft.place:
        reply = Reply(f"{said}\n\n{words.PLACE_AGAIN}", (Choice("cancel", "不反映了"),))
        return reply, "place"
    return card(draft, f"{said}\n\n{words.DRAFT_WAITS}{words.CARD_TITLE}"), "confirm"


def fields(draft: Draft) -> dict[str, object]:
    """The draft as the fields of an order."""
    return {
        "type": draft.type,
        "category": draft.category,
        "facts": draft.facts,
        "demand": draft.demand or words.DEMAND,
        "place": draft.place if draft.place != UNKNOWN_PLACE else "",
        "area": draft.area,
        "occurred_at": draft.occurred_at,
        "contact": draft.contact,
        "confidential": draft.confidential,
    }


def answer(draft: Draft, field: str, reading: Reading) -> Draft:
    """The draft after the citizen answered the question for `field` with any words."""
    asked = (*draft.asked, field)
    details = reading.details
    known = replace(
        draft,
        asked=asked,
        area=details.area or draft.area,
        contact=details.phone or draft.contact,
        occurred_at=draft.occurred_at or details.occurred_at,
    )
    if reading.intent.name == "unknown_detail" or _UNKNOWN.fullmatch(reading.text.strip()):
        return replace(known, place=known.place or UNKNOWN_PLACE) if field == "place" else known
    if field == "place":
        place = _plain_place(reading.text) if len(reading.text) <= 40 else details.place
        said = place or details.place or known.place or reading.text[:60]
        return replace(known, place=said)
    if is_place(reading):
        return replace(known, place=known.place or details.place)
    return replace(
        known,
        facts=f"{known.facts}。{reading.text}".strip("。"),
        place=known.place or details.place,
        category=known.category or reading.category,
        type=order_type(reading) if not known.facts else known.type,
    )


_UNKNOWN = re.compile(
    r"(?:这个)?我?(?:也|真的?)?(?:不知道|不晓得|不清楚|记不(?:清|得)了?|没有|没注意|(?:不方便|不好|不想|不愿意?)说|"
    r"说不(?:上来|清楚?|好)|讲不清楚?|忘了)[。，,.啊呀哦了的呢嘛]*"
)
_PLACE_LEAD = re.compile(
    r"^(?:嗯+|哦+|好的?|就|是|它|地址|地点|位置|地方|我家|具体)*[是在：:，, ]*(?:在|是)?"
)


def _plain_place(text: str) -> str:
    """A typed place without 「就在」 before and full stops after it."""
    plain = _PHONE.sub("", text)
    return _PLACE_LEAD.sub("", plain.strip(), count=1).strip("。.，, ！!的呢啊")


_PHONE = re.compile(r"1[3-9]\d{9}")
_NOT_BUT = re.compile(
    r"不是(?P<old>[^，,。；是]{1,30})[，,。；、\s]*(?:而|应该|应当|它|这)?是(?P<new>[^，,。；]{1,40})"
)
_FIELD = re.compile(
    r"(?P<field>地址|地点|位置|地方|门牌号?|楼栋|电话|手机号?码?|联系方式|号码|时间|日期|类型|诉求|要求|内容)"
    r"(?:我)?(?:刚才|刚刚)?(?:写错|说错|打错|填错|错|搞错|不对|有误)?了?[，,、\s]*(?:要|应该|应当|请|帮我|给我)*"
    r"(?:改成|改为|更正为|换成|填|写|是|为|在)[：:]?(?P<value>[^。；\n]{1,80})"
)
_CHANGES = re.compile(r"改成|改为|更正为|换成|错|不对|有误")
_AREA = re.compile(r"[^，。\s]{1,6}?(?:经开区|高新区|示范区|区|县|市)")
_KINDS = re.compile(r"(?:不是|改成|改为|应该是|是)(投诉|求助|举报|建议|咨询|表扬)")
_SECRET = re.compile(
    r"保密|匿名|(?:不要|别|不能|不想)(?:把|让|给|被)?.{0,10}(?:透露|公开|泄露|告诉|知道|给)"
    r".{0,4}(?:他们|对方|别人|姓名|名字|电话|信息|身份|是我)"
)
_NAMES = {
    "门牌": "place",
    "门牌号": "place",
    "楼栋": "place",
    "地址": "place",
    "地点": "place",
    "位置": "place",
    "地方": "place",
    "时间": "occurred_at",
    "日期": "occurred_at",
    "诉求": "demand",
    "要求": "demand",
    "内容": "facts",
}


@dataclass(frozen=True, slots=True)
class Correction:
    """A draft after plain words changed it; `certain` if they named what to change."""

    draft: Draft
    certain: bool


def correct(draft: Draft, text: str, details: Details) -> Correction | None:
    """The draft as the citizen corrected it in plain words; None if nothing was corrected."""
    changed = (
        _swap(draft, text, details)
        or _set(draft, text, details)
        or _when(draft, text, details)
        or _retype(draft, text)
    )
    certain = changed is not None
    changed = changed or draft
    if _SECRET.search(text):
        changed, certain = replace(changed, confidential=True), True
    if details.phone and details.phone != changed.contact:
        changed = replace(changed, contact=details.phone)
        certain = certain or len(text) - len(details.phone) <= 12
    return Correction(changed, certain) if changed != draft else None


def _swap(draft: Draft, text: str, details: Details) -> Draft | None:
    """「不是雨湖区，是岳塘区」: the one for the other, wherever it stands."""
    found = _NOT_BUT.search(text)
    if found is None:
        return None
    old, new = found["old"].strip(), _trim(found["new"])
    if len(old) < SHORTEST or not new:
        # 「不是的，是这样的」 would put 「这样」 for every 「的」.
        return None
    if new in TYPES:
        return replace(draft, type=new)
    if old == draft.area or (details.area and new.startswith(details.area)):
        place = draft.place.replace(old, new) if old in draft.place else draft.place
        area = _AREA.match(new)
        return replace(
            draft,
            area=area[0] if area else new,
            place=place or (new if area and area[0] != new else ""),
            facts=draft.facts.replace(old, new),
        )
    if old in draft.place or old in draft.facts:
        return replace(
            draft,
            place=draft.place.replace(old, new),
            facts=draft.facts.replace(old, new),
            area=details.area or draft.area,
        )
    if details.place:
        return replace(draft, place=new, area=details.area or draft.area)
    return None


def _set(draft: Draft, text: str, details: Details) -> Draft | None:
    """「地址改成…」「时间应该是…」: a field by its name."""
    found = _FIELD.search(text)
    name = _NAMES.get(found["field"]) if found else None
    if found is None or name is None:
        return None
    value = _trim(found["value"])
    if not value:
        return None
    if name == "place":
        return replace(draft, place=value, area=_area(value) or details.area or draft.area)
    if name == "occurred_at":
        return replace(draft, occurred_at=details.occurred_at or value)
    if name == "demand":
        return replace(draft, demand=value)
    if not _CHANGES.search(found[0]):
        # 「我投诉的内容是他们不来修」 tells more; it takes nothing back.
        return None
    return replace(draft, facts=found["value"].strip("。.!！ "))


def _area(place: str) -> str:
    found = _AREA.match(place)
    return found[0] if found else ""


def _when(draft: Draft, text: str, details: Details) -> Draft | None:
    """「不是今早，是昨天晚上」: another time, in whatever words."""
    if not details.occurred_at or details.place or not _NOT_NOW.search(text):
        return None
    last = _LAST_IS.search(text)
    said = _trim(last[1]) if last else details.occurred_at
    return replace(draft, occurred_at=said if len(said) <= 20 else details.occurred_at)


_NOT_NOW = re.compile(r"不是|搞混|记错|说错|弄错|更正|应该是|时间")
_LAST_IS = re.compile(r"(?:应该|应当)?是([^是，,。；]{2,20})[^是]*$")


def _retype(draft: Draft, text: str) -> Draft | None:
    found = _KINDS.search(text) if len(text) <= 20 else None
    return replace(draft, type=found[1]) if found else None


def _trim(value: str) -> str:
    return value.strip().rstrip("的吧啊呢哦了。.!！ ")


def supplement(draft: Draft, reading: Reading) -> Draft:
    """The draft with words added that correct nothing."""
    details = reading.details
    return replace(
        draft,
        facts=f"{draft.facts}；{reading.text}".removeprefix("；"),
        place=draft.place or details.place,
        area=draft.area or details.area,
        occurred_at=draft.occurred_at or details.occurred_at,
        contact=details.phone or draft.contact,
    )


def is_more(text: str) -> bool:
    """True if a text says itself that it adds something."""
    return bool(_MORE.match(text.strip()))


_MORE = re.compile(r"(?:再|另外)?补充")


def ask_office(draft_id: int, text: str, contact: str = "") -> Draft:
    """A question that a human shall read and answer."""
    return Draft(id=draft_id, type="咨询", facts=text, contact=contact)


def _dated(words: str) -> str:
    """A time that says when; 「晚上」 alone would only look like an answer on the order."""
    return words if any(character.isdigit() for character in words) else ""


def at_place(draft_id: int, reading: Reading, contact: str = "") -> Draft:
    """A draft that a place alone began: what happened there is still to be said."""
    details = reading.details
    return Draft(
        id=draft_id,
        type="求助",
        facts="",
        place=details.place,
        area=details.area,
        contact=details.phone or contact,
    )


def empty(draft_id: int, contact: str = "") -> Draft:
    """A draft that a picture or a place began, without any words yet."""
    return Draft(id=draft_id, type="求助", facts="", contact=contact)


def place_of(location: Location) -> str:
    """A shared place in words; its coordinates when the map gave no name."""
    return location.label or f"北纬{location.latitude:.5f}，东经{location.longitude:.5f}"


def at(draft: Draft, location: Location) -> Draft:
    """The draft at a shared place; what the citizen wrote of it is kept in front."""
    shared = place_of(location)
    if draft.place and draft.place != UNKNOWN_PLACE:
        shared = f"{draft.place}（定位：{shared}）"
    return replace(draft, place=shared)
