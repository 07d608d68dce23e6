"""What the tagger sees of each character of a text said to an order."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

import rjieba
from rapidfuzz import fuzz

from bot.understanding import place_units
from bot.understanding.companies import find_companies
from bot.understanding.phones import find_phones
from bot.understanding.quantities import PLATE, QUANTITY, counterpart
from bot.understanding.times import find_times
from bot.understanding.turns import CLAUSE, TYPES, Standing

LONGEST = 200
"""Characters of a text; who writes more tells something new."""
_FIELDS = ("place", "time", "phone", "company", "demand", "facts", "person")
_TYPES = re.compile("|".join(TYPES))
ANY_DAY = datetime(2026, 1, 1)
"""Only where times stand is looked at here, not what they come to."""
_DENIES = re.compile(
    r"(?:不是|不在|不叫|不喊|不到|没在|冇在|冇|莫|别写|以为|(?:[写打说讲填看当搞弄听认]|(?<!登)记)成了?|不归|不属于|没说|不要|不对)[哒了在是写的]?$"
)
_CUES = {
    "denies": re.compile(r"不是|不在|不叫|没在|冇|莫|不归|不喊"),
    "errs": re.compile(r"错|反了|反哒|岔|混|偏|歪"),
    "mends": re.compile(r"应该|才对|其实|改|更正|换|写|登|填"),
    "keeps": re.compile(r"没错|冇错|是对的|没问题|不动|照旧"),
    "explains": re.compile(r"是我|那是|妹|姐|同事|朋友|以前|早就|隔壁|总店"),
}
_REACH = 6
"""Characters before a word in which its denial stands."""

Features = list[list[str]]


def features(text: str, standing: Standing) -> Features:
    """The names of what holds of each character; as many lists as characters."""
    found: Features = [[] for _ in text]
    for column in (_characters, _words, _marks, _shared, _clauses, _kinds):
        for features, more in zip(found, column(text, standing), strict=True):
            features += more
    return found


def _characters(text: str, standing: Standing) -> Iterator[list[str]]:
    framed = f"^^^{text}$$$$"
    shape = "".join(map(_shape, framed))
    for at in range(3, len(text) + 3):
        around = [f"c{d}={framed[at + d]}" for d in range(-3, 4)]
        around += [f"g{d}={framed[at + d : at + d + 2]}" for d in range(-3, 3)]
        around += [f"t{d}={framed[at + d : at + d + 3]}" for d in range(-3, 2)]
        around += [f"k={shape[at - 1 : at + 2]}", f"kk={shape[at - 2 : at + 3]}"]
        yield ["bias", f"asking={standing.asking}", *around]


def _shape(character: str) -> str:
    if character.isdigit():
        return "d"
    if character.isascii() and character.isalpha():
        return "a"
    if character.isspace():
        return "s"
    return "h" if character.isalnum() else "p"


def _words(text: str, _standing: Standing) -> Iterator[list[str]]:
    tagged = [(word, tag) for word, tag in rjieba.tag(text)]
    tags = ["^", *(tag for _, tag in tagged), "$"]
    column = [
        [
            f"w={word}",
            f"pos={tag}",
            f"edge={int(at == 0)}{int(at == len(word) - 1)}",
            f"before={tags[number]}|{tag}",
            f"after={tag}|{tags[number + 2]}",
        ]
        for number, (word, tag) in enumerate(tagged)
        for at in range(len(word))
    ]
    yield from (column + [[] for _ in text])[: len(text)]


def _marks(text: str, _standing: Standing) -> list[list[str]]:
    """Where telephone numbers, times and names of companies stand."""
    spans = [(phone.start, phone.end, "phone") for phone in find_phones(text)]
    spans += [(when.start, when.end, "time") for when in find_times(text, ANY_DAY)]
    for name in find_companies(text):
        spans += [
            (found.start(), found.end(), "firm") for found in re.finditer(re.escape(name), text)
        ]
    return _spread(text, ((start, end, name, "") for start, end, name in spans))


def _shared(text: str, standing: Standing) -> list[list[str]]:
    """What stands in the order already, and in which field."""
    if not any(getattr(standing, name) for name in _FIELDS):
        return [["fresh"] for _ in text]
    found: list[list[str]] = [[] for _ in text]
    lengths = {name: _covered(text, getattr(standing, name)) for name in _FIELDS}
    for at, features in enumerate(found):
        for name, column in lengths.items():
            here, before, after = (
                column[place] if 0 <= place < len(column) else 0 for place in (at, at - 1, at + 1)
            )
            if here > 1 or (here and name in ("time", "place")):
                features.append(f"in_{name}={here if here < 4 else 4 if here < 6 else 6}")
            if here <= 1 < after:
                features.append(f"next_in_{name}")
            if here <= 1 < before:
                features.append(f"last_in_{name}")
        if all(column[at] < 2 for column in lengths.values()):
            features.append("fresh")
    return found


def _covered(text: str, known: str) -> list[int]:
    """For each character the length of the longest run through it that is known."""
    longest = [0] * len(text)
    for start in range(len(text)):
        end = start
        while end < len(text) and text[start : end + 1] in known:
            end += 1
        for at in range(start, end):
            longest[at] = max(longest[at], end - start)
    return longest


def _clauses(text: str, standing: Standing) -> list[list[str]]:
    """What the clause of a character and those beside it sound like."""
    clauses = list(CLAUSE.finditer(text))
    sounds = [[name for name, cue in _CUES.items() if cue.search(one[0])] for one in clauses]
    said = "types" if standing.type and standing.type in text else "no_types"
    found: list[list[str]] = [[said] for _ in text]
    for number, clause in enumerate(clauses):
        features = [f"clause={min(number, 3)}", f"last={int(number == len(clauses) - 1)}"]
        features += [f"here_{sound}" for sound in sounds[number]]
        features += [f"before_{sound}" for sound in (sounds[number - 1] if number else [])]
        features += [f"after_{sound}" for each in sounds[number + 1 : number + 2] for sound in each]
        for at in range(*clause.span()):
            found[at] += features
    return found


def _kinds(text: str, standing: Standing) -> list[list[str]]:
    """Units of places, quantities and types, and how each compares with what the order has."""
    column = _spread(text, typed(text, standing))
    for at, features in enumerate(column):
        if denied(text, at):
            features.append("denied")
            features += [f"denied|{name}" for name in features[:1]]
    return column


def denied(text: str, at: int) -> bool:
    """True if what begins there is denied: 「不是…」, 「写成了…」."""
    return bool(_DENIES.search(text[max(0, at - _REACH) : at]))


def typed(text: str, standing: Standing) -> list[tuple[int, int, str, str]]:
    """What has a kind: its start, end and kind, and whether the order has the same (`same`),
    another of the kind (`other`, and how like) or none (`new`)."""
    there = place_units.units(standing.place)
    held = [(unit.kind, standing.place[unit.start : unit.end]) for unit in there]
    found = [
        (
            unit.start,
            unit.end,
            unit.kind,
            _compared(unit.kind, text[unit.start : unit.end], held, standing),
        )
        for unit in place_units.units(text)
    ]
    taken = {at for start, end, *_ in found for at in range(start, end)}
    for quantity in QUANTITY.finditer(text):
        if taken.isdisjoint(range(*quantity.span())):
            known = quantity[0] in standing.facts
            other = not known and counterpart(standing.facts, quantity)
            state = "same" if known else "other" if other else "new"
            found.append((*quantity.span(), "quantity", state))
    for plate in PLATE.finditer(text):
        found.append((*plate.span(), "plate", "same" if plate[0] in standing.facts else "new"))
    for kind in _TYPES.finditer(text):
        found.append((*kind.span(), "type", "same" if kind[0] == standing.type else "other"))
    return found


def _compared(kind: str, words: str, held: Sequence[tuple[str, str]], standing: Standing) -> str:
    if words in standing.place:
        return "same"
    mine = [name for its, name in held if its == kind]
    if kind in place_units.NUMBERED and any(place_units.is_same(kind, words, one) for one in mine):
        return "same"
    likeness = max((fuzz.ratio(words, one) for one in mine), default=None)
    return "new" if likeness is None else f"other{int(likeness) // 34}"


def _spread(
    text: str, spans: Sequence[tuple[int, int, str, str]] | Iterator[tuple[int, int, str, str]]
) -> list[list[str]]:
    """Spans as features of their characters: B-… of the first, I-… of the rest."""
    column: list[list[str]] = [[] for _ in text]
    for start, end, name, state in spans:
        for at in range(start, end):
            whole = f"{'B' if at == start else 'I'}-{name}"
            column[at] += [whole, f"{whole}|{state}", f"state={state}"] if state else [whole]
        if start:
            column[start - 1].append(f"next-{name}|{state}")
        if end < len(text):
            column[end].append(f"last-{name}|{state}")
    return column
