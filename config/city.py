"""The city's own data, from the YAML files of config/city."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from backend.orders.responsibility import Duty
from backend.orders.rules import Rules

T = TypeVar("T")


class BadCity(Exception):
    """A file of the city's data is missing or cannot be used; the text names it."""


@dataclass(frozen=True, slots=True)
class City:
    """Units that handle orders, categories of matters, matters that go elsewhere and the other
    cities that they may be told of, terms, areas, and the responsibility list that a new database
    begins with."""

    folder: Path
    units: tuple[str, ...]
    categories: tuple[str, ...]
    redirects: dict[str, str]
    elsewhere: tuple[str, ...]
    rules: Rules
    areas: tuple[str, ...]
    duties: tuple[Duty, ...]


def load(folder: Path) -> City:
    """Read the files of a city. Raises BadCity."""
    units = _read(folder / "units.yml", lambda rows: [str(row["name"]) for row in rows])
    categories = _read(
        folder / "categories.yml",
        lambda tree: [f"{upper}/{lower}" for upper, rows in tree.items() for lower in rows],
    )
    redirects = _read(
        folder / "redirects.yml", lambda rows: {row["intent"]: str(row["text"]) for row in rows}
    )
    elsewhere = _read(
        folder / "redirects.yml",
        lambda rows: [str(name) for row in rows for name in row.get("places") or ()],
    )
    rules = _read(folder / "office.yml", lambda terms: msgspec.convert(terms, Rules))
    areas = _read(folder / "areas.yml", lambda rows: [str(row["name"]) for row in rows])
    duties = _read(folder / "responsibility.yml", lambda rows: [_duty(row) for row in rows])
    return City(
        folder,
        tuple(units),
        tuple(categories),
        redirects,
        tuple(elsewhere),
        rules,
        tuple(areas),
        tuple(duties),
    )


def _duty(row: dict[str, Any]) -> Duty:
    return Duty(
        row["category"], row["area"] or "", row["unit"], row["from"], row["to"], row["basis"]
    )


def _read(path: Path, take: Callable[[Any], T]) -> T:
    """What `take` makes of a file."""
    try:
        return take(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadCity(f"{path}: {' '.join(str(error).split())}") from error
    except (KeyError, TypeError, AttributeError, msgspec.ValidationError) as error:
        raise BadCity(
            f"{path}: not of the form that the file of the house has ({error})"
        ) from error
