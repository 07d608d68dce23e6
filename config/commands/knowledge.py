"""`huiying knowledge`: import and export the knowledge base."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from backend.knowledge import figures, files, imports, store
from backend.knowledge.imports import Summary
from backend.knowledge.revisions import By
from config.commands.common import Json, fail, run, services, show, show_json

commands = typer.Typer(help="The knowledge base (知识库).", no_args_is_help=True)

OPERATOR = "admin:command"
"""Whom revisions name for what was done on the command line."""


@commands.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A .csv, .xlsx or .yml file.", exists=True)],
    replace: Annotated[bool, typer.Option(help="Retire all entries not in the file.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would happen.")] = False,
    strict: Annotated[bool, typer.Option(help="All or nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Add and change entries by title; a running server answers from them at once."""
    try:
        sheet = files.read(file.name, file.read_bytes())
    except (files.BadFile, OSError) as error:
        fail(str(error), 2)
    for name in sheet.ignored:
        typer.echo(f"没有用到的列：{name}", err=True)

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
                )
            known.live.tell("knowledge")
            return found

    _report(run(work), dry_run=dry_run, strict=strict, as_json=as_json)


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
