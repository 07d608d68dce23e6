"""The official account as WeChat's console knows it, and the templates it may send."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from channels.simulator.error import Refused


class Mode(StrEnum):
    """How messages to the webhook are encrypted (消息加解密方式 in WeChat's console)."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Account:
    """The account's credentials; `aes_key` is the 43 characters of EncodingAESKey."""

    appid: str = "wxsimulator0012345"
    secret: str = "0123456789abcdef0123456789abcdef"
    token: str = "HuiyingSimulator"
    aes_key: str = "SimulatorOnlyNotASecret0123456789abcdefghij"
    original_id: str = "gh_simulator12"
    name: str = "湘潭微政务"


@dataclass(frozen=True, slots=True)
class Template:
    """A template (模板) of the account: its title, and (label, keyword) for each line."""

    title: str
    lines: tuple[tuple[str, str], ...]


TEMPLATES: Mapping[str, Template] = {
    "SimulatorSurveyTemplate_0000000000000000001": Template(
        "服务满意度评价提醒",
        (("工单编号", "character_string1"), ("诉求事项", "thing2"), ("办结时间", "time3")),
    ),
    "SimulatorOrderTemplate_00000000000000000002": Template(
        "工单办理进度通知",
        (("工单编号", "character_string1"), ("当前状态", "phrase2"), ("温馨提示", "thing3")),
    ),
    "SimulatorAnswerTemplate_0000000000000000003": Template(
        "咨询答复提醒",
        (("咨询内容", "thing1"), ("答复", "thing2"), ("温馨提示", "thing3")),
    ),
}
"""What the demo account has; a test or a deployment may give its own."""

_VALUES = {
    "thing": re.compile(r"[^\n]{1,20}"),
    "phrase": re.compile(r"[\u4e00-\u9fff]{1,5}"),
    "character_string": re.compile(r"[\x21-\x7e]{1,32}"),
    "number": re.compile(r"-?[\d.]{1,32}"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "phone_number": re.compile(r"[\d+-]{1,17}"),
    "name": re.compile(r"[\u4e00-\u9fff·]{1,10}|[\x20-\x7e]{1,20}"),
    "date": re.compile(r".*\d{1,4}.+\d{1,2}.*"),
    "time": re.compile(r".*\d{1,4}.+\d{1,2}.*"),
    "amount": re.compile(r"\D?[\d.]{1,10}元?"),
}
"""What each kind of keyword accepts (订阅消息参数值内容限制, also for category templates)."""


def check_values(template: Template, data: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """The lines of a card, as (label, value); a value WeChat would not take is 47003."""
    return tuple((label, _value(keyword, data)) for label, keyword in template.lines)


def _value(keyword: str, data: Mapping[str, object]) -> str:
    given = data.get(keyword)
    value = given.get("value") if isinstance(given, Mapping) else None
    rule = _VALUES.get(keyword.rstrip("0123456789"))
    if not isinstance(value, str) or not value or (rule and not rule.fullmatch(value)):
        raise Refused(47003, f"data.{keyword}.value is invalid")
    return value
