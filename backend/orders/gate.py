"""The closing gate (办结把关): what a reply must say before an order may be closed.

The bulletins name what goes wrong: 「双方已和解。。。。。」 with full stops for missing characters
(邵阳 2023 年 1-2 月), and closings without the four elements (结案四要素, 岳阳 2023 年 6 月).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from rapidfuzz import fuzz

from backend.orders.lifecycle import Order

LONGEST = 2000
"""Characters of a reply; more no citizen reads on a phone."""


class Element(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the elements of a closing. Any of `signs` in the reply shows that it is there.

    `contact`: a recorded contact with the citizen shows it too. `hint` tells how to say it.
    """

    name: str
    signs: tuple[str, ...]
    hint: str
    contact: bool = False


ELEMENTS = (
    Element(
        "联系情况",
        ("联系", "电话", "致电", "去电", "上门", "走访", "面谈", "沟通", "告知市民", "答复市民"),
        "谁、什么时候、用什么方式联系了市民",
        contact=True,
    ),
    Element(
        "核实情况",
        ("核实", "经查", "查看", "查明", "调查", "了解", "现场", "勘查", "检查", "核查", "查询"),
        "到现场或者查资料，情况是怎样的",
    ),
    Element(
        "处理情况",
        (
            "已",
            "完成",
            "处理",
            "修复",
            "维修",
            "清理",
            "整改",
            "安排",
            "协调",
            "责令",
            "依据",
            "根据",
            "将",
        ),
        "做了什么，依据是什么",
    ),
    Element(
        "市民意见",
        ("满意", "认可", "理解", "表示", "同意", "接受", "感谢", "无异议", "不认同", "仍要求"),
        "市民听了以后怎么说",
        contact=True,
    ),
)


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the office asks of a closing (config/city/office.yml).

    `review`: `doubtful` lets a person look at replies that the gate doubts, `always` at all,
    `never` at none. `evidence`: types or categories whose closing needs a picture or paper.
    """

    min_chars: int = 15
    elements: tuple[Element, ...] = ELEMENTS
    review: str = "doubtful"
    evidence: tuple[str, ...] = ()
    alike: float = 0.9

    def __post_init__(self) -> None:
        if self.review not in ("doubtful", "always", "never"):
            raise ValueError("review is one of doubtful, always, never")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says: `short` refuses for everybody, `missing` refuses for a unit, `doubts` let
    a reviewer look. Each is a sentence for whoever wrote the reply."""

    short: str = ""
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Everything that refuses, with what to do."""
        return "；".join(filter(None, (self.short, *self.missing)))


@dataclass(frozen=True, slots=True)
class Closing:
    """A reply, and what the record says besides: a contact with the citizen since the order was
    last given to its unit, evidence attached, and the unit's replies to other orders."""

    order: Order
    reply: str
    contacted: bool = False
    evidence: bool = False
    others: Sequence[str] = ()


def examine(closing: Closing, gate: Gate) -> Verdict:
    """Hold a closing against the gate."""
    return Verdict(
        _length(closing.reply, gate.min_chars),
        (*_elements(closing, gate), *_evidence(closing, gate)),
        tuple(filter(None, (_beside(closing), _copied(closing), _boilerplate(closing, gate)))),
    )


def substance(text: str) -> int:
    """How many characters say something: no punctuation or spaces, and what repeats counts once."""
    said = "".join(
        char for char in unicodedata.normalize("NFKC", text[:LONGEST]) if _says_something(char)
    )
    return len(_REPEATED.sub(r"\1", said))


_REPEATED = re.compile(r"(.{1,8}?)\1{2,}")
"""Three times the same in a row is padding; twice may be 「慢慢」 or 「2023」."""


def _says_something(char: str) -> bool:
    return unicodedata.category(char)[0] in "LN"


def _length(reply: str, least: int) -> str:
    if len(reply) > LONGEST:
        return f"办理结果超过{LONGEST}字，请精简"
    found = substance(reply)
    if found >= least:
        return ""
    return f"办理结果至少{least}个字（标点、空格和重复的字不算），现在只有{found}个"


def _elements(closing: Closing, gate: Gate) -> list[str]:
    return [
        f"缺少“{element.name}”（{element.hint}）"
        for element in gate.elements
        if not (element.contact and closing.contacted)
        and not any(sign in closing.reply for sign in element.signs)
    ]


def _evidence(closing: Closing, gate: Gate) -> list[str]:
    order = closing.order
    wanted = {order.type, order.category, order.category.partition("/")[0]} & set(gate.evidence)
    if wanted and not closing.evidence:
        return ["这类工单办结时要附图片或材料"]
    return []


def _pairs(text: str) -> set[str]:
    said = "".join(char for char in text if _says_something(char))
    return {said[place : place + 2] for place in range(len(said) - 1)}


def _beside(closing: Closing) -> str:
    order = closing.order
    matter = _pairs(f"{order.facts} {order.demand} {order.place} {order.category}")
    if len(matter) < 4 or matter & _pairs(closing.reply):
        return ""
    return "办理结果和市民反映的事项没有相同的内容，请确认没有答非所问"


def _copied(closing: Closing) -> str:
    if fuzz.ratio(closing.reply, closing.order.facts) >= 90:
        return "办理结果几乎照抄了市民反映的内容"
    return ""


def _boilerplate(closing: Closing, gate: Gate) -> str:
    same = sum(fuzz.ratio(closing.reply, other) >= 100 * gate.alike for other in closing.others)
    return f"与本单位最近{same}张工单的办理结果几乎相同" if same >= 2 else ""
