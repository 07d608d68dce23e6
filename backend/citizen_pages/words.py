"""An order's matter in few words, fit for a page that anybody holding the link can read."""

import re

from backend.orders.lifecycle import Order

CONFIDENTIAL = "（保密工单，内容不在此显示）"

_EDGE = r"(?<![0-9A-Za-z]){}(?![0-9A-Za-z])"
_LONG = re.compile(_EDGE.format(r"(\d{3})\d{4,11}(\d{3}[0-9Xx])"))
"""Mobile, identity, bank and undivided landline numbers."""

_LANDLINE = re.compile(_EDGE.format(r"(0\d{2,3}[- ])\d{3,4}(\d{4})"))


def masked(text: str) -> str:
    """The text with the middle of every phone and identity number hidden."""
    return _LANDLINE.sub(r"\1****\2", _LONG.sub(r"\1****\2", text))


def matter(order: Order, size: int = 60) -> str:
    """What an order is about, at most about `size` characters, without numbers of persons."""
    if order.confidential:
        return CONFIDENTIAL
    return shorten(masked(order.facts or order.demand), size) or order.category or "您反映的事项"


def shorten(text: str, size: int) -> str:
    """The text on one line, cut with an ellipsis after `size` characters."""
    line = " ".join(text.split())
    return line if len(line) <= size else line[: size - 1] + "…"
