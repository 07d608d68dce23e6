"""The responsibility list (职责清单): which unit answers for which matter, where, and when.

Powers move: in July 2023 the duties of two zones passed to two districts, and 403 orders were
returned for that alone (湘潭 2023 年 7 月通报, 六). So every row has its dates and its basis.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import combinations
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, literal, or_, select, tuple_

from backend import sheets
from backend.clock import city_time
from backend.database import Connection
from backend.orders.lifecycle import Refused
from backend.sheets import BadSheet
from backend.tables import responsibility

COLUMNS: Mapping[str, str] = {
    "分类": "category",
    "区域": "area",
    "承办单位": "unit",
    "生效日期": "valid_from",
    "失效日期": "valid_to",
    "依据": "basis",
}
"""The columns of a file, and what they are in the table. 失效日期 is the last day."""
REQUIRED = ("分类", "承办单位")
ALWAYS = date(1949, 10, 1)
"""The first day of a duty whose beginning nobody wrote down."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A row: `unit` answers for `category` in `area` ('' is the whole city).

    `category` is 一级/二级, or 一级 for all below it. It holds from `valid_from` to
    `valid_to`, both included (None: until further notice).
    """

    category: str
    area: str
    unit: str
    valid_from: date = ALWAYS
    valid_to: date | None = None
    basis: str = ""

    def covers(self, category: str, area: str, day: date) -> bool:
        """Whether it says who answers for this matter there on that day."""
        return self.holds(day) and self.category in _levels(category) and self.area in ("", area)

    def holds(self, day: date) -> bool:
        """Whether it is in force on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def rank(self) -> tuple[bool, bool]:
        """How closely it speaks: of an area before the whole city, of a matter before its class."""
        return bool(self.area), "/" in self.category


@dataclass(frozen=True, slots=True)
class Import:
    """What an import did or would do: rows written (new or changed) and removed; `refused` are
    (row, reason)."""

    written: int = 0
    removed: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    overlaps: list[tuple[Duty, Duty]] = field(default_factory=list)


def _levels(category: str) -> tuple[str, ...]:
    return (category, category.partition("/")[0])


def _in_force(day: date) -> ColumnElement[bool]:
    ends = responsibility.c.valid_to
    return (responsibility.c.valid_from <= day) & or_(ends.is_(None), ends >= day)


async def of(connection: Connection, category: str, area: str, now: datetime) -> list[Duty]:
    """The duties that cover a matter now, the closest first."""
    query = select(responsibility).where(
        responsibility.c.category.in_(_levels(category)),
        responsibility.c.area.in_(("", area)),
        _in_force(city_time(now).date()),
    )
    found = [_duty(row) for row in await connection.execute(query)]
    return sorted(found, key=lambda duty: duty.rank, reverse=True)


async def everything(connection: Connection, now: datetime | None = None) -> list[Duty]:
    """The whole list, by matter and area; with `now` only what is in force then."""
    return [duty for _, duty in await numbered(connection, now)]


async def numbered(connection: Connection, now: datetime | None = None) -> list[tuple[int, Duty]]:
    """The same with the id of each, by which one is amended."""
    query = select(responsibility).order_by(
        responsibility.c.category, responsibility.c.area, responsibility.c.valid_from
    )
    if now is not None:
        query = query.where(_in_force(city_time(now).date()))
    return [(row.id, _duty(row)) for row in await connection.execute(query)]


def overlaps(duties: Iterable[Duty]) -> list[tuple[Duty, Duty]]:
    """Pairs that give the same matter in the same area to two units on the same day."""
    groups: dict[tuple[str, str], list[Duty]] = {}
    for duty in duties:
        groups.setdefault((duty.category, duty.area), []).append(duty)
    return [
        (one, other)
        for group in groups.values()
        for one, other in combinations(group, 2)
        if one.unit != other.unit and _meet(one, other)
    ]


def _meet(one: Duty, other: Duty) -> bool:
    last = date.max
    return one.valid_from <= (other.valid_to or last) and other.valid_from <= (one.valid_to or last)


def missing(
    duties: Sequence[Duty], categories: Iterable[str], areas: Sequence[str], day: date
) -> list[tuple[str, str]]:
    """Matters, and the areas, that no duty covers on that day; '' when no area is covered."""
    gaps = []
    for category in categories:
        open_areas = [
            area for area in areas if not any(duty.covers(category, area, day) for duty in duties)
        ]
        whole = bool(areas) and len(open_areas) == len(areas)
        gaps += [(category, "")] if whole else [(category, area) for area in open_areas]
    return gaps


def read(
    name: str, content: bytes, units: Iterable[str], areas: Iterable[str]
) -> tuple[list[Duty], list[tuple[int, str]]]:
    """The duties of a .csv or .xlsx file, and each row that cannot be one with the reason.

    Raises BadSheet.
    """
    sheet = sheets.read(name, content)
    lacking = [column for column in REQUIRED if column not in sheet.head]
    if lacking:
        raise BadSheet(f"{name}: 缺少列：{'、'.join(lacking)}")
    return parse(sheet.rows, units, areas)


def write(name: str, duties: Iterable[Duty]) -> bytes:
    """Duties as a file that can be imported again. Raises BadSheet for an unknown ending."""
    return sheets.write(name, "职责清单", list(COLUMNS), map(cells, duties))


def cells(duty: Duty) -> dict[str, str]:
    """A duty as the row of a file."""
    begins = "" if duty.valid_from == ALWAYS else duty.valid_from
    values = _row(duty) | {"valid_from": begins, "valid_to": duty.valid_to or ""}
    return {column: str(values[name]) for column, name in COLUMNS.items()}


def parse(
    rows: Iterable[tuple[int, Mapping[str, str]]], units: Iterable[str], areas: Iterable[str]
) -> tuple[list[Duty], list[tuple[int, str]]]:
    """The duties of a file's rows, and each row that cannot be one with the reason."""
    known_units, known_areas = frozenset(units), frozenset(areas)
    duties, refused = [], []
    for number, cells in rows:
        try:
            duties.append(_parse(cells, known_units, known_areas))
        except ValueError as error:
            refused.append((number, str(error)))
    return duties, refused


def _parse(cells: Mapping[str, str], units: frozenset[str], areas: frozenset[str]) -> Duty:
    said = {name: cells.get(column, "").strip() for column, name in COLUMNS.items()}
    for column in REQUIRED:
        if not said[COLUMNS[column]]:
            raise ValueError(f"{column}为空")
    area = "" if said["area"] in ("全市", "市本级") else said["area"]
    if units and said["unit"] not in units:
        raise ValueError(f"名录里没有“{said['unit']}”这个单位")
    if areas and area and area not in areas:
        raise ValueError(f"没有“{area}”这个区域")
    begins = _day(said["valid_from"], "生效日期") or ALWAYS
    ends = _day(said["valid_to"], "失效日期")
    if ends and ends < begins:
        raise ValueError("失效日期早于生效日期")
    return Duty(said["category"], area, said["unit"], begins, ends, said["basis"])


def _day(text: str, column: str) -> date | None:
    try:
        # A workbook gives 2023-07-17 00:00:00 for a day.
        return date.fromisoformat(text[:10].replace("/", "-")) if text else None
    except ValueError:
        raise ValueError(f"{column}“{text}”不是日期（应为2023-07-17这样的格式）") from None


async def save(
    connection: Connection,
    duties: Sequence[Duty],
    now: datetime,
    *,
    replace: bool = False,
    dry_run: bool = False,
) -> Import:
    """Add duties; of one that is there already (same matter, area, unit and first day) the rest
    changes. `replace` makes these the whole list. Tells what overlaps afterwards."""
    before = await everything(connection)
    given = {_key(duty): duty for duty in duties}
    others = [duty for duty in before if _key(duty) not in given]
    changed = [duty for duty in given.values() if duty not in before]
    gone = others if replace else []
    if not dry_run:
        await _remove(connection, [*gone, *changed])
        await _write(connection, changed, now)
    after = [*given.values(), *([] if replace else others)]
    return Import(len(changed), len(gone), overlaps=overlaps(after))


async def find(connection: Connection, duty_id: int) -> Duty | None:
    """The duty with this id; None if it was changed meanwhile: a changed one has a new id."""
    query = select(responsibility).where(responsibility.c.id == duty_id)
    row = (await connection.execute(query)).first()
    return _duty(row) if row else None


async def amend(connection: Connection, duty_id: int, duty: Duty, now: datetime) -> bool:
    """Put `duty` in the place of another; False if that was changed meanwhile.

    Raises Refused when the list has it already.
    """
    gone = await connection.execute(delete(responsibility).where(responsibility.c.id == duty_id))
    if not gone.rowcount:
        return False
    if _key(duty) in map(_key, await everything(connection)):
        raise Refused("清单里已经有同一分类、区域、单位和生效日期的条目")
    await _write(connection, [duty], now)
    return True


_KEY = ("category", "area", "unit", "valid_from")


def _key(duty: Duty) -> tuple[object, ...]:
    return tuple(getattr(duty, name) for name in _KEY)


async def _remove(connection: Connection, duties: Sequence[Duty]) -> None:
    keys = [tuple_(*map(literal, _key(duty))) for duty in duties]
    for start in range(0, len(keys), 1000):
        columns = tuple_(*(responsibility.c[name] for name in _KEY))
        await connection.execute(
            delete(responsibility).where(columns.in_(keys[start : start + 1000]))
        )


async def _write(connection: Connection, duties: Sequence[Duty], now: datetime) -> None:
    for start in range(0, len(duties), 1000):
        rows = [_row(duty) | {"amended_at": now} for duty in duties[start : start + 1000]]
        await connection.execute(insert(responsibility), rows)


def _row(duty: Duty) -> dict[str, Any]:
    return {name: getattr(duty, name) for name in COLUMNS.values()}


def _duty(row: Any) -> Duty:
    return Duty(**{name: getattr(row, name) for name in COLUMNS.values()})
