"""How messages end: what they should end in, and what they did (docs/design.md section 7)."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from backend.message import Outcome
from backend.sheets import BadSheet, Sheet
from bot.evaluation.labelled import TEXTS, column
from bot.evaluation.search import LEVELS
from bot.evaluation.statistics import Interval, wilson
from bot.understanding.corpus import Example
from bot.understanding.danger import PREFIX

OUTCOMES = ("outcome", "结果", "去向", "处理结果")
TITLES = ("title", "知识标题", "标题", "knowledge_title")
SEPARATORS = str.maketrans("；;、/", "||||")
_NAMED: Mapping[str, Outcome] = {
    "直接答复": Outcome.ANSWERED,
    "供选择": Outcome.CHOICES,
    "追问": Outcome.ASKED,
    "工单": Outcome.ORDER,
    "转人工": Outcome.HANDOFF,
    "指引": Outcome.REDIRECTED,
    "紧急": Outcome.DANGER,
    "命令": Outcome.COMMAND,
    "无效": Outcome.INVALID,
}
_MATTER = frozenset({Outcome.ASKED, Outcome.ORDER})
_QUESTION = frozenset({Outcome.ANSWERED, Outcome.CHOICES, Outcome.ASKED})
_TALK = frozenset({Outcome.COMMAND, Outcome.ASKED})
_OF_INTENT: Mapping[str, frozenset[Outcome]] = {
    "complaint": _MATTER,
    "request_help": _MATTER,
    "report": _MATTER,
    "suggestion": _MATTER,
    "praise": _MATTER,
    "new_order": _MATTER,
    "vague": frozenset({Outcome.ASKED, Outcome.HANDOFF, Outcome.CHOICES}),
    "human": frozenset({Outcome.HANDOFF}),
    "invalid_abuse": frozenset({Outcome.INVALID}),
    "invalid_ad": frozenset({Outcome.INVALID}),
    "invalid_noise": frozenset({Outcome.INVALID, Outcome.ASKED}),
    "chitchat": frozenset({Outcome.INVALID, *_TALK}),
    "off_topic": frozenset({Outcome.INVALID, *_TALK}),
    "greet": _TALK,
    "thanks": _TALK,
    "goodbye": _TALK,
    "help": _TALK,
    "my_orders": frozenset({Outcome.COMMAND}),
    "urge_order": frozenset({Outcome.COMMAND}),
}
"""What a first message of this intent may end in. Intents that only make sense within a dialogue
(affirm, correct, satisfied ...) are not here, and are not measured."""


@dataclass(frozen=True, slots=True)
class Case:
    """A first message, the outcomes it may end in (the one designed first), and the entry that
    answers it, '' if none is named."""

    text: str
    outcomes: tuple[str, ...]
    title: str = ""

    @property
    def expected(self) -> str:
        """The outcome it is listed under."""
        return self.outcomes[0]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a message ended: the outcome, the entry told or offered first and how sure it is."""

    case: Case
    outcome: str
    title: str = ""
    confidence: float = 0.0

    @property
    def right(self) -> bool:
        """Whether it ended as it may, and was not answered with another entry."""
        return self.outcome in self.case.outcomes and not self.wrongly_answered

    @property
    def wrongly_answered(self) -> bool:
        """The worst that can happen but for a danger missed: an answer to something else."""
        return self.outcome == Outcome.ANSWERED and not self.answerable

    @property
    def answerable(self) -> bool:
        """Whether the entry found would be an answer."""
        if self.case.title:
            return self.title == self.case.title
        return Outcome.ANSWERED in self.case.outcomes


@dataclass(frozen=True, slots=True)
class OutcomeFigures:
    """Of messages that should end so: how many, how many did right, and what they ended in."""

    outcome: str
    messages: int
    right: Interval
    ended: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Answering:
    """If all were answered whose best entry is at least so sure: the shares of all messages that
    would be answered rightly, and wrongly. Only what did end in an answer or choices counts."""

    level: float
    right: float
    wrong: float


@dataclass(frozen=True, slots=True)
class OutcomeScore:
    """The figures of one engine."""

    engine: str
    messages: int
    right: Interval
    wrongly_answered: Interval
    dangers: int
    danger_caught: Interval
    others: int
    danger_flagged: Interval
    milliseconds: float
    by_outcome: tuple[OutcomeFigures, ...]
    confused: tuple[tuple[str, str, int], ...]
    curve: tuple[Answering, ...]


Rehearse = Callable[[Case], Awaitable[Ended]]


def expected(examples: Sequence[Example]) -> list[Case]:
    """Our examples as first messages, with what their intents may end in."""
    return [
        Case(example.text, tuple(sorted(allowed)))
        for example in examples
        if (allowed := _allowed(example.label))
    ]


def _allowed(intent: str) -> frozenset[Outcome]:
    if intent.startswith(PREFIX):
        return frozenset({Outcome.DANGER})
    if intent.startswith("redirect_"):
        return frozenset({Outcome.REDIRECTED})
    if intent.startswith("ask_"):
        return _QUESTION
    return _OF_INTENT.get(intent, frozenset())


def cases(sheet: Sheet, name: str, text: str = "", label: str = "") -> list[Case]:
    """The messages of a table with the columns text, outcome and, if there, title. Several
    outcomes that are as good are separated by | or ；. Raises BadSheet."""
    text = column(sheet, name, text, TEXTS, "text")
    label = column(sheet, name, label, OUTCOMES, "label")
    title = next((each for each in TITLES if each in sheet.head and each != text), "")
    found = [
        Case(row[text], _outcomes(name, number, row[label]), row.get(title, ""))
        for number, row in sheet.rows
        if row.get(text) and row.get(label)
    ]
    if not found:
        raise BadSheet(f"{name}: no row has both a text ({text}) and an outcome ({label})")
    return found


def _outcomes(name: str, number: int, said: str) -> tuple[str, ...]:
    words = [word.strip() for word in said.translate(SEPARATORS).split("|") if word.strip()]
    unknown = [word for word in words if word not in {*Outcome, *_NAMED}]
    if unknown:
        known = ", ".join(Outcome)
        raise BadSheet(f"{name}: row {number}: {unknown[0]!r} is no outcome (there are: {known})")
    return tuple(str(_NAMED.get(word, word)) for word in words)


def score_outcomes(engine: str, ended: Sequence[Ended], seconds: float) -> OutcomeScore:
    """The figures of what came of the messages, which took so many seconds in all."""
    dangers = [one for one in ended if Outcome.DANGER in one.case.outcomes]
    others = [one for one in ended if Outcome.DANGER not in one.case.outcomes]
    wrong = Counter((one.case.expected, one.outcome) for one in ended if not one.right)
    return OutcomeScore(
        engine=engine,
        messages=len(ended),
        right=wilson(sum(one.right for one in ended), len(ended)),
        wrongly_answered=wilson(sum(one.wrongly_answered for one in ended), len(ended)),
        dangers=len(dangers),
        danger_caught=_danger(dangers),
        others=len(others),
        danger_flagged=_danger(others),
        milliseconds=1000 * seconds / max(len(ended), 1),
        by_outcome=tuple(_figures(ended)),
        confused=tuple((*pair, times) for pair, times in wrong.most_common()),
        curve=tuple(_answering(ended, level) for level in LEVELS),
    )


def _danger(ended: Sequence[Ended]) -> Interval:
    return wilson(sum(one.outcome == Outcome.DANGER for one in ended), len(ended))


def _figures(ended: Sequence[Ended]) -> list[OutcomeFigures]:
    names = Counter(one.case.expected for one in ended)
    figures = []
    for name, count in names.most_common():
        those = [one for one in ended if one.case.expected == name]
        ends = Counter(one.outcome for one in those)
        right = wilson(sum(one.right for one in those), count)
        figures.append(OutcomeFigures(name, count, right, tuple(ends.most_common())))
    return figures


def _answering(ended: Sequence[Ended], level: float) -> Answering:
    found = [
        one
        for one in ended
        if one.outcome in (Outcome.ANSWERED, Outcome.CHOICES) and one.confidence >= level
    ]
    right = sum(one.answerable for one in found)
    total = max(len(ended), 1)
    return Answering(level, right / total, (len(found) - right) / total)
