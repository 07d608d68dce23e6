"""What the office, a unit or the citizen does to an order, and what the citizen is told of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend import outbox
from backend.clock import city_time
from backend.database import Connection
from backend.message import Choice, Notice, Reply
from backend.orders import closing, joining, store
from backend.orders.lifecycle import Order, State
from backend.orders.notifying import announce
from backend.orders.store import Kept

CLOCKWORK = "system:rules"
"""Who acts when a rule decides by itself."""
CONTACT = ("how", "result", "when", "by")
"""What may be said of a contact with the citizen together with a closing."""
TOO_LATE = "超过派单后两个工作日才申请退单，按规定驳回"


async def act(
    connection: Connection,
    number: str,
    kind: str,
    *,
    actor: str,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    seen: int | None = None,
) -> Kept:
    """Do a step of the lifecycle and tell everybody what matters to them, in one transaction.

    Nobody is told what they did themselves: whoever took their word answers them at once.
    Raises what `store.act` raises; then nothing has changed and nobody is told.
    """
    if kind == "close":
        kind, data, seen = await _through_gate(connection, number, actor, data or {}, now, seen)
    elif kind == "link":
        data = await joining.check(connection, number, data or {})
    done = await store.act(connection, number, kind, actor=actor, now=now, data=data, seen=seen)
    kept = done.kept
    if kind == "return" and _is_late(kept.order, now):
        why = {"reason": TOO_LATE}
        return await act(connection, number, "refuse", actor=CLOCKWORK, now=now, data=why)
    await announce(connection, done.before, kept, done.event, now)
    told = str(done.event.data.get("step", "")) if kind == "follow" else kind
    text = _news(kept, told)
    if text and kept.citizen_id is not None and not actor.startswith("citizen:"):
        await tell(connection, kept, text, now, reserved=told in ("close", "approve"))
    return kept


async def _through_gate(
    connection: Connection,
    number: str,
    actor: str,
    data: Mapping[str, Any],
    now: datetime,
    seen: int | None,
) -> tuple[str, Mapping[str, Any], int | None]:
    """What a closing becomes, and of which version of the order; a contact with the citizen told
    with it is recorded before."""
    kept = await store.find(connection, number, lock=True)
    contact = {name: data[name] for name in CONTACT if data.get(name)}
    if "how" in contact:
        kept = await act(
            connection, number, "contact", actor=actor, now=now, data=contact, seen=seen
        )
        seen = kept.order.version
    said = {name: value for name, value in data.items() if name not in CONTACT}
    return *await closing.judge(connection, kept, actor, said, now), seen


def _is_late(order: Order, now: datetime) -> bool:
    return order.return_by is not None and now > order.return_by


async def tell(
    connection: Connection, kept: Kept, text: str, now: datetime, *, reserved: bool = False
) -> int:
    """Tell the citizen about an order: in the chat while its window is open, else by template."""
    assert kept.citizen_id is not None
    notice = Notice(
        "order_progress",
        {
            "number": kept.number,
            "state": kept.order.state,
            "hint": "点击查看办理情况",
            "time": f"{city_time(now):%Y-%m-%d %H:%M}",
        },
        url=f"order:{kept.number}",
    )
    reply = Reply(text, choices=(Choice(f"order:{kept.number}", "查看工单"),))
    return await outbox.enqueue(
        connection,
        kept.citizen_id,
        (reply, notice),
        now,
        author="system",
        order_id=kept.id,
        reserved=reserved,
    )


def _news(kept: Kept, kind: str) -> str:
    order = kept.order
    match kind:
        case "dispatch" | "designate":
            return f"您的工单 {kept.number} 已转给{order.unit}，等待签收。"
        case "sign":
            return (
                f"您的工单 {kept.number} 已由{order.unit or '承办单位'}签收，正在办理{_by(order)}。"
            )
        case "grant" if order.unit and order.deadline:
            return f"您的工单 {kept.number} 情况较复杂，需要多一些时间{_by(order)}，请您谅解。"
        case "close" | "approve":
            return (
                f"您的工单 {kept.number} 已办结。\n办理单位：{order.unit}\n办理结果：{order.reply}"
            )
        case "reopen":
            return f"您的工单 {kept.number} 已退回重新办理，有结果会告诉您。"
        case _:
            return ""


def _by(order: Order) -> str:
    if order.deadline is None:
        return ""
    day = city_time(order.deadline)
    return f"，预计{day.month}月{day.day}日前办结"


def how_far(order: Order) -> str:
    """How far a matter is, for those who have nothing to do with the order: no words of its own."""
    if order.state is State.HANDLING and order.unit:
        return f"{order.unit}正在处理{_by(order)}"
    if order.state is State.SIGNING and order.unit:
        return f"已转给{order.unit}，等待签收"
    return STATE_WORDS[order.state]


def progress(kept: Kept) -> str:
    """One order in words for its citizen: what it is about and how far it is."""
    order = kept.order
    lines = [f"工单 {kept.number}（{order.type}）：{standing(order)}"]
    lines.append(f"反映内容：{_short(order)}")
    if order.unit:
        lines.append(f"承办单位：{order.unit}")
    if order.reply and order.state in (State.CALLING_BACK, State.ARCHIVED):
        lines.append(f"办理结果：{order.reply}")
    return "\n".join(lines)


def standing(order: Order) -> str:
    """The state as the office calls it, and what it means."""
    return f"{order.state}，{STATE_WORDS[order.state]}"


STATE_WORDS: Mapping[State, str] = {
    State.ACCEPTING: "工作人员会尽快阅读",
    State.DISPATCHING: "正在分派承办单位",
    State.SIGNING: "等承办单位签收",
    State.HANDLING: "承办单位正在处理",
    State.REVIEWING: "已有结果，正在审核",
    State.CALLING_BACK: "已办结，等您评价",
    State.ARCHIVED: "已办结",
    State.WITHDRAWN: "已按您的要求撤回",
}


def _short(order: Order, size: int = 40) -> str:
    return order.facts if len(order.facts) <= size else order.facts[:size] + "…"
