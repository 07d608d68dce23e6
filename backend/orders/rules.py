"""How long each step of an order may take: the office's rules, and the moments they lead to.

The rules are a city's own (config/city/office.yml). They are kept in the database, so that every
replica and command goes by the same. What they lead to is written into the event when it happens:
rules may change, what was promised does not.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from backend import setting
from backend.clock import CITY, city_time
from backend.database import Connection
from backend.orders.gate import Gate
from backend.orders.lifecycle import Asked, Order
from backend.orders.nearness import Clustering
from backend.workdays import Workdays

NAME = "office"
"""The setting under which the rules are kept."""
ELSE = "其他"
"""The row that stands for every type or priority that has none of its own."""


class Desk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A special desk (专席): the tag of its orders, and terms of its own, '' where it has none."""

    sign: str = ""
    handle: str = ""


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The office's rules. A term is written like `5d` (working days) or `4h` (hours, at night too).

    `sign` is by priority, `handle` by priority and type. A term of days ends on its last day at
    `day_ends`. `sources` are the platforms that orders come from (来源渠道), each a channel in the
    figures. An order is amber (临期) when less than `amber_days` working days are left.
    """

    sign: dict[str, str] = msgspec.field(default_factory=lambda: {"一般": "1d", ELSE: "2h"})
    handle: dict[str, dict[str, str]] = msgspec.field(
        default_factory=lambda: {"一般": {"咨询": "2d", ELSE: "5d"}, ELSE: {ELSE: "1d"}}
    )
    desks: dict[str, Desk] = {}
    sources: tuple[str, ...] = ()
    return_days: int = 2
    amber_days: int = 1
    day_ends: time = time(17, 30)
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    gate: Gate = Gate()
    clusters: Clustering = Clustering()

    def __post_init__(self) -> None:
        for term in self._terms():
            parse_term(term)

    def _terms(self) -> list[str]:
        desks = [term for desk in self.desks.values() for term in (desk.sign, desk.handle) if term]
        return [
            *self.sign.values(),
            *(term for terms in self.handle.values() for term in terms.values()),
            *desks,
        ]

    @property
    def calendar(self) -> Workdays:
        """The working days of this city."""
        return Workdays(self.holidays, self.workdays)

    def sign_by(self, order: Order, now: datetime) -> datetime:
        """Until when an order that a unit gets now must be signed."""
        term = self._desk(order, "sign") or _choose(self.sign, order.priority, "1d")
        return self._end(now, term)

    def return_by(self, now: datetime) -> datetime:
        """Until when its unit may ask to return it (邵阳 2023: 两个工作日内申请退回)."""
        return self._end(now, f"{self.return_days}d")

    def deadline(self, order: Order, now: datetime) -> datetime:
        """Until when an order signed now must be closed."""
        terms = self.handle.get(order.priority) or self.handle.get(ELSE, {})
        return self._end(now, self._desk(order, "handle") or _choose(terms, order.type, "5d"))

    def later(self, moment: datetime, days: int) -> datetime:
        """A deadline put off by working days; its hour stays."""
        local = city_time(moment)
        day = self.calendar.after(local.date(), days)
        return datetime.combine(day, local.timetz()).astimezone(UTC)

    def amber_from(self, now: datetime) -> datetime:
        """Deadlines before this moment are near."""
        return self._end(now, f"{self.amber_days}d")

    def _end(self, now: datetime, term: str) -> datetime:
        count, unit = parse_term(term)
        if unit == "h":
            return now + timedelta(hours=count)
        day = self.calendar.after(city_time(now).date(), count)
        return datetime.combine(day, self.day_ends, CITY).astimezone(UTC)

    def _desk(self, order: Order, name: str) -> str:
        """The shortest of what the order's desks ask for."""
        terms = [getattr(self.desks[tag], name) for tag in order.tags if tag in self.desks]
        return min(filter(None, terms), key=_hours, default="")


def _choose(terms: Mapping[str, str], key: str, default: str) -> str:
    return terms.get(key) or terms.get(ELSE) or default


_TERM = re.compile(r"([1-9]\d{0,3})([dh])")


def parse_term(term: str) -> tuple[int, str]:
    """`5d` as (5, "d"). Raises ValueError for anything else."""
    found = _TERM.fullmatch(term)
    if not found:
        raise ValueError(f"a term is written like 5d or 4h, not {term!r}")
    return int(found[1]), found[2]


def _hours(term: str) -> int:
    count, unit = parse_term(term)
    return count * 24 if unit == "d" else count


STAMPS = frozenset({"sign_by", "return_by", "deadline"})
"""What `stamp` says; nobody else may."""
STAMPED = frozenset({"dispatch", "designate", "reopen", "sign", "grant", "resume"})
"""The events that get moments."""


def stamp(rules: Rules, order: Order, kind: str, now: datetime) -> dict[str, str]:
    """The moments that go into an event on this order, as ISO texts by name."""
    moments: dict[str, datetime] = {}
    if kind in ("dispatch", "designate") or (kind == "reopen" and order.unit):
        moments = {"sign_by": rules.sign_by(order, now), "return_by": rules.return_by(now)}
    elif kind == "sign":
        moments = {"deadline": rules.deadline(order, now)}
    elif kind == "grant" and order.asked == Asked.EXTENSION and order.deadline:
        moments = {"deadline": rules.later(order.deadline, order.asked_days)}
    elif kind == "resume" and order.deadline and order.paused_at:
        moments = {"deadline": _resumed(rules, order.deadline, order.paused_at, now)}
    return {name: moment.isoformat() for name, moment in moments.items()}


def _resumed(rules: Rules, deadline: datetime, paused: datetime, now: datetime) -> datetime:
    """The deadline after a pause: as many working days later as the pause had."""
    days = rules.calendar.between(city_time(paused).date(), city_time(now).date())
    return rules.later(deadline, days)


async def current(connection: Connection) -> Rules:
    """The rules in force; the defaults where none were ever stored."""
    kept = await setting.get(connection, NAME)
    return msgspec.convert(kept, Rules) if kept else Rules()


async def store(connection: Connection, rules: Rules) -> None:
    """Put rules in force."""
    await setting.put(connection, NAME, msgspec.to_builtins(rules))
