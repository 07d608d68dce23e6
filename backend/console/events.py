"""Server-sent events: which topics have changed. Pages ask for the content, with their rights."""

import asyncio
from contextlib import suppress

from aiohttp import web
from aiohttp_sse import sse_response

from backend.console.context import CONSOLE, MEMBER, console, may, services
from backend.staff import Member

QUIET = 15.0
"""Seconds after which a stream looks whether its browser is still there."""
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
        await response.send("open")
        while response.is_connected():
            for topic in sorted(await _changes(news)):
                if _concerns(member, topic):
                    await response.send(topic)
    return response


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
