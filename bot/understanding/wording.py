"""The words of a text, in one form for citizens and editors; rules are in wording.yml."""

import re
import zlib
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import rjieba
import yaml

from bot.understanding.dialect import SOURCE as RULES_OF_DIALECT
from bot.understanding.dialect import standard

LONGEST = 600
"""Characters of a text whose words count: an answer may have 4,000."""

_SOURCE = Path(__file__).with_name("wording.yml").read_bytes()
RULES: Any = yaml.safe_load(_SOURCE)
"""What wording.yml says."""
FORM = blake2b(_SOURCE + RULES_OF_DIALECT, digest_size=16).digest()
"""Changes with the rules: words that were kept under others are of no use."""
_WORDLIKE = re.compile(r"[\u4e00-\u9fffa-z0-9]")


def _table() -> dict[str, str]:
    """What every word that is kept whole counts as."""
    table = {word: word for line in RULES["kinds"] for word in line.lower().split()}
    for line in RULES["same"]:
        first, *others = line.lower().split()
        table |= dict.fromkeys((first, *others), first)
    return table | dict.fromkeys(RULES["fillers"].split(), "")


_SAME = _table()
_LONGEST_FIRST = "|".join(sorted(map(re.escape, _SAME), key=len, reverse=True))
_PATTERN = re.compile(f"({_LONGEST_FIRST})")


def code(word: str) -> int:
    """The number a word is kept under: 32 bits of its CRC."""
    return zlib.crc32(word.encode())


KINDS = {
    code(word): kind for kind, line in enumerate(RULES["kinds"], 1) for word in line.lower().split()
}
"""The kind of each word that excludes the others of its kind, by code."""

FUNCTION_WORDS = frozenset(map(code, RULES["function"].split()))
"""Codes of words that hardly tell one question from another."""


def words(text: str) -> tuple[str, ...]:
    """The words of a text, each once, in order; synonyms under one name, fillers left out."""
    found: list[str] = []
    for piece in _PATTERN.split(standard(text, LONGEST).lower()):
        found += (_SAME[piece],) if piece in _SAME else rjieba.cut(piece)
    return tuple(dict.fromkeys(word for word in found if _WORDLIKE.search(word)))


@lru_cache(maxsize=1024)
def spoken(text: str) -> tuple[str, ...]:
    """As `words`, remembered: each part of a reading asks for the same."""
    return words(text)


def words_by_code(texts: Iterable[str]) -> dict[int, str]:
    """The words of several texts by their codes, each once, in order."""
    return {code(word): word for text in texts for word in words(text)}
