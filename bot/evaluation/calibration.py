"""Thresholds fitted to what is tolerated, on texts that are labelled with their entry."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.evaluation.danger import DangerStep, fit_danger
from bot.evaluation.labels import Labelled
from bot.evaluation.search import Searched
from bot.understanding.thresholds import Thresholds

_LEVELS = tuple(round(0.01 * step, 2) for step in range(5, 99))


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The mistakes that are borne, each a share: questions answered wrongly; near misses answered
    (texts close to an entry that is not there, or that no entry answers); texts without an
    answer for which something is offered; categories named wrongly among those named; texts taken
    for an emergency among those that are none."""

    wrong: float = 0.03
    near_miss: float = 0.05
    needless: float = 0.35
    category: float = 0.33
    false_alarm: float = 0.02


def fit(
    searched: Sequence[Searched],
    categorised: Sequence[Labelled],
    dangers: Sequence[DangerStep],
    tolerance: Tolerance,
    before: Thresholds,
) -> Thresholds:
    """The lowest thresholds that keep within the tolerance; what there is no data for stays as it
    was `before`."""
    answer = _answer(searched, tolerance)
    choices = min(_choices(searched, tolerance, before.choices), answer)
    category = _category(categorised, tolerance) if categorised else before.category
    danger = fit_danger(dangers, tolerance.false_alarm, before.danger)
    return replace(before, answer=answer, choices=choices, category=category, danger=danger)


def _answer(searched: Sequence[Searched], tolerance: Tolerance) -> float:
    asked = [one for one in searched if one.place is not None]
    others = [one for one in searched if one.place is None]
    # Texts of quite another kind are answered less often than near misses: where those are
    # marked, they alone are held to the tolerance.
    near = [one for one in others if one.near_miss] or others
    wrong = [one for one in asked if not one.right]
    for level in _LEVELS:
        borne = _share(wrong, level, len(asked)) <= tolerance.wrong
        if borne and _share(near, level, len(near)) <= tolerance.near_miss:
            return level
    return _LEVELS[-1]


def _choices(searched: Sequence[Searched], tolerance: Tolerance, before: float) -> float:
    others = [one for one in searched if one.place is None and not one.near_miss]
    if not others:
        return before
    levels = (x for x in _LEVELS if _share(others, x, len(others)) <= tolerance.needless)
    return next(levels, _LEVELS[-1])


def _category(categorised: Sequence[Labelled], tolerance: Tolerance) -> float:
    for level in _LEVELS:
        named = [one for one in categorised if one.confidence >= level]
        wrong = sum(one.guess != one.truth for one in named)
        if not named or wrong <= tolerance.category * len(named):
            return level
    return _LEVELS[-1]


def _share(found: Sequence[Searched], level: float, total: int) -> float:
    return sum(one.confidence >= level for one in found) / total if total else 0.0
