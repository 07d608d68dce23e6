"""Telephone numbers in a text, also as they are spoken: 「幺三八…」."""

import re
import unicodedata
from dataclasses import dataclass

_SPOKEN = str.maketrans("零〇幺一二两三四五六七八九", "0011223456789")
_GAP = r"[-‐－—\s,，、.]?"
_INNER = r"[-‐－—\s]?"
_PHONE = re.compile(
    rf"(?<![\d.])(?:\+?86{_INNER})?(?P<mobile>[1１](?:[3-9３-９]\d{_GAP}\d{{4}}{_GAP}\d{{4}}"
    rf"|{_INNER}[3-9３-９](?:{_INNER}\d){{9}}))(?!\d)"
    rf"|(?<!\d)[(（]?(?P<area>0(?:10|2\d|[3-9]\d{{2}}))[)）]?{_INNER}"
    rf"(?P<local>[2-9]\d{{2,3}}{_INNER}\d{{4}})(?!\d)"
    rf"|(?<!\d)(?P<service>[48]00{_INNER}\d{{3}}{_INNER}\d{{4}})(?!\d)"
    rf"|(?:电话|座机|固话|号码|打|拨)(?:改成|换成|[是为:：\s]){{0,2}}"
    rf"(?P<bare>[2-9]\d{{2,3}}{_INNER}\d{{4}})(?!\d)"
)
_NOT_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in a text: where it stands, and how to dial it."""

    start: int
    end: int
    number: str


def find_phones(text: str) -> list[Phone]:
    """Mobile numbers, landlines with their area code, 400 numbers, and numbers called 电话.

    Spoken digits count as digits. A place keeps its numbers: nothing shorter is taken.
    """
    digits = text.translate(_SPOKEN)
    return [_phone(match) for match in _PHONE.finditer(digits)]


def _phone(match: re.Match[str]) -> Phone:
    if match["area"]:
        number = f"{_digits(match['area'])}-{_digits(match['local'])}"
    else:
        number = _digits(match["mobile"] or match["service"] or match["bare"])
    return Phone(match.start(), match.end(), number)


def _digits(written: str) -> str:
    return _NOT_DIGIT.sub("", unicodedata.normalize("NFKC", written))
