"""Everything that was in clear or under an old key comes under the new one, and reads the same."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete, select, text, update

from backend import keys, rotation, sealing
from backend.orders import store
from backend.sealing import Key, KeyRing
from backend.tables import citizen, orders, secret
from tests.backend.office import World

NEW = Key(b"n" * 32)


@pytest.fixture(autouse=True)
async def own_ring(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ring of the other tests, and what the office's database says of it, come back."""
    monkeypatch.setattr(sealing, "_ring", sealing._ring)
    monkeypatch.setattr(sealing, "_index", sealing._index)


@pytest.fixture(autouse=True)
async def own_secrets(world: World) -> AsyncIterator[None]:
    async with world.database.transaction() as connection:
        rows = [dict(row) for row in (await connection.execute(select(secret))).mappings()]
    yield
    async with world.database.transaction() as connection:
        await connection.execute(delete(secret))
        await connection.execute(secret.insert(), rows)


async def found(world: World) -> dict[str, set[str]]:
    """The keys of every column that holds something."""
    async with world.database.transaction() as connection:
        counted = await rotation.counts(connection)
    columns: dict[str, set[str]] = {}
    for one in counted:
        columns.setdefault(one.column, set()).add(one.key)
    return columns


async def test_rows_of_every_kind_are_sealed_anew_and_say_the_same(world: World) -> None:
    [old] = sealing.ring().ids
    kept = await world.order(contact="13812345678", citizen_name="李建国", facts="路灯坏了")
    plain = await world.order(contact="13800001111", citizen_name="王芳", facts="停水了")
    async with world.database.transaction() as connection:
        await connection.execute(
            text("UPDATE orders SET facts = '停水了', contact_index = NULL WHERE number = :number"),
            {"number": plain.number},
        )
    before = await found(world)
    assert before["orders.facts"] == {"plain", old}
    assert before["order_event.data"] == {old}
    ring = KeyRing([NEW, *sealing.ring()._keys.values()])
    async with world.database.transaction() as connection:
        await keys.unlock(connection, ring)
    told: list[tuple[str, int]] = []
    done = await rotation.rotate(world.database, lambda table, rows: told.append((table, rows)))
    assert (done.retired, done.left) == ({old}, 0)
    assert ("orders", 2) in told
    assert set.union(*(await found(world)).values()) == {NEW.id}
    # Now without the old key, as after a restart.
    async with world.database.transaction() as connection:
        await keys.unlock(connection, KeyRing([NEW]))
        for order in (kept, plain):
            again = await store.find(connection, order.number)
            assert again.order == order.order
            assert await store.difference(connection, again) == []
        index = select(orders.c.contact_index).where(orders.c.number == plain.number)
        assert await connection.scalar(index) == sealing.blind("13800001111")
    again = await rotation.rotate(world.database, lambda table, rows: told.append((table, -1)))
    assert (again.retired, again.left) == (frozenset(), 0)
    assert -1 not in [rows for _, rows in told]


async def test_a_row_in_use_is_waited_for_by_nobody_and_said_to_be_left(world: World) -> None:
    kept = await world.order(facts="路灯坏了", citizen_name="李建国")
    async with world.database.transaction() as connection:
        ring = KeyRing([NEW, *sealing.ring()._keys.values()])
        await keys.unlock(connection, ring)
    async with world.database.transaction() as busy:
        await busy.execute(select(orders.c.id).where(orders.c.id == kept.id).with_for_update())
        done = await rotation.rotate(world.database, lambda _table, _rows: None)
        assert done.left > 0
        assert done.retired == frozenset()
    done = await rotation.rotate(world.database, lambda _table, _rows: None)
    assert done.left == 0
    async with world.database.transaction() as connection:
        await connection.execute(update(citizen).values(name=""))
