"""What a citizen typed, made safe and comparable for models."""

import re
import unicodedata

LONGEST = 128
"""Characters a model reads: the matter stands at the beginning, and time grows with length."""

_EXPANSION = 4
"""Characters looked at for each one kept: bounds the work on a text of any length."""

_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ue000-\uf8ff\U000e0000-\U000e0fff]+"
)
_SPACE = re.compile(r"\s+")


def well_formed(text: str) -> str:
    """The text with ? for each lone surrogate, which no database or model takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def clean(text: str, longest: int = LONGEST) -> str:
    """NFKC-normalised, without control and invisible characters, at most `longest` characters."""
    head = well_formed(text[: longest * _EXPANSION])
    visible = _INVISIBLE.sub(" ", unicodedata.normalize("NFKC", head))
    return _SPACE.sub(" ", visible).strip()[:longest].strip()
