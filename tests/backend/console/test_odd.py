"""Whatever staff type, paste or put into an address, no page fails."""

from urllib.parse import quote

import pytest

from tests.backend.office import Browser, Desk, World
from tests.odd import HUGE, ODD

RAW = ("%00", "%ff%fe", "%ed%a0%80", "%u0000", "%", quote("\u202e停水\u0301"))
"""As they stand in an address or a form: no UTF-8, half an escape, a lone surrogate."""

SEARCHES = (
    "/orders?find=",
    "/orders?state=",
    "/messages?outcome=",
    "/messages?day=",
    "/chats?find=",
)


@pytest.mark.parametrize("path", SEARCHES)
async def test_no_search_fails(at: Desk, world: World, path: str) -> None:
    await world.order()
    agent = await at("zhang")
    for text in [quote(one)[:4_000] for one in ODD.values()] + list(RAW):
        response = await agent.get(f"{path}{text}")
        assert response.status < 500, text[:40]


@pytest.mark.parametrize("where", ["/orders/{}", "/chats/{}", "/media/{}", "/orders/{}/news"])
async def test_no_address_fails(at: Desk, where: str) -> None:
    agent = await at("zhang")
    for text in [quote(one, safe="")[:4_000] for one in ODD.values()] + list(RAW):
        assert (await agent.get(where.format(text))).status < 500, text[:40]


async def test_no_words_of_an_agent_fail(at: Desk, world: World) -> None:
    citizen = await world.waits()
    agent = await at("zhang")
    await agent.post(f"/chats/{citizen}/take")
    for text in (*ODD.values(), HUGE):
        assert (await agent.post(f"/chats/{citizen}/say", {"text": text})).status < 500
    assert await _raw(agent, f"/chats/{citizen}/say", "text") == []


async def test_no_order_of_an_agent_fails(at: Desk, world: World) -> None:
    citizen = await world.waits()
    agent = await at("zhang")
    fields = ("facts", "place", "demand", "contact", "citizen_name", "category", "area", "type")
    for text in (*ODD.values(), HUGE):
        form = {**dict.fromkeys(fields, text), "type": "投诉"}
        response = await agent.post(f"/chats/{citizen}/order", form)
        assert response.status < 500
    for field in fields:
        assert await _raw(agent, f"/chats/{citizen}/order", field) == []


@pytest.mark.parametrize(
    ("kind", "field"), [("note", "text"), ("correct", "facts"), ("dispatch", "unit"), ("x", "y")]
)
async def test_no_step_of_an_order_fails(at: Desk, world: World, kind: str, field: str) -> None:
    kept = await world.order()
    agent = await at("zhang")
    for text in (*ODD.values(), HUGE):
        form = {field: text, "seen": text}
        assert (await agent.post(f"/orders/{kept.number}/{kind}", form)).status < 500
        form = {field: text, "seen": "1"}
        assert (await agent.post(f"/orders/{kept.number}/{kind}", form)).status < 500
    assert await _raw(agent, f"/orders/{kept.number}/{kind}", field) == []


async def _raw(agent: Browser, path: str, field: str) -> list[str]:
    """Which malformed bodies make the page fail."""
    headers = {"Origin": agent.origin, "Content-Type": "application/x-www-form-urlencoded"}
    url = f"/console{path}"
    found = [
        (text, await agent.client.post(url, data=f"{field}={text}&seen=1", headers=headers))
        for text in RAW
    ]
    return [text for text, response in found if response.status >= 500]
