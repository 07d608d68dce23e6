"""`huiying outcomes`: how every message ended."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from backend import messages
from backend.personal import PLAIN
from config.commands.common import Json, noted, run, services, show

COLUMNS = (
    "received_at",
    "openid",
    "text",
    "outcome",
    "knowledge_title",
    "order_no",
    "confidence",
    "seconds",
)


def outcomes(
    limit: Annotated[int | None, typer.Option(help="At most so many, oldest first.")] = None,
    as_json: Json = False,
) -> None:
    """List every inbound message with the one outcome it ended in, oldest first.

    Numbers of persons are masked for people; --json has them, and is written down.
    """

    async def work() -> Sequence[Mapping[Any, Any]]:
        async with services() as known, known.database.transaction() as connection:
            found = await messages.outcomes(connection, limit=limit)
            if as_json:
                now = known.clock.now()
                await noted(connection, "list", "huiying outcomes --json", now)
                return found
            return [{**row, "text": PLAIN.text(row["text"])} for row in found]

    rows = run(work)
    show(rows, COLUMNS, as_json=as_json, empty="还没有收到消息。")
    if rows and not as_json:
        counts = Counter(row["outcome"] or "unhandled" for row in rows)
        said = ", ".join(f"{name} {count}" for name, count in counts.most_common())
        typer.echo(f"{len(rows)} messages: {said}")
