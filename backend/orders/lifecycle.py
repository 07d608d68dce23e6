"""The life of an order (工单): who may do what, in which state, and where it leads.

`STEPS` is the whole state machine; an office clerk can read it from top to bottom. What a step
changes besides the state stands in `history.py`; how long each may take, in `rules.py`.
The events are the truth: everything on an order can be folded from them again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from backend.clock import city_time


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


class Stage(StrEnum):
    """The nine steps by which the offices name their work (九步工作法); '' for what is none."""

    DISPATCH = "转办"
    HANDLE = "承办"
    REVIEW = "审核"
    REDO = "重办"
    SUPERVISE = "督办"
    CLOSE = "办结"
    ARCHIVE = "归档"
    ANALYSE = "分析"
    ASSESS = "考评"
    NONE = ""


class Asked(StrEnum):
    """What a unit has asked of the office and still waits for; '' for nothing."""

    RETURN = "return"
    EXTENSION = "extend"
    NOTHING = ""


class Missed(StrEnum):
    """Which deadline was missed."""

    SIGNING = "sign"
    HANDLING = "handle"


S = State
G = Stage
OPEN = frozenset({S.ACCEPTING, S.DISPATCHING, S.SIGNING, S.HANDLING, S.REVIEWING})
"""States in which somebody still has to do something about the matter."""
AT_UNIT = frozenset({S.SIGNING, S.HANDLING})
"""States in which a unit has the order and time runs."""
CLOSED = frozenset({S.CALLING_BACK, S.ARCHIVED})
ANY = frozenset(State)

LEADERS = frozenset({"supervisor", "admin"})
OFFICE = LEADERS | {"agent"}
UNIT = LEADERS | {"handler"}
STAFF = OFFICE | UNIT
CITIZEN = OFFICE | {"citizen"}
PLATFORM = frozenset({"platform"})
"""Another platform that an order came from (backend/api)."""
SYSTEM = STAFF | PLATFORM | {"system", "citizen"}
CLOCK = frozenset({"system"})

RETURNS_UNTIL_DESIGNATED = 3
"""At this return the office designates the unit (指定承办): docs/design.md section 8."""


@dataclass(frozen=True, slots=True)
class Step:
    """What an event needs and does. `to` None leaves the state as it is.

    `waits`: True if a unit must be waiting for an answer to its request (退单申请, 延期申请), False
    if it must not, None if it does not matter.
    """

    name: str
    stage: Stage
    since: frozenset[State]
    to: State | None
    roles: frozenset[str]
    requires: tuple[str, ...] = ()
    waits: bool | None = None


STEPS: Mapping[str, Step] = {
    # At the office: read it, find who answers for it.
    "accept": Step("受理", G.NONE, frozenset({S.ACCEPTING}), S.DISPATCHING, OFFICE),
    "dispatch": Step(
        "派单",
        G.DISPATCH,
        frozenset({S.ACCEPTING, S.DISPATCHING, S.SIGNING}),
        S.SIGNING,
        OFFICE,
        ("unit",),
        waits=False,
    ),
    "designate": Step(
        "指定承办",
        G.DISPATCH,
        frozenset({S.DISPATCHING, S.SIGNING, S.HANDLING}),
        S.SIGNING,
        LEADERS,
        ("unit", "reason"),
    ),
    # At the unit: sign for it, or say within two working days why not.
    "sign": Step("签收", G.HANDLE, frozenset({S.SIGNING}), S.HANDLING, UNIT, waits=False),
    "return": Step("申请退单", G.HANDLE, AT_UNIT, None, UNIT, ("reason", "basis"), waits=False),
    "extend": Step(
        "申请延期",
        G.HANDLE,
        frozenset({S.HANDLING}),
        None,
        UNIT,
        ("reason", "days"),
        waits=False,
    ),
    "retract": Step("撤销申请", G.HANDLE, AT_UNIT, None, UNIT, waits=True),
    "grant": Step("同意申请", G.REVIEW, AT_UNIT, None, LEADERS, waits=True),
    "refuse": Step("驳回申请", G.REVIEW, AT_UNIT, None, LEADERS | CLOCK, ("reason",), waits=True),
    "pause": Step("暂停计时", G.REVIEW, frozenset({S.HANDLING}), None, LEADERS, ("reason",)),
    "resume": Step("恢复计时", G.REVIEW, frozenset({S.HANDLING}), None, LEADERS),
    "contact": Step("联系市民", G.HANDLE, ANY - {S.WITHDRAWN}, None, STAFF, ("how", "result")),
    # Closing: the gate has let it through (gate.py), or a reviewer looks at it first.
    "close": Step(
        "办结", G.CLOSE, frozenset({S.HANDLING}), S.CALLING_BACK, UNIT, ("reply",), waits=False
    ),
    "submit": Step(
        "提交审核", G.CLOSE, frozenset({S.HANDLING}), S.REVIEWING, UNIT, ("reply",), waits=False
    ),
    "approve": Step("审核通过", G.REVIEW, frozenset({S.REVIEWING}), S.CALLING_BACK, OFFICE),
    "reject": Step("审核退回", G.REVIEW, frozenset({S.REVIEWING}), S.HANDLING, OFFICE, ("reason",)),
    "reopen": Step("重办", G.REDO, CLOSED, S.SIGNING, SYSTEM, ("reason",)),
    # Time and those who watch it.
    "urge": Step("催办", G.SUPERVISE, OPEN, None, SYSTEM),
    "supervise": Step("督办", G.SUPERVISE, OPEN, None, LEADERS, ("reason",)),
    "miss": Step("超期", G.SUPERVISE, AT_UNIT, None, CLOCK, ("what",)),
    # Afterwards.
    "archive": Step("归档", G.ARCHIVE, frozenset({S.CALLING_BACK}), S.ARCHIVED, SYSTEM),
    "analyse": Step("分析", G.ANALYSE, CLOSED, None, LEADERS, ("text",)),
    "assess": Step("考评", G.ASSESS, CLOSED, None, LEADERS, ("points", "reason")),
    # At any time.
    "withdraw": Step("撤回", G.NONE, OPEN, S.WITHDRAWN, CITIZEN | PLATFORM),
    "correct": Step("更正", G.NONE, OPEN, None, CITIZEN | PLATFORM),
    "link": Step("并入", G.NONE, OPEN, None, OFFICE | CLOCK | {"citizen"}, ("master",)),
    "follow": Step("随主工单", G.NONE, OPEN, None, CLOCK, ("state",)),
    "unlink": Step("拆出", G.NONE, OPEN, None, OFFICE | CLOCK, ("reason",)),
    "note": Step("补充", G.NONE, ANY, None, SYSTEM, ("text",)),
    "survey": Step("回访", G.NONE, ANY, None, SYSTEM, ("step",)),
    "notify": Step("告知", G.NONE, ANY, None, SYSTEM, ("text",)),
}
"""Every event after the first (`create`), by its name in commands and in the API."""

LABELS = {
    "unit": "承办单位",
    "reply": "办理结果",
    "reason": "理由",
    "basis": "依据",
    "days": "天数",
    "text": "内容",
    "step": "环节",
    "how": "联系方式",
    "result": "联系结果",
    "points": "分数",
    "master": "主工单",
    "what": "环节",
    "state": "状态",
}
"""What a step requires, in words."""

FIELDS = (
    "channel",
    "citizen_name",
    "contact",
    "place",
    "area",
    "street",
    "occurred_at",
    "occurred_on",
    "companies",
    "type",
    "category",
    "priority",
    "facts",
    "demand",
    "confidential",
    "tags",
)
"""What an order says of its matter: set when it is created, changed by `correct`."""


LEADING_STEPS = frozenset(
    {"accept", "dispatch", "designate", "sign", "return", "extend", "retract", "grant", "refuse"}
    | {"pause", "resume", "close", "submit", "approve", "reject"}
)
"""What moves the matter itself on: done to the master (主工单), and the linked orders follow."""
FOLLOWED = (
    "dispatched_at",
    "return_by",
    "sign_by",
    "signed_at",
    "deadline",
    "paused_at",
)
"""The moments of a master order that hold for those linked to it."""
LEADING = OPEN | {S.CALLING_BACK}
"""States in which a master takes its linked orders along; afterwards each goes its own way."""


LISTS = ("companies", "tags")
"""FIELDS that hold several."""


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
        """Who acted: citizen, system, platform, or the role of a member of staff."""
        return self.actor.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its events left it; `version` is how many they are.

    `sign_by` and `deadline` are when it must be signed and closed, `return_by` until when its unit
    may ask to return it. `misses` counts the deadlines missed; `sign_missed` and `deadline_missed`
    say that the present one is among them. `replied_at` is when the unit closed it, `closed_at`
    when that was accepted. `points` are those of 考评 (加扣分).
    """

    state: State
    version: int
    created_at: datetime
    updated_at: datetime
    channel: str = ""
    citizen_name: str = ""
    contact: str = ""
    place: str = ""
    area: str = ""
    street: str = ""
    occurred_at: str = ""
    occurred_on: str = ""
    companies: tuple[str, ...] = ()
    type: str = ""
    category: str = ""
    priority: str = "一般"
    facts: str = ""
    demand: str = ""
    confidential: bool = False
    tags: tuple[str, ...] = ()
    unit: str = ""
    designated: bool = False
    asked: str = Asked.NOTHING
    asked_days: int = 0
    rounds: int = 0
    reply: str = ""
    rating: str = ""
    master: str = ""
    dispatched_at: datetime | None = None
    return_by: datetime | None = None
    sign_by: datetime | None = None
    signed_at: datetime | None = None
    deadline: datetime | None = None
    paused_at: datetime | None = None
    contacted_at: datetime | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    returns: int = 0
    refusals: int = 0
    extensions: int = 0
    reworks: int = 0
    urges: int = 0
    citizen_urged_at: datetime | None = None
    supervisions: int = 0
    misses: int = 0
    sign_missed: bool = False
    deadline_missed: bool = False
    points: float = 0.0


def check(order: Order, event: Event) -> Step:
    """The step an event takes. Raises Refused with the reason when it may not happen now."""
    step = STEPS.get(event.kind)
    if step is None:
        raise Refused(f"没有“{event.kind}”这个操作")
    if event.role not in step.roles:
        raise Refused(f"您的角色不能{step.name}")
    if order.state not in step.since:
        raise Refused(f"工单现在是“{order.state}”，不能{step.name}")
    if event.kind in LEADING_STEPS and order.master:
        raise Refused(f"工单已并入 {order.master}，请在主工单上{step.name}，或者先拆出")
    for name in step.requires:
        if not str(event.data.get(name, "")).strip():
            raise Refused(f"{step.name}时请填写{LABELS.get(name, name)}")
    reason = _waiting(order, step) or _RULES.get(event.kind, _no_rule)(order, event)
    if reason:
        raise Refused(reason)
    return step


def may(order: Order, kind: str, role: str, now: datetime) -> bool:
    """Whether a role could do this now, if it said what the step requires."""
    said = dict.fromkeys(STEPS[kind].requires, "1")
    try:
        check(order, Event(kind, now, f"{role}:", said))
    except Refused:
        return False
    return True


def _waiting(order: Order, step: Step) -> str:
    if step.waits is True and not order.asked:
        return f"没有等待答复的申请，不能{step.name}"
    if step.waits is False and order.asked:
        return f"{REQUESTS[Asked(order.asked)]}还没有答复，不能{step.name}；请先答复或撤销申请"
    return ""


REQUESTS = {Asked.RETURN: "退单申请", Asked.EXTENSION: "延期申请"}


def _no_rule(_order: Order, _event: Event) -> str:
    return ""


def _dispatch(order: Order, _event: Event) -> str:
    if order.returns >= RETURNS_UNTIL_DESIGNATED:
        return f"已退单{order.returns}次，须由班长指定承办单位"
    return ""


def _return(order: Order, _event: Event) -> str:
    if order.designated:
        return "这张工单是班长指定承办的，不能退单；有困难请联系热线办"
    if order.paused_at:
        return "工单正在暂停计时，不能申请退单"
    return ""


def _extend(order: Order, event: Event) -> str:
    if not _is_count(event.data["days"]):
        return "延期天数应是1到60的整数（工作日）"
    if order.paused_at:
        return "工单正在暂停计时，不需要延期"
    if order.deadline and event.at >= order.deadline:
        return "已过办理期限，不能再申请延期（延期须在到期前提出）"
    return ""


def _is_count(days: object) -> bool:
    text = str(days).strip()
    return text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 60


def _pause(order: Order, _event: Event) -> str:
    return "工单已经暂停计时" if order.paused_at else ""


def _resume(order: Order, _event: Event) -> str:
    return "" if order.paused_at else "工单没有暂停计时"


def _close(order: Order, _event: Event) -> str:
    return "工单正在暂停计时，请先恢复" if order.paused_at else ""


def _miss(order: Order, event: Event) -> str:
    if event.data["what"] == Missed.SIGNING:
        due, known = order.sign_by, order.sign_missed
    else:
        due, known = order.deadline, order.deadline_missed
    if due is None or event.at < due or order.paused_at:
        return "还没有到期"
    return "这次超期已经记过" if known else ""


def _urge(order: Order, event: Event) -> str:
    """A citizen urges once a day; the office as often as it must."""
    last = order.citizen_urged_at
    if event.role != "citizen" or last is None:
        return ""
    same = city_time(last).date() == city_time(event.at).date()
    return "今天已经催办过了，负责办理的人已经收到，明天还可以再催" if same else ""


def _assess(_order: Order, event: Event) -> str:
    try:
        points = float(event.data["points"])
    except (TypeError, ValueError):
        points = float("nan")
    return "" if -100 <= points <= 100 else "分数应是-100到100之间的数"


def _link(order: Order, event: Event) -> str:
    same = order.master == str(event.data["master"])
    return f"这张工单已经并入 {order.master}" if same else ""


def _follow(order: Order, event: Event) -> str:
    if not order.master:
        return "这张工单没有并入别的工单"
    return "" if event.data["state"] in LEADING else "主工单的状态不对"


def _unlink(order: Order, _event: Event) -> str:
    return "" if order.master else "这张工单没有并入别的工单"


_RULES: Mapping[str, Callable[[Order, Event], str]] = {
    "dispatch": _dispatch,
    "return": _return,
    "extend": _extend,
    "pause": _pause,
    "resume": _resume,
    "close": _close,
    "submit": _close,
    "urge": _urge,
    "miss": _miss,
    "assess": _assess,
    "link": _link,
    "follow": _follow,
    "unlink": _unlink,
}
"""Rules that the columns of the table cannot say: why an event may not happen, '' if it may."""
