"""`huiying retention`: take out of what is long over who the citizens were (保存期限)."""

from dataclasses import asdict
from typing import Annotated

import typer

from backend.retention import Done, Retention
from config import parts, settings
from config.commands.common import run, services

commands = typer.Typer(
    help="Retention (保存期限, docs/personal-data.md): run.", no_args_is_help=True
)


@commands.callback()
def retention() -> None:
    """Retention (保存期限): what is kept of citizens, and how long."""


@commands.command("run")
def run_now(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is due.")] = False,
) -> None:
    """De-identify what is due now instead of at night."""

    async def work() -> Done:
        policy = parts.retention(settings.load())
        async with services() as known:
            keeping = Retention(known, policy)
            if dry_run:
                return await keeping.due()
            total = Done()
            while (done := await keeping.work()).total:
                total += done
                typer.echo(_said(total))
            return total

    done = run(work)
    typer.echo(("due: " if dry_run else "done: ") + _said(done))


def _said(done: Done) -> str:
    return ", ".join(f"{name} {number}" for name, number in asdict(done).items())
