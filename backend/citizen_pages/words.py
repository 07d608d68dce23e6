"""An order's matter in few words, fit for a page that anybody holding the link can read."""

import re

from backend.orders.lifecycle import Order

CONFIDENTIAL = "（保密工单，内容不在此显示）"

_DIGITS = re.compile(r"(?<![0-9A-Za-z])(\d{3})\d{4,11}(\d{3}[0-9Xx])(?![0-9A-Za-z])")
"""Phone and identity numbers: eleven digits and more, or seven or eight of a landline."""


def masked(text: str) -> str:
    """The text with the middle of every phone and identity number hidden."""
    return _DIGITS.sub(r"\1****\2", text)


def matter(order: Order, size: int = 60) -> str:
    """What an order is about, at most about `size` characters, without numbers of persons."""
    if order.confidential:
        return CONFIDENTIAL
    return shorten(masked(order.facts or order.demand), size) or order.category or "您反映的事项"


def shorten(text: str, size: int) -> str:
    """The text on one line, cut with an ellipsis after `size` characters."""
    line = " ".join(text.split())
    return line if len(line) <= size else line[: size - 1] + "…"
