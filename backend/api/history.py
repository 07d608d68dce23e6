"""What of an order's history other platforms are told: its steps, not the office's own notes."""

from collections.abc import Iterable, Iterator

from backend.api.model import Progress, Standing
from backend.orders.history import apply, create
from backend.orders.lifecycle import CLOSED, Event, Order
from backend.orders.store import Kept
from backend.personal import Mask
from backend.webhooks import NAMES, is_told


def progress(
    kept: Kept, events: Iterable[Event], external_number: str, about: str = ""
) -> Iterator[Progress]:
    """What is told of `events`, the history of `kept` or of the order `about` that it joined."""
    for event, order in _replayed(events):
        if is_told(event):
            yield Progress(
                event=NAMES[event.kind],
                number=kept.number,
                external_number=external_number,
                version=order.version,
                at=event.at,
                state=order.state,
                unit=order.unit,
                deadline=order.deadline,
                reply=reply(order),
                rating=order.rating,
                master=about or order.master,
            )


def _replayed(events: Iterable[Event]) -> Iterator[tuple[Event, Order]]:
    """Each event with the order as it left it."""
    order: Order | None = None
    for event in events:
        order = create(event) if order is None else apply(order, event)
        yield event, order


def reply(order: Order) -> str:
    """The result, masked, once it is accepted; before, a reviewer may still send it back."""
    return Mask.of_order(order).text(order.reply) if order.state in CLOSED else ""


def standing(kept: Kept) -> Standing:
    """How far an order is."""
    order = kept.order
    return Standing(kept.number, order.state, order.unit, order.deadline, reply(order))
