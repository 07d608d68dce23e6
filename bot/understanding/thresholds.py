"""Where a probability becomes a decision; fitted with the model, or to a city's own questions."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

FILE = "thresholds.json"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of a knowledge hit's confidence: from `answer` it is given, from `choices` it is offered;
    `category` is the confidence from which a category is named. `danger` is the probability of any
    danger from which the classifier is heard where no sign (danger.yml) speaks."""

    answer: float = 0.6
    choices: float = 0.15
    category: float = 0.2
    danger: float = 0.6


def keep(folder: Path, model: str, thresholds: Thresholds) -> Path:
    """Keep what was fitted for the model of this fingerprint, beside it; in one step, as a server
    may be reading. Returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {"model": model, "thresholds": asdict(thresholds)}
    with NamedTemporaryFile("w", dir=folder, suffix=".tmp", delete=False) as draft:
        json.dump(kept, draft, indent=2)
    return Path(draft.name).replace(folder / FILE)


def kept(
    folder: Path, model: str, progress: Callable[[str], None] = lambda _: None
) -> Thresholds | None:
    """What was fitted for this model by `huiying evaluate calibrate`; None if nothing was. What
    was fitted for another model is not used, and `progress` is told so."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        found = json.loads((folder / FILE).read_text("utf-8"))
        if found["model"] == model:
            return Thresholds(**{name: float(value) for name, value in found["thresholds"].items()})
        progress(
            "The thresholds of `huiying evaluate calibrate` were fitted to another model and are "
            "not used; run it again."
        )
    return None
