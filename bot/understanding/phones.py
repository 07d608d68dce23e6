"""Telephone numbers in a text."""

import re
import unicodedata
from dataclasses import dataclass

_GAP = r"[-‐－—\s]?"
_PHONE = re.compile(
    rf"(?<![\d.])(?:\+?86{_GAP})?(?P<mobile>[1１][3-9３-９]\d{_GAP}\d{{4}}{_GAP}\d{{4}})(?!\d)"
    rf"|(?<!\d)[(（]?(?P<area>0(?:10|2\d|[3-9]\d{{2}}))[)）]?{_GAP}(?P<local>[2-9]\d{{6,7}})(?!\d)"
    rf"|(?<!\d)(?P<service>[48]00{_GAP}\d{{3}}{_GAP}\d{{4}})(?!\d)"
    r"|(?:电话|座机|固话|号码)[是为:：\s]{0,2}(?P<bare>[2-9]\d{6,7})(?!\d)"
)
_NOT_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in a text: where it stands, and how to dial it."""

    start: int
    end: int
    number: str


def find_phones(text: str) -> list[Phone]:
    """Mobile numbers, landlines with their area code, 400 numbers, and numbers called 电话."""
    return [_phone(match) for match in _PHONE.finditer(text)]


def _phone(match: re.Match[str]) -> Phone:
    if match["area"]:
        number = f"{_digits(match['area'])}-{_digits(match['local'])}"
    else:
        number = _digits(match["mobile"] or match["service"] or match["bare"])
    return Phone(match.start(), match.end(), number)


def _digits(written: str) -> str:
    return _NOT_DIGIT.sub("", unicodedata.normalize("NFKC", written))
