"""What Rasa makes of texts it has not learnt: trains on examples alone, for measuring."""

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.understanding.corpus import Example
from bot.understanding.reading import Guess
from config.rasa import environment, training
from config.rasa.progress import NotStarted

Ranking = tuple[Guess, ...]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Of each text the intents, best first; the seconds each took and training took; the peak of
    the process's memory in MB."""

    rankings: tuple[Ranking, ...]
    seconds: tuple[float, ...]
    training: float
    megabytes: int


def predict(
    examples: Sequence[Example], texts: Sequence[str], config: Path = training.CONFIG
) -> Predictions:
    """What Rasa makes of `texts` when it has learnt `examples` alone; half a minute and more.

    Needs the environment of `make rasa`. Raises NotStarted.
    """
    with TemporaryDirectory(prefix="huiying-rasa-") as parent:
        folder = Path(parent) / "trial"
        folder.mkdir()
        began = time.perf_counter()
        model = training.fit(examples, config, folder, lambda _line: None)
        took = time.perf_counter() - began
        asked, answered = folder / "texts.json", folder / "answers.json"
        asked.write_text(json.dumps(list(texts)), "utf-8")
        command: list[str | Path] = [environment.PYTHON, "-m", "config.rasa.predict"]
        log = folder / "predict.log"
        with log.open("wb") as file:
            done = subprocess.run(
                [*command, model, asked, answered],
                cwd=folder,
                env=environment.variables(),
                stdout=file,
                stderr=file,
            )
        if done.returncode:
            raise NotStarted(f"Rasa could not predict: {log.read_text()[-2000:]}")
        found = json.loads(answered.read_text("utf-8"))
    rankings = tuple(tuple(Guess(*one) for one in ranking) for ranking in found["rankings"])
    return Predictions(rankings, tuple(found["seconds"]), took, found["megabytes"])
