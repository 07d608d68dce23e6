"""`huiying knowledge`: import and export the knowledge base."""

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from backend.database import Connection
from backend.knowledge import figures, files, imports, review, store
from backend.knowledge.imports import Summary
from backend.knowledge.revisions import By
from config import parts, settings
from config.commands.common import OPERATOR, Json, fail, run, services, show, show_json

commands = typer.Typer(help="The knowledge base (知识库).", no_args_is_help=True)


@commands.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A .csv, .xlsx or .yml file.", exists=True)],
    replace: Annotated[bool, typer.Option(help="Retire all entries not in the file.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would happen.")] = False,
    strict: Annotated[bool, typer.Option(help="All or nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Add and change entries by title; a running server answers from them at once."""
    _progress(f"读取 {file.name}")
    try:
        sheet = files.read(file.name, file.read_bytes())
    except (files.BadFile, OSError) as error:
        fail(str(error), 2)
    for name in sheet.ignored:
        typer.echo(f"没有用到的列：{name}", err=True)
    _progress(f"读入 {len(sheet.lines)} 行")

    async def work() -> Summary:
        async with services() as known:
            async with known.database.transaction() as connection:
                found = await imports.save(
                    connection,
                    sheet.lines,
                    By(OPERATOR, known.clock.now(), f"导入 {file.name}"),
                    given=sheet.given,
                    replace=replace,
                    strict=strict,
                    dry_run=dry_run,
                    progress=_progress,
                )
            known.live.tell("knowledge")
            _progress("")
            return found

    _report(run(work), dry_run=dry_run, strict=strict, as_json=as_json)


def _progress(said: str) -> None:
    """Where an import stands, to whoever watches: one line that is written over."""
    if sys.stderr.isatty():
        typer.echo(f"\r{said}\x1b[K", err=True, nl=False)


def _report(found: Summary, *, dry_run: bool, strict: bool, as_json: bool) -> None:
    nothing = strict and bool(found.refused)
    if as_json:
        written = not (nothing or dry_run)
        show_json({**asdict(found), "written": written})
    else:
        for name, titles in (("新增", found.added), ("修改", found.changed)):
            for title in titles:
                typer.echo(f"{name}  {title}")
        for title in found.retired:
            typer.echo(f"停用  {title}")
        for row, title, reason in found.refused:
            typer.echo(f"第{row}行被拒绝  {title}：{reason}")
        said = (
            "（试运行，没有写入）"
            if dry_run
            else "（有被拒绝的行，全部没有写入）"
            if nothing
            else ""
        )
        typer.echo(
            f"新增{len(found.added)}条，修改{len(found.changed)}条，"
            f"未变{len(found.unchanged)}条，停用{len(found.retired)}条，"
            f"拒绝{len(found.refused)}条{said}"
        )
    if nothing:
        raise typer.Exit(1)


@commands.command("export")
def export_file(
    file: Annotated[Path, typer.Argument(help="Where to write: .csv, .xlsx or .yml.")],
) -> None:
    """Write all entries in use to a file that `import` can read."""

    async def work() -> int:
        async with services() as known, known.database.transaction() as connection:
            entries = [e for e in await store.everything(connection) if not e.retired]
        file.write_bytes(files.write(file.name, entries))
        return len(entries)

    try:
        typer.echo(f"已导出{run(work)}条到 {file}")
    except (files.BadFile, OSError) as error:
        fail(str(error), 2)


@commands.command("review")
def show_review(
    late: Annotated[
        bool, typer.Option("--late", help="Only the entries that are late, by unit.")
    ] = False,
    month: Annotated[
        str, typer.Option(help="Who missed the review of that month (2026-10), as written down.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Show how the units stand with this month's review (月度复核), the latest first."""

    async def work() -> list[dict[str, object]]:
        policy = parts.review_policy(settings.load())
        async with services() as known, known.database.transaction() as connection:
            now = known.clock.now()
            if month:
                return [asdict(row) for row in await review.missed(connection, month)]
            if late:
                return await _late(connection, now, policy)
            return [asdict(row) | {"points": row.points} for row in await review.by_unit(
                connection, now, policy
            )]  # fmt: skip

    rows = run(work)
    columns = tuple(rows[0]) if rows else ()
    show(rows, columns, as_json=as_json, empty="没有逾期未复核的知识。" if late else "没有记录。")


async def _late(
    connection: Connection, now: datetime, policy: review.Policy
) -> list[dict[str, object]]:
    """The entries whose review was missed, by unit."""
    rows = await review.entries(connection, now, policy, late=True, limit=100_000)
    return [
        {
            "unit": entry.unit,
            "id": entry.id,
            "title": entry.title,
            "confirmed_at": entry.confirmed_at,
            "valid_until": entry.valid_until,
        }
        for entry in sorted(rows, key=lambda entry: entry.unit)
    ]


@commands.command("list")
def list_entries(as_json: Json = False) -> None:
    """List all entries with the answers given from them and what citizens said of these."""

    async def work() -> list[dict[str, object]]:
        async with services() as known, known.database.transaction() as connection:
            return await figures.of_all(connection)

    columns = (
        "id", "title", "unit", "category", "valid_until", "answered", "solved", "unsolved",
        "retired",
    )  # fmt: skip
    show(run(work), columns, as_json=as_json, empty="知识库是空的。")
