"""`huiying responsibility`: the responsibility list (职责清单), its gaps, and what it comes to."""

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.clock import CITY, city_time
from backend.orders import proposals, responsibility, returns, store
from backend.orders.responsibility import Duty, Import
from backend.sheets import BadSheet
from config import city, settings
from config.city import City
from config.commands.common import Json, fail, run, services, show, show_json

commands = typer.Typer(help="The responsibility list (职责清单).", no_args_is_help=True)
SHOWN = ("category", "area", "unit", "valid_from", "valid_to", "basis")


@commands.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A .csv or .xlsx file.", exists=True)],
    replace: Annotated[bool, typer.Option(help="Make the file the whole list.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would happen.")] = False,
    as_json: Json = False,
) -> None:
    """Add or change duties: columns 分类, 区域, 承办单位, 生效日期, 失效日期, 依据."""
    town = _city()
    duties, refused = _read(file, town)

    async def work() -> Import:
        async with services() as known, known.database.transaction() as connection:
            return await responsibility.save(
                connection, duties, known.clock.now(), replace=replace, dry_run=dry_run
            )

    found = run(work)
    if as_json:
        overlaps = [[asdict(one), asdict(other)] for one, other in found.overlaps]
        show_json({**asdict(found), "overlaps": overlaps, "refused": refused})
    else:
        _tell(found, refused, dry_run=dry_run)
    if refused:
        raise typer.Exit(1)


def _city() -> City:
    try:
        return city.load(settings.load().city)
    except (settings.BadSetting, city.BadCity) as error:
        fail(str(error), 2)


def _read(file: Path, town: City) -> tuple[list[Duty], list[tuple[int, str]]]:
    try:
        return responsibility.read(file.name, file.read_bytes(), town.units, town.areas)
    except (BadSheet, OSError) as error:
        fail(str(error), 2)


def _tell(found: Import, refused: list[tuple[int, str]], *, dry_run: bool) -> None:
    for row, reason in refused:
        typer.echo(f"第{row}行被拒绝：{reason}")
    for one, other in found.overlaps:
        where = one.area or "全市"
        typer.echo(f"重叠  {where} {one.category}：{one.unit} 和 {other.unit}")
    said = "（试运行，没有写入）" if dry_run else ""
    typer.echo(
        f"写入{found.written}条，删除{found.removed}条，拒绝{len(refused)}条，"
        f"重叠{len(found.overlaps)}对{said}"
    )


@commands.command()
def export(file: Annotated[Path, typer.Argument(help="A .csv or .xlsx file.")]) -> None:
    """Write the whole list, past and future too, as a file that can be imported again."""

    async def work() -> list[Duty]:
        async with services() as known, known.database.transaction() as connection:
            return await responsibility.everything(connection)

    duties = run(work)
    try:
        file.write_bytes(responsibility.write(file.name, duties))
    except (BadSheet, OSError) as error:
        fail(str(error), 2)
    typer.echo(f"已写入{len(duties)}条到 {file}")


@commands.command("list")
def list_duties(
    category: Annotated[str, typer.Option(help="Only this matter, e.g. 城市管理/路灯.")] = "",
    area: Annotated[str, typer.Option(help="Only this area.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Past and future ones too.")] = False,
    as_json: Json = False,
) -> None:
    """List who answers for what, today."""

    async def work() -> list[dict[str, Any]]:
        async with services() as known, known.database.transaction() as connection:
            now = None if everything else known.clock.now()
            found = await responsibility.everything(connection, now)
        return [
            asdict(duty)
            for duty in found
            if category in ("", duty.category) and area in ("", duty.area)
        ]

    show(run(work), SHOWN, as_json=as_json, empty="职责清单里没有这样的条目。")


@commands.command()
def check(as_json: Json = False) -> None:
    """Show what two units answer for (重叠), and what nobody does (缺项)."""
    town = _city()

    async def work() -> list[dict[str, Any]]:
        async with services() as known, known.database.transaction() as connection:
            now = known.clock.now()
            duties = await responsibility.everything(connection, now)
        rows = [
            {"kind": "重叠", "category": one.category, "area": one.area,
             "units": f"{one.unit}、{other.unit}"}
            for one, other in responsibility.overlaps(duties)
        ]  # fmt: skip
        day = city_time(now).date()
        gaps = responsibility.missing(duties, town.categories, town.areas, day)
        return rows + [
            {"kind": "缺项", "category": category, "area": area, "units": ""}
            for category, area in gaps
        ]

    columns = ("kind", "category", "area", "units")
    show(run(work), columns, as_json=as_json, empty="没有重叠，也没有缺项。")


@commands.command()
def propose(
    number: Annotated[str, typer.Argument(help="The order's number (工单编号).")],
    as_json: Json = False,
) -> None:
    """Say which unit an order should go to, and why."""

    async def work() -> list[dict[str, Any]]:
        async with services() as known, known.database.transaction() as connection:
            kept = await store.find(connection, number)
            found = await proposals.propose(connection, kept, known.clock.now())
            return [asdict(proposal) for proposal in found]

    columns = ("unit", "confidence", "reason")
    show(run(work), columns, as_json=as_json, empty="清单和以往工单都没有说法，请人工判断。")


@commands.command("returns")
def show_returns(
    begin: Annotated[str, typer.Option("--from", help="First day, e.g. 2026-07-01.")] = "",
    end: Annotated[str, typer.Option("--to", help="Last day; today if left.")] = "",
    as_json: Json = False,
) -> None:
    """Count returned orders (退单), by unit and by pair of units (谁退给了谁)."""

    async def work() -> dict[str, list[dict[str, Any]]]:
        async with services() as known, known.database.transaction() as connection:
            since, until = _span(begin, end, known.clock.now())
            units = await returns.by_unit(connection, since, until)
            pairs = await returns.by_pair(connection, since, until)
        return {
            "by_unit": [asdict(row) for row in units],
            "by_pair": [asdict(row) for row in pairs],
        }

    found = run(work)
    if as_json:
        show_json(found)
        return
    show(
        found["by_unit"], ("unit", "asked", "granted", "refused"), as_json=False, empty="没有退单。"
    )
    if found["by_pair"]:
        show(found["by_pair"], ("unit", "next_unit", "category", "count"), as_json=False)


def _span(begin: str, end: str, now: datetime) -> tuple[datetime, datetime]:
    """From the first day (or the first of this month) up to the end of the last."""
    today = city_time(now).date()
    try:
        first = date.fromisoformat(begin) if begin else today.replace(day=1)
        last = date.fromisoformat(end) if end else today
    except ValueError:
        fail("日期应写成 2026-07-01 的样子", 2)
    after = last + timedelta(days=1)
    return datetime.combine(first, time(), CITY), datetime.combine(after, time(), CITY)


@commands.command()
def disputes(as_json: Json = False) -> None:
    """List matters that came back again and again, until the list is amended (争议清单)."""

    async def work() -> list[dict[str, Any]]:
        async with services() as known, known.database.transaction() as connection:
            return [asdict(row) for row in await returns.disputes(connection)]

    columns = ("area", "category", "count", "numbers", "since")
    show(run(work), columns, as_json=as_json, empty="没有争议事项。")
