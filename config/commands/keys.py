"""`huiying keys`: which data keys seal personal data, and change to a new one."""

from dataclasses import asdict
from typing import Any

import typer

from backend import rotation, sealing
from config.commands.common import Json, fail, run, services, show

commands = typer.Typer(
    help="Data keys that seal personal data (docs/personal-data.md): status, rotate.",
    no_args_is_help=True,
)


@commands.command()
def status(as_json: Json = False) -> None:
    """Count the values of every sealed column by key; `plain` ones were never sealed."""

    async def work() -> list[dict[str, Any]]:
        async with services() as known, known.database.transaction() as connection:
            return [asdict(one) for one in await rotation.counts(connection)]

    rows = run(work)
    show(rows, ("column", "key", "values"), as_json=as_json, empty="还没有加密的数据。")


@commands.command()
def rotate() -> None:
    """Seal everything with the first key; may be stopped, and started again, while serving.

    Put the new key before the old one in HUIYING_DATA_KEY (or its file) and restart every server
    first: one that still seals with the old key would go on doing so.
    """

    async def work() -> rotation.Rotated:
        async with services() as known:
            return await rotation.rotate(known.database, _progress)

    done = run(work)
    first = sealing.ring().first.id
    if done.left:
        fail(f"{done.left} values are not sealed with key {first} yet: run the command again")
    typer.echo(f"Everything is sealed with key {first}.")
    for key in sorted(done.retired):
        typer.echo(f"Key {key} is not needed any more: take it out of the settings.")


def _progress(table: str, rows: int) -> None:
    typer.echo(f"{table}: {rows} rows sealed")
