"""The stream of news: words about changes arrive, and only those one may know of."""

import asyncio

from aiohttp import ClientResponse

from backend import staff
from tests.backend.office import Browser, Desk, World


class Listener:
    """Hears the words of a stream; made when the stream is open."""

    def __init__(self, response: ClientResponse) -> None:
        self._response = response

    @classmethod
    async def of(cls, member: Browser) -> "Listener":
        response = await member.get("/events")
        assert response.headers["Content-Type"] == "text/event-stream"
        listener = cls(response)
        assert await listener.next(1) == ["open"]
        return listener

    async def next(self, count: int) -> list[str]:
        heard: list[str] = []
        async with asyncio.timeout(5):
            while len(heard) < count:
                line = await self._response.content.readline()
                if line.startswith(b"data: "):
                    heard.append(line[6:].decode().strip())
        return heard


async def test_an_agent_hears_of_a_new_waiting_chat(at: Desk, world: World) -> None:
    listener = await Listener.of(await at("zhang"))
    citizen = await world.waits()
    assert await listener.next(2) == [f"chat:{citizen}", "chats"]


async def test_a_handler_hears_of_orders_only(at: Desk, world: World) -> None:
    listener = await Listener.of(await at("zhujian"))
    world.services.live.tell("alerts", "chats", "chat:1", "outbox", "orders")
    assert await listener.next(1) == ["orders"]


async def test_nobody_listens_without_login(browser: Browser) -> None:
    assert (await browser.get("/events")).status == 401


async def test_who_listens_is_on_duty(at: Desk, world: World) -> None:
    await Listener.of(await at("zhang"))
    async with world.database.transaction() as connection:
        assert await staff.on_duty(connection, world.now) == 1
