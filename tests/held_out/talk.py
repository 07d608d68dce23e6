"""Holds the held-out messages and dialogues with a running system."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from backend.clock import Clock, city_time
from channels.simulator.server import FakeWeChat
from tests.acceptance.house import House
from tests.held_out.case import Case, Dialogue, several
from tests.held_out.phone import NoButton, Phone

PLACE = "雨湖区车站路66号"
"""Told when the bot asks where, to get to see the card."""

ASKED_TWICE = "asked twice"
MOVES = ("say", "tap", "tap_earlier", "picture", "location", "voice")
"""What a citizen can do in a step of a dialogue."""

Row = Mapping[str, Any]


@dataclass(slots=True)
class Heard:
    """What came of one message: the outcome row, and the card it led to."""

    case: Case
    openid: str
    card: Mapping[str, str] = field(default_factory=dict)
    asked_place: bool = False
    offered: Sequence[str] = ()
    reply: str = ""
    outcome: str = ""
    title: str = ""
    confidence: float | None = None


@dataclass(slots=True)
class Held:
    """What came of one dialogue: what went wrong, and what was said."""

    dialogue: Dialogue
    openid: str
    problems: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    steps_checked: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)

    @property
    def asked_twice(self) -> bool:
        """Whether a question was put twice in it."""
        return any(problem.startswith(ASKED_TWICE) for problem in self.problems)


class Talk:
    """Plays citizens, each a new one, and then reads how their messages ended."""

    def __init__(self, house: House, wechat: FakeWeChat) -> None:
        self.house = house
        self._wechat = wechat
        self._numbers = count(1)

    async def hear(self, cases: Sequence[Case], tell: Callable[[str], None]) -> list[Heard]:
        """Send every case as the first message of a new citizen."""
        heard = []
        for number, case in enumerate(cases, 1):
            heard.append(await self._send(case))
            if number % 50 == 0:
                tell(f"{number} of {len(cases)} messages sent")
        first: dict[str, Row] = {}
        for row in await self.house.huiying("outcomes", "--json"):
            first.setdefault(row["openid"], row)
        for one in heard:
            row = first[one.openid]
            one.outcome, one.title = row["outcome"], row["knowledge_title"] or ""
            one.confidence = row["confidence"]
        return heard

    async def hold(self, dialogues: Sequence[Dialogue], tell: Callable[[str], None]) -> list[Held]:
        """Hold every dialogue, each with a new citizen, and check how it went."""
        held = [await self._hold(dialogue) for dialogue in dialogues]
        tell(f"{len(held)} dialogues held")
        rows = await self.house.huiying("outcomes", "--json")
        orders = await self.house.huiying("orders", "list", "--limit", "1000", "--json")
        by_number = {order["number"]: order for order in orders}
        for one in held:
            theirs = [row for row in rows if row["openid"] == one.openid]
            _check(one, theirs, by_number)
        return held

    def phone(self) -> Phone:
        """A citizen who has never written before."""
        openid = f"oHeldOut{next(self._numbers):05}"
        return Phone(openid, self._wechat, f"{self.house.url}/healthz")

    async def _send(self, case: Case) -> Heard:
        phone = self.phone()
        reply = await phone.say(case.text)
        heard = Heard(case, phone.openid, offered=phone.labels(), reply=reply)
        if case.types:
            heard.card = phone.card()
            heard.asked_place = "不反映了" in heard.offered and "什么地方" in reply
            if heard.asked_place:
                await phone.say(PLACE)
                heard.card = phone.card()
        return heard

    async def _hold(self, dialogue: Dialogue) -> Held:
        phone = self.phone()
        held = Held(dialogue, phone.openid)
        sent = 0
        for step in dialogue.steps:
            if _is_skipped(step, phone):
                continue
            said = step.get("say") or str({k: v for k, v in step.items() if k in MOVES})
            try:
                reply = await _move(step, phone)
            except NoButton as error:
                held.problems.append(str(error))
                break
            held.lines += [f"> {said}", f"  {reply!r}"]
            if "outcome" in step:
                held.steps_checked.append((sent, several(step["outcome"])))
            if step.get("hears", "") not in reply:
                held.problems.append(f"「{step['hears']}」 is not in the answer to 「{said}」")
            sent += 1
        held.problems += [f"{ASKED_TWICE}: {line}" for line in phone.asked_twice()]
        return held


def _is_skipped(step: Row, phone: Phone) -> bool:
    unwanted = "unless" in step and phone.shows(step["unless"])
    return unwanted or ("when" in step and not phone.shows(step["when"]))


async def _move(step: Row, phone: Phone) -> str:
    """Do what the step says; what the account said to it."""
    name = next(name for name in MOVES if name in step)
    value = step[name]
    match name:
        case "say":
            return await phone.say(value)
        case "tap":
            return await phone.tap(value)
        case "tap_earlier":
            return await phone.tap_earlier(value)
        case "location":
            return await phone.locate(value)
        case "voice":
            return await phone.speak(value)
        case _:
            return await phone.show()


def _check(held: Held, rows: Sequence[Row], orders: Mapping[str, Row]) -> None:
    """Compare the outcomes and the orders with what the dialogue shall end in."""
    for number, allowed in held.steps_checked:
        got = rows[number]["outcome"] if number < len(rows) else "nothing"
        if got not in allowed:
            held.problems.append(f"step {number + 1}: {got}, expected {' or '.join(allowed)}")
    ends = held.dialogue.ends
    last = rows[-1]["outcome"] if rows else "nothing"
    if last not in several(ends["outcome"]):
        held.problems.append(f"ended in {last}, expected {ends['outcome']}")
    numbers = sorted({row["order_no"] for row in rows if row["order_no"]})
    due = ends.get("orders", 1 if "order" in ends else 0)
    if len(numbers) != due:
        held.problems.append(f"{len(numbers)} orders, expected {due}")
    if numbers and "order" in ends:
        held.problems += _differences(orders[numbers[-1]], ends["order"])


def dated(text: str) -> list[str]:
    """`{-1}` in the forms of yesterday's date, `{0}` of today's; anything else as it is."""
    days = re.fullmatch(r"\{(-?\d+)\}", text)
    if not days:
        return [text]
    day = city_time(Clock().now()) + timedelta(days=int(days[1]))
    return [f"{day.month}月{day.day}日", f"{day:%m月%d日}", f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d}"]


def _differences(order: Row, expected: Row) -> list[str]:
    found = []
    for key, value in expected.items():
        name, how = (key, "is") if key in order else key.rsplit("_", 1)
        if not fits(order[name], how, value):
            found.append(f"{name} is {order[name]!r}; expected: {how} {value!r}")
    return found


def fits(got: Any, how: str, value: Any) -> bool:
    """Whether a field of an order is as expected: `is`, `contains` or `lacks` one of the values.
    A field without a value (None) is '', a list its members."""
    if isinstance(value, bool):
        return bool(got) is value
    wanted = tuple(form for text in several(value) for form in dated(text))
    said = "、".join(got) if isinstance(got, list) else got or ""
    match how:
        case "lacks" | "lack":
            return not any(word in said for word in wanted)
        case "contains" | "contain":
            return any(word in said for word in wanted)
        case _:
            return said in wanted
