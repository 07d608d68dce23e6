"""Citizens' dialect and slips of the keyboard in standard words; the rules are in dialect.yml."""

import re
from functools import lru_cache
from pathlib import Path

import yaml

from bot.understanding.text import LONGEST, clean

SOURCE = Path(__file__).with_name("dialect.yml").read_bytes()
_LINES = [line for part in yaml.safe_load(SOURCE).values() for line in part.splitlines()]
_RULES = [
    (re.compile(said.strip()), meant.strip())
    for said, _, meant in (line.partition("→") for line in _LINES)
]


@lru_cache(maxsize=1024)
def standard(text: str, longest: int = LONGEST) -> str:
    """The text as `clean` makes it, in standard words: what models compare.

    Encoders know the written language, and 「何解搞」 is nothing to them. Details and the words of
    an order are read from what the citizen wrote.
    """
    plain = clean(text, longest)
    for said, meant in _RULES:
        plain = said.sub(meant, plain)
    return plain[:longest].strip()
