"""Seals anew what lies in clear or under an old data key, a batch at a time, while serving."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    Text,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    tuple_,
    type_coerce,
    update,
)

from backend import keys, sealing, secrets
from backend.database import Connection, Database
from backend.sealed import Sealed, SealedJson
from backend.tables import metadata, orders, secret

BATCH = 1000
"""Rows looked at in one transaction; a citizen's turn waits for none of it (SKIP LOCKED)."""
PLAIN = "plain"
_EMPTY = ("", "{}", "[]")
_PREFIX = 12
"""Characters of `s1:<key id>:`."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many values of a column lie under a key; `key` is its id, or PLAIN."""

    column: str
    key: str
    values: int


async def counts(connection: Connection) -> list[Count]:
    """The values of every sealed column by key; reads every row."""
    await connection.execute(text("SET LOCAL statement_timeout = 0"))
    found: list[Count] = []
    for table in _tables():
        for column in _sealed(table):
            found += await _counted(connection, column)
    return found


async def _counted(connection: Connection, column: Column[Any]) -> list[Count]:
    raw = type_coerce(column, Text)
    prefix = func.left(raw, _PREFIX).label("prefix")
    sealed = select(prefix).where(raw.not_in(_EMPTY)).subquery()
    rows = await connection.execute(select(sealed.c.prefix, func.count()).group_by(sealed.c.prefix))
    tally: dict[str, int] = {}
    for start, number in rows:
        match = sealing.PREFIX.match(start)
        key = match[1] if match else PLAIN
        tally[key] = tally.get(key, 0) + number
    return [Count(str(column), key, number) for key, number in sorted(tally.items())]


@dataclass(frozen=True, slots=True)
class Rotated:
    """The ids of keys that nothing needs any more, and how many values were in use and are left."""

    retired: frozenset[str]
    left: int


async def rotate(database: Database, progress: Callable[[str, int], None]) -> Rotated:
    """Seal everything with the first key of the ring.

    Stopped in the middle, it goes on from there the next time. `progress` hears each table's name
    and how many of its rows have been sealed so far.
    """
    for table in _tables():
        done = 0
        tell = partial(progress, table.name)
        while number := await _pass(database, table, tell, done):
            done += number
    async with database.transaction() as connection:
        await _reseal_secrets(connection)
        first = sealing.ring().first.id
        left = [one for one in await counts(connection) if one.key != first]
        gone = await keys.retire(connection, {first, *(one.key for one in left)})
        return Rotated(gone, sum(one.values for one in left))


async def _pass(
    database: Database, table: Table, progress: Callable[[int], None], done: int
) -> int:
    """Go through a table once; how many rows were sealed. Rows that were locked are left over."""
    sealed, after = 0, None
    while True:
        async with database.transaction() as connection:
            until = await _bound(connection, table, after)
            if until is None:
                return sealed
            number = await _batch(connection, table, after, until)
        if number:
            sealed += number
            progress(done + sealed)
        after = until


def _key(table: Table) -> list[Column[Any]]:
    return list(table.primary_key)


async def _bound(connection: Connection, table: Table, after: Any) -> Any:
    """The key at which a batch ends; None behind the last row."""
    key = _key(table)
    query = select(*key).order_by(*key).limit(BATCH)
    if after is not None:
        query = query.where(tuple_(*key) > tuple(after))
    rows = (await connection.execute(query)).all()
    return rows[-1] if rows else None


async def _batch(connection: Connection, table: Table, after: Any, until: Any) -> int:
    key, columns = _key(table), _sealed(table)
    query = select(*key, *columns).where(or_(*map(_stale, columns)), tuple_(*key) <= tuple(until))
    if after is not None:
        query = query.where(tuple_(*key) > tuple(after))
    rows = (await connection.execute(query.with_for_update(skip_locked=True))).all()
    if rows:
        await connection.execute(_write(table), [_values(table, row) for row in rows])
    return len(rows)


def _stale(column: Column[Any]) -> ColumnElement[bool]:
    raw = type_coerce(column, Text)
    return and_(raw.not_in(_EMPTY), ~raw.startswith(f"s1:{sealing.ring().first.id}:"))


def _write(table: Table) -> Any:
    same = [column == bindparam(f"old_{column.name}") for column in _key(table)]
    return update(table).where(*same)


def _values(table: Table, row: Any) -> dict[str, Any]:
    """What is written back: the same values, which are sealed on their way."""
    known = {f"old_{column.name}": row._mapping[column] for column in _key(table)}
    known |= {column.name: row._mapping[column] for column in _sealed(table)}
    if table is orders:
        known["contact_index"] = sealing.blind(row.contact)
    return known


async def _reseal_secrets(connection: Connection) -> None:
    rows = await connection.execute(select(secret.c.name, secret.c.value).with_for_update())
    for name, value in rows.all():
        if not keys.is_check(name):
            fresh = secrets.seal(name, secrets.unseal(name, value))
            await connection.execute(
                update(secret).where(secret.c.name == name).values(value=fresh)
            )


def _tables() -> Iterator[Table]:
    return (table for table in metadata.sorted_tables if _sealed(table))


def _sealed(table: Table) -> Sequence[Column[Any]]:
    return [column for column in table.c if isinstance(column.type, Sealed | SealedJson)]
