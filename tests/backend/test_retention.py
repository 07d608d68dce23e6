"""What is long over says no more who it was about, and the figures stay."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from backend.orders import store
from backend.orders.store import Kept
from backend.retention import Done, Policy, Retention, last
from backend.tables import message, orders, outbox
from tests.backend.office import World

MATTER = {
    "citizen_name": "欧阳梓萱",
    "contact": "13807329981",
    "place": "雨湖区建设北路7311号4栋902",
    "area": "雨湖区",
    "street": "雨湖路街道",
    "facts": "欧阳梓萱家7311号停水，电话13807329981",
}
LONG = timedelta(days=1200)


async def over(world: World, age: timedelta) -> Kept:
    kept = await world.order("市住建局", ("sign", "close", "archive"), **MATTER)
    async with world.database.transaction() as connection:
        then = world.now - age
        await connection.execute(
            update(orders).where(orders.c.id == kept.id).values(updated_at=then)
        )
        rows = message.c.citizen_id == kept.citizen_id
        await connection.execute(update(message).where(rows).values(received_at=then))
    return kept


async def work(world: World, policy: Policy) -> Done:
    retention, total = Retention(world.services, policy), Done()
    while (done := await retention.work()).total:
        total += done
    return total


async def test_old_orders_keep_area_and_street_and_lose_the_person(world: World) -> None:
    old, young = await over(world, LONG), await over(world, timedelta(days=30))
    policy = Policy(orders=36, messages=0)
    assert await Retention(world.services, policy).due() == Done(orders=1)
    assert await work(world, policy) == Done(orders=1)
    assert await work(world, policy) == Done()
    async with world.database.transaction() as connection:
        order = (await store.find(connection, old.number)).order
        assert (order.citizen_name, order.contact, order.place) == ("", "", "")
        assert (order.area, order.street, order.unit) == ("雨湖区", "雨湖路街道", "市住建局")
        for secret in ("欧阳梓萱", "7311号", "13807329981"):
            assert secret not in order.facts
        kept = await store.find(connection, old.number)
        assert await store.difference(connection, kept) in ([], ["updated_at"])
        assert (await store.find(connection, young.number)).order.contact == "13807329981"
        assert (await last(connection))["orders"] == 1


async def test_words_of_old_messages_go_and_their_outcome_stays(world: World) -> None:
    old, young = await over(world, LONG), await over(world, timedelta(days=30))
    assert (await work(world, Policy(orders=0, messages=24))).messages == 1
    async with world.database.transaction() as connection:
        query = select(message.c.text, message.c.outcome).where(
            message.c.citizen_id == old.citizen_id
        )
        assert (await connection.execute(query)).one() == ("", "order")
        words = select(message.c.text).where(message.c.citizen_id == young.citizen_id)
        assert await connection.scalar(words) == "路灯坏了"
        assert (await store.find(connection, old.number)).order.contact == "13807329981"
        await connection.execute(select(outbox.c.rungs))


@pytest.mark.parametrize("policy", [Policy(0, 0), Policy(1200, 1200)])
async def test_nothing_goes_before_its_time(world: World, policy: Policy) -> None:
    await over(world, LONG)
    assert await Retention(world.services, policy).due() == Done()
    assert await work(world, policy) == Done()
