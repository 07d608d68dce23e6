"""Small values that the running system keeps for itself, by name."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.tables import setting


async def get(connection: Connection, name: str) -> Any | None:
    """The value kept under `name`; None if there is none."""
    return await connection.scalar(select(setting.c.value).where(setting.c.name == name))


async def put(connection: Connection, name: str, value: Any) -> None:
    """Keep a JSON value under `name`."""
    statement = insert(setting).values(name=name, value=value)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )
