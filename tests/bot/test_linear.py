"""The time for a text grows with its length and not with the square of it: no text stops us."""

import time
from collections.abc import Callable

import pytest

from backend.clock import Clock
from bot import answers, corrections, drafts, triage
from bot.corrections import Said
from bot.dialogue import Dialogue, Draft
from bot.order_types import order_type
from bot.understanding import signs
from bot.understanding.danger import DangerDetector
from bot.understanding.details import BuiltinDetailReader
from bot.understanding.gazetteer import Gazetteer
from bot.understanding.matters import split
from bot.understanding.reading import Guess, Reading
from bot.understanding.turn_features import LONGEST, features
from bot.understanding.turns import NEW, Span
from config.settings import HERE

UNITS = [
    *"ﷺ\0路1[<。，请能没点&{\\区-. \n\u0301\u202e",
    "建设北路128号",
    "阳光小区3栋2单元",
    "昨晚八点",
    "13812345678",
    "2023年1月1日",
    "可以",
    "不是雨湖区，是岳塘区",
    "没有着火",
    "一二三四",
    "http://a.b/",
    "a-",
    "1.",
    "请 ",
    "👩‍👩‍👧‍👦",
]
SHORT, LONG = 2_000, 20_000
TWICE_LINEAR = 2 * LONG / SHORT
HARMLESS = 0.1
"""CPU seconds under which a ratio is only noise."""

_details = BuiltinDetailReader(Gazetteer.load(HERE / "city" / "areas.yml"))
_danger = DangerDetector()
_now = Clock().now()
_fire = (Guess("danger_fire", 0.9),)


def _weigh(text: str) -> None:
    reading = Reading(text, Guess("complaint", 0.5), (Guess("complaint", 0.5),))
    triage.purpose(reading)
    triage.is_question(reading)
    order_type(reading)
    triage.goes_on(reading)
    triage.says_another(reading)


def _read(text: str) -> None:
    _details.read(text, _now)


def _look(text: str) -> None:
    for sign in (
        signs.agrees,
        signs.given_up,
        signs.knows_not,
        signs.refuses,
        signs.withholds_phone,
        signs.is_outburst,
        signs.asks_when,
    ):
        sign(text)


def _draft(text: str) -> None:
    details = _details.read(text, _now)
    reading = Reading(text, Guess("", 0.0), details=details)
    begun = drafts.begin(1, reading)
    corrections.correct(begun, Said(text, [Span(0, 40, label) for label in NEW], _details, _now))
    corrections.asks_to_change(begun, text)
    answers.answer(Draft(1, "求助", "路灯坏了"), "place", reading)
    drafts.supplement(begun, reading)


def _hear(text: str) -> None:
    order = Draft(1, "求助", text[:2000], place=text[:60], occurred_at=text[:40])
    features(text[:LONGEST], Dialogue("confirm", draft=order).standing)


PARTS: dict[str, Callable[[str], object]] = {
    "details": _read,
    "danger": lambda text: _danger.detect(text, _fire),
    "triage": _weigh,
    "signs": _look,
    "draft": _draft,
    "turns": _hear,
    "several matters": split,
}


@pytest.mark.parametrize("part", PARTS)
def test_the_time_is_linear(part: str) -> None:
    slow = [unit for unit in UNITS if _ratio(PARTS[part], unit) > TWICE_LINEAR]
    assert slow == []


def _ratio(read: Callable[[str], object], unit: str) -> float:
    """How many times as long the long text takes; 0 when it takes next to nothing."""
    long = _seconds(read, (unit * LONG)[:LONG])
    return long / _seconds(read, (unit * SHORT)[:SHORT]) if long > HARMLESS else 0


def _seconds(read: Callable[[str], object], text: str) -> float:
    """CPU time of the fastest of three: other work on the machine does not count."""
    times = []
    for _ in range(3):
        began = time.process_time()
        read(text)
        times.append(time.process_time() - began)
    return max(min(times), 1e-6)
