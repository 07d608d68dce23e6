"""The curves that thresholds are chosen by: as a picture (SVG) and as a table (CSV)."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pygal
from pygal.style import LightSolarizedStyle

from bot.evaluation.danger import DangerStep
from bot.evaluation.search import Decision
from bot.understanding.thresholds import Thresholds

_ANSWERS = {
    "right": "answered rightly",
    "wrong": "answered wrongly",
    "near_miss": "near misses answered",
    "other": "other texts answered",
}
_DANGERS = {"heard": "emergencies heard", "flagged": "others taken for one"}

Steps = Sequence[Decision] | Sequence[DangerStep]


def draw_answers(curve: Sequence[Decision], thresholds: Thresholds, file: Path) -> Path:
    """Write the picture: shares in percent over the confidence from which is answered."""
    title = (
        f"Answering from a confidence on (in use: {thresholds.answer:.2f}, "
        f"choices from {thresholds.choices:.2f})"
    )
    axis = "confidence of the best entry"
    return _draw(curve, _ANSWERS, thresholds.answer, title, axis, file)


def draw_dangers(curve: Sequence[DangerStep], thresholds: Thresholds, file: Path) -> Path:
    """Write the picture: shares in percent over the probability from which danger is heard."""
    title = f"Hearing the classifier without a sign (in use: from {thresholds.danger:.2f} on)"
    return _draw(curve, _DANGERS, thresholds.danger, title, "probability of any danger", file)


def _draw(
    curve: Steps, lines: Mapping[str, str], threshold: float, title: str, axis: str, file: Path
) -> Path:
    # Without its JavaScript, which it would load from the internet.
    chart = pygal.XY(
        js=(),
        style=LightSolarizedStyle,
        title=title,
        x_title=axis,
        y_title="% of the texts of each kind",
        xrange=(0, 1),
        dots_size=2,
        legend_at_bottom=True,
    )
    for name, line in lines.items():
        chart.add(line, [(step.level, 100 * getattr(step, name)) for step in curve])
    most = max(100 * getattr(step, name) for step in curve for name in lines)
    chart.add("threshold in use", [(threshold, 0), (threshold, most)])
    file.parent.mkdir(parents=True, exist_ok=True)
    chart.render_to_file(str(file))
    return file


def tabulate(curve: Steps, file: Path) -> Path:
    """Write the table: a row a level, shares from 0 to 1."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.DictWriter(table, list(asdict(curve[0])))
        writer.writeheader()
        writer.writerows(asdict(step) for step in curve)
    return file
