"""Server-sent events: which topics have changed. Pages ask for the content, with their rights."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from backend import staff
from backend.console.context import CONSOLE, MEMBER, console, may, services
from backend.database import Unavailable
from backend.staff import Member

QUIET = 15.0
"""Seconds after which a stream looks whether its browser is still there."""
PRESENCE = timedelta(seconds=30)
"""How often to note that somebody is at the console."""
GATHER = 0.1
"""Seconds in which a burst of changes becomes one word."""

routes = web.RouteTableDef()


@routes.get("/events", name="events")
async def stream(request: web.Request) -> web.StreamResponse:
    """Tell a browser every topic that changes, for as long as it listens."""
    member = request[MEMBER]
    task = asyncio.current_task()
    assert task is not None
    streams = console(request).streams
    streams.add(task)
    try:
        return await _tell(request, member)
    finally:
        streams.discard(task)


async def _tell(request: web.Request, member: Member) -> web.StreamResponse:
    async with services(request).live.listen() as news, sse_response(request) as response:
        # Browsers leave between two words all day long.
        with suppress(ConnectionResetError):
            await _speak(request, member, news, response)
    return response


async def _speak(
    request: web.Request, member: Member, news: asyncio.Queue[str], response: EventSourceResponse
) -> None:
    last = await _note_presence(request, member, None)
    await response.send("open")
    while response.is_connected():
        last = await _note_presence(request, member, last)
        for topic in sorted(await _changes(news)):
            if _concerns(member, topic):
                await response.send(topic)


async def _note_presence(request: web.Request, member: Member, last: datetime | None) -> datetime:
    """Keep on record that somebody is at the console: the bot promises an agent only then."""
    shared = services(request)
    now = shared.clock.now()
    if last is not None and now - last < PRESENCE:
        return last
    with suppress(Unavailable):
        async with shared.database.transaction() as connection:
            await staff.seen(connection, member.id, now)
    return now


async def _changes(news: asyncio.Queue[str]) -> set[str]:
    changed: set[str] = set()
    with suppress(TimeoutError):
        async with asyncio.timeout(QUIET):
            changed.add(await news.get())
        await asyncio.sleep(GATHER)
    while not news.empty():
        changed.add(news.get_nowait())
    return changed


def _concerns(member: Member, topic: str) -> bool:
    if topic == "orders":
        return may(member, "orders.read")
    return topic.startswith(("chats", "chat:", "alerts")) and may(member, "chats.read")


async def close_all(app: web.Application) -> None:
    """End the streams, which would keep a stopping server waiting."""
    for task in list(app[CONSOLE].streams):
        task.cancel()
