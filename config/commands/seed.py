"""`huiying orders seed`: fill a database with invented orders, to try it at the size of a city."""

from itertools import cycle
from pathlib import Path
from random import Random
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress
from sqlalchemy import exists, select

from backend.orders import bulk
from backend.orders.seeding import Matter, Site, Stock, seed
from backend.services import Services
from backend.tables import citizen
from bot.understanding.corpus import Corpus
from config import city, settings
from config.app import NLU_DATA
from config.commands.common import BAD_INPUT, fail, run, services
from config.settings import Settings

MANY = 20_000
"""From so many on the index of terms is made anew afterwards."""


def add(commands: typer.Typer) -> None:
    """Add the command to those of orders."""
    commands.command("seed")(seed_orders)


def seed_orders(
    number: Annotated[int, typer.Argument(help="How many orders.", min=1, max=10_000_000)],
    among_citizens: Annotated[
        bool, typer.Option(help="Even if the database already has citizens in it.")
    ] = False,
    chance: Annotated[int, typer.Option(help="The same number makes the same orders.")] = 1,
) -> None:
    """Add invented orders with whole histories, spread over three years (造数). They cannot be
    taken out again: use a database of their own. A million takes half an hour and 6 GB."""

    async def work() -> None:
        known = settings.load()
        stock = _stock(known)
        async with services(migrate=True) as shared:
            if not among_citizens and await _has_citizens(shared):
                fail("there are citizens in this database; seed another one", BAD_INPUT)
            await _fill(shared, stock, number, Random(chance))

    run(work)


async def _has_citizens(shared: Services) -> bool:
    async with shared.database.transaction() as connection:
        return bool(await connection.scalar(select(exists().where(citizen.c.openid.is_not(None)))))


async def _fill(shared: Services, stock: Stock, number: int, random: Random) -> None:
    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        writing = progress.add_task("工单", total=number)
        if number >= MANY:
            async with shared.database.transaction() as connection:
                await bulk.drop_search_index(connection)
        try:
            async for done in seed(shared.database, stock, number, shared.clock.now(), random):
                progress.update(writing, completed=done)
        finally:
            progress.update(writing, description="检索索引")
            async with shared.database.transaction() as connection:
                await bulk.make_search_index(connection)
    typer.echo(f"已写入 {number} 张工单")


def _stock(known: Settings) -> Stock:
    town = city.load(known.city)
    matters = Corpus.load(NLU_DATA).categories
    return Stock(
        matters=[Matter(example.text, example.label) for example in matters],
        sites=_sites(known.city / "areas.yml"),
        units=town.units,
        rules=town.rules,
    )


def _sites(path: Path) -> list[Site]:
    areas = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        Site(place, area["name"], street)
        for area in areas
        for place, street in zip(
            area.get("roads", []) + area.get("places", []), cycle(area["streets"]), strict=False
        )
    ]
