"""The held-out messages, descriptions and dialogues, as typed data."""

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
class Due:
    """An order to come of a description; of several values one is enough, of `facts` all.

    `{-1}` in `times` stands for yesterday's date, `{0}` for today's. '' and () are not looked at.
    """

    places: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    phone: str = ""
    times: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """A whole description, the orders due, and the entry to be told or offered beside them."""

    text: str
    orders: tuple[Due, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Steps of one citizen, and how they end (see the head of dialogues.yml)."""

    name: str
    steps: tuple[Mapping[str, Any], ...]
    ends: Mapping[str, Any]


def cases(name: str, folder: Path = HERE) -> list[Case]:
    """The single first messages of a file of the folder, [] without the file."""
    return [
        Case(
            group,
            item["text"],
            several(item.get("outcomes")) or (item["outcome"], *several(item.get("also"))),
            several(item.get("title")),
            several(item.get("type")),
            item.get("place", ""),
            item.get("near", ""),
        )
        for group, items in (_read(folder / f"{name}.yml") or {}).items()
        for item in items
    ]


def descriptions(folder: Path = HERE) -> list[Description]:
    """The whole descriptions of orders.yml."""
    return [
        Description(item["text"], tuple(map(_due, item["orders"])), item.get("title", ""))
        for item in _read(folder / "orders.yml") or ()
    ]


def dialogues(folder: Path = HERE) -> list[Dialogue]:
    """The dialogues of dialogues.yml."""
    return [
        Dialogue(item["name"], tuple(item["steps"]), item["ends"])
        for item in _read(folder / "dialogues.yml") or ()
    ]


def several(value: Any) -> tuple[str, ...]:
    """One or several names, written as a scalar or a list in the files."""
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _due(item: Mapping[str, Any]) -> Due:
    return Due(
        several(item.get("place")),
        several(item.get("area")),
        several(item.get("type")),
        several(item.get("category")),
        item.get("phone", ""),
        several(item.get("time")),
        several(item.get("facts")),
    )


def _read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else None
