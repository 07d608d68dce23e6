"""Brings a database to the present schema, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from backend.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x4859_0001
"""The advisory lock that keeps two starting replicas from migrating at once."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> bool:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    present = MigrationContext.configure(connection).get_current_revision()
    if present == ScriptDirectory.from_config(_config()).get_current_head():
        return False
    # A table of millions of rows takes longer than any other statement of ours may.
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    command.upgrade(_config(connection), "head")
    return True


async def upgrade(database: Database) -> bool:
    """Run the migrations that are missing; True if there were any."""
    async with database.transaction() as connection:
        return await connection.run_sync(_upgrade)


async def is_new(database: Database) -> bool:
    """True of a database that was never brought to any schema."""
    async with database.transaction() as connection:
        return await connection.run_sync(_revision) is None


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def revise(connection: Connection, message: str) -> None:
    """Write a new migration from the difference between the tables and the database."""
    command.revision(_config(connection), message, autogenerate=True)
