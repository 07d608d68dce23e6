"""The city's own names: which area and which street (街道, 乡镇) a place belongs to."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_KEYS = ("aliases", "streets", "roads", "places")


@dataclass(frozen=True, slots=True)
class Name:
    """A name found in a text: where it stands, and the area and street it lies in.

    `area` is '' for what lies in several, `street` (街道, 乡镇) where the list names none.
    """

    start: int
    end: int
    area: str
    street: str
    is_area: bool


class Gazetteer:
    """Finds names of areas, streets, roads and places in a text."""

    def __init__(self, areas: Iterable[Mapping[str, Any]]) -> None:
        """`areas` as config/city/areas.yml has them: name, aliases, streets, roads, places, and
        `within`, the places of a street by its name."""
        self._areas: dict[str, str] = {}
        self._streets: dict[str, str] = {}
        self._own: set[str] = set()
        self._places: set[str] = set()
        for area in areas:
            self._add(str(area["name"]), area)
        longest_first = sorted(self._areas, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    @classmethod
    def load(cls, path: Path) -> "Gazetteer":
        """Read areas.yml; a missing file is an empty gazetteer."""
        data = yaml.safe_load(path.read_text("utf-8")) if path.exists() else []
        return cls(data["areas"] if isinstance(data, dict) else data or [])

    def find(self, text: str) -> list[Name]:
        """Every name in the text, in order, the longest at each point."""
        return [self._name(match) for match in self._pattern.finditer(text)]

    def area(self, text: str) -> str:
        """The area the text names itself, else the one its streets and places lie in; else ''."""
        names = [name for name in self.find(text) if name.area]
        for name in sorted(names, key=lambda name: not name.is_area):
            return name.area
        return ""

    def is_area(self, text: str) -> bool:
        """True for the name of an area that is not also a place in it (「竹埠港」)."""
        return text in self._own and text not in self._places

    def street(self, text: str) -> str:
        """The street (街道, 乡镇) the text names or whose places it names; else ''."""
        return next((name.street for name in self.find(text) if name.street), "")

    def _add(self, area: str, entry: Mapping[str, Any]) -> None:
        own = {area, *map(str, entry.get("aliases") or [])}
        self._own |= own
        for key in _KEYS:
            for name in map(str, entry.get(key) or []):
                self._register(name, area)
        self._places.update(map(str, entry.get("places") or []))
        for street in map(str, entry.get("streets") or []):
            self._streets[street] = street
        for street, names in (entry.get("within") or {}).items():
            for name in map(str, names):
                self._register(name, area)
                self._streets[name] = str(street)
                self._places.add(name)
        self._areas[area] = area

    def _register(self, name: str, area: str) -> None:
        """A road through two areas says nothing of where on it something happened."""
        known = self._areas.get(name, area)
        self._areas[name] = area if known == area else ""

    def _name(self, match: re.Match[str]) -> Name:
        found = match.group()
        street = self._streets.get(found, "")
        return Name(match.start(), match.end(), self._areas[found], street, found in self._own)
