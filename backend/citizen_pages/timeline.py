"""An order's history as its citizen reads it: no internal notes, no names of staff."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.citizen_pages.words import masked
from backend.orders.lifecycle import Event


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline."""

    title: str
    at: datetime
    text: str = ""


def timeline(events: Iterable[Event]) -> list[Step]:
    """The steps that concern the citizen, newest first."""
    steps: list[Step] = []
    unit = ""
    for event in events:
        unit = str(event.data.get("unit") or unit)
        told = _told(event, unit or "承办单位")
        if told is not None:
            steps.append(Step(told[0], event.at, masked(told[1])))
    return steps[::-1]


def _told(event: Event, unit: str) -> tuple[str, str] | None:
    """Title and text of an event, None if it is not for the citizen (as any new kind is)."""
    if event.kind in _PLAIN:
        return _PLAIN[event.kind].format(unit=unit), ""
    worded = _WORDED.get(event.kind)
    return worded(event) if worded else None


_PLAIN: Mapping[str, str] = {
    "create": "已收到您反映的情况",
    "accept": "已受理",
    "dispatch": "已转给{unit}",
    "designate": "已转给{unit}",
    "sign": "{unit}已签收，正在办理",
    "close": "{unit}已办结",
    "approve": "{unit}已办结",
    "submit": "{unit}已有办理结果，正在审核",
    "reject": "办理结果审核未通过，继续办理",
    "supervise": "已督促承办单位",
    "pause": "等待中，暂停计算办理时间",
    "resume": "继续办理",
    "contact": "{unit}联系了您",
    "reopen": "已退回重新办理",
    "archive": "已归档",
    "withdraw": "已按您的要求撤回",
    "correct": "工单内容已更正",
    "urge": "已催促尽快办理",
}


def _note(event: Event) -> tuple[str, str] | None:
    if event.role != "citizen":
        return None
    return "您补充了情况", str(event.data["text"])


def _grant(event: Event) -> tuple[str, str] | None:
    return ("办理时间已延长", "") if event.data.get("asked") == "extend" else None


def _follow(event: Event) -> tuple[str, str] | None:
    """What was done to the master order was done to this one."""
    title = _PLAIN.get(str(event.data.get("step", "")), "")
    unit = event.data.get("unit") or "承办单位"
    return (title.format(unit=unit), "") if title else None


def _link(event: Event) -> tuple[str, str]:
    return "已与相同的诉求一并办理", ""


def _notify(event: Event) -> tuple[str, str]:
    return "告知", str(event.data["text"])


def _survey(event: Event) -> tuple[str, str] | None:
    data: Mapping[str, Any] = event.data
    match data["step"]:
        case "asked":
            return "请您评价办理结果", ""
        case "rated":
            return f"您的评价：{data['rating']}", str(data.get("reason", ""))
        case "reason":
            return "您说明了不满意的原因", str(data["reason"])
        case "expired":
            return "没有收到您的评价", ""
        case _:
            return None


_WORDED: Mapping[str, Callable[[Event], tuple[str, str] | None]] = {
    "note": _note,
    "grant": _grant,
    "follow": _follow,
    "link": _link,
    "notify": _notify,
    "survey": _survey,
}
