"""The life of an order: which event is allowed in which state, by whom, and where it leads.

This table is the whole state machine. The events are the truth; everything on an order can be
folded from them again with `fold`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where an order stands (docs/design.md section 8)."""

    ACCEPTING = "待受理"
    DISPATCHING = "待派单"
    SIGNING = "待签收"
    HANDLING = "办理中"
    REVIEWING = "待审核"
    CALLING_BACK = "待回访"
    ARCHIVED = "已归档"
    WITHDRAWN = "已撤回"


S = State
OPEN = frozenset({S.ACCEPTING, S.DISPATCHING, S.SIGNING, S.HANDLING, S.REVIEWING})
"""States in which somebody still has to do something about the matter."""

ANY = frozenset(State)
OFFICE = frozenset({"agent", "supervisor", "admin"})
UNIT = frozenset({"handler", "supervisor", "admin"})
CITIZEN = frozenset({"citizen", *OFFICE})
SYSTEM = frozenset({"system", "citizen", *OFFICE, *UNIT})


@dataclass(frozen=True, slots=True)
class Step:
    """What an event needs and does. `to` None leaves the state as it is."""

    name: str
    since: frozenset[State]
    to: State | None
    roles: frozenset[str]
    requires: tuple[str, ...] = ()


STEPS: Mapping[str, Step] = {
    "accept": Step("受理", frozenset({S.ACCEPTING}), S.DISPATCHING, OFFICE),
    "dispatch": Step(
        "派单", frozenset({S.ACCEPTING, S.DISPATCHING, S.SIGNING}), S.SIGNING, OFFICE, ("unit",)
    ),
    "sign": Step("签收", frozenset({S.SIGNING}), S.HANDLING, UNIT),
    "close": Step("办结", frozenset({S.HANDLING}), S.CALLING_BACK, UNIT, ("reply",)),
    "reopen": Step("重办", frozenset({S.CALLING_BACK, S.ARCHIVED}), S.SIGNING, SYSTEM, ("reason",)),
    "archive": Step("归档", frozenset({S.CALLING_BACK}), S.ARCHIVED, SYSTEM),
    "withdraw": Step("撤回", OPEN, S.WITHDRAWN, CITIZEN),
    "correct": Step("更正", OPEN, None, CITIZEN),
    "note": Step("补充", ANY, None, SYSTEM, ("text",)),
    "urge": Step("催办", OPEN, None, SYSTEM),
    "survey": Step("回访", ANY, None, SYSTEM, ("step",)),
    "notify": Step("告知", ANY, None, SYSTEM, ("text",)),
}
"""Every event after the first (`create`), by its name in commands and in the API."""

FIELDS = (
    "channel",
    "citizen_name",
    "contact",
    "place",
    "area",
    "occurred_at",
    "type",
    "category",
    "priority",
    "facts",
    "demand",
    "confidential",
    "tags",
)
"""What an order says of its matter: set when it is created, changed by `correct`."""


class Refused(Exception):
    """The event is not allowed; the text says why, in words for the person who tried."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an order. `actor` is `role:name`, e.g. `handler:lisi`."""

    kind: str
    at: datetime
    actor: str
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def role(self) -> str:
        """Who acted: citizen, system, or the role of a member of staff."""
        return self.actor.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its events left it; `version` is how many they are."""

    state: State
    version: int
    created_at: datetime
    updated_at: datetime
    channel: str = ""
    citizen_name: str = ""
    contact: str = ""
    place: str = ""
    area: str = ""
    occurred_at: str = ""
    type: str = ""
    category: str = ""
    priority: str = "一般"
    facts: str = ""
    demand: str = ""
    confidential: bool = False
    tags: tuple[str, ...] = ()
    unit: str = ""
    rounds: int = 0
    reply: str = ""
    rating: str = ""
    deadline: datetime | None = None
    closed_at: datetime | None = None


def create(event: Event) -> Order:
    """The order that a `create` event begins. `data` may name FIELDS and `state`."""
    known = {name: event.data[name] for name in FIELDS if name in event.data}
    known["tags"] = tuple(known.get("tags", ()))
    state = State(event.data.get("state", State.DISPATCHING))
    return Order(state, 1, event.at, event.at, **known)


def check(order: Order, event: Event) -> Step:
    """The step an event takes. Raises Refused with the reason when it may not happen now."""
    step = STEPS.get(event.kind)
    if step is None:
        raise Refused(f"没有“{event.kind}”这个操作")
    if event.role not in step.roles:
        raise Refused(f"您的角色不能{step.name}")
    if order.state not in step.since:
        raise Refused(f"工单现在是“{order.state}”，不能{step.name}")
    for name in step.requires:
        if not str(event.data.get(name, "")).strip():
            raise Refused(f"{step.name}时请填写{LABELS.get(name, name)}")
    return step


LABELS = {"unit": "承办单位", "reply": "办理结果", "reason": "理由", "text": "内容", "step": "环节"}


def apply(order: Order, event: Event) -> Order:
    """The order after an event. Raises Refused when the event is not allowed."""
    step = check(order, event)
    after = replace(
        order, state=step.to or order.state, version=order.version + 1, updated_at=event.at
    )
    return _EFFECTS.get(event.kind, _nothing)(after, event)


def _nothing(order: Order, _event: Event) -> Order:
    return order


def _dispatch(order: Order, event: Event) -> Order:
    return replace(order, unit=str(event.data["unit"]))


def _close(order: Order, event: Event) -> Order:
    # The citizen has not yet said what they think of this closing.
    return replace(
        order,
        reply=str(event.data["reply"]),
        rating="",
        closed_at=event.at,
        rounds=order.rounds + 1,
    )


def _reopen(order: Order, _event: Event) -> Order:
    # Nobody was in charge yet: somebody has to be found first.
    state = order.state if order.unit else State.DISPATCHING
    return replace(order, state=state, closed_at=None)


def _correct(order: Order, event: Event) -> Order:
    changes = {name: event.data[name] for name in FIELDS if name in event.data}
    if "tags" in changes:
        changes["tags"] = tuple(changes["tags"])
    return replace(order, **changes)


def _survey(order: Order, event: Event) -> Order:
    rating = str(event.data.get("rating", ""))
    return replace(order, rating=rating) if rating else order


_EFFECTS = {
    "dispatch": _dispatch,
    "close": _close,
    "reopen": _reopen,
    "correct": _correct,
    "survey": _survey,
}


def fold(events: Iterable[Event]) -> Order:
    """The order that a whole history makes. Raises Refused at the first impossible event."""
    history = iter(events)
    order = create(next(history))
    for event in history:
        order = apply(order, event)
    return order
