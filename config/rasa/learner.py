"""Rasa as something that can be trained on any labelled texts, for measuring."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import IO

from bot.evaluation.builtin import fit_overrides
from bot.evaluation.labels import Rank, Ranking
from bot.understanding.corpus import Corpus, Example
from bot.understanding.encoder import Encoder
from bot.understanding.overrides import Overrides
from bot.understanding.rasa import words
from bot.understanding.reading import Guess
from config.rasa import environment, training
from config.rasa.progress import NotStarted, Say
from config.rasa.serve import WARMING

_BATCH = 100
"""Texts in one line to Rasa's process."""
_ERROR = re.compile(r"(\w+\.)*\w+(Error|Exception)(?=:|$)")

Parse = Callable[[Sequence[str]], Sequence[Ranking]]


@dataclass(frozen=True, slots=True)
class RasaLearner:
    """Trains a pipeline of Rasa in Rasa's own environment; half a minute and more a training.

    What Rasa writes while it learns and reads may quote texts, and is thrown away.
    """

    encoder: Encoder
    hazards: Sequence[Example]
    say: Say
    pipeline: Path = training.CONFIG
    name: str = "rasa"

    @contextmanager
    def trained(self, examples: Sequence[Example]) -> Iterator[Rank]:
        """Trained on these. Raises NotStarted."""
        environment.check()
        # Rasa reads more into some names: of 城建/路灯 it would take 路灯 for an answer.
        names = {f"label{n}": label for n, label in enumerate(sorted({e.label for e in examples}))}
        codes = {label: code for code, label in names.items()}
        coded = [replace(each, label=codes[each.label]) for each in examples]
        with TemporaryDirectory(prefix="huiying-rasa-") as parent:
            folder = Path(parent) / "model"
            folder.mkdir()
            model = _fitted(coded, self.pipeline, folder, self.say)
            with _parsing(model, names) as parse:
                overrides = fit_overrides(self.encoder, examples, self.hazards)
                yield _rank(parse, overrides, self.say)


@dataclass(frozen=True, slots=True)
class RasaInUse:
    """The model that `make rasa` serves, whatever the examples; trained where it is not kept."""

    corpus: Corpus
    overrides: Overrides
    folder: Path
    say: Say
    name: str = "rasa"

    @contextmanager
    def trained(self, examples: Sequence[Example]) -> Iterator[Rank]:
        """The model as it is. Raises NotStarted."""
        environment.check()
        model = training.train(self.corpus, self.folder, self.say)
        names = {example.label: example.label for example in self.corpus.intents}
        with _parsing(model, names) as parse:
            yield _rank(parse, self.overrides, self.say)


def _fitted(examples: Sequence[Example], pipeline: Path, folder: Path, say: Say) -> Path:
    try:
        return training.fit(examples, pipeline, folder, say)
    except NotStarted as error:
        why = _reason(training.log_of(folder))
        raise NotStarted(f"Rasa could not be trained on these messages ({why})") from error


def _reason(log: Path) -> str:
    """The kind of the error at the end of a log; its words may quote a text."""
    last = log.read_text("utf-8", "replace").strip().rsplit("\n", 1)[-1]
    found = _ERROR.match(last)
    return found[0] if found else "it does not say why"


def _rank(parse: Parse, overrides: Overrides, say: Say) -> Rank:
    """As the system asks Rasa: nothing of a text without words, and put right."""

    def rank(texts: Sequence[str]) -> Sequence[Ranking]:
        found: list[Ranking] = []
        told = monotonic()
        for start in range(0, len(texts), _BATCH):
            found += parse([words(text) for text in texts[start : start + _BATCH]])
            if monotonic() - told > training.EVERY:
                say(f"  read {len(found)} of {len(texts)} messages")
                told = monotonic()
        return overrides.apply_all(texts, found)

    return rank


@contextmanager
def _parsing(model: Path, names: Mapping[str, str]) -> Iterator[Parse]:
    """A process of Rasa with this model, for the time of a block; `names` are its labels, each
    with what we call it."""
    command: list[str | Path] = [environment.PYTHON, "-m", "config.rasa.predict", model.resolve()]
    with subprocess.Popen(
        command,
        env=environment.variables(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            # The first texts wait until the model is there, and nobody shall measure that.
            _parsed(process, WARMING, names)
            yield lambda texts: _parsed(process, texts, names)
        finally:
            process.terminate()
            with suppress(BrokenPipeError):
                _pipes(process)[0].close()


def _parsed(
    process: "subprocess.Popen[str]", texts: Sequence[str], names: Mapping[str, str]
) -> list[Ranking]:
    asked, answered = _pipes(process)
    try:
        asked.write(f"{json.dumps(texts)}\n")
        asked.flush()
    except BrokenPipeError:
        raise NotStarted("Rasa's process has ended before it read the messages") from None
    answer = answered.readline()
    if not answer:
        raise NotStarted("Rasa's process has ended while it read the messages")
    return [tuple(Guess(names[name], sure) for name, sure in each) for each in json.loads(answer)]


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    """Where it is asked and where it answers."""
    assert process.stdin
    assert process.stdout
    return process.stdin, process.stdout
