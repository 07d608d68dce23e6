"""`huiying evaluate`: measure the understanding, on held-out folds or a city's own messages."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from backend.sheets import BadSheet
from config import settings
from config.commands.common import BAD_INPUT, Json, fail, show_json

commands = typer.Typer(
    help="Measure the understanding (测评). Figures have 95 % intervals: Wilson's for shares, "
    "bootstrap for macro-F1.",
    no_args_is_help=True,
)


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
    text: Annotated[str, typer.Option(help="The column that holds the message.")] = "",
    min_count: Annotated[
        int, typer.Option(help="Leave out labels with fewer messages (of all files).", min=1)
    ] = 1,
    categories: Annotated[
        bool, typer.Option("--categories", help="Measure our categories, not our intents.")
    ] = False,
    folds: Annotated[int, typer.Option(help="Folds of cross-validation.", min=2, max=20)] = 5,
    as_json: Json = False,
) -> None:
    """How well messages get their label: an intent, a category, or any label of your own.

    Without FILE our own examples are cross-validated. With FILE whose labels are our intents, the
    model in use is measured on it. With any other FILE the classifier is trained on --train, or
    cross-validated on FILE itself.
    """
    # numpy and the encoder take a second to load, for which --help need not wait.
    from config.commands import evaluate_labels as work
    from config.commands import evaluate_tables as tables

    if train is not None and file is None:
        fail("--train needs a FILE to measure on", BAD_INPUT)
    try:
        known = settings.load()
        found = work.measure(
            work.Order(file, train, label, text, min_count, categories, folds), known, say
        )
    except (settings.BadSetting, BadSheet, work.CannotMeasure) as error:
        fail(str(error), BAD_INPUT)
    if as_json:
        show_json(asdict(found))
    else:
        tables.show_labels(found)
