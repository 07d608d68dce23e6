"""What changed between two texts of an entry, for an editor to read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from backend.knowledge.entry import Entry

FIELDS = {
    "title": "标题",
    "answer": "答案",
    "questions": "相似问",
    "unit": "承办单位",
    "source": "来源",
    "valid_until": "有效期至",
    "category": "分类",
}
"""What editors call the parts of an entry."""

Part = tuple[str, str]
"""A piece of text that is `same`, `gone` or `new`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of an entry that changed, by its name for editors, piece by piece."""

    name: str
    parts: tuple[Part, ...]


def differences(before: Entry, after: Entry) -> tuple[Difference, ...]:
    """What differs in two texts of an entry, in the order of FIELDS."""
    old, new = before.content, after.content
    return tuple(
        Difference(name, compare(_said(old[field]), _said(new[field])))
        for field, name in FIELDS.items()
        if old[field] != new[field]
    )


def compare(before: str, after: str) -> tuple[Part, ...]:
    """The pieces that turn one text into the other, joined where they touch."""
    old, new = _pieces(before), _pieces(after)
    parts: list[Part] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(("same", "".join(old[a:b])))
        else:
            parts += [("gone", "".join(old[a:b])), ("new", "".join(new[c:d]))]
    return tuple(part for part in parts if part[1])


def _pieces(text: str) -> Sequence[str]:
    """Characters of a short text, clauses of a long one: it is compared in milliseconds then."""
    return list(text) if len(text) <= 400 else re.findall(r"[^，。；：、！？\n]+|.|\n", text)


def _said(value: object) -> str:
    return "\n".join(value) if isinstance(value, list) else str(value or "")
