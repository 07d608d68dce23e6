"""Files whole descriptions with a running system, and compares the orders with what was due."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from tests.held_out.case import Description, Due
from tests.held_out.phone import CONFIRM, Phone
from tests.held_out.talk import PLACE, Row, Talk, dated

ANSWER = 20
"""So many first characters of an entry's text tell that it was answered."""
LONGER = 14
"""An order's place may be so much longer than it was told: its area, street or town before it."""
MOST_MOVES = 8
FIELDS = {"phone": "contact", "time": "occurred_at"}
"""What an order calls a part, where it has another name."""
PARTS = ("order", "place", "area", "type", "category", "phone", "time", "facts")


@dataclass(slots=True)
class Filed:
    """What came of one description: the orders, and all that the account said."""

    description: Description
    openid: str
    said: str = ""
    orders: Sequence[Row] = ()
    is_answered: bool = False
    marks: list[Mapping[str, bool]] = field(default_factory=list)
    matched: list[Row] = field(default_factory=list)


async def file(
    talk: Talk, descriptions: Sequence[Description], tell: Callable[[str], None]
) -> list[Filed]:
    """Send each description, take every order to its end, and mark what became of it."""
    filed = [await _file(talk.phone(), one) for one in descriptions]
    tell(f"{len(filed)} descriptions filed")
    outcomes = await talk.house.huiying("outcomes", "--json")
    orders = await talk.house.huiying("orders", "list", "--limit", "1000", "--json")
    entries = await talk.house.huiying("knowledge", "list", "--json")
    answers = {entry["title"]: entry["answer"][:ANSWER] for entry in entries}
    for one in filed:
        title = one.description.title
        one.orders = _orders_of(one.openid, outcomes, orders)
        one.is_answered = title in one.said or answers.get(title, title) in one.said
        one.matched = matched(one.orders, one.description.orders)
        pairs = zip(one.matched, one.description.orders, strict=True)
        one.marks = [marks(order, due) for order, due in pairs]
    return filed


async def _file(phone: Phone, description: Description) -> Filed:
    await phone.say(description.text)
    moved: set[str] = set()
    for _ in range(MOST_MOVES):
        move = next((m for m in _moves(phone, description) if m == CONFIRM or m not in moved), "")
        if not move:
            break
        moved.add(move)
        await (phone.say(move) if move == PLACE else phone.tap(move))
    return Filed(description, phone.openid, phone.transcript())


def _moves(phone: Phone, description: Description) -> list[str]:
    """What a willing citizen does with the screen, best first."""
    buttons = [CONFIRM, "登记工单", description.title, "都不是", "解决了"]
    moves = [label for label in buttons if label and phone.shows(label)]
    return [*moves, PLACE] if phone.shows("不反映了") else moves


def _orders_of(openid: str, outcomes: Sequence[Row], orders: Sequence[Row]) -> list[Row]:
    """All orders of a citizen, oldest first."""
    known = {row["order_no"] for row in outcomes if row["openid"] == openid and row["order_no"]}
    citizens = {order["citizen_id"] for order in orders if order["number"] in known}
    theirs = [order for order in orders if order["citizen_id"] in citizens]
    return sorted(theirs, key=lambda order: str(order["number"]))


def matched(orders: Sequence[Row], dues: Sequence[Due]) -> list[Row]:
    """An order for each due, {} for none, given out as it suits them best."""

    def suits(chosen: Sequence[Row]) -> int:
        pairs = zip(chosen, dues, strict=True)
        return sum(sum(marks(order, due).values()) for order, due in pairs)

    return list(max(permutations([*orders, *({} for _ in dues)], len(dues)), key=suits))


def marks(got: Row, due: Due) -> dict[str, bool]:
    """What is right in an order, of the parts that its description tells."""
    told = {"order": bool(got)}
    if any(due.places):
        told["place"] = bool(got) and _is_place(got.get("place", ""), due.places)
    for part, wanted in (("area", due.areas), ("type", due.types), ("category", due.categories)):
        if wanted:
            told[part] = got.get(part) in wanted
    for part, texts in (("phone", (due.phone,)), ("time", due.times)):
        if any(texts):
            told[part] = _contains_any(got.get(FIELDS[part]), texts)
    if due.facts:
        told["facts"] = all(word in (got.get("facts") or "") for word in due.facts)
    return told


def _is_place(got: str, wanted: Sequence[str]) -> bool:
    """One of the places stands in it, without half the story around it."""
    bare = "".join((got or "").split())
    places = ["".join(place.split()) for place in wanted]
    return any(p in bare and len(bare) <= len(p) + LONGER for p in places) or "" in places


def _contains_any(got: Any, texts: Sequence[str]) -> bool:
    return any(form in str(got or "") for text in texts for form in dated(text))
