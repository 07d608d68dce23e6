"""What a citizen says while an order is being made: how it is described, and learned from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ACTS = (
    "confirm",
    "change",
    "wrong",
    "back",
    "add",
    "place",
    "silent",
    "secret",
    "cancel",
    "another",
    "instead",
    "drop",
    "ask",
    "when",
    "human",
    "wait",
    "talk",
)
"""What a citizen can mean (dialogue acts): docs/understanding.md tells of each."""
TYPES = ("投诉", "求助", "举报", "建议", "咨询", "表扬")
"""What an order may be (诉求类型)."""
NEW = frozenset(("place", "time", "phone", "company", "person", "demand", "type", "facts"))
"""Labels of the words that say how it is right; `old` are those that were wrong, `more` what is
told besides, `matter` another matter."""

CLAUSE = re.compile(r"[^，,。；;！!？?\s]+")
"""What stands between two marks or blanks."""
_MARKED = re.compile(r"\[(?P<words>[^\[\]]+)\]\((?P<label>\w+)\)")


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands when something is said to it: what was asked last (`confirm`, `place` or
    `facts`), and its fields as far as they are known."""

    asking: str = "confirm"
    type: str = ""
    facts: str = ""
    place: str = ""
    time: str = ""
    phone: str = ""
    demand: str = ""
    company: str = ""
    person: str = ""
    waiting: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """All that the order says."""
        fields = (self.place, self.facts, self.time, self.company, self.person, self.demand)
        return "\n".join(fields)


@dataclass(frozen=True, slots=True)
class Span:
    """Some words of a text: where they stand, and what they are."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class TurnExample:
    """A text said to an order that stood so, what it meant, and which of its words say what."""

    standing: Standing
    text: str
    act: str
    spans: tuple[Span, ...] = ()


def read_turns(rows: Sequence[Mapping[str, Any]]) -> list[TurnExample]:
    """The turns of a file of nlu_data/turns. Raises ValueError for an act that there is not."""
    return [_turn(row) for row in rows]


def _turn(row: Mapping[str, Any]) -> TurnExample:
    means = row["means"]
    act = str(means[0] if isinstance(means, list) else means)
    if act not in ACTS:
        raise ValueError(f"{act} is none of the acts {', '.join(ACTS)}")
    order = {name: str(value) for name, value in (row.get("order") or {}).items()}
    waiting = tuple(map(str, row.get("waiting") or ()))
    text, spans = unmarked(str(row["said"]))
    return TurnExample(Standing(str(row["asking"]), **order, waiting=waiting), text, act, spans)


def unmarked(said: str) -> tuple[str, tuple[Span, ...]]:
    """A text without its marks, and the words that were marked: 「是[9组](place)的」."""
    text, spans, reached = "", list[Span](), 0
    for mark in _MARKED.finditer(said):
        text += said[reached : mark.start()]
        spans.append(Span(len(text), len(text) + len(mark["words"]), mark["label"]))
        text += mark["words"]
        reached = mark.end()
    return text + said[reached:], tuple(spans)
