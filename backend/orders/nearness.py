"""Whether two matters are near in place: the same estate or road, or near on the map."""

import re
from dataclasses import dataclass
from itertools import product
from math import asin, cos, radians, sin, sqrt

import msgspec

from backend.orders.lifecycle import Order

COMMON = frozenset({"投诉", "求助"})
"""Types of matters that several people may have at once; a question or an idea is one's own."""
APART = frozenset({"举报", "表扬"})
"""Types that are never joined: who reported whom is nobody else's business, praise is personal."""
EARTH = 6371000.0
"""Metres."""
SQUARE = 0.01
"""Degrees: about a kilometre, more than anybody would call near."""


class Clustering(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When orders count as one matter (并单), as the office sets it in config/city/office.yml.

    `days` back is looked; on one road house numbers may differ by `house_numbers`, places shared on
    the map by `metres`. From `offer_from` others on citizens are asked whether to join (0: never).
    `burst` like orders in `burst_minutes` raise an alert (0: never).
    """

    days: int = 7
    house_numbers: int = 40
    metres: int = 300
    offer_from: int = 2
    burst: int = 10
    burst_minutes: int = 30


def is_apart(order: Order) -> bool:
    """Whether an order never has company."""
    return order.confidential or order.type in APART


@dataclass(frozen=True, slots=True)
class Matter:
    """What a matter is about and where it is, of an order or of one in the making."""

    type: str
    area: str
    street: str
    place: str
    facts: str
    confidential: bool = False

    @classmethod
    def of(cls, order: Order) -> "Matter":
        """That of an order; what is never joined has no type here."""
        kind = "" if is_apart(order) else order.type
        return cls(
            kind, order.area, order.street, order.place, order.facts, order.confidential
        )  # fmt: skip

    @property
    def is_common(self) -> bool:
        """Whether others may have the same."""
        return self.type in COMMON and not self.confidential

    @property
    def bare(self) -> str:
        """What it says without where it is, as the place would make all matters there alike."""
        text = self.facts
        for words in (self.area, self.street, *re.findall(r"[\u4e00-\u9fff]{2,}", _place(self))):
            text = text.replace(words, "") if words else text
        return re.sub(r"[\W\d_]+", "", text)


_ESTATE = re.compile(
    r"[\u4e00-\u9fff]{2,10}?(?:小区|花园|新村|公园|广场|市场|小学|中学|学校|医院|大厦|苑|家园|公寓|村|铺)"
)
_ROAD = re.compile(r"([\u4e00-\u9fff]{1,6}?(?:大道|路|街(?!道)|巷))(?:(\d{1,5})号?)?")
_CITY = re.compile(r"^[\u4e00-\u9fff]{2,4}?市(?![场民])")
_POINT = re.compile(r"北纬(\d{1,2}\.\d+)，东经(\d{1,3}\.\d+)")


def spots(matter: Matter, *, around: bool = False) -> list[str]:
    """By what an order is found again: each estate, road, or square of the map it names; its street
    where it names none. `around` takes the neighbouring squares along. No door numbers.
    """
    names = [*_estates(matter), *(name for name, _ in _roads(matter))]
    point = _POINT.search(matter.place)
    if point:
        north, east = int(float(point[1]) / SQUARE), int(float(point[2]) / SQUARE)
        steps = (-1, 0, 1) if around else (0,)
        names = [f"{north + a},{east + b}" for a, b in product(steps, steps)]
    return sorted(set(names or ([matter.street] if matter.street else [])))


def near(one: Matter, other: Matter, within: Clustering) -> bool:
    """Whether both are in one area and at one place; where neither names one, in one street."""
    if one.area and other.area and one.area != other.area:
        return False
    points = _POINT.search(one.place), _POINT.search(other.place)
    if points[0] and points[1]:
        return _metres(points[0], points[1]) <= within.metres
    first, second = _roads(one), _roads(other)
    estates = _estates(one), _estates(other)
    if all(estates):
        return _share(*estates)
    if first and second:
        return any(_beside(a, b, within.house_numbers) for a, b in product(first, second))
    named = first or second or any(estates)
    return not named and bool(one.street) and one.street == other.street


def _place(matter: Matter) -> str:
    place = _CITY.sub("", matter.place)
    for words in (matter.area, matter.street):
        place = place.replace(words, " ") if words else place
    return place


def _roads(matter: Matter) -> list[tuple[str, int | None]]:
    found = _ROAD.findall(_place(matter))
    return [(name, int(number) if number else None) for name, number in found]


def _estates(matter: Matter) -> list[str]:
    return _ESTATE.findall(_ROAD.sub(" ", _place(matter)))


def _share(ones: list[str], others: list[str]) -> bool:
    return any(one in other or other in one for one, other in product(ones, others))


def _beside(one: tuple[str, int | None], other: tuple[str, int | None], most: int) -> bool:
    if not _share([one[0]], [other[0]]):
        return False
    return one[1] is None or other[1] is None or abs(one[1] - other[1]) <= most


def _metres(one: re.Match[str], other: re.Match[str]) -> float:
    """The distance of two points in degrees (haversine)."""
    lat, lon = radians(float(one[1])), radians(float(one[2]))
    lat2, lon2 = radians(float(other[1])), radians(float(other[2]))
    half = sin((lat2 - lat) / 2) ** 2 + cos(lat) * cos(lat2) * sin((lon2 - lon) / 2) ** 2
    return 2 * EARTH * asin(sqrt(half))
