"""The office sees orders by their source and their desk, and which may be the same matter."""

from backend.orders import rules
from backend.orders.rules import Desk as SpecialDesk
from backend.orders.rules import Rules
from tests.backend.office import Desk, World

DESK = "人大代表专席"


async def test_the_list_is_narrowed_by_source_and_desk(at: Desk, world: World) -> None:
    office = Rules(desks={DESK: SpecialDesk()}, sources=("省12345", "红网"))
    async with world.database.transaction() as connection:
        await rules.store(connection, office)
    chat = await world.order()
    web = await world.order(channel="红网")
    desk = await world.order(channel="红网", tags=[DESK])
    agent = await at("zhang")

    async def shown(query: str) -> list[bool]:
        page = await agent.read(f"/orders{query}")
        return [kept.number in page for kept in (chat, web, desk)]

    assert await shown("") == [True, True, True]
    assert await shown("?channel=wechat") == [True, False, False]
    assert await shown("?channel=红网") == [False, True, True]
    assert await shown(f"?channel=红网&tag={DESK}") == [False, False, True]
    assert await shown(f"?tag={DESK}&state=已归档") == [False, False, False]
    assert (await agent.get("/orders?channel=%00&tag=%00")).status == 200


async def test_what_may_be_the_same_matter_is_shown_to_the_office_alone(
    at: Desk, world: World
) -> None:
    first = await world.order(contact="13800001111", channel="红网")
    second = await world.order("市住建局", contact="13800001111")
    agent, handler = await at("zhang"), await at("zhujian")
    page = await agent.read(f"/orders/{second.number}")
    assert "可能重复" in page
    assert first.number in page
    assert "同一市民" in page
    assert "可能重复" not in await handler.read(f"/orders/{second.number}")
