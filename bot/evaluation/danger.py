"""How well emergencies are heard, by the confidence from which the classifier alone is heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from bot.evaluation.statistics import Interval, wilson
from bot.understanding.danger import PREFIX, DangerDetector
from bot.understanding.reading import Guess

LEVELS = tuple(round(0.01 * step, 2) for step in range(5, 100))


@dataclass(frozen=True, slots=True)
class Alarm:
    """A text that was listened to. `until` is the highest threshold at which a danger is heard in
    it: inf where the signs suffice, -inf where it is never heard."""

    emergency: bool
    until: float


@dataclass(frozen=True, slots=True)
class DangerScore:
    """Of the emergencies how many were heard, of all other texts how many were taken for one."""

    emergencies: int
    heard: Interval
    others: int
    flagged: Interval


@dataclass(frozen=True, slots=True)
class DangerStep:
    """What a threshold would do: the share of emergencies heard, and of other texts flagged."""

    level: float
    heard: float
    flagged: float


def alarm(detector: DangerDetector, text: str, truth: str, ranking: Sequence[Guess]) -> Alarm:
    """What signs and classifier make of a text, as in the dialogue."""
    emergency = truth.startswith(PREFIX)
    if detector.detect(text, ranking, inf):
        return Alarm(emergency, inf)
    likely = detector.likely(ranking)
    return Alarm(emergency, likely if detector.detect(text, ranking, likely) else -inf)


def score_danger(alarms: Sequence[Alarm], threshold: float) -> DangerScore | None:
    """The figures at a threshold; None where no text is an emergency."""
    emergencies, others = _split(alarms)
    if not emergencies:
        return None
    return DangerScore(
        len(emergencies),
        wilson(_heard(emergencies, threshold), len(emergencies)),
        len(others),
        wilson(_heard(others, threshold), len(others)),
    )


def danger_curve(alarms: Sequence[Alarm]) -> tuple[DangerStep, ...]:
    """Emergencies heard against false alarms, by the threshold."""
    emergencies, others = _split(alarms)
    return tuple(
        DangerStep(
            level,
            _heard(emergencies, level) / max(len(emergencies), 1),
            _heard(others, level) / max(len(others), 1),
        )
        for level in LEVELS
    )


def fit_danger(curve: Sequence[DangerStep], false_alarm: float, before: float) -> float:
    """The lowest threshold with at most this share of false alarms, as that one misses least.

    Where the signs alone raise more, silencing the classifier would only miss emergencies: it
    stays as it was `before`.
    """
    return next((step.level for step in curve if step.flagged <= false_alarm), before)


def _split(alarms: Sequence[Alarm]) -> tuple[list[Alarm], list[Alarm]]:
    return [a for a in alarms if a.emergency], [a for a in alarms if not a.emergency]


def _heard(alarms: Sequence[Alarm], threshold: float) -> int:
    return sum(one.until >= threshold for one in alarms)
