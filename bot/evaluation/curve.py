"""The curve of coverage against wrong answers: as a picture (SVG) and as a table (CSV)."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

import pygal
from pygal.style import LightSolarizedStyle

from bot.evaluation.search import Decision
from bot.understanding.thresholds import Thresholds

_LINES = {
    "right": "answered rightly",
    "wrong": "answered wrongly",
    "near_miss": "near misses answered",
    "other": "other texts answered",
}


def draw(curve: Sequence[Decision], thresholds: Thresholds, file: Path) -> Path:
    """Write the picture: shares in percent over the confidence from which is answered."""
    # Without its JavaScript, which it would load from the internet.
    chart = pygal.XY(
        js=(),
        style=LightSolarizedStyle,
        title=f"Answering from a confidence on (in use: {thresholds.answer:.2f}, "
        f"choices from {thresholds.choices:.2f})",
        x_title="confidence of the best entry",
        y_title="% of the texts of each kind",
        xrange=(0, 1),
        dots_size=2,
        legend_at_bottom=True,
    )
    for name, title in _LINES.items():
        chart.add(title, [(step.level, 100 * getattr(step, name)) for step in curve])
    most = max(100 * getattr(step, name) for step in curve for name in _LINES)
    chart.add("threshold in use", [(thresholds.answer, 0), (thresholds.answer, most)])
    file.parent.mkdir(parents=True, exist_ok=True)
    chart.render_to_file(str(file))
    return file


def tabulate(curve: Sequence[Decision], file: Path) -> Path:
    """Write the table: a row a confidence, shares from 0 to 1."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.DictWriter(table, [field.name for field in fields(Decision)])
        writer.writeheader()
        writer.writerows(asdict(step) for step in curve)
    return file
