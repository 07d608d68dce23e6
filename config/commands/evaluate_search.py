"""What `huiying evaluate retrieval` and `calibrate` measure: which entries, which questions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend import sheets
from backend.knowledge import files
from bot.evaluation.builtin import BuiltinLearner
from bot.evaluation.calibration import Tolerance, fit
from bot.evaluation.curve import draw_answers, draw_dangers, tabulate
from bot.evaluation.danger import DangerScore, DangerStep, danger_curve, score_danger
from bot.evaluation.labelled import TEXTS, column
from bot.evaluation.labels import FOLDS, alarms, unseen
from bot.evaluation.outcomes import TITLES
from bot.evaluation.search import (
    Question,
    Searched,
    SearchScore,
    held_out,
    score_search,
    search_all,
    with_entries,
)
from bot.evaluation.selection import CannotMeasure
from bot.understanding.corpus import Corpus
from bot.understanding.encoder import RememberingEncoder
from bot.understanding.model import fingerprint
from bot.understanding.reading import Entry
from bot.understanding.thresholds import Thresholds, keep
from bot.understanding.understanding import Builtin, load_builtin
from config.settings import ROOT, Settings

NLU_DATA = ROOT / "nlu_data"
_REMEMBERED = 100_000
_FEWEST = 20
"""Entries with at least two questions that cross-validation needs to fit anything."""

_NO_RASA = "Rasa names intents and searches nothing: this is the knowledge search of both engines"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SearchReport:
    """What was measured on which entries and questions, one score an engine."""

    data: str
    method: str
    notes: tuple[str, ...]
    engines: tuple[SearchScore, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """Questions that were put to a knowledge base, and how."""

    data: str
    method: str
    notes: tuple[str, ...]
    found: tuple[Searched, ...]


def measure(
    file: Path | None, knowledge: Path | None, engines: Sequence[str], known: Settings, say: Say
) -> SearchReport:
    """The figures at the thresholds in use. Raises BadSheet, BadFile or CannotMeasure."""
    builtin = load(known, say)
    trial = put(builtin, file, knowledge, say)
    score = score_search(trial.found, builtin.thresholds)
    notes = (*trial.notes, _NO_RASA) if "rasa" in engines else trial.notes
    return SearchReport(trial.data, trial.method, notes, (score,))


def load(known: Settings, say: Say) -> Builtin:
    """The built-in parts as the server has them."""
    return load_builtin(NLU_DATA, known.city, known.data / "model", say)


def put(builtin: Builtin, file: Path | None, knowledge: Path | None, say: Say) -> Trial:
    """Put the questions of `file` to the entries of `knowledge` (ours by default), or without a
    file each stored question to the entries without it."""
    corpus = Corpus.load(NLU_DATA)
    name = "our starter knowledge (nlu_data)"
    if knowledge is not None:
        name, corpus = knowledge.name, with_entries(corpus, entries(knowledge))
    if file is None:
        return _validated(builtin, name, corpus, say)
    return _asked(builtin, name, corpus, file, say)


def entries(path: Path) -> list[Entry]:
    """The entries of a knowledge file. Raises BadFile."""
    sheet = files.read(path.name, path.read_bytes())
    found = [line.entry for line in sheet.lines]
    return [Entry(0, each.title, each.questions, each.category) for each in found if each.title]


def _validated(builtin: Builtin, name: str, corpus: Corpus, say: Say) -> Trial:
    several = sum(len(entry.questions) > 1 for entry in corpus.entries)
    if several < _FEWEST:
        raise CannotMeasure(
            f"{name}: only {several} entries have two or more similar questions, and {_FEWEST} are "
            "needed to hold questions out; give a FILE of questions with the titles meant"
        )
    say(f"Putting the questions of {len(corpus.entries)} entries to a knowledge without them ...")
    found = held_out(builtin.encoder, corpus)
    return Trial(
        name,
        "held-out similar questions (相似问), by a search that has practised on others",
        (),
        tuple(found),
    )


def _asked(builtin: Builtin, name: str, corpus: Corpus, file: Path, say: Say) -> Trial:
    sheet = sheets.open_file(file)
    text = column(sheet, file.name, "", TEXTS, "text")
    title = column(sheet, file.name, "", [each for each in TITLES if each != text], "title")
    rows = [row for _, row in sheet.rows if row.get(text)]
    questions = [Question(row[text], row.get(title, "")) for row in rows]
    builtin.search.replace(corpus.entries)
    say(f"Asking {len(questions)} questions ...")
    notes = _unknown(questions, corpus)
    method = f"the model in use, asked the {len(questions)} questions of {file.name}"
    return Trial(name, method, notes, tuple(search_all(builtin.search, questions)))


def _unknown(questions: list[Question], corpus: Corpus) -> tuple[str, ...]:
    titles = {entry.title for entry in corpus.entries}
    strange = sorted({q.title for q in questions if q.title and q.title not in titles})
    if not strange:
        return ()
    if len(strange) == len({q.title for q in questions if q.title}):
        raise CannotMeasure(
            f"none of the titles is an entry (the first: {strange[0]}); is it another knowledge? "
            "Give it with --knowledge FILE"
        )
    return (f"{len(strange)} titles are no entry, so never found: {'、'.join(strange[:5])}",)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted, on what, and where the thresholds and the curve are kept."""

    data: str
    method: str
    notes: tuple[str, ...]
    before: Thresholds
    after: Thresholds
    score: SearchScore
    danger_before: DangerScore | None
    danger: DangerScore | None
    dangers: tuple[DangerStep, ...]
    stored: str
    picture: str
    table: str
    danger_picture: str
    danger_table: str


def calibrate(
    file: Path | None,
    knowledge: Path | None,
    tolerance: Tolerance,
    folder: Path,
    known: Settings,
    say: Say,
) -> Calibration:
    """Fit the thresholds, keep them beside the model, and draw the curves into `folder`."""
    builtin = load(known, say)
    before = builtin.thresholds
    trial = put(builtin, file, knowledge, say)
    corpus = Corpus.load(NLU_DATA)
    encoder = RememberingEncoder(builtin.encoder, _REMEMBERED)
    learner = BuiltinLearner(encoder, say, corpus.hazards, corpus.places)
    say(f"Naming the categories of {len(corpus.categories)} examples ...")
    categorised, _ = unseen(learner, corpus.categories, FOLDS, say)
    say(f"Listening for danger in {len(corpus.intents)} examples ...")
    heard = alarms(unseen(learner, corpus.intents, FOLDS, say)[0])
    dangers = danger_curve(heard)
    after = fit(trial.found, categorised, dangers, tolerance, before)
    score = score_search(trial.found, after)
    return Calibration(
        data=trial.data,
        method=trial.method,
        notes=(*trial.notes, *_unborne(dangers, tolerance)),
        before=before,
        after=after,
        score=score,
        danger_before=score_danger(heard, before.danger),
        danger=score_danger(heard, after.danger),
        dangers=dangers,
        stored=str(keep(known.data / "model", fingerprint(corpus, builtin.encoder), after)),
        picture=str(draw_answers(score.curve, after, folder / "curve.svg")),
        table=str(tabulate(score.curve, folder / "curve.csv")),
        danger_picture=str(draw_dangers(dangers, after, folder / "danger.svg")),
        danger_table=str(tabulate(dangers, folder / "danger.csv")),
    )


def _unborne(dangers: Sequence[DangerStep], tolerance: Tolerance) -> tuple[str, ...]:
    """What is said where no threshold of danger keeps within the tolerance."""
    least = dangers[-1].flagged
    if least <= tolerance.false_alarm:
        return ()
    return (
        f"danger is left as it was: its signs alone flag {least:.1%} of the others, and "
        f"--false-alarm bears {tolerance.false_alarm:.1%}",
    )
