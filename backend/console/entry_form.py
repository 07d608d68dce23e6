"""An entry of the knowledge base as a form of the console sends it."""

from collections.abc import Mapping
from typing import Any

from backend.knowledge.entry import Entry


def entry_in(form: Mapping[str, Any], entry_id: int = 0) -> Entry:
    """The entry in a form; similar questions stand one a line."""
    lines = (plain(line) for line in str(form.get("questions", "")).splitlines())
    return Entry(
        title=plain(form.get("title", "")),
        answer=str(form.get("answer", "")).replace("\r\n", "\n").strip(),
        questions=tuple(dict.fromkeys(line for line in lines if line)),
        unit=plain(form.get("unit", "")),
        source=plain(form.get("source", "")),
        valid_until=plain(form.get("valid_until", "")),
        category=plain(form.get("category", "")),
        id=entry_id,
    )


def plain(value: object) -> str:
    """What stands in a field of one line."""
    return " ".join(str(value).split())


def number_of(form: Mapping[str, Any], *names: str) -> int | None:
    """The first whole number in these fields; None if there is none."""
    for name in names:
        text = plain(form.get(name, ""))
        if text.isascii() and text.isdigit() and len(text) <= 18:
            return int(text)
    return None
