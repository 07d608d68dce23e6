"""`huiying accesses`: who saw personal data in clear (查阅记录)."""

import csv
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from backend import accesses as log
from backend.clock import CITY
from config.commands.common import Json, fail, run, services, show

COLUMNS = ("at", "actor", "role", "what", "number", "citizen_id", "page")


def accesses(
    since: Annotated[str, typer.Option(help="From this day on, e.g. 2026-01-31.")] = "",
    actor: Annotated[str, typer.Option(help="Only of this login, platform or operator.")] = "",
    number: Annotated[str, typer.Option(help="Only to this order (工单编号).")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, newest first.")] = 1000,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Json = False,
) -> None:
    """List who saw whose name, telephone and address in clear, newest first (查阅记录)."""
    try:
        begin = datetime.fromisoformat(since).replace(tzinfo=CITY) if since else None
    except ValueError:
        fail(f"--since is a day like 2026-01-31, not {since!r}", 2)

    async def work() -> list[dict[str, Any]]:
        async with services() as known, known.database.transaction() as connection:
            found = await log.listing(
                connection, actor=actor, number=number, since=begin, limit=limit
            )
            return [asdict(one) for one in found]

    rows = run(work)
    if not as_csv:
        show(rows, COLUMNS, as_json=as_json, empty="没有查阅记录。")
        return
    writer = csv.DictWriter(sys.stdout, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows({**row, "at": row["at"].isoformat()} for row in rows)
