"""Names that sound alike and are written otherwise: speech and keyboards mix them up."""

import os
import re
from functools import lru_cache

# Sentences would be read better with its table of phrases, names are not: it costs 50 MB.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")

from pypinyin import lazy_pinyin

_CLAUSE = re.compile(r"[^，,。；;：:！!？?\s“”\"]+")
_LEAD = re.compile(r"^(?:不对|应该|应当|其实|就|我?[说讲]的)*(?:是|叫|写成?|改成)?")
LEAST_OF_CLAUSE = 4
"""Characters of a name at the head of a clause whose rest is known: 「江南机器厂大门边上」."""
_HAN = re.compile(r"[\u4e00-\u9fff]{2,10}")
_LOOSE = ((re.compile("^([zcs])h"), r"\1"), (re.compile("^l"), "n"), (re.compile("ng$"), "n"))
"""What people of Hunan do not tell apart in speech: zh and z, l and n, -ng and -n."""


def respelt(known: str, said: str) -> tuple[str, str] | None:
    """What of the known words a clause spells otherwise, and how (「西村路」, 「熙春路」); None."""
    sounds = _sounds(known)
    for clause in _CLAUSE.findall(said):
        name = _LEAD.sub("", clause, count=1)
        if not _HAN.fullmatch(name) or name in known:
            continue
        shorter = range(len(name) - 1, LEAST_OF_CLAUSE - 1, -1)
        for end in (len(name), *(end for end in shorter if name[end:] in known)):
            old = _alike(known, sounds, name[:end])
            if old and old != name[:end]:
                return old, name[:end]
    return None


def _alike(known: str, sounds: list[str], name: str) -> str:
    """What sounds like a name and shares no more than its sound; ''."""
    wanted, size = _sounds(name), len(name)
    starts = range(len(known) - size + 1)
    return next((known[at : at + size] for at in starts if sounds[at : at + size] == wanted), "")


def _sounds(text: str) -> list[str]:
    """How each character sounds, without tones, as loosely as people speak."""
    return [_sound(character) for character in text]


@lru_cache(maxsize=4096)
def _sound(character: str) -> str:
    sound = "".join(lazy_pinyin(character))
    for pattern, plain in _LOOSE:
        sound = pattern.sub(plain, sound)
    return sound
