"""The one boundary to PostgreSQL: connections, transactions, and what its absence is called."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import msgspec
from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Connection = AsyncConnection

STATEMENT_TIMEOUT = 10_000
LOCK_TIMEOUT = 4_000
"""Milliseconds. A lock that is not had before WeChat gives up is not worth waiting for."""


UNSTORABLE = frozenset({"22021", "22P05"})
"""SQLSTATE of character_not_in_repertoire and untranslatable_character (the same within JSON)."""


class Unavailable(Exception):
    """The database cannot be reached or is shutting down; nothing was stored."""


class Unstorable(Exception):
    """A text holds what PostgreSQL does not take: U+0000. Nothing was stored."""


class Database:
    """A pool of connections to one PostgreSQL."""

    def __init__(self, url: str, pool_size: int = 10) -> None:
        self.engine: AsyncEngine = create_async_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=4,
            pool_use_lifo=True,
            # Errors carry what was sent to the database: words and numbers of citizens.
            hide_parameters=True,
            json_serializer=lambda value: msgspec.json.encode(value).decode(),
            json_deserializer=msgspec.json.decode,
            connect_args={
                "timeout": 4,
                "server_settings": {
                    "application_name": "huiying",
                    "statement_timeout": str(STATEMENT_TIMEOUT),
                    "lock_timeout": str(LOCK_TIMEOUT),
                    "idle_in_transaction_session_timeout": "30000",
                    "jit": "off",
                },
            },
        )
        # The pool hands a freed connection to whoever asks next, not to who waits longest.
        self._turns = asyncio.Semaphore(pool_size)
        event.listen(self.engine.sync_engine, "handle_error", _mark_disconnect)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction: committed at the end, rolled back on an exception.

        Raises Unavailable when PostgreSQL is not there, and Unstorable for a text it cannot hold,
        so that no caller need know its errors.
        """
        try:
            async with self._turns, self.engine.begin() as connection:
                yield connection
        except (OperationalError, InterfaceError, PoolTimeout, OSError) as error:
            raise Unavailable(type(error).__name__) from error
        except StatementError as error:
            if isinstance(error.orig, Unstorable):
                raise Unstorable from error
            if not isinstance(error, DBAPIError):
                raise
            if error.connection_invalidated or is_shutdown(error.orig):
                raise Unavailable(type(error).__name__) from error
            if getattr(error.orig, "sqlstate", None) in UNSTORABLE:
                raise Unstorable from error
            raise

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


async def hold_still(connection: Connection) -> None:
    """Let a transaction that has read nothing yet see the database at one moment throughout."""
    await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def driver_url(url: str) -> URL:
    """`postgresql://...` as operators write it, with the driver we use.

    Raises sqlalchemy.exc.ArgumentError when it is not the URL of a PostgreSQL.
    """
    known = make_url(url)
    if known.get_backend_name() not in ("postgresql", "postgres"):
        raise ArgumentError(f"it is of {known.get_backend_name()}, and must be of postgresql")
    return known.set(drivername="postgresql+asyncpg")


def is_shutdown(error: BaseException | None) -> bool:
    """True if PostgreSQL said that it is starting, stopping, full, or gone, or busy for now."""
    cause = getattr(error, "__cause__", None) or error
    return isinstance(
        cause,
        asyncpg.exceptions.AdminShutdownError
        | asyncpg.exceptions.CannotConnectNowError
        | asyncpg.exceptions.CrashShutdownError
        | asyncpg.exceptions.PostgresConnectionError
        | asyncpg.exceptions.TooManyConnectionsError
        | asyncpg.exceptions.LockNotAvailableError
        | asyncpg.exceptions.DeadlockDetectedError
        | asyncpg.exceptions.QueryCanceledError
        | asyncpg.exceptions.InterfaceError,
    )


def _mark_disconnect(context: object) -> None:
    """Drop the whole pool at the first sign of a restart, not one connection a request."""
    original = getattr(context, "original_exception", None)
    cause = getattr(original, "__cause__", None) or original
    if isinstance(
        cause,
        asyncpg.exceptions.AdminShutdownError
        | asyncpg.exceptions.CrashShutdownError
        | asyncpg.exceptions.CannotConnectNowError,
    ):
        context.is_disconnect = True  # type: ignore[attr-defined]
