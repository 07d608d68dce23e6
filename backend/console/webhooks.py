"""What other platforms could not be told, to be sent again once they are back."""

from typing import Any

from aiohttp import web
from sqlalchemy import select

from backend import webhooks
from backend.console.context import flash, may, need, number_in, page, see, services
from backend.database import Connection
from backend.orders.lifecycle import STEPS
from backend.tables import order_event, orders, platform, webhook

PAGE = 50
routes = web.RouteTableDef()


@routes.get("/webhooks", name="webhooks")
async def show(request: web.Request) -> web.Response:
    """Notifications that a platform did not take, newest first, with the reason."""
    member = need(request, "failures.read")
    async with services(request).database.transaction() as connection:
        rows = await _rows(connection, number_in(request, "before"))
        counts = await webhooks.counts(connection)
    values = {
        "rows": rows[:PAGE],
        "more": len(rows) > PAGE,
        "counts": counts,
        "acts": may(member, "webhooks.act"),
        "names": {kind: step.name for kind, step in STEPS.items()} | {"create": "登记"},
    }
    return await page(request, "webhooks.html", values)


@routes.post(r"/webhooks/{id:\d{1,18}}/{what:again|drop}", name="webhook-act")
async def act(request: web.Request) -> web.Response:
    """Send one again, or put it aside."""
    need(request, "webhooks.act")
    shared, letter_id = services(request), int(request.match_info["id"])
    async with shared.database.transaction() as connection:
        if request.match_info["what"] == "again":
            done = await webhooks.again(connection, letter_id, shared.clock.now())
        else:
            done = await webhooks.drop(connection, letter_id)
    shared.live.tell("orders")
    said = {"again": "正在重新发送", "drop": "已不再发送"}[request.match_info["what"]]
    await flash(request, said if done else "这一条已经有人处理过了")
    raise see("/webhooks")


async def _rows(connection: Connection, before: int | None) -> list[Any]:
    query = (
        select(webhook, platform.c.name, orders.c.number, order_event.c.kind)
        .join_from(webhook, platform, platform.c.id == webhook.c.platform_id)
        .join(orders, orders.c.id == webhook.c.order_id)
        .join(
            order_event,
            (order_event.c.order_id == webhook.c.about_id) & (order_event.c.seq == webhook.c.seq),
        )
        .where(webhook.c.state == "dead")
        .order_by(webhook.c.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(webhook.c.id < before)
    return list(await connection.execute(query))
