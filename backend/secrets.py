"""Secrets the system makes for itself, shared by all replicas through the database."""

import secrets

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from backend.database import Connection
from backend.tables import secret


async def obtain(connection: Connection, name: str, size: int = 32) -> bytes:
    """The secret called `name` (`size` random bytes), made on first use."""
    await connection.execute(
        insert(secret).values(name=name, value=secrets.token_bytes(size)).on_conflict_do_nothing()
    )
    value: bytes = (
        await connection.execute(select(secret.c.value).where(secret.c.name == name))
    ).scalar_one()
    return value


class Signer:
    """Makes and checks tokens for links; a token made for one purpose is void for another."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, purpose: str, value: str) -> str:
        """A URL-safe token that holds `value`."""
        return str(URLSafeSerializer(self._key, salt=purpose).dumps(value))

    def read(self, purpose: str, token: str) -> str | None:
        """The value of a token, None if it was not made here for this purpose."""
        try:
            return str(URLSafeSerializer(self._key, salt=purpose).loads(token))
        except BadSignature:
            return None
