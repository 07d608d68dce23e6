"""The forms by which people take the steps of an order's life, one for each step."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.orders.lifecycle import STEPS


@dataclass(frozen=True, slots=True)
class Field:
    """Something to fill in. `kind`: text, area, number, moment, unit, files, or words to choose
    from."""

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    hint: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """What a step asks for, and what it will do, in words for whoever does it."""

    fields: tuple[Field, ...] = ()
    hint: str = ""

    @property
    def takes_files(self) -> bool:
        """Whether files may come with it."""
        return any(field.kind == "files" for field in self.fields)


def _why(label: str, hint: str = "") -> Field:
    return Field("reason", label, "area", hint=hint)


UNIT = Field("unit", "承办单位", "unit", hint="输入几个字选择")
WAYS = ("电话", "上门", "微信", "短信", "当面")
HOW = Field("how", "怎样联系的市民", "choice", required=False, choices=WAYS)
SAID = Field("result", "市民怎么说", required=False, hint="例如：表示满意")
WHEN = Field("when", "联系时间", "moment", required=False)


def _files(label: str, hint: str) -> Field:
    return Field("files", label, "files", required=False, hint=hint)


FORMS: Mapping[str, Form] = {
    "accept": Form(hint="受理后等待派单。"),
    "dispatch": Form((UNIT,)),
    "designate": Form(
        (UNIT, _why("为什么由它办")), "指定承办的单位不能再退单；多次退单、职责有争议时用。"
    ),
    "sign": Form(hint="签收后开始计算办理期限，市民会收到通知。"),
    "approve": Form(hint="通过后市民会收到办理结果和回访。"),
    "reject": Form((_why("哪里不行"),), "退回承办单位重新办理，计一次返工。"),
    "grant": Form((Field("reason", "说明", "area", required=False),)),
    "refuse": Form((_why("为什么不同意"),), "承办单位会看到理由。"),
    "close": Form(
        (
            Field("reply", "办理结果", "area", hint="怎么查的、怎么办的、依据什么、市民怎么说"),
            _files("办结附件", "现场照片、整改前后对比、检测报告等；办结后市民看得到"),
            HOW,
            SAID,
            WHEN,
        ),
        "市民会收到办理结果这段话。至少15个字，要写清联系、核实、处理情况和市民意见。",
    ),
    "contact": Form(
        (
            Field("how", HOW.label, "choice", choices=WAYS),
            Field("result", SAID.label, "area"),
            WHEN,
            _files("联系证据", "通话记录截图、上门照片等；只有工作人员看得到"),
        )
    ),
    "return": Form(
        (
            _why("为什么不归本单位"),
            Field("basis", "依据（文件、职责清单条目）"),
        ),
        "派单后两个工作日内提出，由班长答复；过期按规定驳回。等待答复时期限照走。",
    ),
    "extend": Form(
        (Field("days", "延长几个工作日", "number"), _why("为什么要延期")),
        "要在到期前提出，由班长答复。",
    ),
    "retract": Form(hint="撤销后可以继续办理。"),
    "reopen": Form((_why("为什么要重办"),), "市民会知道工单已退回重新办理，计一次返工。"),
    "urge": Form((Field("text", "催办的话", required=False),), "承办单位会收到提醒。"),
    "supervise": Form((_why("督办理由"),), "列入督办，承办单位会收到提醒。"),
    "pause": Form((_why("为什么暂停"),), "暂停期间不计办理时间。"),
    "resume": Form(hint="期限按暂停的工作日数顺延。"),
    "note": Form(
        (Field("text", "说明", "area"), _files("附件", "照片或PDF")), "只有工作人员看得到。"
    ),
    "analyse": Form((Field("text", "成因和改进", "area"),)),
    "assess": Form((Field("points", "加分或扣分", hint="例如 0.5 或 -0.5"), _why("理由"))),
    "withdraw": Form((Field("reason", "市民为什么撤回", required=False),)),
    "link": Form(
        (Field("master", "主工单编号"),),
        "是同一件事时并入：以后随主工单办理，市民照样收到进展和结果，照样回访。",
    ),
    "unlink": Form((_why("为什么拆出"),), "拆出后单独办理，状态和期限不变。"),
}
"""In the order of an order's life: what comes first is what to do next."""

FIRST = ("accept", "dispatch", "sign", "approve", "reject", "grant", "refuse", "close", "retract")
"""Steps that move an order on; the others are offered below them."""


def name(kind: str, asked: str) -> str:
    """What the step is called here and now."""
    what = {"return": "退单", "extend": "延期"}.get(asked, "")
    match kind:
        case "grant" | "refuse" if what:
            return f"{'同意' if kind == 'grant' else '驳回'}{what}"
        case "reopen":
            return "退回重办"
        case "note":
            return "补充说明"
        case _:
            return STEPS[kind].name
