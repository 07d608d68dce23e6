"""`huiying callbacks`: satisfaction surveys (回访)."""

from typing import Annotated, Any

import typer

from callbacks import surveys
from callbacks.scheduler import run_once
from config import parts, settings
from config.commands.common import Json, run, services, show, show_json

commands = typer.Typer(help="Satisfaction surveys after closing (回访).", no_args_is_help=True)


@commands.command("list")
def list_surveys(
    state: Annotated[str, typer.Option(help="scheduled, asked, rated, unrated …")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """List surveys, newest first."""

    async def work() -> list[dict[str, Any]]:
        async with services() as known, known.database.transaction() as connection:
            return await surveys.listing(connection, state or None, limit)

    rows = run(work)
    show(rows, rows[0] if rows else (), as_json=as_json, empty="没有回访。")


@commands.command("run")
def run_surveys(as_json: Json = False) -> None:
    """Do what is due now: schedule, ask, remind, expire. A running server sends the messages."""

    async def work() -> dict[str, Any]:
        policy = parts.policy(settings.load())
        async with services() as known:
            summary = await run_once(known, policy)
        return {**summary.done, "failed": summary.failed}

    done = run(work)
    if as_json:
        show_json(done)
    else:
        show([done], done, as_json=False)
