"""The city's own data, from the YAML files of config/city."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class BadCity(Exception):
    """A file of the city's data is missing or cannot be used; the text names it."""


@dataclass(frozen=True, slots=True)
class City:
    """Units that handle orders, categories of matters, and matters that go elsewhere."""

    folder: Path
    units: tuple[str, ...]
    categories: tuple[str, ...]
    redirects: dict[str, str]


def load(folder: Path) -> City:
    """Read the files of a city. Raises BadCity."""
    units = tuple(unit["name"] for unit in _read(folder / "units.yml"))
    tree = _read(folder / "categories.yml")
    categories = tuple(f"{upper}/{lower}" for upper, rows in tree.items() for lower in rows)
    redirects = {row["intent"]: row["text"] for row in _read(folder / "redirects.yml")}
    return City(folder, units, categories, redirects)


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise BadCity(f"{path}: {error}") from error
