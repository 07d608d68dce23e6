"""An entry of the knowledge base as a form of the console sends it."""

from collections.abc import Mapping
from typing import Any

from backend.knowledge.entry import Entry, phrasings, tidied


def entry_in(form: Mapping[str, Any], entry_id: int = 0) -> Entry:
    """The entry in a form, as it would be kept; similar questions stand one a line."""
    entry = Entry(
        title=str(form.get("title", "")),
        answer=str(form.get("answer", "")),
        questions=phrasings(str(form.get("questions", ""))),
        unit=str(form.get("unit", "")),
        source=str(form.get("source", "")),
        valid_until=str(form.get("valid_until", "")),
        category=str(form.get("category", "")),
        id=entry_id,
    )
    return tidied(entry)


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
