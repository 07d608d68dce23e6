"""The held-out messages and dialogues, as typed data."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """One first message and what it may end in; `outcomes[0]` is the one designed."""

    group: str
    text: str
    outcomes: tuple[str, ...]
    titles: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    place: str = ""
    near: str = ""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Steps of one citizen, and how they end (see the head of dialogues.yml)."""

    name: str
    steps: tuple[Mapping[str, Any], ...]
    ends: Mapping[str, Any]


def messages() -> list[Case]:
    """The single first messages of messages.yml."""
    return [
        Case(
            group,
            item["text"],
            (item["outcome"], *several(item.get("also"))),
            several(item.get("title")),
            several(item.get("type")),
            item.get("place", ""),
        )
        for group, items in _read("messages.yml").items()
        for item in items
    ]


def near_misses() -> list[Case]:
    """The messages that are close to an entry or a danger and are something else."""
    return [
        Case(group, item["text"], several(item["outcomes"]), near=item.get("near", ""))
        for group, items in _read("near_misses.yml").items()
        for item in items
    ]


def dialogues() -> list[Dialogue]:
    """The dialogues of dialogues.yml."""
    found: Any = _read("dialogues.yml")
    return [Dialogue(item["name"], tuple(item["steps"]), item["ends"]) for item in found]


def several(value: Any) -> tuple[str, ...]:
    """One or several names, written as a scalar or a list in the files."""
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _read(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
