"""The data keys against the database: which it was sealed with, and the secret of its index."""

from collections.abc import Set

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from backend import sealing, secrets
from backend.database import Connection
from backend.sealing import KeyRing
from backend.tables import secret

INDEX = "blind index"
_CHECK = "data key "
_WORDS = "this database is sealed"
_LOCK = 0x4859_0002
"""Two first starts with different keys: the second one waits and is refused."""


class WrongKey(Exception):
    """The database was sealed with a key that is not in the ring; the text says which."""


async def known(connection: Connection) -> frozenset[str]:
    """The ids of the keys that values of this database may be sealed with."""
    names = await connection.scalars(select(secret.c.name).where(secret.c.name.startswith(_CHECK)))
    return frozenset(name.removeprefix(_CHECK) for name in names)


def is_check(name: str) -> bool:
    """Whether a row of `secret` only notes that a key has sealed."""
    return name.startswith(_CHECK)


async def retire(connection: Connection, needed: Set[str]) -> frozenset[str]:
    """Forget the keys that no value needs any more, and name them."""
    gone = await known(connection) - needed
    names = [_CHECK + key for key in gone]
    await connection.execute(delete(secret).where(secret.c.name.in_(names)))
    return gone


async def unlock(connection: Connection, ring: KeyRing) -> None:
    """Install the ring for this process. Raises WrongKey, and has written nothing then.

    Each key that ever seals leaves a row in `secret`, so that a ring without it is refused at the
    start and not found out by unreadable orders later; `huiying keys rotate` takes the row away.
    """
    await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    missing = await known(connection) - set(ring.ids)
    if missing:
        raise WrongKey(
            f"the database is sealed with data key {', '.join(sorted(missing))}, and "
            f"HUIYING_DATA_KEY (or its file) has only {', '.join(ring.ids)}; give the old key too"
        )
    name = _CHECK + ring.first.id
    value = ring.seal(_WORDS, secrets.place(name)).encode()
    await connection.execute(insert(secret).values(name=name, value=value).on_conflict_do_nothing())
    sealing.install(ring)
    sealing.install(ring, await secrets.obtain(connection, INDEX))
