"""What `huiying evaluate turns` measures: our own turns, or those of a file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.evaluation.selection import CannotMeasure
from bot.evaluation.turns import TurnScore, hear, held_out, score
from bot.understanding.encoder import builtin_encoder
from bot.understanding.turn_model import read_turn_files
from bot.understanding.turns import TurnExample
from config.commands.evaluate_search import NLU_DATA, load
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class TurnReport:
    """What was measured on which turns."""

    data: str
    method: str
    score: TurnScore


def measure(file: Path | None, known: Settings, say: Callable[[str], None]) -> TurnReport:
    """The figures of `file`, or of ours, held out. Raises CannotMeasure for a bad file."""
    builtin = load(known, say)
    if file is not None:
        pairs = hear(builtin.turns, _turns(file))
        return TurnReport(file.name, "heard by the model in use", score(pairs))
    files = [read_turn_files([each]) for each in sorted((NLU_DATA / "turns").glob("*.yml"))]
    pairs = held_out(builtin_encoder(), builtin.engine.classifier, files, say)
    return TurnReport("nlu_data/turns", "each file heard by who learned from others", score(pairs))


def _turns(file: Path) -> list[TurnExample]:
    try:
        return read_turn_files([file])
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CannotMeasure(
            f"{file.name} holds no turns as nlu_data/turns has them: {error}"
        ) from error
