"""How the console says things: times, states, outcomes and errors in plain Chinese."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from backend import personal
from backend.clock import city_time
from backend.orders.lifecycle import STEPS, Event
from backend.personal import Mask
from backend.staff import ROLE_NAMES, Role

OUTCOMES: Mapping[str | None, str] = {
    "answered": "直接答复",
    "choices": "给出选项",
    "asked": "追问一次",
    "order": "转为工单",
    "handoff": "转人工",
    "redirected": "指引去向",
    "danger": "紧急情况",
    "command": "操作指令",
    "survey": "回访评价",
    "agent": "人工接待",
    "invalid": "无效消息",
    "event": "关注等事件",
    None: "处理中",
}

KINDS = {
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "pdf": "PDF 文件",
    "location": "位置",
    "link": "链接",
    "card": "小程序",
    "unknown": "暂不支持的消息",
}

EVENTS = {
    "subscribe": "关注了公众号",
    "unsubscribe": "取消了关注",
    "scan": "扫码进入",
    "click": "点了菜单",
    "view": "打开了菜单里的网页",
    "location": "上报了位置",
    "template_result": "通知消息回执",
}

AUTHORS = {"bot": "机器人", "system": "系统", "survey": "回访"}

CODES = {
    "45015": "市民超过 48 小时没有说话，微信不让再发",
    "45047": "微信允许的条数已经用完",
    "43004": "市民没有关注公众号",
    "43019": "市民已拒收",
    "43101": "市民没有订阅这类通知",
    "48002": "市民已关闭接收消息",
    "48001": "公众号没有这个接口的权限，请联系管理员",
    "40003": "微信不认得这位市民",
    "40164": "服务器地址不在微信白名单，请联系管理员",
    "45009": "今天的接口次数用完",
    "45002": "内容太长",
    "47003": "模板参数不对，请联系管理员",
    "-1": "微信系统繁忙",
}

FIELDS = {
    "channel": "渠道",
    "citizen_name": "姓名",
    "contact": "联系电话",
    "place": "地点",
    "area": "区域",
    "street": "街道、乡镇",
    "occurred_at": "发生时间",
    "occurred_on": "发生日期",
    "companies": "涉及单位",
    "type": "类型",
    "category": "分类",
    "priority": "紧急程度",
    "facts": "反映内容",
    "demand": "诉求",
    "confidential": "保密",
    "tags": "标签",
}

ASKED_IN_VAIN = {
    "choices": "给了选项，没选中",
    "unclear": "追问了一次",
    "office": "转成咨询工单",
    "unsolved": "答了，没解决",
    "handoff": "转了人工",
    "wrong": "坐席指出答得不对",
}

GROUP_EVENTS = {
    "publish": "发布为新知识",
    "merge": "加为相似问",
    "dismiss": "移出：不属于知识库",
    "move": "移走问题",
    "reopen": "又回到待处理",
    "undo": "撤销了上一步",
}

NOT_TOLD = {
    "window": "微信 48 小时窗口已关或条数已用完",
    "answered": "已另外得到答复",
    "left": "已取消关注",
    "unwanted": "不愿接收主动消息",
    "withdrawn": "没来得及发就撤回了",
    "failed": "发送失败",
    "unreachable": "微信没有送达",
    "dropped": "发送前取消",
}

EVIDENCE = {
    "title": "与标题意思相近",
    "profile": "与整条意思相近",
    "answer": "与答案意思相近",
    "wording": "问话里的词在条目里有着落",
    "titled": "标题里的词问到了多少",
    "lacking": "标题里没有问到的词",
    "clash": "问的和标题说的是同类的两样东西",
    "lead": "领先第二名",
    "share": "在几条里占的份额",
    "elsewhere": "更像知识库里没有的另一件事",
    "phrasings": "相似问的多少",
    "length": "问话的长短",
}

DETAILS = {
    "place": "地点",
    "area": "区域",
    "occurred_at": "时间",
    "phone": "电话",
    "matter": "事情",
}

DANGERS = {
    "danger_fire": "火情",
    "danger_gas": "燃气泄漏",
    "danger_medical": "伤病",
    "danger_crime": "违法犯罪",
    "danger_traffic": "交通事故",
    "danger_structure": "坍塌、坠物",
}

TYPES = ("咨询", "求助", "投诉", "举报", "建议", "表扬")


def moment(when: datetime | None, now: datetime) -> str:
    """A time as one says it: today by the clock, else with the day."""
    if when is None:
        return ""
    there, today = city_time(when), city_time(now).date()
    if there.date() == today:
        return f"{there:%H:%M}"
    if there.date() == today - timedelta(days=1):
        return f"昨天 {there:%H:%M}"
    year = "" if there.year == today.year else f"{there.year}年"
    return f"{year}{there.month}月{there.day}日 {there:%H:%M}"


def full(when: datetime | None) -> str:
    """Day and time in full."""
    return f"{city_time(when):%Y-%m-%d %H:%M}" if when else ""


def lasting(since: datetime | None, now: datetime) -> str:
    """How long it has been: 不到 1 分钟, 5 分钟, 2 小时 3 分, 3 天."""
    if since is None:
        return ""
    minutes = int((now - since).total_seconds() // 60)
    if minutes < 1:
        return "不到 1 分钟"
    if minutes < 60:
        return f"{minutes} 分钟"
    if minutes < 60 * 24:
        return f"{minutes // 60} 小时 {minutes % 60} 分"
    return f"{minutes // (60 * 24)} 天"


def outcome(name: str | None) -> str:
    """What became of a message."""
    return OUTCOMES.get(name, name or "")


def kind(name: str) -> str:
    """What sort of message it is, '' for plain text."""
    return KINDS.get(name, "")


def event_name(name: str) -> str:
    """What a citizen did without saying anything."""
    return EVENTS.get(name, name)


def author(name: str) -> str:
    """Who sent it: the bot, the system, or the login of an agent."""
    return AUTHORS.get(name, name)


def error(text: str) -> str:
    """Why something was not delivered; the platform's code becomes its meaning."""
    for code in re.findall(r"-?\d+", text):
        if code in CODES:
            return f"{CODES[code]}（{code}）"
    # Where there is no code of the platform, the worker names the case in a word of its own.
    return re.sub(r"^[a-z]+ ", "", text) or "原因不明"


def person(name: str, citizen_id: int) -> str:
    """How we call a citizen whose name we may not know."""
    return personal.name(name) or f"市民 {citizen_id}"


def role(name: str) -> str:
    """As what somebody acted."""
    return {"platform": "其他平台"}.get(name) or ROLE_NAMES[Role(name)]


def hidden(text: str, name: str = "", phone: str = "", place: str | None = "") -> str:
    """A citizen's words without their name and house, and without numbers of persons."""
    return Mask.of([name], [phone], [place or ""]).text(text or "")


def step(event: Event) -> str:
    """The name of what happened to an order."""
    if event.kind == "create":
        return "登记"
    known = STEPS.get(event.kind)
    return known.name if known else event.kind


def detail(event: Event) -> str:
    """What else there is to say of an event."""
    data: Mapping[str, Any] = event.data
    match event.kind:
        case "dispatch":
            return f"派给 {data.get('unit', '')}"
        case "designate":
            return f"指定 {data.get('unit', '')}：{data.get('reason', '')}"
        case "close" | "submit":
            return _parted(data.get("reply"), *data.get("missing", ()), *data.get("doubts", ()))
        case "return":
            return _parted(data.get("unit"), data.get("reason"), f"依据：{data.get('basis', '')}")
        case "extend":
            return _parted(f"{data.get('days', '')}个工作日", data.get("reason"))
        case "grant" | "refuse":
            asked = {"return": "退单", "extend": "延期"}.get(str(data.get("asked", "")), "")
            return _parted(asked, data.get("reason"))
        case "contact":
            return _parted(data.get("how"), data.get("when"), data.get("result"))
        case "miss":
            return "签收超期" if data.get("what") == "sign" else "办理超期"
        case "assess":
            return _parted(f"{data.get('points', '')}分", data.get("reason"))
        case "link":
            return f"并入 {data.get('master', '')}"
        case "follow":
            return _parted(data.get("state"), data.get("unit"), data.get("reply"))
        case "reopen" | "withdraw" | "archive" | "reject" | "supervise" | "pause" | "unlink":
            return str(data.get("reason", ""))
        case "correct":
            return "改了" + "、".join(FIELDS[name] for name in FIELDS if name in data)
        case "survey":
            return _survey(data)
        case _:
            return str(data.get("text", ""))


def _parted(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def _survey(data: Mapping[str, Any]) -> str:
    said = (data.get("rating"), data.get("reason"), data.get("text"))
    words = " · ".join(str(part) for part in said if part)
    return words or SURVEY_STEPS.get(str(data.get("step", "")), str(data.get("step", "")))


SURVEY_STEPS = {
    "scheduled": "已安排回访",
    "asked": "已请市民评价",
    "reminded": "已提醒评价",
    "rated": "市民已评价",
    "unrated": "没有评价，按未评价归档",
    "cancelled": "回访取消",
    "unreachable": "没有联系上市民",
}


def actor(who: str, names: Mapping[str, str]) -> str:
    """Who acted on an order; `names` maps logins to names."""
    role, _, login = who.partition(":")
    if role == "citizen":
        return "市民"
    if role == "platform":
        return login
    if role not in ROLE_NAMES:
        return "系统"
    return f"{ROLE_NAMES[Role(role)]} {names.get(login, login)}".strip()


REVISIONS = {
    "create": "新增",
    "change": "修改",
    "retire": "停用",
    "revive": "恢复使用",
    "restore": "恢复旧内容",
    "wrong": "单位报错",
    "right": "撤销报错",
}


def revised(kind: str) -> str:
    """What was done to a knowledge entry."""
    return REVISIONS.get(kind, kind)


def around(text: str, size: int = 24) -> str:
    """A long passage that did not change: its two ends, next to what did."""
    return text if len(text) <= 2 * size else f"{text[:size]}……{text[-size:]}"


def channel(name: str) -> str:
    """Where an order comes from; other platforms are called as they are."""
    return {"wechat": "微信公众号", "": "未知"}.get(name, name)


def short(text: str, size: int = 40) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= size else line[:size] + "…"


def asked_in_vain(why: str) -> str:
    """Why a question counts as asked in vain."""
    return ASKED_IN_VAIN.get(why, why)


def group_event(kind: str) -> str:
    """What was done to a group of questions."""
    return GROUP_EVENTS.get(kind, kind)


def not_told(state: str) -> str:
    """Why a citizen was not told of an answer."""
    return NOT_TOLD.get(state, state)


def evidence(name: str) -> str:
    """What speaks for or against an entry."""
    return EVIDENCE.get(name, name)


def field(name: str) -> str:
    """What a text says of a matter."""
    return DETAILS.get(name, name)


def danger(name: str) -> str:
    """What sort of emergency it is."""
    return DANGERS.get(name, name)


FILTERS: Mapping[str, Callable[..., str]] = {
    "moment": moment,
    "full": full,
    "lasting": lasting,
    "outcome": outcome,
    "kind": kind,
    "event_name": event_name,
    "author": author,
    "error": error,
    "person": person,
    "hidden": hidden,
    "role": role,
    "phone": personal.phone,
    "step": step,
    "detail": detail,
    "actor": actor,
    "channel": channel,
    "short": short,
    "asked_in_vain": asked_in_vain,
    "group_event": group_event,
    "not_told": not_told,
    "evidence": evidence,
    "field": field,
    "danger": danger,
    "revised": revised,
    "around": around,
}
