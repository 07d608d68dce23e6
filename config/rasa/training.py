"""Rasa's model: trained once for given data and pipeline, named by a hash of both."""

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from bot.understanding import dialect, encoder, text
from bot.understanding.corpus import Corpus, Example
from config.rasa import environment
from config.rasa.progress import NotStarted, Say
from config.settings import ROOT

CONFIG = Path(__file__).with_name("config.yml")
FEATURES = ROOT / "bot" / "understanding" / "rasa_features.py"
EVERY = 15.0
"""Seconds between two lines of progress."""


def train(corpus: Corpus, folder: Path, say: Say) -> Path:
    """The model of this data under `folder`: the one that is there, else trained now.

    Blocks for half a minute; models of other data go. Raises NotStarted.
    """
    model = folder / f"model-{fingerprint(corpus)}.tar.gz"
    if model.is_file():
        return model
    say(f"Training Rasa from {len(corpus.intents)} examples ...")
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="training-") as draft:
        trained = fit(corpus.intents, CONFIG, Path(draft), say)
        for old in folder.glob("model-*.tar.gz"):
            old.unlink(missing_ok=True)
        trained.replace(model)
    return model


def fingerprint(corpus: Corpus) -> str:
    """Changes with the examples, the pipeline, our component in it, and the locked packages."""
    digest = sha256(document(corpus.intents).encode("utf-8", "replace"))
    digest.update(dialect.SOURCE)
    code = (Path(encoder.__file__), Path(dialect.__file__), Path(text.__file__))
    sources = (CONFIG, FEATURES, *code)
    for source in (*sources, *sorted(CONFIG.parent.glob("requirements-*.lock"))):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def fit(examples: Sequence[Example], config: Path, folder: Path, say: Say) -> Path:
    """Train a model of these examples with this pipeline, whatever is there already.

    `folder` gets the training data and the model, whose path is returned. Raises NotStarted.
    """
    data = folder / "nlu.yml"
    data.write_text(document(examples), "utf-8")
    log = log_of(folder)
    command: list[str | Path] = [
        *(environment.PYTHON, "-m", "rasa", "train", "nlu", "--nlu", data),
        *("--config", config.resolve(), "--out", folder, "--fixed-model-name", "model"),
    ]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=folder, env=environment.variables(), stdout=file, stderr=file
        )
        code = _wait(process, say)
    model = folder / "model.tar.gz"
    if code or not model.is_file():
        raise NotStarted(f"Rasa could not be trained; it says why in {log}")
    return model


def log_of(folder: Path) -> Path:
    """Where `fit` writes what Rasa says: beside the folder, which may go sooner."""
    return folder.parent / "train.log"


def _wait(process: "subprocess.Popen[bytes]", say: Say) -> int:
    """Wait for its end and say how long it takes; it does not outlive us."""
    began = time.monotonic()
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(EVERY)
            say(f"  ... {time.monotonic() - began:.0f} s")
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def document(examples: Sequence[Example]) -> str:
    """The examples as one file in Rasa's format."""
    blocks: dict[str, list[str]] = {}
    for example in examples:
        blocks.setdefault(example.label, []).append(f"- {plain(example.text)}\n")
    nlu: Sequence[Mapping[str, str]] = [
        {"intent": label, "examples": "".join(lines)} for label, lines in blocks.items()
    ]
    return str(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True, sort_keys=False))


def plain(line: str) -> str:
    """The text in one line, and with nothing that Rasa would take for an entity's annotation."""
    return re.sub(r"\](?=[(\[{])", "] ", " ".join(line.split()))
