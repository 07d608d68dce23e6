"""`huiying evaluate`: measure the understanding, on held-out folds or a city's own messages."""

from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from config import settings
from config.commands.common import BAD_INPUT, Json, fail, run, show_json
from config.settings import Settings

commands = typer.Typer(
    help="Measure the understanding (测评). Figures have 95 % intervals: Wilson's for shares, "
    "bootstrap for macro-F1.",
    no_args_is_help=True,
)

T = TypeVar("T")

Text = Annotated[str, typer.Option(help="The column that holds the message.")]


class Engine(StrEnum):
    """Which engines are measured."""

    BUILTIN = "builtin"
    RASA = "rasa"
    ALL = "all"

    @property
    def names(self) -> tuple[str, ...]:
        """Each engine by its name."""
        return ("builtin", "rasa") if self is Engine.ALL else (self.value,)


EngineChoice = Annotated[Engine, typer.Option("--engine", help="Which engine to measure.")]


def say(sentence: str) -> None:
    """Progress, beside what is printed as the result."""
    typer.echo(sentence, err=True)


@commands.command()
def intent(
    file: Annotated[
        Path | None, typer.Argument(help="Labelled messages, .csv or .xlsx.", exists=True)
    ] = None,
    train: Annotated[
        Path | None, typer.Option(help="Train on these messages and measure on FILE.", exists=True)
    ] = None,
    label: Annotated[str, typer.Option(help="The column that holds the label.")] = "",
    text: Text = "",
    min_count: Annotated[
        int, typer.Option(help="Leave out labels with fewer messages (of all files).", min=1)
    ] = 1,
    categories: Annotated[
        bool, typer.Option("--categories", help="Measure our categories, not our intents.")
    ] = False,
    folds: Annotated[int, typer.Option(help="Folds of cross-validation.", min=2, max=20)] = 5,
    engine: EngineChoice = Engine.BUILTIN,
    pipeline: Annotated[
        Path | None,
        typer.Option(help="Another pipeline for Rasa than config/rasa/config.yml.", exists=True),
    ] = None,
    as_json: Json = False,
) -> None:
    """How well messages get their label: an intent, a category, or any label of your own.

    Without FILE our own examples are cross-validated. With FILE whose labels are our intents, the
    model in use is measured on it. With any other FILE the classifier is trained on --train, or
    cross-validated on FILE itself. What is trained uses the encoder that HUIYING_ENCODER names.
    Engines learn and are judged on the same folds; Rasa takes about a minute for each and needs
    `make rasa` to have installed it, but no server.
    """
    # numpy and the encoder take a second to load, for which --help need not wait.
    from config.commands import evaluate_labels as work
    from config.commands import evaluate_tables as tables

    if train is not None and file is None:
        fail("--train needs a FILE to measure on", BAD_INPUT)
    order = work.Order(
        file, train, label, text, min_count, categories, folds, engine.names, pipeline
    )
    found = _measured(lambda: work.measure(order, settings.load(), say))
    if as_json:
        show_json(asdict(found))
    else:
        tables.show_labels(found)


File = Annotated[Path | None, typer.Argument(help="A .csv or .xlsx file.", exists=True)]
Knowledge = Annotated[
    Path | None,
    typer.Option(help="Entries as `huiying knowledge export` writes them.", exists=True),
]


@commands.command()
def retrieval(
    file: File = None,
    knowledge: Knowledge = None,
    engine: EngineChoice = Engine.BUILTIN,
    as_json: Json = False,
) -> None:
    """How well questions find their entry, and what the bot would answer at its thresholds.

    FILE has a column with the question (问题, 文本 …) and one with the title of the entry meant
    (标题, title), empty where no entry answers. Without FILE the similar questions are put to a
    knowledge base that lacks them (cross-validation). The entries are ours, or --knowledge.
    Rasa names intents and searches nothing: with either --engine it is the same search.
    """
    from config.commands import evaluate_search as work
    from config.commands import evaluate_tables as tables

    found = _measured(lambda: work.measure(file, knowledge, engine.names, settings.load(), say))
    if as_json:
        show_json(asdict(found))
    else:
        tables.show_search(found)


@commands.command()
def calibrate(
    file: File = None,
    knowledge: Knowledge = None,
    wrong: Annotated[
        float, typer.Option(help="Share of questions that may be answered wrongly.", min=0, max=1)
    ] = 0.03,
    near_miss: Annotated[
        float, typer.Option(help="Share of texts beside an entry that may be.", min=0, max=1)
    ] = 0.05,
    needless: Annotated[
        float, typer.Option(help="Share of other texts that may be offered one.", min=0, max=1)
    ] = 0.35,
    false_alarm: Annotated[
        float, typer.Option(help="Share of texts that may be taken for an emergency.", min=0, max=1)
    ] = 0.02,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the curves, .svg and .csv (the model's).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fit the thresholds from which is answered, offered, named and feared, and keep them.

    FILE and --knowledge as with `retrieval`; categories and danger are fitted to held-out folds of
    our own examples, danger to miss as few as --false-alarm allows. They are kept beside the model,
    with the curves as pictures and as tables; the next `huiying serve` uses them.
    """
    from bot.evaluation.calibration import Tolerance
    from config.commands import evaluate_search as work
    from config.commands import evaluate_tables as tables

    tolerance = Tolerance(wrong, near_miss, needless, false_alarm=false_alarm)
    known = _settings()
    folder = out or known.data / "model"
    found = _measured(lambda: work.calibrate(file, knowledge, tolerance, folder, known, say))
    if as_json:
        show_json(asdict(found))
    else:
        tables.show_calibration(found)


@commands.command()
def triage(
    file: File = None,
    text: Text = "",
    label: Annotated[str, typer.Option(help="The column that holds the outcome.")] = "",
    engine: EngineChoice = Engine.BUILTIN,
    as_json: Json = False,
) -> None:
    """How messages end when each is the first of a new citizen: rehearsed, nothing is kept.

    FILE has the columns text, outcome (as `huiying outcomes` names them; several that are as good
    separated by |) and, where an entry should answer, its title. Without FILE our own examples are
    rehearsed, their intents named by an engine trained on the other folds. The knowledge base is
    the one in the database. With FILE Rasa is asked at RASA_URL.
    """
    from config.commands import evaluate_outcomes as work
    from config.commands import evaluate_tables as tables

    engines = _engines(engine, file is None)
    found = _measured(lambda: run(lambda: work.measure(file, text, label, engines, say)))
    if as_json:
        show_json(asdict(found))
    else:
        tables.show_outcomes(found)


@commands.command()
def turns(
    file: Annotated[
        Path | None, typer.Argument(help="Turns, .yml as in nlu_data/turns.", exists=True)
    ] = None,
    as_json: Json = False,
) -> None:
    """How well what is said to an order is heard: acts, and the words that correct or complete it.

    Without FILE each file of nlu_data/turns is heard by a reader that has learned from the others
    (four trainings, about 3 minutes); with FILE its turns are heard by the model in use.
    """
    from config.commands import evaluate_tables as tables
    from config.commands import evaluate_turns as work

    found = _measured(lambda: work.measure(file, settings.load(), say))
    if as_json:
        show_json(asdict(found))
    else:
        tables.show_turns(found)


def _engines(engine: Engine, own: bool) -> list[tuple[str, Settings]]:
    """The engines wanted, each by the settings that make the system use it; of our own examples
    the intents are named before, so that no server of Rasa is asked."""
    known = _settings()
    if "rasa" in engine.names and not own and not known.rasa_url:
        fail("RASA_URL is not set: start Rasa with `make rasa` and set what it says", BAD_INPUT)
    return [
        (name, known.model_copy(update={"engine": "builtin" if own else name}))
        for name in engine.names
    ]


def _settings() -> Settings:
    try:
        return settings.load()
    except settings.BadSetting as error:
        fail(str(error), BAD_INPUT)


def _measured(work: Callable[[], T]) -> T:
    """Measure; what is wrong with the files becomes one sentence."""
    from backend.knowledge.files import BadFile
    from backend.sheets import BadSheet
    from bot.evaluation.selection import CannotMeasure
    from bot.understanding.encoder import EncoderFailed
    from config.rasa.progress import NotStarted

    try:
        return work()
    except (settings.BadSetting, BadSheet, BadFile, CannotMeasure, NotStarted) as error:
        fail(str(error), BAD_INPUT)
    except EncoderFailed as error:
        fail(f"the encoder failed: {error}", BAD_INPUT)
