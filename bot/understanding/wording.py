"""The words of a text, in one form for citizens and editors; rules are in wording.yml."""

import re
import zlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import rjieba
import yaml

from bot.understanding.text import clean

LONGEST = 600
"""Characters of a text whose words count: an answer may have 4,000."""

_RULES: Any = yaml.safe_load(Path(__file__).with_name("wording.yml").read_text(encoding="utf-8"))
_WORDLIKE = re.compile(r"[\u4e00-\u9fffa-z0-9]")


def _table() -> dict[str, str]:
    table = dict.fromkeys(_RULES["fillers"].split(), " ")
    for line in _RULES["same"]:
        first, *others = line.split()
        table |= dict.fromkeys((first, *others), f" {first} ")
    return table


_SAME = _table()
_PATTERN = re.compile("|".join(sorted(map(re.escape, _SAME), key=len, reverse=True)))


def code(word: str) -> int:
    """The number a word is kept under: 32 bits of its CRC."""
    return zlib.crc32(word.encode())


FUNCTION_WORDS = frozenset(map(code, _RULES["function"].split()))
"""Codes of words that hardly tell one question from another."""


def words(text: str) -> tuple[str, ...]:
    """The words of a text, each once, in order; synonyms under one name, fillers left out."""
    plain = _PATTERN.sub(lambda found: _SAME[found[0]], clean(text, LONGEST).lower())
    found = (word for word in rjieba.cut(plain) if _WORDLIKE.search(word))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1024)
def spoken(text: str) -> tuple[str, ...]:
    """As `words`, remembered: each part of a reading asks for the same."""
    return words(text)


def words_by_code(texts: Iterable[str]) -> dict[int, str]:
    """The words of several texts by their codes, each once, in order."""
    return {code(word): word for text in texts for word in words(text)}
