"""Takes what tells who a citizen was out of texts that stay after they have left."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

GONE = "（已删除）"

SHORTEST = 2
"""Characters; a shorter name or number would be found in words that have nothing to do with it."""

# Whose a number is cannot be told from a text, so all that name a person go. Landlines stay:
# they are those of shops and offices, and orders are about them.
NUMBERS = re.compile(r"(?<!\d)(?:(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d){8}|[1-9]\d{16}[\dXx])(?!\d)")

EXACT = re.compile(
    r"[A-Za-z0-9一二三四五六七八九十百-]{1,8}(?:号楼|号院|号|栋|幢|座|单元|室|楼|层|户)|\d{3,}"
)
"""House, block and flat, as people write them; a bare number of a flat has three digits."""

_NAMES = ("contact", "citizen_name")
_GONE = (*_NAMES, "place")
"""Of a place, area and street are fields of their own and stay."""
_SAYINGS = ("facts", "demand", "occurred_at", "reply", "reason", "text", "result", "basis")


class Redaction:
    """Removes known names and numbers, and all mobile and identity numbers.

    The same string always becomes the same string, so that an order that was folded from its
    events is still what they say when both have been redacted.
    """

    def __init__(self, known: Iterable[str]) -> None:
        found = {word.strip() for word in known}
        self._known = sorted((word for word in found if len(word) >= SHORTEST), key=len)[::-1]

    def text(self, text: str) -> str:
        """The text without them."""
        for word in self._known:
            text = text.replace(word, GONE)
        return NUMBERS.sub(GONE, text)

    def fields(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of an order or the data of an event without them, the others as they are."""
        return {name: self._field(name, value) for name, value in data.items()}

    def _field(self, name: str, value: Any) -> Any:
        if name in _GONE:
            return ""
        return self.text(value) if name in _SAYINGS and isinstance(value, str) else value


def names(data: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names, numbers and houses of citizens that stand in the data of events."""
    known = list(data)
    houses = {part for one in known for part in EXACT.findall(str(one.get("place") or ""))}
    return houses | {str(one[name]) for one in known for name in _NAMES if one.get(name)}
