"""What each event changes on an order, and an order folded from its events."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from backend.clock import CITY
from backend.orders.lifecycle import (
    FIELDS,
    FOLLOWED,
    LISTS,
    Asked,
    Event,
    Missed,
    Order,
    Refused,
    State,
    check,
)


def create(event: Event) -> Order:
    """The order that a `create` event begins. `data` may name FIELDS and `state`."""
    known = _matter(event)
    state = State(event.data.get("state", State.DISPATCHING))
    return Order(state, 1, event.at, event.at, **known)


def _matter(event: Event) -> dict[str, Any]:
    """What an event says of the matter; JSON keeps tuples as lists."""
    known = {name: event.data[name] for name in FIELDS if name in event.data}
    return known | {name: tuple(known[name]) for name in LISTS if name in known}


def apply(order: Order, event: Event) -> Order:
    """The order after an event. Raises Refused when the event is not allowed."""
    step = check(order, event)
    after = replace(
        order, state=step.to or order.state, version=order.version + 1, updated_at=event.at
    )
    return _EFFECTS.get(event.kind, _nothing)(after, event)


def fold(events: Iterable[Event]) -> Order:
    """The order that a whole history makes. Raises Refused at the first impossible event."""
    history = iter(events)
    order = create(next(history))
    for event in history:
        order = apply(order, event)
    return order


def _nothing(order: Order, _event: Event) -> Order:
    return order


def _moment(event: Event, name: str) -> datetime | None:
    """A moment in an event's data; without a time zone it is the city's."""
    text = event.data.get(name)
    try:
        moment = datetime.fromisoformat(text) if text else None
        known = moment.replace(tzinfo=CITY) if moment and moment.tzinfo is None else moment
        return known.astimezone(UTC) if known else None
    except (TypeError, ValueError, OverflowError):
        raise Refused(f"“{text}”不是时间，请写成 2026-01-31 09:30 的样子") from None


def _dispatch(order: Order, event: Event) -> Order:
    return _give(replace(order, unit=str(event.data["unit"])), event)


def _give(order: Order, event: Event) -> Order:
    """The unit gets the order: its time to sign, or to say why not, begins."""
    return replace(
        order,
        asked=Asked.NOTHING,
        dispatched_at=event.at,
        return_by=_moment(event, "return_by"),
        sign_by=_moment(event, "sign_by"),
        sign_missed=False,
        signed_at=None,
        deadline=None,
        deadline_missed=False,
        paused_at=None,
    )


def _designate(order: Order, event: Event) -> Order:
    return replace(_dispatch(order, event), designated=True)


def _sign(order: Order, event: Event) -> Order:
    return replace(order, signed_at=event.at, deadline=_moment(event, "deadline"))


def _ask(order: Order, event: Event) -> Order:
    days = int(event.data["days"]) if event.kind == Asked.EXTENSION else 0
    return replace(order, asked=event.kind, asked_days=days)


def _retract(order: Order, _event: Event) -> Order:
    return replace(order, asked=Asked.NOTHING)


def _grant(order: Order, event: Event) -> Order:
    if order.asked == Asked.RETURN:
        return _take_back(order)
    return replace(
        order,
        asked=Asked.NOTHING,
        extensions=order.extensions + 1,
        deadline=_moment(event, "deadline") or order.deadline,
        deadline_missed=False,
    )


def _take_back(order: Order) -> Order:
    """The unit is rid of the order; the office looks for another."""
    return replace(
        order,
        state=State.DISPATCHING,
        unit="",
        asked=Asked.NOTHING,
        returns=order.returns + 1,
        return_by=None,
        sign_by=None,
        signed_at=None,
        deadline=None,
    )


def _refuse(order: Order, _event: Event) -> Order:
    refused = order.asked == Asked.RETURN
    return replace(order, asked=Asked.NOTHING, refusals=order.refusals + refused)


def _pause(order: Order, event: Event) -> Order:
    return replace(order, paused_at=event.at)


def _resume(order: Order, event: Event) -> Order:
    deadline = _moment(event, "deadline") or order.deadline
    return replace(order, paused_at=None, deadline=deadline)


def _contact(order: Order, event: Event) -> Order:
    return replace(order, contacted_at=_moment(event, "when") or event.at)


def _submit(order: Order, event: Event) -> Order:
    return replace(order, reply=str(event.data["reply"]), replied_at=event.at)


def _close(order: Order, event: Event) -> Order:
    return _accept_reply(_submit(order, event), event)


def _accept_reply(order: Order, event: Event) -> Order:
    # The citizen has not yet said what they think of this closing.
    return replace(order, rating="", closed_at=event.at, rounds=order.rounds + 1)


def _reject(order: Order, _event: Event) -> Order:
    return replace(order, replied_at=None, reworks=order.reworks + 1)


def _reopen(order: Order, event: Event) -> Order:
    # Who is not satisfied goes their own way: what was done for the others is not enough for them.
    again = replace(
        _give(order, event),
        master="",
        closed_at=None,
        replied_at=None,
        reworks=order.reworks + 1,
    )
    if order.unit:
        return again
    # Nobody was in charge yet: somebody has to be found first.
    return replace(again, state=State.DISPATCHING, dispatched_at=None, return_by=None, sign_by=None)


def _urge(order: Order, event: Event) -> Order:
    at = event.at if event.role == "citizen" else order.citizen_urged_at
    return replace(order, urges=order.urges + 1, citizen_urged_at=at)


def _supervise(order: Order, _event: Event) -> Order:
    return replace(order, supervisions=order.supervisions + 1)


def _miss(order: Order, event: Event) -> Order:
    signing = event.data["what"] == Missed.SIGNING
    return replace(
        order,
        misses=order.misses + 1,
        sign_missed=order.sign_missed or signing,
        deadline_missed=order.deadline_missed or not signing,
    )


def _assess(order: Order, event: Event) -> Order:
    return replace(order, points=round(order.points + float(event.data["points"]), 2))


def _withdraw(order: Order, _event: Event) -> Order:
    return replace(order, asked=Asked.NOTHING)


def _correct(order: Order, event: Event) -> Order:
    return replace(order, **_matter(event))


def _link(order: Order, event: Event) -> Order:
    # What its own unit was asking for is asked of the master from now on.
    return replace(order, master=str(event.data["master"]), asked=Asked.NOTHING)


def _follow(order: Order, event: Event) -> Order:
    """The linked order stands where its master stands."""
    moments: dict[str, Any] = {name: _moment(event, name) for name in FOLLOWED}
    after = replace(
        order,
        state=State(event.data["state"]),
        unit=str(event.data.get("unit", "")),
        sign_missed=order.sign_missed and moments["dispatched_at"] == order.dispatched_at,
        deadline_missed=order.deadline_missed and moments["deadline"] == order.deadline,
        **moments,
    )
    if after.state is not State.CALLING_BACK:
        return after
    replied_at = _moment(event, "replied_at") or event.at
    said = replace(after, reply=str(event.data.get("reply", "")), replied_at=replied_at)
    return _accept_reply(said, event)


def _unlink(order: Order, _event: Event) -> Order:
    return replace(order, master="")


def _survey(order: Order, event: Event) -> Order:
    rating = str(event.data.get("rating", ""))
    return replace(order, rating=rating) if rating else order


_EFFECTS: Mapping[str, Callable[[Order, Event], Order]] = {
    "dispatch": _dispatch,
    "designate": _designate,
    "sign": _sign,
    "return": _ask,
    "extend": _ask,
    "retract": _retract,
    "grant": _grant,
    "refuse": _refuse,
    "pause": _pause,
    "resume": _resume,
    "contact": _contact,
    "submit": _submit,
    "close": _close,
    "approve": _accept_reply,
    "reject": _reject,
    "reopen": _reopen,
    "urge": _urge,
    "supervise": _supervise,
    "miss": _miss,
    "assess": _assess,
    "withdraw": _withdraw,
    "correct": _correct,
    "link": _link,
    "unlink": _unlink,
    "follow": _follow,
    "survey": _survey,
}
