"""Other platforms that file orders through the API: who they are, and their keys."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.tables import platform, platform_key


class Scope(StrEnum):
    """What a key allows."""

    READ = "orders:read"
    READ_ALL = "orders:read:all"
    WRITE = "orders:write"
    ACT = "orders:act"
    ATTACHMENTS = "attachments"
    WEBHOOKS = "webhooks"
    PERSONAL = "orders:personal"


USUAL = (Scope.READ, Scope.WRITE, Scope.ACT, Scope.ATTACHMENTS, Scope.WEBHOOKS)
"""What a key allows when nothing else is said: all that concerns the platform's own orders."""
USED_EVERY = timedelta(minutes=1)
"""So often it is noted that a key is in use."""
_KEY = re.compile(r"hy_([1-9]\d{0,17})_([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform, by the key it showed."""

    id: int
    name: str
    channel: str
    key_id: int
    scopes: frozenset[Scope]

    @property
    def actor(self) -> str:
        """Who acts, as events of orders write it."""
        return f"platform:{self.name}"


async def add(
    connection: Connection, name: str, channel: str, scopes: Iterable[Scope], now: datetime
) -> str:
    """Give a platform a key, and return it: nothing but its hash is kept.

    A platform that is known gets one more key, so that it can change over without a pause, and is
    from now on of this channel.
    """
    statement = insert(platform).values(name=name, channel=channel, created_at=now)
    platform_id = await connection.scalar(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"channel": channel}
        ).returning(platform.c.id)
    )
    key = secrets.token_urlsafe(32)
    key_id = await connection.scalar(
        insert(platform_key)
        .values(
            platform_id=platform_id,
            hash=_hash(key),
            scopes=sorted(set(scopes)),
            created_at=now,
        )
        .returning(platform_key.c.id)
    )
    return f"hy_{key_id}_{key}"


async def identify(connection: Connection, shown: str, now: datetime) -> Platform | None:
    """The platform that has this key; None if nobody has, or has no longer."""
    parts = _KEY.fullmatch(shown)
    if parts is None:
        return None
    query = (
        select(platform_key, platform.c.name, platform.c.channel)
        .join_from(platform_key, platform)
        .where(platform_key.c.id == int(parts[1]), platform_key.c.revoked_at.is_(None))
    )
    row = (await connection.execute(query)).first()
    if row is None or not hmac.compare_digest(row.hash, _hash(parts[2])):
        return None
    if row.used_at is None or now - row.used_at > USED_EVERY:
        await connection.execute(
            update(platform_key).where(platform_key.c.id == row.id).values(used_at=now)
        )
    scopes = frozenset(Scope(scope) for scope in row.scopes)
    return Platform(row.platform_id, row.name, row.channel, row.id, scopes)


async def everyone(connection: Connection) -> list[dict[str, Any]]:
    """Every key with its platform, oldest first."""
    query = (
        select(
            platform_key.c.id.label("key"),
            platform.c.name,
            platform.c.channel,
            platform_key.c.scopes,
            platform.c.webhook_url.label("webhook"),
            platform_key.c.created_at,
            platform_key.c.used_at,
            platform_key.c.revoked_at,
        )
        .join_from(platform_key, platform)
        .order_by(platform_key.c.id)
    )
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def revoke(connection: Connection, key_id: int, now: datetime) -> bool:
    """Let a key open nothing any more; False if there is no such key in force."""
    statement = update(platform_key).where(
        platform_key.c.id == key_id, platform_key.c.revoked_at.is_(None)
    )
    return bool((await connection.execute(statement.values(revoked_at=now))).rowcount)


async def webhook_url(connection: Connection, platform_id: int) -> str:
    """Where a platform is told of its orders, '' if nowhere."""
    query = select(platform.c.webhook_url).where(platform.c.id == platform_id)
    url: str = (await connection.execute(query)).scalar_one()
    return url


def _hash(key: str) -> bytes:
    # A key is 256 random bits: nobody guesses them, and a slow hash would only cost us.
    return hashlib.sha256(key.encode()).digest()
