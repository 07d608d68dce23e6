"""The tables of `huiying evaluate`, for people."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from bot.evaluation.danger import DangerScore
from bot.evaluation.labels import LabelScore
from bot.evaluation.outcomes import OutcomeScore
from bot.evaluation.search import SearchScore
from bot.evaluation.statistics import Interval

if TYPE_CHECKING:
    from config.commands.evaluate_labels import Report
    from config.commands.evaluate_outcomes import OutcomeReport
    from config.commands.evaluate_search import Calibration, SearchReport
    from config.commands.evaluate_turns import TurnReport

_WORST = 10


def console() -> Console:
    """As wide as the terminal, or as a line in a file may be."""
    return Console(width=None if sys.stdout.isatty() else 120, highlight=False)


def show_labels(report: "Report") -> None:
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
    _worst(out, engines)
    _confusion(out, engines)
    _named(out, engines)


_LINES: Sequence[tuple[str, Callable[[LabelScore], str]]] = (
    ("messages", lambda score: str(score.examples)),
    ("labels", lambda score: str(len(score.by_label))),
    ("accuracy", lambda score: share(score.accuracy)),
    ("macro-F1", lambda score: share(score.macro_f1)),
    ("among the first three", lambda score: share(score.top3)),
    ("ms a message (99 %)", lambda s: f"{s.milliseconds:.1f} ({s.milliseconds_p99:.1f})"),
    ("emergencies heard", lambda score: _heard(score.danger)),
    ("others flagged", lambda score: _flagged(score.danger)),
)


def show_turns(report: "TurnReport") -> None:
    """Print how well turns were heard."""
    out, found = console(), report.score
    out.print(f"{report.data}: {report.method}")
    out.print(f"{found.turns} turns, acts right {share(found.acts)}")
    acts = _table("act", "turns", "right")
    for act, count, right in found.by_act:
        acts.add_row(act, str(count), share(right))
    out.print(acts)
    words = _table("words", "there", "found whole", "at least partly", "of those marked, right")
    for one in found.labels:
        shares = (share(one.whole), share(one.partly), share(one.precise))
        words.add_row(one.label, str(one.count), *shares)
    out.print(words)


def share(interval: Interval) -> str:
    """A share in percent with its interval."""
    low, high = 100 * interval.low, 100 * interval.high
    return f"{100 * interval.value:.1f} % ({low:.1f} to {high:.1f})"


def _heard(score: DangerScore | None) -> str:
    return f"{share(score.heard)} of {score.emergencies}" if score else "–"


def _flagged(score: DangerScore | None) -> str:
    return f"{share(score.flagged)} of {score.others}" if score else "–"


def _worst(out: Console, scores: Sequence[LabelScore]) -> None:
    table = _table(
        "worst labels", "messages", *(f"{s.engine}: precision, recall, F1" for s in scores)
    )
    by_label = [{each.label: each for each in score.by_label} for score in scores]
    # The labels and their messages are the same for all engines.
    least = sorted(by_label[0], key=lambda label: min(each[label].f1 for each in by_label))
    for label in least[: 2 * _WORST]:
        figures = [each[label] for each in by_label]
        shares = (" ".join(map(percent, (f.precision, f.recall, f.f1))) for f in figures)
        table.add_row(label, str(figures[0].examples), *shares)
    out.print(table)


def _confusion(out: Console, scores: Sequence[LabelScore]) -> None:
    table = _table("confused most", "taken for", *(f"{score.engine}: times" for score in scores))
    counts = [{(truth, guess): times for truth, guess, times in s.confused} for s in scores]
    pairs = {pair: [count.get(pair, 0) for count in counts] for count in counts for pair in count}
    for pair, times in sorted(pairs.items(), key=lambda item: -max(item[1]))[:_WORST]:
        table.add_row(*pair, *map(str, times))
    out.print(table)


def _named(out: Console, scores: Sequence[LabelScore]) -> None:
    columns = (f"{s.engine}: {what}" for s in scores for what in ("get a label", "a wrong one"))
    table = _table("from a confidence of", *columns)
    for steps in zip(*(score.curve for score in scores), strict=True):
        shares = (percent(share) for step in steps for share in (step.named, step.wrong))
        table.add_row(f"{steps[0].level:.1f}", *shares)
    out.print(table)


def percent(value: float) -> str:
    """A share in percent."""
    return f"{100 * value:.1f} %"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if place else "left", overflow="fold")
    return table


def show_search(report: "SearchReport") -> None:
    """Print what the knowledge search does, the engines side by side."""
    out = console()
    out.print(f"{report.data}: {report.method}")
    for note in report.notes:
        out.print(f"  {note}")
    for score in report.engines:
        _search(out, score)


def _search(out: Console, score: SearchScore) -> None:
    table = _table(f"{score.questions} questions", "")
    table.add_row("entry found first", share(score.hit1))
    table.add_row("among the first three", share(score.hit3))
    table.add_row("mean of 1/place (MRR)", f"{score.mrr:.3f}")
    used = score.thresholds
    table.add_row(f"answered rightly (from {used.answer:.2f})", share(score.right))
    table.add_row("answered wrongly", share(score.wrong))
    table.add_row(f"rightly or among choices (from {used.choices:.2f})", share(score.offered))
    if score.unanswerable:
        table.add_row(
            f"of {score.unanswerable} without an entry: answered", share(score.answered_needlessly)
        )
        table.add_row("offered something", share(score.offered_needlessly))
    out.print(table)
    curve = _table("answering from", "rightly", "wrongly", "near misses", "others")
    for step in score.curve:
        shares = (step.right, step.wrong, step.near_miss, step.other)
        curve.add_row(f"{step.level:.2f}", *map(percent, shares))
    out.print(curve)


def show_calibration(found: "Calibration") -> None:
    """Print what was fitted, on what, and where it is kept."""
    out = console()
    out.print(f"{found.data}: {found.method}")
    for note in found.notes:
        out.print(f"  {note}")
    table = _table("threshold", "before", "now")
    for name in ("answer", "choices", "category", "danger"):
        before, after = getattr(found.before, name), getattr(found.after, name)
        table.add_row(name, f"{before:.2f}", f"{after:.2f}")
    out.print(table)
    _search(out, found.score)
    _danger(out, found)
    out.print(f"Kept in {found.stored}; the next `huiying serve` uses it.")
    out.print(f"The curves: {found.picture} and {found.table}")
    out.print(f"of danger: {found.danger_picture} and {found.danger_table}")


def _danger(out: Console, found: "Calibration") -> None:
    table = _table("danger", "before", "now")
    scores = (found.danger_before, found.danger)
    table.add_row("emergencies heard", *map(_heard, scores))
    table.add_row("others flagged", *map(_flagged, scores))
    out.print(table)
    curve = _table("danger heard from", "emergencies heard", "others flagged")
    for step in found.dangers[::5]:
        curve.add_row(f"{step.level:.2f}", percent(step.heard), percent(step.flagged))
    out.print(curve)


def show_outcomes(report: "OutcomeReport") -> None:
    """Print how messages ended, the engines side by side."""
    out = console()
    out.print(f"{report.data}: {report.method}")
    for note in report.notes:
        out.print(f"  {note}")
    table = _table("", *(score.engine for score in report.engines))
    for name, figure in _OUTCOME_LINES:
        table.add_row(name, *(figure(score) for score in report.engines))
    out.print(table)
    for score in report.engines:
        _outcomes(out, score)


_OUTCOME_LINES: Sequence[tuple[str, Callable[[OutcomeScore], str]]] = (
    ("messages", lambda score: str(score.messages)),
    ("ended as they should", lambda score: share(score.right)),
    ("answered wrongly", lambda score: share(score.wrongly_answered)),
    ("dangers caught", lambda s: f"{share(s.danger_caught)} of {s.dangers}"),
    ("others flagged as danger", lambda s: f"{share(s.danger_flagged)} of {s.others}"),
    ("ms a message", lambda score: f"{score.milliseconds:.1f}"),
)


def _outcomes(out: Console, score: OutcomeScore) -> None:
    table = _table(f"{score.engine}: should end in", "messages", "right", "ended in")
    for each in score.by_outcome:
        ended = ", ".join(f"{name} {count}" for name, count in each.ended)
        table.add_row(each.outcome, str(each.messages), share(each.right), ended)
    out.print(table)
    curve = _table(f"{score.engine}: answering from", "rightly", "wrongly")
    for step in score.curve[::2]:
        curve.add_row(f"{step.level:.2f}", percent(step.right), percent(step.wrong))
    out.print(curve)
