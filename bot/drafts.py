"""An order in the making: what is known of it, what is missing, how it is shown and corrected."""

import re
from dataclasses import replace

from backend.message import Choice, Location, Reply
from bot import amendments, words
from bot.corrections import wants_secrecy
from bot.dialogue import Draft
from bot.order_types import order_type
from bot.understanding.reading import Details, Reading

NEEDS_PLACE = frozenset({"投诉", "求助", "举报"})
QUESTIONS = {"place": words.ASK_PLACE, "facts": words.ASK_FACTS}
CHANGE = "change_"
"""Begins what is asked when one field is to be changed,"""
CHANGE_PLACE = f"{CHANGE}place"
"""such as the place."""
MOST_QUESTIONS = 2
"""Asked of one matter at most (docs/design.md section 7)."""

LONGEST_READ = 2000
"""Characters in which signs are looked for."""

LONGEST_NAME = 4
"""Characters; a longer area (「湘潭高新区」) is also called without its city."""

ALL_OF_IT = 0.8
"""Share of a text that its demand takes up when it says nothing else."""

FEWEST_FACTS = 4
"""Characters; a shorter matter (「停水」) needs a word more."""

PART = 10**15
"""Added to a message's number for each further matter in it: a draft is known by its number."""

ONLY_VOICE = "（市民发来语音，没能转成文字，请听附件）"
NO_WORDS = "（市民没有写文字，请看附件）"


def begin(draft_id: int, reading: Reading, contact: str = "", said_before: str = "") -> Draft:
    """The draft a text begins, with all that it already says.

    `said_before` is what announced it (「我要投诉」), for the type it may name.
    """
    draft = Draft(
        id=draft_id,
        type=order_type(reading, said_before),
        facts=reading.details.matter or reading.text,
        category=reading.category,
        contact=contact,
        confidential=wants_secrecy(reading.text[:LONGEST_READ]),
    )
    return enriched(draft, reading.details)


_ANNOUNCED = re.compile(
    r"你好|您好|我们?|要|想|投诉|举报|反映|求助|登记|一下|一个|有|个|事情?|问题|[，,。.！!\s]"
)
"""What a text says that only announces a matter: 「我要投诉物业」."""


def question(draft: Draft) -> str:
    """The field to ask for next, '' if there is nothing left to ask."""
    if len(draft.asked) >= MOST_QUESTIONS:
        return ""
    return next((name for name in _missing(draft) if name not in draft.asked), "")


def _missing(draft: Draft) -> list[str]:
    missing: list[str] = []
    if draft.facts == ONLY_VOICE:
        return missing  # A human hears first.
    if len(_ANNOUNCED.sub("", draft.facts)) < FEWEST_FACTS:
        missing.append("facts")
    if draft.type in NEEDS_PLACE and not draft.place:
        missing.append("place")
    return missing


def put(draft: Draft, field: str) -> Draft:
    """The draft with a question noted as put to the citizen."""
    return draft if field in draft.asked else replace(draft, asked=(*draft.asked, field))


def ask(draft: Draft, field: str, before: str = "", *, another: bool = False) -> Reply:
    """The question for a field; of a matter beside `another` it is put in other words."""
    question = words.ASK_PLACE_TOO if another and field == "place" else QUESTIONS[field]
    return Reply(f"{before}\n{question}".strip(), (Choice("cancel", "不反映了"),))


def card(draft: Draft, title: str = words.CARD_TITLE) -> Reply:
    """The order as it will be filed, to be confirmed with one tap."""
    lines = [
        f"类型：{draft.type}" + (f"（{draft.category}）" if draft.category else ""),
        f"内容：{draft.facts or NO_WORDS}",
        f"地点：{_place(draft)}" if _place(draft) else "",
        f"时间：{draft.occurred_at}" if draft.occurred_at else "",
        f"涉及单位：{'、'.join(draft.companies)}" if draft.companies else "",
        f"诉求：{draft.demand}" if draft.demand else "",
        f"联系人：{draft.person}" if draft.person else "",
        f"电话：{_phone(draft)}",
        f"附件：{len(draft.attachments)}个" if draft.attachments else "",
        "要求保密：是" if draft.confidential else "",
    ]
    text = "\n".join([title, *(line for line in lines if line)])
    return Reply(
        text,
        (
            Choice(f"confirm:{draft.id}", words.CONFIRM),
            Choice("edit", "修改"),
            Choice("cancel", "取消"),
        ),
        words.CARD_HINT,
    )


def _place(draft: Draft) -> str:
    if not draft.place and draft.type in NEEDS_PLACE:
        return draft.area or words.UNKNOWN_PLACE
    short = draft.area[2:] if len(draft.area) > LONGEST_NAME else draft.area
    if draft.area and short not in draft.place:
        return f"{draft.area}{draft.place}"
    return draft.place


def _phone(draft: Draft) -> str:
    if draft.contact or draft.withheld:
        return draft.contact or "不留"
    return "未留（方便的话请补充，便于联系）"


def fields(draft: Draft) -> dict[str, object]:
    """The draft as the fields of an order."""
    return {
        "type": draft.type,
        "category": draft.category,
        "facts": draft.facts or NO_WORDS,
        "demand": draft.demand or words.DEMAND,
        "place": draft.known_place,
        "area": draft.area,
        "street": draft.street,
        "occurred_at": draft.occurred_at,
        "occurred_on": draft.occurred_on,
        "companies": list(draft.companies),
        "contact": draft.contact,
        "confidential": draft.confidential,
    }


def supplement(draft: Draft, reading: Reading, more: str = "") -> Draft:
    """The draft with words added that correct nothing; `more` are those that tell of the matter,
    where some do not."""
    details = reading.details
    said = more or details.matter or reading.text
    if details.demand and len(details.demand) >= ALL_OF_IT * len(said):
        return enriched(draft, details)
    return enriched(
        replace(draft, facts=f"{draft.facts}；{said}".removeprefix("；")), reading.details
    )


def enriched(draft: Draft, details: Details) -> Draft:
    """The draft with what further words say of it; what it has already stays, but the phone."""
    known = [name for name in details.companies if name not in draft.companies]
    fresh = details.demand if details.demand not in draft.demand else ""
    when = not draft.occurred_on and bool(details.occurred_on or not draft.occurred_at)
    same_area = not draft.area or draft.area == details.area
    return replace(
        draft,
        place=draft.place or details.place,
        area=draft.area or details.area,
        street=draft.street or (details.street if same_area else ""),
        occurred_at=_dated(details) or draft.occurred_at if when else draft.occurred_at,
        occurred_on=details.occurred_on if when else draft.occurred_on,
        demand="；".join(part for part in (draft.demand, fresh) if part),
        contact=details.phone or draft.contact,
        person=draft.person or details.person,
        companies=(*draft.companies, *known),
    )


def joined(before: Draft, draft: Draft) -> Draft:
    """The draft with what was told of its matter before."""
    return replace(
        draft,
        facts=f"{before.facts}；{draft.facts}",
        category=before.category,
        place=draft.place or before.place,
        area=draft.area or before.area,
        street=draft.street or before.street,
        occurred_at=draft.occurred_at or before.occurred_at,
        occurred_on=draft.occurred_on or before.occurred_on,
        contact=draft.contact or before.contact,
        person=draft.person or before.person,
        companies=(*before.companies, *draft.companies),
    )


def beside(draft: Draft, other: Draft) -> Draft:
    """A matter told in one breath with another: at the same place, unless it says where."""
    one_breath = draft.type != "咨询" and draft.id % PART == other.id % PART
    return at_place_of(draft, other) if one_breath else draft


def at_place_of(draft: Draft, other: Draft) -> Draft:
    """The draft where the other is, unless it says where; a house number alone is of its road."""
    place = other.place
    if draft.place and (not amendments.NUMBERS.fullmatch(draft.place) or not place):
        return draft
    place = amendments.numbered(place, draft.place) if draft.place else place
    return there(draft, replace(other, place=place))


def there(draft: Draft, at: Draft) -> Draft:
    """The draft at the place of another."""
    return replace(draft, place=at.place, area=at.area, street=at.street)


def is_there(text: str) -> bool:
    """True if a text says that it is of the place told before: 「同一条路上」, 「我们这里」."""
    return bool(_THERE.search(text))


_THERE = re.compile(
    r"同一|同个|还是(?:在)?[这那我]|[这那](?:边|里|条|块|附近)|旁边|隔壁|对面|我们(?:小区|这|村|楼|院)"
)


def located(before: Draft, after: Draft, details: Details) -> Draft:
    """The draft whose place was changed, in the area and street of the new place.

    `details` are what the new place alone says: the words that corrected it name the old one too.
    """
    if after.place == before.place:
        return after
    moved = after.area != before.area
    said = before.area and before.area in after.facts and details.area not in after.place
    return replace(
        after,
        area=after.area if moved or said or not details.area else details.area,
        street=details.street,
    )


def is_more(text: str) -> bool:
    """True if a text says itself that it adds something."""
    return bool(_MORE.match(text.strip()))


_MORE = re.compile(
    r"(?:再|另外|我|还要?|还想|对了|哦|不好意思|刚才|[，,\s])*"
    r"(?:补充|忘(?:记)?了?(?:说|讲)|漏了?(?:说|讲)|少(?:说|讲)了|加一句|再[说讲]一[句点])"
)


def ask_office(draft_id: int, text: str, contact: str = "", category: str = "") -> Draft:
    """A question that a human shall read and answer."""
    return Draft(id=draft_id, type="咨询", facts=text, category=category, contact=contact)


def _dated(details: Details) -> str:
    """A time that says when; 「晚上」 alone would only look like an answer on the order."""
    words = details.occurred_at
    said = details.occurred_on or any(character.isdigit() for character in words)
    return words if said else ""


def at_place(draft_id: int, reading: Reading, contact: str = "") -> Draft:
    """A draft that a place alone began: what happened there is still to be said."""
    details = reading.details
    return Draft(
        id=draft_id,
        type="求助",
        facts="",
        place=details.place,
        area=details.area,
        street=details.street,
        contact=details.phone or contact,
    )


def empty(draft_id: int, contact: str = "") -> Draft:
    """A draft that a picture or a place began, without any words yet."""
    return Draft(id=draft_id, type="求助", facts="", contact=contact)


def place_of(location: Location) -> str:
    """A shared place in words; its coordinates when the map gave no name."""
    return location.label or f"北纬{location.latitude:.5f}，东经{location.longitude:.5f}"


def at(draft: Draft, location: Location, *, instead: bool = False) -> Draft:
    """The draft at a shared place; what the citizen wrote of it is kept in front, unless it was
    wrong and the shared one stands `instead`."""
    known = replace(draft, place="", area="", street="") if instead else draft
    return pinned(known, place_of(location))


def pinned(draft: Draft, shared: str) -> Draft:
    """As `at`, with the shared place in words."""
    if draft.known_place:
        shared = f"{draft.place}（定位：{shared}）"
    return replace(draft, place=shared)
