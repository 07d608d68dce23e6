"""What all commands share: reaching the database, and showing rows to people or programs."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Annotated, Any, NoReturn, TypeVar

import asyncpg
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import ArgumentError, DBAPIError

from backend import accesses, schema
from backend.clock import city_time
from backend.database import Connection, Database, Unavailable
from backend.keys import WrongKey
from backend.links import Links
from backend.live import Live
from backend.orders.lifecycle import Refused
from backend.secrets import Signer, obtain
from backend.services import Services
from backend.staff import Role
from config import city, keys, local, parts, settings

T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

OPERATOR = "admin:cli"
"""Whom histories name for what was done on the command line."""

BAD_INPUT = 2
FAILED = 1


def fail(sentence: str, code: int = FAILED) -> NoReturn:
    """End the command with one clear sentence."""
    typer.echo(f"huiying: {sentence}", err=True)
    raise typer.Exit(code)


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run a command's work; what may go wrong outside of it becomes one sentence."""

    async def guarded() -> T:
        return await work()

    try:
        return asyncio.run(guarded())
    except (settings.BadSetting, city.BadCity, local.NotStarted, WrongKey) as error:
        fail(str(error), BAD_INPUT)
    except Unavailable as error:
        fail(f"the database cannot be reached ({error}); is DATABASE_URL right?")
    except ArgumentError:
        fail("DATABASE_URL is not a database address", BAD_INPUT)
    except DBAPIError as error:
        reason = _refusal(error)
        if not reason:
            raise
        fail(reason)
    except (Refused, LookupError) as error:
        fail(str(error.args[0] if error.args else error), BAD_INPUT)


def _refusal(error: DBAPIError) -> str:
    """In a sentence, what is wrong with the installation; '' if an error is one of ours."""
    cause = error.orig.__cause__ if error.orig else None
    if isinstance(cause, asyncpg.UndefinedTableError | asyncpg.UndefinedColumnError):
        return "the database is not on the present schema; `huiying serve` brings it there"
    if isinstance(
        cause, asyncpg.InvalidCatalogNameError | asyncpg.InvalidAuthorizationSpecificationError
    ):
        return f"the database refuses us: {cause}"
    return ""


@asynccontextmanager
async def services(*, migrate: bool = False) -> AsyncIterator[Services]:
    """The backend of the configured system; starts the local PostgreSQL if it is not running.

    `migrate` brings the database to the present schema first, as `huiying serve` does.
    """
    known = settings.load()
    url = known.database_url.get_secret_value()
    postgres = None if url else local.Postgres(known.data / "postgres")
    if postgres is not None:
        url = postgres.start()
    redis_url = known.redis_url.get_secret_value() or local.Valkey(known.data / "valkey").url
    client = parts.connect_redis(redis_url)
    database = Database(url, pool_size=2)
    try:
        if migrate:
            await schema.upgrade(database)
        await keys.unlock(known, database)
        clock = await parts.clock_of(known, database)
        async with database.transaction() as connection:
            signer = Signer(await obtain(connection, "links"))
        links = Links(known.public_url.rstrip("/") or known.address, signer)
        live = Live(client)
        yield Services(database, clock, live, signer, links)
        await live.flush()
    finally:
        await database.close()
        await client.aclose()
        if postgres is not None:
            postgres.stop()


async def noted(
    connection: Connection, what: str, command: str, now: datetime, order_id: int | None = None
) -> None:
    """Write down that the operator sees personal data in clear (查阅记录)."""
    await accesses.note(
        connection,
        actor=OPERATOR,
        role=Role.ADMIN,
        what=what,
        page=command,
        now=now,
        order_id=order_id,
    )


def show(
    rows: Sequence[Mapping[Any, Any]],
    columns: Iterable[str],
    *,
    as_json: bool,
    empty: str = "Nothing to show.",
) -> None:
    """Print rows: as a JSON array, or as a table of `columns`."""
    if as_json:
        show_json([dict(row) for row in rows])
        return
    if not rows:
        typer.echo(empty)
        return
    names = list(columns)
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in names))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def show_json(value: Any) -> None:
    """Print a value as JSON; times in ISO 8601 with their offset."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{city_time(value):%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:.2f}"
    return "" if value is None else str(value)
