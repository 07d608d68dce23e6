"""The trained turn reader on disk: trained once for given data, code and libraries, then loaded."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import numpy as np

from bot.understanding.act_classifier import ActClassifier
from bot.understanding.classifier import TextClassifier
from bot.understanding.corpus import read_yaml
from bot.understanding.encoder import Encoder
from bot.understanding.model import code, keep_arrays, kept_arrays
from bot.understanding.turn_reader import TurnReader
from bot.understanding.turn_tagger import TurnTagger
from bot.understanding.turns import TurnExample, read_turns

_LIBRARIES = ("numpy", "scikit-learn", "python-crfsuite", "rapidfuzz", "rjieba")
_KIND = "turns"


@dataclass(frozen=True, slots=True)
class TurnModel:
    """All that training finds."""

    tagger: TurnTagger
    acts: ActClassifier


def load_turn_reader(
    files: Sequence[Path],
    encoder: Encoder,
    intents: TextClassifier,
    cache: Path,
    progress: Callable[[str], None],
) -> TurnReader:
    """A reader after the examples of `files` (nlu_data/turns/*.yml), from `cache` when it is
    there. Blocks; training takes about 40 s."""
    file = cache / f"{_KIND}-{_fingerprint(files, encoder, intents)}.npz"
    model = _loaded(file) or _trained(files, encoder, intents, file, progress)
    return TurnReader(encoder, intents, model.tagger, model.acts)


def read_turn_files(files: Sequence[Path]) -> list[TurnExample]:
    """The examples of files of turns. Raises ValueError for what they may not hold."""
    return [example for file in files for example in read_turns(read_yaml(file))]


def _loaded(file: Path) -> TurnModel | None:
    with suppress(OSError, ValueError, KeyError):
        arrays = kept_arrays(file)
        tagger = TurnTagger(arrays["tagger"].astype(np.uint8).tobytes())
        return TurnModel(tagger, ActClassifier.restore(arrays, "acts"))
    return None


def _trained(
    files: Sequence[Path],
    encoder: Encoder,
    intents: TextClassifier,
    file: Path,
    progress: Callable[[str], None],
) -> TurnModel:
    from bot.understanding.turn_training import fit_turns

    began = perf_counter()
    examples = read_turn_files(files)
    progress(f"Training what is said to an order from {len(examples)} turns ...")
    tagger, acts = fit_turns(encoder, intents, examples)
    arrays = {"tagger": np.frombuffer(tagger.model, dtype=np.uint8), **acts.arrays("acts")}
    keep_arrays(file, arrays, _KIND)
    progress(f"Trained in {perf_counter() - began:.0f} s; kept for the next start.")
    return TurnModel(tagger, acts)


def _fingerprint(files: Sequence[Path], encoder: Encoder, intents: TextClassifier) -> str:
    """Changes with the data, the code that trains and reads it, and the libraries."""
    digest = sha256(encoder.name.encode() + intents.weights.tobytes())
    for file in files:
        digest.update(file.read_bytes())
    digest.update(code("turn_training", _LIBRARIES))
    return digest.hexdigest()[:16]
