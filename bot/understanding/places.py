"""Where it is: the place as the citizen wrote it, whole, and nothing that is not place.

A place is a chain of units (区, road, site, house numbers, 「附近」). Words that no name holds are
masked first, so that a chain ends before them; it starts and ends where a word does.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import rjieba

from bot.understanding.gazetteer import Gazetteer, Name
from bot.understanding.place_units import NUMBERED, kinds
from bot.understanding.place_words import (
    ACTIONS,
    ADDRESS,
    BARE,
    BRAND,
    BREAKS,
    BUILDING,
    CROSSING,
    DIRECTION,
    EDGE,
    END,
    ESTATE,
    FAMILY,
    FREE,
    GENERIC,
    GOES_ON,
    GROUP,
    HOUSE,
    INSTITUTION,
    LEADS_AWAY,
    LEADS_CLOSER,
    LEADS_TO_WRITER,
    LOOSE,
    NAMED,
    NAMES,
    NEAR,
    NEVER,
    OF_WRITER,
    PART,
    PHASE,
    PREFIXES,
    SHOP,
    SHORT,
    THINGS,
    TORN,
    VERBS,
)

_MASK = "\x00"
_LONGEST_GAP = 6
"""Characters of a name between a road and a building that no rule knows."""
_ESTATES = re.compile(ESTATE)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text: where it stands, and how closely it tells one where to go."""

    start: int
    end: int
    precision: int

    def words(self, text: str) -> str:
        """The place as it is written."""
        return text[self.start : self.end].strip(" ,，、的")


class PlaceReader:
    """Finds the places in a text."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def find(self, text: str, taken: Iterable[tuple[int, int]] = ()) -> str:
        """The most precise place, the first of equals: where the writer works or comes from, or an
        area alone, only where there is no other. `taken` spans are times and numbers."""
        places = _Scan(text, self._gazetteer, taken).places()
        best = max(places, key=lambda place: self._rank(text, place), default=None)
        if best is None:
            return ""
        places = [place for place in places if not _is_of_writer(text, place)]
        around, closer = _around(text, best, places), _closer(text, best, places)
        told = [place for place in (around, best, closer) if place]
        return "".join(_strung(text, told))

    def _rank(self, text: str, place: Place) -> tuple[bool, bool, int, int]:
        of_writer = _is_of_writer(text, place)
        is_area = self._gazetteer.is_area(place.words(text))
        return not is_area, not of_writer, place.precision, -place.start


def _strung(text: str, places: Sequence[Place]) -> Iterator[str]:
    """The places in words, with a name between them that no rule knows: 「路润和苑7栋」."""
    yield places[0].words(text)
    for place, following in pairwise(places):
        gap = text[place.end : following.start]
        yield gap if gap.isalnum() and len(gap) <= _LONGEST_GAP else ""
        yield following.words(text)


def _is_of_writer(text: str, place: Place) -> bool:
    """「我在东坪路上班」, 「我是附近梅坪村的」, 「往石潭方向」."""
    before = text[: place.start]
    leads = LEADS_TO_WRITER.search(before) or LEADS_AWAY.search(before)
    return bool(leads or OF_WRITER.match(text, place.end))


def _closer(text: str, place: Place, places: Sequence[Place]) -> Place | None:
    """What is told later of where in a town or a village it is."""
    later = [other for other in places if other.start > place.end]
    if _is_wide(text, place):
        return next((o for o in later if LEADS_CLOSER.search(text[: o.start])), None)
    if kinds(place.words(text)) & NUMBERED:
        return None
    return next((other for other in later if _is_house(text, other)), None)


def _around(text: str, place: Place, places: Sequence[Place]) -> Place | None:
    """The town or the village, told before, that a place is led from."""
    before = [other for other in places if other.end < place.start]
    wide = next((other for other in before[-1:] if _is_wide(text, other)), None)
    led = LEADS_CLOSER.search(text[: place.start]) and not _is_wide(text, place)
    if led and wide:
        return wide
    sites = (o for o in reversed(before) if not kinds(o.words(text)) & NUMBERED)
    return next(sites, None) if _is_house(text, place) else None


def _is_house(text: str, place: Place) -> bool:
    """A building of an estate and nothing else: 「27栋1单元」."""
    told = kinds(place.words(text))
    return bool(told & {"building", "unit", "phase"}) and told <= NUMBERED | {"side"}


def _is_wide(text: str, place: Place) -> bool:
    return kinds(place.words(text)) <= _WIDE


_WIDE = {"area", "town", "village"}


class _Scan:
    """One pass over one text."""

    def __init__(self, text: str, gazetteer: Gazetteer, taken: Iterable[tuple[int, int]]) -> None:
        self.text = text
        self.names = {name.start: name for name in gazetteer.find(text)}
        self.shorts = {name.end for name in self.names.values() if SHORT.search(text[: name.end])}
        tokens = _tokens(text, {edge for name in self.names.values() for edge in _edges(name)})
        self.tags = {start + len(word): tag for start, word, tag in tokens}
        self.first = {start: tag for start, _, tag in tokens}
        self.starts = {start for start, _, _ in tokens} | set(self.names)
        self.ends = set(self.tags)
        self.ends |= {name.end for name in self.names.values()}
        self.ends |= {match.end() for match in EDGE.finditer(text)}
        self.mask = self._masked(tokens, taken)
        self.loose = _masked(LOOSE, text)

    def places(self) -> list[Place]:
        """Every chain of units, left to right, none overlapping."""
        found: list[Place] = []
        reached = 0
        for start in sorted(self.starts):
            if start < reached:
                continue
            place = self._chain(start) or self._institution(start)
            if place:
                found.append(place)
                reached = place.end
        return found

    def _masked(self, tokens: list[tuple[int, str, str]], taken: Iterable[tuple[int, int]]) -> str:
        chars = list(_masked(NEVER, self.text))
        following = [word for _, word, _ in [*tokens, (0, "", "")][1:]]
        for (start, word, tag), after in zip(tokens, following, strict=True):
            behind = any(name.end == start for name in self.names.values())
            if _breaks(word, tag, after) and not (behind and tag == "a" and len(word) == 1):
                chars[start : start + len(word)] = _MASK * len(word)
        estates = (estate.span() for estate in _ESTATES.finditer(self.text))
        for start, end in (*map(_edges, self.names.values()), *estates):
            chars[start:end] = self.text[start:end]
        for start, end in taken:
            chars[start:end] = _MASK * (end - start)
        return "".join(chars)

    def _chain(self, start: int) -> Place | None:
        reached, position, units, known = start, start, 0, False
        while found := self._unit(position, start):
            known |= position in self.names
            end, whole = found
            position, units = end, units + 1
            if whole or end in self.ends:
                reached = end
        if reached == start or GENERIC.fullmatch(self.text, start, reached):
            return None
        return self._place(start, reached, units, known)

    def _unit(self, position: int, start: int) -> tuple[int, bool] | None:
        """Where the unit at this position ends, and whether it may end inside a word."""
        if position > start and (group := self._group(position)):
            return group, True
        if position in self.names:
            return self.names[position].end, True
        house = HOUSE.match(self.mask, position) or HOUSE.match(self.text, position)
        stone = house and "+" in house[0]
        if house and (stone or _MASK not in self.mask[house.start() + 1 : house.end()]):
            return house.end(), position > start
        if position > start and (after := self._after(position)):
            return after, True
        if named := NAMED.match(self.mask, position):
            return self._whole_name(position, named.end()), False
        free = self._free(position) if position > start else self._estate(position)
        return (free, True) if free else None

    def _whole_name(self, position: int, end: int) -> int:
        """Where a name ends that has the end of another in it: 「金桥苑」."""
        rest = GOES_ON.match(self.mask, end)
        return rest.end() if rest and rest.end() in self.ends else end

    def _after(self, position: int) -> int:
        """Where a unit ends that needs one before it; 0 when there is none."""
        part = PART.match(self.text, position)
        if not part and position in self.shorts:
            part = BARE.match(self.text, position)
        part = part or BRAND.match(self.text, position)
        if part:
            return part.end()
        shop = SHOP.match(self.loose, position)
        return shop.end() if shop and shop.end() in self.ends else 0

    def _group(self, position: int) -> int:
        """Where a 组 of the village before it ends, whatever it is called after."""
        group = GROUP.match(self.mask, position) if self.text[position - 1] == "村" else None
        return group.end() if group else 0

    def _free(self, position: int) -> int:
        """A name of two to six characters with no known ending, before 「3栋」 or 「附近」, or
        one of a proper noun alone."""
        ends = (end for end in range(position + 2, position + 7) if end in self.ends)
        if re.match(THINGS, self.text[position:]):
            return 0
        for end in ends:
            if _MASK in self.mask[position:end] or DIRECTION.match(self.text, position):
                return 0
            if NAMED.fullmatch(self.mask, position, end):
                return 0
            if HOUSE.match(self.mask, end) or self.tags.get(end) in FREE:
                return end
        return 0

    def _estate(self, start: int) -> int:
        """A name of three to six characters with no known ending, alone before 「3栋」."""
        if start and self.text[start - 1].isalnum() and self.mask[start - 1] != _MASK:
            return 0
        ends = (end for end in range(start + 3, start + 7) if end in self.ends)
        whole = (end for end in ends if _MASK not in self.mask[start:end])
        return next((end for end in whole if BUILDING.match(self.text, end)), 0)

    def _institution(self, start: int) -> Place | None:
        found = INSTITUTION.match(self.text, start) or BRAND.match(self.mask, start)
        if not found:
            return self._shop(start)
        end, near = self._extended(found.end())
        named = found.re is BRAND or found[0][0].isascii()
        certain = near or named or self._is_told(start, end)
        return Place(start, end, 2 + near) if certain else None

    def _shop(self, start: int) -> Place | None:
        """A business with a name of its own, where something is beside it: 「老三届酒楼后面」."""
        shop = SHOP.match(self.loose, start)
        if not shop or self.first.get(start) not in NAMES or shop.end() not in self.ends:
            return None
        end, near = self._extended(shop.end())
        return Place(start, end, 2) if near else None

    def _is_told(self, start: int, end: int) -> bool:
        """「在一医院」, or nothing else between two marks."""
        before, after = self.text[:start], self.text[end:]
        alone = not before[-1:].isalnum() and not after[:1].isalnum()
        return bool(before) and (alone or before.endswith("在"))

    def _place(self, start: int, end: int, units: int, known: bool) -> Place | None:
        text = self.text[start:end]
        has_name = known or NAMED.match(text) is not None
        house = ADDRESS.search(text) is not None
        if not (has_name or ADDRESS.search(text)):
            return None
        end, near = self._extended(end)
        return Place(start, end, units + 2 * known + 2 * house + 2 * has_name + near)

    def _extended(self, end: int) -> tuple[int, bool]:
        """Take in 「与…路交叉口」 and 「附近」."""
        crossing = CROSSING.match(self.text, end)
        if crossing and (crossing.end() in self.ends or len(crossing["word"] or "") > 2):
            return crossing.end(), True
        near = NEAR.match(self.mask, end) or NEAR.match(self.text, end)
        if not near or _MASK in self.mask[end + 1 : near.start("word")]:
            return end, False
        whole = near.end() in self.ends or len(near["word"]) > 2
        return (near.end(), True) if whole else (end, False)


def _masked(never: re.Pattern[str], text: str) -> str:
    return never.sub(lambda match: _MASK * len(match[0]), text)


def _tokens(text: str, cuts: Iterable[int]) -> list[tuple[int, str, str]]:
    """The words with their tags. A name of the city's is cut out first: 「梅桥镇长丰村」 has no
    mayor (镇长) in it."""
    tokens: list[tuple[int, str, str]] = []
    edges = sorted({0, len(text), *cuts})
    for begin, end in pairwise(edges):
        start = begin
        for word, tag in rjieba.tag(text[begin:end]):
            tokens += _torn(start, word, tag)
            start += len(word)
    return tokens


def _torn(start: int, word: str, tag: str) -> list[tuple[int, str, str]]:
    """「村到」 of 「石屏村到镇上」 is no word: what is guessed is cut where a dictionary cuts."""
    if not TORN.search(word, 0, len(word) - 1):
        return [(start, word, tag)]
    found: list[tuple[int, str, str]] = []
    for known, its in rjieba.tag(word, False):
        found.append((start, known, its))
        start += len(known)
    return found


def _edges(name: Name) -> tuple[int, int]:
    return name.start, name.end


def _breaks(word: str, tag: str, after: str) -> bool:
    """「建设」 is a verb, and in 「建设北路」 a name; so are 「里」 and 「幸福里2栋」."""
    if (word == "里" and (after[:1].isdigit() or after == "小区")) or PHASE.fullmatch(word):
        return False
    if word == "家" and FAMILY.match(after):
        return False
    if word in VERBS or tag in BREAKS or (tag == "v" and word[-1] in "到在"):
        return True
    if word in PREFIXES or (len(word) == 1 and tag == "a" and NAMED.fullmatch(after)):
        return False
    return tag in ACTIONS and len(word) <= 2 and not re.match(f"{END}|里$", after)
