"""A matter that comes twice by two ways is recognised."""

from typing import Any

import pytest

from backend.orders import duplicates, store
from backend.orders.store import Kept
from tests.backend.office import World

LAMP = "人民路12号门前的路灯不亮，晚上很黑，老人不敢出门"


async def filed(world: World, facts: str = LAMP, **fields: Any) -> Kept:
    said = {"channel": "红网", "type": "投诉", "facts": facts, **fields}
    async with world.database.transaction() as connection:
        kept = await store.add(
            connection, said, citizen_id=None, actor="platform:红网", now=world.now
        )
        return await duplicates.join(connection, kept, world.now)


async def alike(world: World, kept: Kept) -> list[tuple[str, bool]]:
    async with world.database.transaction() as connection:
        found = await duplicates.alike(connection, kept, world.now)
    return [(one.kept.number, one.sure) for one in found]


async def test_the_same_phone_and_text_is_joined_to_the_first(world: World) -> None:
    first = await filed(world, contact="13800001111")
    second = await filed(world, f"{LAMP}！", contact="13800001111")
    third = await filed(world, contact="13800001111")
    assert [kept.order.master for kept in (first, second, third)] == [
        "",
        first.number,
        first.number,
    ]
    async with world.database.transaction() as connection:
        assert not await store.difference(connection, third)


@pytest.mark.parametrize(
    ("facts", "phone"),
    [("小区停水两天了没人管", "13800001111"), (LAMP, "13800002222"), (LAMP, "")],
)
async def test_what_is_not_sure_is_not_joined(world: World, facts: str, phone: str) -> None:
    await filed(world, contact="13800001111")
    assert (await filed(world, facts, contact=phone)).order.master == ""


async def test_the_like_in_the_same_area_and_category_is_shown(world: World) -> None:
    there = {"area": "雨湖区", "category": "市政/路灯"}
    first = await filed(world, contact="13800001111", **there)
    near = await filed(world, contact="13800002222", **there)
    far = await filed(world, area="岳塘区", category="市政/路灯")
    assert await alike(world, near) == [(first.number, False)]
    assert await alike(world, far) == []


@pytest.mark.parametrize("fields", [{"tags": ["人大代表专席"]}, {"type": "举报"}])
async def test_what_has_terms_of_its_own_or_is_private_stays_alone(
    world: World, fields: dict[str, Any]
) -> None:
    await filed(world, contact="13800001111")
    assert (await filed(world, contact="13800001111", **fields)).order.master == ""


async def test_what_is_over_attracts_nothing(world: World) -> None:
    first = await filed(world, contact="13800001111")
    async with world.database.transaction() as connection:
        await store.act(connection, first.number, "withdraw", actor="citizen:", now=world.now)
    assert (await filed(world, contact="13800001111")).order.master == ""
    world.services.clock.advance(duplicates.RECENT * 2)
    assert (await filed(world, contact="13800001111")).order.master == ""
