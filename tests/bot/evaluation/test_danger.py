"""From which confidence danger is heard: recall first, within the false alarms that are borne."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.danger import (
    LEVELS,
    Alarm,
    alarm,
    danger_curve,
    fit_danger,
    score_danger,
)
from bot.understanding.danger import DangerDetector
from bot.understanding.reading import Guess

detector = DangerDetector()
levels = st.sampled_from([-inf, inf, *LEVELS])
alarms = st.lists(st.builds(Alarm, st.booleans(), levels), min_size=1, max_size=30)


def fear(confidence: float) -> tuple[Guess, ...]:
    return (Guess("danger_fire", confidence), Guess("complaint", 1 - confidence))


def test_a_sign_is_heard_at_every_threshold() -> None:
    assert alarm(detector, "着火了，快来人", "danger_fire", fear(0.6)) == Alarm(True, inf)


def test_the_classifier_alone_is_heard_up_to_its_confidence() -> None:
    text = "楼上那家不太对劲，你们来看看"
    assert alarm(detector, text, "danger_fire", fear(0.3)) == Alarm(True, 0.3)
    assert detector.detect(text, fear(0.3), 0.3) == "danger_fire"
    assert detector.detect(text, fear(0.3), 0.31) == ""


def test_talk_of_the_past_has_to_be_likelier() -> None:
    text = "去年那家出过事，你们管不管"
    assert alarm(detector, text, "complaint", fear(0.5)).until == -inf
    assert alarm(detector, text, "complaint", fear(0.9)) == Alarm(False, 0.9)


def test_a_sign_that_is_unlikely_is_no_alarm() -> None:
    assert alarm(detector, "着火了", "complaint", fear(0.1)) == Alarm(False, 0.1)


@given(alarms, st.floats(0, 1))
def test_the_lowest_threshold_that_is_borne(found: list[Alarm], borne: float) -> None:
    curve = danger_curve(found)
    level = fit_danger(curve, borne, before=0.4)
    good = [step.level for step in curve if step.flagged <= borne]
    assert level == (min(good) if good else 0.4)
    score = score_danger(found, level)
    assert (score is None) == (not any(one.emergency for one in found))
    if score:
        assert all(step.heard <= score.heard.value for step in curve if step.level >= level)
