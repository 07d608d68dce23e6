"""Who is at the API, what their key allows, and how often they may ask."""

import math
import time
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from backend import platforms
from backend.api.problem import Wrong
from backend.platforms import Platform, Scope
from backend.services import SERVICES

PLATFORM = web.RequestKey("platform", Platform)
OPEN = frozenset({"openapi", "docs"})
"""Routes that need no key: the documents that say how to get in."""


class Pace:
    """Allows each key `per_minute` requests: a bucket that fills evenly, counted by each replica.

    A bucket is kept as the moment at which it will be full again (GCRA).
    """

    def __init__(self, per_minute: int, timer: Callable[[], float] = time.monotonic) -> None:
        self._gap = 60 / per_minute
        self._timer = timer
        self._full: dict[int, float] = {}

    def wait(self, key: int) -> float:
        """Count a request: 0 when it may go on, else the seconds after which the next one may."""
        now = self._timer()
        full = max(self._full.get(key, now), now) + self._gap
        if full - now > 60:
            return full - now - 60
        self._full[key] = full
        return 0.0


PACE = web.AppKey("pace", Pace)


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nobody in without a key, nor too often with one."""
    if request.match_info.http_exception is not None or request.match_info.route.name in OPEN:
        return await handler(request)
    request[PLATFORM] = platform = await _identified(request)
    wait = request.config_dict[PACE].wait(platform.key_id)
    if wait:
        raise Wrong(429, "请求太频繁，请稍后再试", Retry_After=str(math.ceil(wait)))
    return await handler(request)


async def _identified(request: web.Request) -> Platform:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        services = request.config_dict[SERVICES]
        async with services.database.transaction() as connection:
            found = await platforms.identify(connection, key.strip(), services.clock.now())
        if found is not None:
            return found
    raise Wrong(
        401,
        "请在 Authorization: Bearer 里给出有效的密钥（huiying platform add 发放）",
        WWW_Authenticate="Bearer",
    )


def need(request: web.Request, scope: Scope) -> Platform:
    """The platform at the API. Raises Wrong 403 when its key does not allow `scope`."""
    platform = request[PLATFORM]
    if scope not in platform.scopes:
        raise Wrong(403, f"这把密钥没有 {scope} 权限，请联系热线办")
    return platform
