"""Invented orders with whole histories, to try the system at the size of a city (造数)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zlib import crc32

from backend.clock import CITY, city_time
from backend.database import Database
from backend.orders import bulk, rules
from backend.orders.bulk import Life
from backend.orders.history import apply, create
from backend.orders.lifecycle import Event
from backend.orders.rules import Rules

DAYS = 1095
"""Over so many days orders are spread, today the last."""
LIVELY = timedelta(days=15)
"""After this long nearly all orders are closed."""
OFFICE, UNIT, CLOCK = "agent:seed", "handler:seed", "system:seed"
SURNAMES, GIVEN = (
    "王李张刘陈杨黄周吴徐孙马朱胡郭何林高罗郑",
    "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超霞平刚",
)
TYPES = ("投诉", "投诉", "求助", "求助", "咨询", "建议", "举报")
DEMANDS = ("请尽快处理", "希望给个答复", "请安排人员到现场查看", "要求说明处理结果", "")
REPLIES = (
    "经现场核实，反映情况属实。我单位已安排{count}名工作人员于当日完成处理，并电话告知反映人，反映人表示认可。",
    "接单后我单位联系反映人了解情况，已督促责任方在{count}日内整改到位，后续将加强巡查。",
    "经核查，该问题已列入本月计划，预计{count}日内完成；已向反映人解释，反映人表示理解。",
)


@dataclass(frozen=True, slots=True)
class Matter:
    """What somebody may write of: its words and its category."""

    text: str
    category: str


@dataclass(frozen=True, slots=True)
class Site:
    """Where it may be: a road or place with the area and street it lies in."""

    place: str
    area: str
    street: str


@dataclass(frozen=True, slots=True)
class Stock:
    """What orders are made of."""

    matters: Sequence[Matter]
    sites: Sequence[Site]
    units: Sequence[str]
    rules: Rules = field(default_factory=Rules)

    def unit(self, category: str) -> str:
        """The unit that most orders of a category go to."""
        return self.units[crc32(category.encode()) % len(self.units)]


async def seed(
    database: Database, stock: Stock, total: int, now: datetime, random: Random
) -> AsyncIterator[int]:
    """Add `total` orders, day by day, each in a transaction; yields how many are written."""
    days = min(DAYS, total)
    done = 0
    for day in range(days):
        morning = _morning(now, days - 1 - day)
        wanted = total * (day + 1) // days - done
        lives = [_live(stock, morning, now, random) for _ in range(wanted)]
        async with database.transaction() as connection:
            await bulk.write(connection, lives, morning)
        done += wanted
        yield done


def _morning(now: datetime, ago: int) -> datetime:
    day = city_time(now).date() - timedelta(days=ago)
    return datetime.combine(day, time(), CITY).astimezone(UTC)


def _live(stock: Stock, morning: datetime, now: datetime, random: Random) -> Life:
    """One order, from the hour of its filing to now."""
    born = min(morning + timedelta(seconds=random.randrange(86_400)), now)
    writer = _Writer(stock, Event("create", born, "citizen:seed", _matter(stock, random)), now)
    _walk(writer, random)
    return writer.life


class _Writer:
    """Writes one history; what would lie in the future is not written any more."""

    def __init__(self, stock: Stock, first: Event, now: datetime) -> None:
        self.stock = stock
        self._now = now
        self._moment = first.at
        self.order = create(first)
        self.events = [first]

    @property
    def life(self) -> Life:
        return Life(self.order, self.events)

    def then(self, hours: float, kind: str, actor: str, **data: Any) -> bool:
        """Do a step so many hours later; False if that is not yet."""
        self._moment += timedelta(hours=hours)
        if self._moment > self._now:
            return False
        self._take(Event(kind, self._moment, actor, self._stamped(kind, data)))
        return True

    def miss(self, hours: float) -> None:
        """Record the deadlines that pass before the next step, so many hours later."""
        until = min(self._moment + timedelta(hours=hours), self._now)
        order = self.order
        signing = order.signed_at is None
        due = order.sign_by if signing else order.deadline
        if due is not None and due <= until:
            data = {"what": "sign" if signing else "handle", "unit": order.unit}
            self._take(Event("miss", due, CLOCK, data))

    def _take(self, event: Event) -> None:
        self.order = apply(self.order, event)
        self.events.append(event)

    def _stamped(self, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
        order = self.order
        known = {"unit": order.unit, "asked": order.asked}
        said = {name: value for name, value in known.items() if value} | dict(data)
        if kind in rules.STAMPED:
            said |= rules.stamp(self.stock.rules, order, kind, self._moment)
        return said


def _walk(writer: _Writer, random: Random) -> None:
    """Let an order go its way as most do; some are withdrawn, returned, put off, or forgotten."""
    chance = random.random()
    if chance < 0.02:
        writer.then(random.uniform(0.1, 5), "withdraw", "citizen:seed")
        return
    if not _dispatched(writer, random, returned=chance < 0.05):
        return
    forgotten = chance > 0.996
    if chance > 0.96:
        data = {"reason": "需要多部门会商", "days": 3}
        if writer.then(3, "extend", UNIT, **data):
            writer.then(2, "grant", "supervisor:seed")
    hours = 24 * 400 if forgotten else random.uniform(4, 110)
    writer.miss(hours)
    reply = random.choice(REPLIES).format(count=random.randint(1, 9))
    if (
        writer.then(hours, "contact", UNIT, how="电话", result="已告知处理情况")
        and writer.then(0.2, "close", UNIT, reply=reply)
        and writer.then(24, "survey", CLOCK, step="rated", rating=_rating(random), round=1)
    ):
        writer.then(48, "archive", CLOCK)


def _dispatched(writer: _Writer, random: Random, *, returned: bool) -> bool:
    unit = writer.stock.unit(writer.order.category)
    going = writer.then(random.uniform(0.1, 6), "dispatch", OFFICE, unit=unit)
    if going and returned:
        why = {"reason": "不属于本单位职责", "basis": "职责清单"}
        going = (
            writer.then(3, "return", UNIT, **why)
            and writer.then(4, "grant", "supervisor:seed")
            and writer.then(2, "dispatch", OFFICE, unit=random.choice(writer.stock.units))
        )
    return going and writer.then(random.uniform(0.2, 5), "sign", UNIT)


def _matter(stock: Stock, random: Random) -> dict[str, Any]:
    matter, site = random.choice(stock.matters), random.choice(stock.sites)
    place = f"{site.place}{random.randint(1, 300)}号"
    return {
        "channel": random.choice(("wechat", "wechat", *stock.rules.sources)),
        "citizen_name": random.choice(SURNAMES) + random.choice(GIVEN),
        # 140 is for machines: no citizen has such a number.
        "contact": f"140{random.randrange(10**8):08d}",
        "place": place,
        "area": site.area,
        "street": site.street,
        "type": random.choice(TYPES),
        "category": matter.category,
        "priority": "紧急" if random.random() < 0.03 else "一般",
        "facts": f"{place}，{matter.text}",
        "demand": random.choice(DEMANDS),
        "tags": [random.choice(list(stock.rules.desks))] if random.random() < 0.02 else [],
    }


def _rating(random: Random) -> str:
    return random.choices(("满意", "基本满意", "不满意"), (80, 14, 6))[0]
