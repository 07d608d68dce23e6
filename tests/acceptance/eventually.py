"""Waiting for what another process does, without sleeping for luck."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], T | Awaitable[T]], within: float = 20.0) -> T:
    """The first true thing that `look` returns; AssertionError when it takes too long."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while True:
        found = look()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        if loop.time() > end:
            raise AssertionError(f"not within {within} s; the last look found {found!r}")
        await asyncio.sleep(0.1)
