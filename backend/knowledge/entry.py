"""One entry of the knowledge base, and what makes it fit to answer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from backend.clock import city_time

LONGEST_TITLE = 200
LONGEST_ANSWER = 4000
MOST_QUESTIONS = 100
"""A cell of a workbook holds 32,767 characters; 100 questions of 200 always fit."""


class Refused(Exception):
    """What somebody wanted cannot be done; the text says why."""


class Conflict(Refused):
    """Somebody else changed the entry first."""


class Unknown(LookupError):
    """There is no such entry, or it is not for whoever asks."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `valid_until` is the last day (YYYY-MM-DD) on which it may answer, or ''.

    `wrong` is what its unit says is wrong with it: until an editor has dealt with that, it does
    not answer. `confirmed_at` is when somebody last said that it is right: its editor by writing
    it, or its unit at the monthly review.
    """

    title: str
    answer: str
    questions: tuple[str, ...] = ()
    unit: str = ""
    source: str = ""
    valid_until: str = ""
    category: str = ""
    id: int = 0
    revision: int = 0
    updated_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
    retired: bool = False
    wrong: str = ""

    @property
    def signature(self) -> str:
        """Where the answer comes from and of what day it is."""
        said = "，".join(part for part in (self.unit, self.source) if part) or "12345知识库"
        day = f"，{city_time(self.updated_at):%Y-%m-%d}更新" if self.updated_at else ""
        return f"—— 来源：{said}{day}"

    @property
    def content(self) -> dict[str, Any]:
        """What its editors wrote, by column name."""
        return {
            "title": self.title,
            "answer": self.answer,
            "questions": list(self.questions),
            "unit": self.unit,
            "source": self.source,
            "valid_until": self.valid_until or None,
            "category": self.category,
        }

    def standing(self, now: datetime) -> str:
        """Whether it answers: `answering`, or why not: `wrong`, `expired`, `retired`."""
        if self.retired:
            return "retired"
        if self.valid_until and self.valid_until < today(now):
            return "expired"
        return "wrong" if self.wrong else "answering"


SEPARATOR = "；"
"""Stands between the phrasings of 相似问, in files and in forms."""

_NOWHERE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that not all of the database, a workbook and a page take."""


def tidied(entry: Entry) -> Entry:
    """The same entry as it is kept: what is exported and imported again is the same then."""
    return replace(
        entry,
        title=_line(entry.title),
        answer=_lines(entry.answer).strip(),
        questions=phrasings(SEPARATOR.join(entry.questions)),
        unit=_line(entry.unit),
        source=_line(entry.source),
        valid_until=_line(entry.valid_until),
        category=_line(entry.category),
    )


def phrasings(text: str) -> tuple[str, ...]:
    """The questions in a text, one a line or separated by ； or ;, each once."""
    parts = re.split("[；;\n]", _lines(text))
    return tuple(dict.fromkeys(found for part in parts if (found := _line(part))))


def _lines(text: str) -> str:
    return _NOWHERE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _line(text: str) -> str:
    return " ".join(_lines(text).split())


def entry_of(row: Any) -> Entry:
    """The entry in a row of the table `knowledge`."""
    return Entry(
        title=row.title,
        answer=row.answer,
        questions=tuple(row.questions),
        unit=row.unit,
        source=row.source,
        valid_until=row.valid_until or "",
        category=row.category,
        id=row.id,
        revision=row.revision,
        updated_at=row.updated_at,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
        retired=row.retired,
        wrong=row.wrong,
    )


def today(now: datetime) -> str:
    """The day on the city's calendar, as `valid_until` writes it."""
    return f"{city_time(now):%Y-%m-%d}"


def problem(entry: Entry) -> str:
    """Why an entry cannot be taken, '' if it can."""
    if not entry.title.strip():
        return "标题为空"
    if not entry.answer.strip():
        return "答案为空"
    if len(entry.title) > LONGEST_TITLE:
        return f"标题超过{LONGEST_TITLE}字"
    if len(entry.answer) > LONGEST_ANSWER:
        return f"答案超过{LONGEST_ANSWER}字"
    return _too_many(entry.questions) or _no_day(entry.valid_until)


def _too_many(questions: Iterable[str]) -> str:
    listed = tuple(questions)
    if len(listed) > MOST_QUESTIONS:
        return f"相似问超过{MOST_QUESTIONS}条"
    if any(len(question) > LONGEST_TITLE for question in listed):
        return f"有一条相似问超过{LONGEST_TITLE}字（用“；”分开）"
    return ""


def _no_day(text: str) -> str:
    if not text or _is_day(text):
        return ""
    return f"有效期至“{text}”不是日期（应为2027-12-31这样的格式）"


def _is_day(text: str) -> bool:
    """True for YYYY-MM-DD only: other forms of ISO 8601 would not compare as texts do."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
