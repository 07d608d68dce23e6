"""Secrets the system makes for itself, shared by all replicas through the database."""

import base64
import secrets

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from backend import sealing
from backend.database import Connection
from backend.tables import secret


async def obtain(connection: Connection, name: str, size: int = 32) -> bytes:
    """The secret called `name` (`size` random bytes), made on first use; it lies sealed."""
    value = seal(name, secrets.token_bytes(size))
    await connection.execute(insert(secret).values(name=name, value=value).on_conflict_do_nothing())
    kept: bytes = (
        await connection.execute(select(secret.c.value).where(secret.c.name == name))
    ).scalar_one()
    return unseal(name, kept)


def place(name: str) -> str:
    """Where a secret is sealed for: its row, as all lie in one column."""
    return f"secret.{name}"


def seal(name: str, value: bytes) -> bytes:
    """A secret as the table keeps it."""
    return sealing.seal(base64.b64encode(value).decode(), place(name)).encode()


def unseal(name: str, kept: bytes) -> bytes:
    """The secret that `seal` made, or one from before secrets were sealed."""
    if not kept.startswith(b"s1:"):
        return kept
    return base64.b64decode(sealing.unseal(kept.decode(), place(name)))


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
