"""The tables of `huiying evaluate`, for people."""

import sys
from collections.abc import Callable, Iterable, Sequence

from rich.console import Console
from rich.table import Table

from bot.evaluation.labels import LabelScore
from bot.evaluation.statistics import Interval
from config.commands.evaluate_labels import Report

_WORST = 10


def console() -> Console:
    """As wide as the terminal, or as a line in a file may be."""
    return Console(width=None if sys.stdout.isatty() else 120, highlight=False)


def show_labels(report: Report) -> None:
    """Print what was measured, the engines side by side."""
    out = console()
    out.print(f"{report.data}: {report.method}")
    for note in report.notes:
        out.print(f"  {note}")
    engines = report.engines
    table = _table("", *(engine.engine for engine in engines))
    for name, figure in _LINES:
        table.add_row(name, *(figure(engine) for engine in engines))
    out.print(table)
    for engine in engines:
        _details(out, engine)


_LINES: Sequence[tuple[str, Callable[[LabelScore], str]]] = (
    ("messages", lambda score: str(score.examples)),
    ("labels", lambda score: str(len(score.by_label))),
    ("accuracy", lambda score: share(score.accuracy)),
    ("macro-F1", lambda score: share(score.macro_f1)),
    ("among the first three", lambda score: share(score.top3)),
    ("ms a message (99 %)", lambda s: f"{s.milliseconds:.1f} ({s.milliseconds_p99:.1f})"),
    ("emergencies heard", lambda score: _heard(score)),
    ("others flagged", lambda score: _flagged(score)),
)


def share(interval: Interval) -> str:
    """A share in percent with its interval."""
    low, high = 100 * interval.low, 100 * interval.high
    return f"{100 * interval.value:.1f} % ({low:.1f} to {high:.1f})"


def _heard(score: LabelScore) -> str:
    return f"{share(score.danger.heard)} of {score.danger.emergencies}" if score.danger else "–"


def _flagged(score: LabelScore) -> str:
    return f"{share(score.danger.flagged)} of {score.danger.others}" if score.danger else "–"


def _details(out: Console, score: LabelScore) -> None:
    worst = sorted(score.by_label, key=lambda each: each.f1)[: 2 * _WORST]
    labels = _table(f"{score.engine}: worst labels", "messages", "precision", "recall", "F1")
    for each in worst:
        shares = (each.precision, each.recall, each.f1)
        labels.add_row(each.label, str(each.examples), *map(percent, shares))
    out.print(labels)
    pairs = _table(f"{score.engine}: confused most", "taken for", "times")
    for truth, guess, times in score.confused[:_WORST]:
        pairs.add_row(truth, guess, str(times))
    out.print(pairs)
    curve = _table(f"{score.engine}: from a confidence of", "get a label", "get a wrong one")
    for step in score.curve:
        curve.add_row(f"{step.level:.1f}", percent(step.named), percent(step.wrong))
    out.print(curve)


def percent(value: float) -> str:
    """A share in percent."""
    return f"{100 * value:.1f} %"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if place else "left", overflow="fold")
    return table


def rows(columns: Iterable[str], lines: Iterable[Iterable[str]]) -> Table:
    """A table of these columns and lines."""
    table = _table(*columns)
    for line in lines:
        table.add_row(*line)
    return table
