"""Worklists (待办): what the office or a unit has to do, named, counted, and listed.

Each is a condition on orders and nothing else, so that a number and the orders behind it agree.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from backend.clock import Month
from backend.database import Connection
from backend.orders import returns
from backend.orders.board import DUE, RUNNING, Light, Moments, shows
from backend.orders.lifecycle import AT_UNIT, CLOSED, Asked, State
from backend.orders.store import Kept, read
from backend.tables import order_event, orders, survey

MOST = 100
"""Orders on one page."""


@dataclass(frozen=True, slots=True)
class Scope:
    """When it is, the month that figures are of, and whose orders count ('' is everybody's)."""

    at: Moments
    month: Month
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Worklist:
    """A list by its name in addresses. `hint` says what to do with it, `empty` what it means that
    it is empty. `by_time`: the most urgent first; else the newest. `pressing`: whoever
    sees an order on it should act now. `of` are the lists whose sum a figure is a share of."""

    name: str
    title: str
    hint: str
    empty: str
    where: Callable[[Scope], ColumnElement[bool]]
    by_time: bool = True
    pressing: bool = False
    of: tuple[str, ...] = ()


def _state(*states: State) -> Callable[[Scope], ColumnElement[bool]]:
    return lambda _scope: orders.c.state.in_(states)


def _in_hand(state: State) -> Callable[[Scope], ColumnElement[bool]]:
    """In a state, and not waiting for an answer, before which nothing can be done."""
    return lambda _scope: and_(orders.c.state == state, orders.c.asked == "")


def _asked(what: Asked) -> Callable[[Scope], ColumnElement[bool]]:
    return lambda _scope: orders.c.asked == what


def _due(*lights: Light) -> Callable[[Scope], ColumnElement[bool]]:
    return lambda scope: and_(RUNNING, or_(*(shows(light, scope.at) for light in lights)))


def _sent_back(_scope: Scope) -> ColumnElement[bool]:
    """Closed once and back again, or kept after a refused return."""
    return and_(
        orders.c.state.in_(AT_UNIT),
        orders.c.asked == "",
        or_(orders.c.reply != "", orders.c.refusals > 0),
    )


def _disputed(_scope: Scope) -> ColumnElement[bool]:
    return returns.DISPUTED


FOR_UNIT = (
    Worklist(
        "overdue", "已超期", "先办这些：已经过了签收或办理期限。", "没有超期的工单。",
        _due(Light.OVERDUE), pressing=True,
    ),
    Worklist(
        "signing", "待签收", "看清楚归不归本单位：归就签收；不归，两个工作日内申请退单。",
        "没有等签收的工单。", _in_hand(State.SIGNING), pressing=True,
    ),
    Worklist(
        "sent-back", "退回、被驳回", "审核退回、市民要求重办的，或者退单被驳回的，要重新办理。",
        "没有被退回的工单。", _sent_back, pressing=True,
    ),
    Worklist(
        "soon", "即将到期", "今天或近几天到期；办不完的，到期前申请延期。",
        "近几天没有到期的工单。", _due(Light.RED, Light.AMBER),
    ),
    Worklist("handling", "办理中", "办好后在工单上办结。", "没有办理中的工单。",
             _in_hand(State.HANDLING)),
    Worklist(
        "asked", "等待答复", "退单、延期申请和提交审核的办结，等热线办答复；期限照走。",
        "没有在等答复的申请。",
        lambda _scope: or_(orders.c.asked != "", orders.c.state == State.REVIEWING),
    ),
    Worklist("closed", "已办结", "新办结的在前。", "还没有办结过工单。", _state(*CLOSED),
             by_time=False),
)  # fmt: skip
"""What a unit has to do, the most pressing first."""

FOR_OFFICE = (
    Worklist(
        "dispatching", "待分派", "受理并派给承办单位；推荐的单位按数字键就派出。",
        "没有等分派的工单。", _state(State.ACCEPTING, State.DISPATCHING), by_time=False,
        pressing=True,
    ),
    Worklist("returning", "退单待审", "看理由和依据，同意或者驳回。", "没有等答复的退单申请。",
             _asked(Asked.RETURN), pressing=True),
    Worklist("extending", "延期待审", "看理由，同意或者驳回。", "没有等答复的延期申请。",
             _asked(Asked.EXTENSION), pressing=True),
    Worklist("reviewing", "办结待审", "看办理结果有没有答非所问，通过或者退回。",
             "没有等审核的办结。", _state(State.REVIEWING), pressing=True),
    Worklist("overdue", "已超期", "催办或者督办。", "没有超期的工单。", _due(Light.OVERDUE),
             pressing=True),
    Worklist("disputed", "职责争议", "退过三次的工单，由班长指定承办；改好职责清单就不再列出。",
             "没有职责争议的工单。", _disputed, by_time=False),
)  # fmt: skip
"""What the office has to do."""


def _closed(*more: ColumnElement[bool]) -> Callable[[Scope], ColumnElement[bool]]:
    return lambda scope: and_(
        orders.c.closed_at >= scope.month.since, orders.c.closed_at < scope.month.until, *more
    )


def _refused(scope: Scope) -> ColumnElement[bool]:
    event = order_event.c
    return exists().where(
        event.order_id == orders.c.id,
        event.kind == "refuse",
        event.at >= scope.month.since,
        event.at < scope.month.until,
        event.facets["asked"].astext == Asked.RETURN,
        event.facets["unit"].astext == orders.c.unit,
    )


def _figure(
    name: str, title: str, where: Callable[[Scope], ColumnElement[bool]], *of: str
) -> Worklist:
    return Worklist(name, title, "", "这个月没有这样的工单。", where, by_time=False, of=of)


def _rated(rating: str) -> Callable[[Scope], ColumnElement[bool]]:
    """Of the surveys, as an order that made somebody dissatisfied is open again."""
    return lambda scope: orders.c.id.in_(
        select(survey.c.order_id).where(
            survey.c.rated_at >= scope.month.since,
            survey.c.rated_at < scope.month.until,
            survey.c.rating == rating,
        )
    )


_LATE = orders.c.replied_at > orders.c.deadline
_CLOSED = ("month-closed",)
_RATED = ("month-satisfied", "month-basic", "month-dissatisfied")

FIGURES = (
    _figure("month-closed", "办结", _closed()),
    _figure(
        "month-in-time", "按期办结", _closed(orders.c.replied_at <= orders.c.deadline), *_CLOSED
    ),
    _figure("month-late", "超期办结", _closed(orders.c.replied_at > orders.c.deadline), *_CLOSED),
    _figure("month-reworked", "返工过", _closed(orders.c.reworks > 0), *_CLOSED),
    _figure("month-satisfied", "市民满意", _rated("满意"), *_RATED),
    _figure("month-basic", "基本满意", _rated("基本满意"), *_RATED),
    _figure("month-dissatisfied", "不满意", _rated("不满意"), *_RATED),
    _figure("month-refused", "退单被驳回", _refused),
)
"""A month's figures: of the orders closed in it, of the ratings and the answers given in it."""

ALL: Mapping[str, Worklist] = {one.name: one for one in (*FOR_UNIT, *FOR_OFFICE, *FIGURES)}


async def counts(connection: Connection, lists: Sequence[Worklist], scope: Scope) -> dict[str, int]:
    """How many orders are on each list, by its name."""
    # A query each within one: every list has an index of its own to be counted by.
    numbers = [
        select(func.count()).select_from(orders).where(one.where(scope), *_of(scope.unit))
        for one in lists
    ]
    row = (await connection.execute(select(*(one.scalar_subquery() for one in numbers)))).one()
    return {one.name: number for one, number in zip(lists, row, strict=True)}


async def page(
    connection: Connection, wanted: Worklist, scope: Scope, before_id: int | None = None
) -> list[Kept]:
    """The orders of a list, MOST at once; what is not by time goes on before `before_id`."""
    order = (DUE, orders.c.id) if wanted.by_time else (orders.c.id.desc(),)
    query = select(orders).where(wanted.where(scope), *_of(scope.unit)).order_by(*order)
    if before_id is not None:
        query = query.where(orders.c.id < before_id)
    return [read(row) for row in await connection.execute(query.limit(MOST))]


def _of(unit: str) -> tuple[ColumnElement[bool], ...]:
    return (orders.c.unit == unit,) if unit else ()


@dataclass(frozen=True, slots=True)
class GivenBack:
    """An order that a unit gave back (已退出), as far as it may still see it: nothing of the
    citizen, and not the matter, which are another unit's now."""

    number: str
    category: str
    area: str
    at: datetime
    unit: str


async def given_back(connection: Connection, unit: str, month: Month) -> list[GivenBack]:
    """What a unit gave back in a month (its return was granted), newest first."""
    event = order_event.c
    query = (
        select(orders.c.number, orders.c.category, orders.c.area, event.at, orders.c.unit)
        .join_from(order_event, orders, orders.c.id == event.order_id)
        .where(
            event.kind == "grant",
            event.at >= month.since,
            event.at < month.until,
            event.facets["asked"].astext == Asked.RETURN,
            event.facets["unit"].astext == unit,
        )
        .order_by(event.id.desc())
    )
    return [GivenBack(*row) for row in await connection.execute(query)]
