"""What `huiying evaluate intent` measures: which data, which engines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from backend import sheets
from bot.evaluation.labelled import LabelledTexts, labelled
from bot.evaluation.labels import Fixed, LabelScore, Learner, cross_validate, hold_out
from bot.evaluation.selection import (
    Selection,
    for_cross_validation,
    for_holding_out,
)
from bot.understanding.corpus import Corpus
from bot.understanding.understanding import load_builtin
from config.commands.evaluate_learners import learners
from config.rasa import environment
from config.rasa.learner import RasaInUse
from config.settings import ROOT, Settings

NLU_DATA = ROOT / "nlu_data"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be measured, as the command line has it."""

    file: Path | None = None
    train: Path | None = None
    label: str = ""
    text: str = ""
    min_count: int = 1
    categories: bool = False
    folds: int = 5
    engines: tuple[str, ...] = ("builtin",)
    pipeline: Path | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured on which data, one score an engine."""

    data: str
    method: str
    notes: tuple[str, ...]
    engines: tuple[LabelScore, ...]


def measure(order: Order, known: Settings, say: Say) -> Report:
    """Measure. Raises BadSetting, BadSheet, CannotMeasure, EncoderFailed or NotStarted with a
    sentence for whoever asked."""
    if "rasa" in order.engines:
        environment.check()
    corpus = Corpus.load(NLU_DATA)
    file = _read(order, order.file) if order.file is not None else None
    if file is not None and order.train is None and _ours(file, corpus):
        return _in_use(order, file, corpus, known, say)
    with learners(known, say, order.pipeline) as able:
        report = _learned(order, file, corpus, [able[name] for name in order.engines], say)
    return _with_encoder(report, known)


def _ours(file: LabelledTexts, corpus: Corpus) -> bool:
    return file.counts().keys() <= {example.label for example in corpus.intents}


def _learned(
    order: Order,
    file: LabelledTexts | None,
    corpus: Corpus,
    chosen: Sequence[Learner],
    say: Say,
) -> Report:
    if file is None:
        return _our_own(order, corpus, chosen, say)
    if order.train is not None:
        return _trained(order, _read(order, order.train), file, chosen)
    return _validated(order, file, chosen, say)


def _read(order: Order, path: Path) -> LabelledTexts:
    return labelled(sheets.open_file(path), path.name, order.text, order.label)


def _our_own(order: Order, corpus: Corpus, chosen: Sequence[Learner], say: Say) -> Report:
    name = "categories" if order.categories else "intents"
    examples = corpus.categories if order.categories else corpus.intents
    selection = for_cross_validation(examples, max(order.min_count, order.folds))
    return _validate(order, f"our {name} (nlu_data)", selection, chosen, say)


def _validated(order: Order, file: LabelledTexts, chosen: Sequence[Learner], say: Say) -> Report:
    selection = for_cross_validation(file.examples, max(order.min_count, order.folds))
    return _with_skipped(_validate(order, _named(order, file), selection, chosen, say), file)


def _validate(
    order: Order, data: str, selection: Selection, chosen: Sequence[Learner], say: Say
) -> Report:
    scores = tuple(
        cross_validate(learner, selection.examples, order.folds, say) for learner in chosen
    )
    return Report(data, f"{order.folds}-fold cross-validation", selection.notes, scores)


def _trained(
    order: Order, train: LabelledTexts, file: LabelledTexts, chosen: Sequence[Learner]
) -> Report:
    selection = for_holding_out(train, file, order.min_count)
    scores = tuple(hold_out(learner, selection.train, selection.examples) for learner in chosen)
    method = f"trained on {len(selection.train)} messages of {order.train and order.train.name}"
    return _with_skipped(Report(_named(order, file), method, selection.notes, scores), file)


def _in_use(order: Order, file: LabelledTexts, corpus: Corpus, known: Settings, say: Say) -> Report:
    builtin = load_builtin(NLU_DATA, known.city, known.data / "model", say)
    models: Mapping[str, Learner] = {
        "builtin": Fixed("builtin", lambda texts: [builtin.engine.rank(text) for text in texts]),
        "rasa": RasaInUse(corpus, builtin.engine.overrides, known.data / "rasa", say),
    }
    danger = builtin.thresholds.danger
    scores = tuple(hold_out(models[name], (), file.examples, danger) for name in order.engines)
    return _with_skipped(Report(_named(order, file), "the model in use", (), scores), file)


def _named(order: Order, file: LabelledTexts) -> str:
    return f"{order.file and order.file.name} ({file.text_column} → {file.label_column})"


def _with_skipped(report: Report, file: LabelledTexts) -> Report:
    if not file.skipped:
        return report
    note = f"{file.skipped} rows left out: no text or no label"
    return replace(report, notes=(note, *report.notes))


def _with_encoder(report: Report, known: Settings) -> Report:
    if known.encoder == Settings.model_fields["encoder"].default:
        return report
    return replace(report, notes=(f"with the encoder {known.encoder}", *report.notes))
