"""Where a platform wants to be told of its orders."""

import secrets

from aiohttp import web

from backend import webhooks
from backend.api import reach
from backend.api.access import need
from backend.api.model import Subscribed, Subscription, Waiting
from backend.api.orders import answer, decode
from backend.api.problem import Wrong
from backend.api.reach import Reach, Unreachable
from backend.platforms import Scope, webhook_url
from backend.services import SERVICES

REACH = web.AppKey("reach", Reach)
routes = web.RouteTableDef()


@routes.put("/webhook", name="subscribe")
async def subscribe(request: web.Request) -> web.Response:
    """Tell the platform there from now on; the secret that signs is given once, here."""
    platform = need(request, Scope.WEBHOOKS)
    wanted = decode(await request.read(), Subscription)
    try:
        reach.check(wanted.url, request.config_dict[REACH])
    except Unreachable as error:
        raise Wrong(422, str(error)) from None
    secret = f"whsec_{secrets.token_urlsafe(32)}"
    async with request.config_dict[SERVICES].database.transaction() as connection:
        await webhooks.subscribe(connection, platform.id, wanted.url, secret)
    return answer(Subscribed(wanted.url, secret))


@routes.get("/webhook", name="subscription")
async def show(request: web.Request) -> web.Response:
    """Where the platform is told, and what is waiting."""
    platform = need(request, Scope.WEBHOOKS)
    async with request.config_dict[SERVICES].database.transaction() as connection:
        url = await webhook_url(connection, platform.id)
        counts = await webhooks.counts(connection, platform.id)
    return answer(Waiting(url, counts["pending"], counts["dead"]))


@routes.delete("/webhook", name="unsubscribe")
async def unsubscribe(request: web.Request) -> web.Response:
    """Tell the platform nothing any more, nor what is still waiting."""
    platform = need(request, Scope.WEBHOOKS)
    async with request.config_dict[SERVICES].database.transaction() as connection:
        await webhooks.subscribe(connection, platform.id, "", "")
    return web.Response(status=204)
