"""A database opens only for the keys it was sealed with."""

import asyncio

import pytest
from sqlalchemy import delete, select

from backend import keys, sealing, secrets
from backend.database import Database
from backend.keys import WrongKey
from backend.sealing import Key, KeyRing
from backend.tables import secret

OLD, NEW = Key(b"o" * 32), Key(b"n" * 32)


@pytest.fixture(autouse=True)
def own_ring(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ring of the other tests comes back."""
    monkeypatch.setattr(sealing, "_ring", sealing._ring)
    monkeypatch.setattr(sealing, "_index", sealing._index)


@pytest.fixture
async def unsealed(database: Database) -> Database:
    """A database from before values were sealed, with a secret in it."""
    async with database.transaction() as connection:
        await connection.execute(delete(secret))
        await connection.execute(secret.insert().values(name="links", value=b"k" * 32))
    return database


async def unlock(database: Database, *ring: Key) -> None:
    async with database.transaction() as connection:
        await keys.unlock(connection, KeyRing(ring))


async def rows(database: Database) -> dict[str, bytes]:
    async with database.transaction() as connection:
        return {row.name: row.value for row in await connection.execute(select(secret))}


async def test_a_wrong_key_is_refused_and_nothing_is_written(unsealed: Database) -> None:
    await unlock(unsealed, OLD)
    before = await rows(unsealed)
    with pytest.raises(WrongKey, match=OLD.id):
        await unlock(unsealed, NEW)
    assert await rows(unsealed) == before
    assert sealing.ring().ids == (OLD.id,)


async def test_a_new_key_needs_the_old_one_beside_it(unsealed: Database) -> None:
    await unlock(unsealed, OLD)
    number = sealing.blind("13812345678")
    await unlock(unsealed, NEW, OLD)
    assert sealing.blind("13812345678") == number
    for alone in (OLD, NEW):
        with pytest.raises(WrongKey):
            await unlock(unsealed, alone)


async def test_secrets_lie_sealed_and_old_ones_are_still_read(unsealed: Database) -> None:
    await unlock(unsealed, OLD)
    async with unsealed.transaction() as connection:
        assert await secrets.obtain(connection, "links") == b"k" * 32
        fresh = await secrets.obtain(connection, "console")
    kept = await rows(unsealed)
    assert kept["console"].startswith(f"s1:{OLD.id}:".encode())
    assert fresh not in kept["console"]


async def test_of_two_first_starts_with_different_keys_one_is_refused(unsealed: Database) -> None:
    found = await asyncio.gather(
        unlock(unsealed, OLD), unlock(unsealed, NEW), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in found) == ["NoneType", "WrongKey"]
