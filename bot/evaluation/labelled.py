"""A city's own labelled messages: which column is the text, which the label."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from backend.sheets import BadSheet, Sheet
from bot.understanding.corpus import Example

TEXTS = (
    "留言",
    "留言内容",
    "文本",
    "text",
    "内容",
    "诉求内容",
    "诉求",
    "问题",
    "question",
    "message",
)
LABELS = ("标签", "label", "intent", "意图", "类别", "分类", "类型")
_REPEATED = 0.5
"""A column with fewer different values than this share of its rows looks like labels."""


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Texts with their labels, where they stand, and how many rows had no label or no text."""

    text_column: str
    label_column: str
    examples: tuple[Example, ...]
    skipped: int = 0

    def counts(self) -> Counter[str]:
        """How many texts each label has."""
        return Counter(example.label for example in self.examples)

    def only(self, labels: Iterable[str]) -> "LabelledTexts":
        """The texts with one of these labels."""
        kept = frozenset(labels)
        return replace(self, examples=tuple(e for e in self.examples if e.label in kept))


def labelled(sheet: Sheet, name: str, text: str = "", label: str = "") -> LabelledTexts:
    """The texts and labels of a table; columns that are not named are found. `name` is what to
    call the file when it cannot be. Raises BadSheet."""
    text = column(sheet, name, text, TEXTS, "text")
    label = label_column(sheet, name, text, label)
    rows = [row for _, row in sheet.rows]
    pairs = [(row.get(text, ""), row.get(label, "")) for row in rows]
    examples = tuple(Example(said, truth) for said, truth in pairs if said and truth)
    if not examples:
        raise BadSheet(f"{name}: no row has both a text ({text}) and a label ({label})")
    return LabelledTexts(text, label, examples, len(rows) - len(examples))


def column(sheet: Sheet, name: str, wanted: str, usual: Sequence[str], what: str) -> str:
    """The column called `wanted`, else the first of the `usual` names. Raises BadSheet."""
    if wanted:
        return _there(sheet, name, wanted)
    found = next((each for each in usual if each in sheet.head), "")
    if not found:
        raise BadSheet(
            f"{name}: no column looks like the {what}; call it {usual[0]} or name it with "
            f"--{what} (there are: {_listed(sheet)})"
        )
    return found


def label_column(sheet: Sheet, name: str, text: str, wanted: str) -> str:
    """The column called `wanted`, else one with a usual name, else the first whose values repeat.
    Raises BadSheet."""
    if wanted:
        return _there(sheet, name, wanted)
    others = [each for each in sheet.head if each and each != text]
    usual = [each for each in LABELS if each in others]
    found = [*usual, *(each for each in others if _repeats(sheet, each))]
    if not found:
        raise BadSheet(
            f"{name}: no column looks like labels; name it with --label (there are: "
            f"{_listed(sheet)})"
        )
    return found[0]


def _there(sheet: Sheet, name: str, wanted: str) -> str:
    if wanted not in sheet.head:
        raise BadSheet(f"{name}: there is no column {wanted} (there are: {_listed(sheet)})")
    return wanted


def _listed(sheet: Sheet) -> str:
    return "、".join(each for each in sheet.head if each) or "none"


def _repeats(sheet: Sheet, name: str) -> bool:
    values = [row[name] for _, row in sheet.rows if row.get(name)]
    return bool(values) and len(set(values)) < max(2, _REPEATED * len(values))
