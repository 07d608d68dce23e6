"""What the office and the units are told of an order's steps, in the console."""

from collections.abc import Callable, Mapping
from datetime import datetime

from backend import notices
from backend.clock import city_time
from backend.database import Connection
from backend.orders.lifecycle import Asked, Event, Missed, Order
from backend.orders.store import Kept

Words = Callable[[Order, Event], str]


async def announce(
    connection: Connection, before: Order, kept: Kept, event: Event, now: datetime
) -> None:
    """Tell whoever has to do something now; nobody is told what they did themselves."""
    if event.kind == "miss" and kept.order.master:
        # Its master's deadline is the same: five hundred linked orders are late once.
        return
    for addressee, words in _NOTICES.get(event.kind, ()):
        unit = notices.OFFICE if addressee == "office" else kept.order.unit or before.unit
        if addressee == "unit" and not unit and not _waits_for_office(event):
            continue
        text = words(kept.order, event)
        if text:
            await notices.add(connection, unit, event.kind, text, now, order_id=kept.id)


def _waits_for_office(event: Event) -> bool:
    """Whether the office hears what is meant for a unit, as there is none yet."""
    return event.kind == "urge" and event.role in ("citizen", "platform")


def _until(moment: datetime | None) -> str:
    return f"，请在{city_time(moment):%m月%d日 %H:%M}前" if moment else "，请尽快"


def _why(event: Event) -> str:
    """The reason, unless it holds a citizen's words: a notice outlives their erasure."""
    if event.role in ("citizen", "system"):
        return ""
    return f"：{event.data['reason']}" if event.data.get("reason") else ""


def _dispatched(order: Order, event: Event) -> str:
    how = "班长指定由贵单位承办" if event.kind == "designate" else "新工单"
    return f"{how}{_until(order.sign_by)}签收"


def _reopened(order: Order, event: Event) -> str:
    return f"退回重办{_why(event)}{_until(order.sign_by)}签收" if order.unit else ""


def _asked(_order: Order, event: Event) -> str:
    what = "退单" if event.kind == Asked.RETURN else f"延期{event.data['days']}个工作日"
    return f"{event.data.get('unit', '')}申请{what}{_why(event)}"


def _answered(order: Order, event: Event) -> str:
    asked = {Asked.RETURN: "退单申请", Asked.EXTENSION: "延期申请"}
    what = asked.get(Asked(event.data.get("asked", "")), "申请")
    if event.kind == "refuse":
        return f"{what}被驳回：{event.data['reason']}"
    until = f"，新期限{city_time(order.deadline):%m月%d日 %H:%M}" if order.deadline else ""
    return f"{what}已同意{until}"


def _rejected(_order: Order, event: Event) -> str:
    return f"办结审核未通过{_why(event)}"


def _urged(_order: Order, event: Event) -> str:
    if event.role == "citizen":
        return "市民催办"
    return f"热线办催办：{event.data['text']}" if event.data.get("text") else "热线办催办"


def _supervised(_order: Order, event: Event) -> str:
    return f"列入督办{_why(event)}"


def _missed(_order: Order, event: Event) -> str:
    return "签收超期" if event.data["what"] == Missed.SIGNING else "办理超期"


def _missed_at(order: Order, event: Event) -> str:
    return f"{order.unit}{_missed(order, event)}"


def _submitted(order: Order, _event: Event) -> str:
    return f"{order.unit}提交了办理结果，请审核"


_NOTICES: Mapping[str, tuple[tuple[str, Words], ...]] = {
    "dispatch": (("unit", _dispatched),),
    "designate": (("unit", _dispatched),),
    "reopen": (("unit", _reopened),),
    "return": (("office", _asked),),
    "extend": (("office", _asked),),
    "grant": (("unit", _answered),),
    "refuse": (("unit", _answered),),
    "submit": (("office", _submitted),),
    "reject": (("unit", _rejected),),
    "urge": (("unit", _urged),),
    "supervise": (("unit", _supervised),),
    "miss": (("unit", _missed), ("office", _missed_at)),
}
