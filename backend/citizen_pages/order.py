"""`/order/<token>`: how far a citizen's order is, in plain words."""

import aiohttp_jinja2
from aiohttp import web
from sqlalchemy import select

from backend.citizen_pages.timeline import timeline
from backend.citizen_pages.words import CONFIDENTIAL, masked
from backend.clock import city_time
from backend.database import Connection
from backend.orders import store
from backend.orders.lifecycle import Order, State
from backend.orders.service import standing
from backend.orders.store import Kept
from backend.services import SERVICES, Services
from backend.tables import survey

routes = web.RouteTableDef()

DONE = (State.CALLING_BACK, State.ARCHIVED)


@routes.get("/{token}")
async def show(request: web.Request) -> web.Response:
    """The order whose number the token holds; 404 for a token we did not sign."""
    services = request.config_dict[SERVICES]
    number = services.signer.read("order", request.match_info["token"])
    if number is None:
        raise web.HTTPNotFound
    async with services.database.transaction() as connection:
        kept = await _find(connection, number)
        steps = timeline(await store.history(connection, kept.id))
        token = await _open_survey(connection, kept)
    values = {
        "number": kept.number,
        "state": standing(kept.order),
        "facts": _facts(kept.order),
        "reply": masked(kept.order.reply) if kept.order.state in DONE else "",
        "steps": steps,
        "survey": _survey_address(services, token),
    }
    return aiohttp_jinja2.render_template("order.html", request, values)


async def _find(connection: Connection, number: str) -> Kept:
    try:
        return await store.find(connection, number)
    except store.Unknown:
        raise web.HTTPNotFound from None


async def _open_survey(connection: Connection, kept: Kept) -> str | None:
    """The token of the survey that the citizen was asked to answer and has not."""
    if kept.order.state is not State.CALLING_BACK:
        return None
    query = select(survey.c.token).where(
        survey.c.order_id == kept.id,
        survey.c.round == kept.order.rounds,
        survey.c.state == "asked",
    )
    token: str | None = await connection.scalar(query)
    return token


def _survey_address(services: Services, token: str | None) -> str:
    return services.links.survey(token) if token else ""


def _facts(order: Order) -> list[tuple[str, str]]:
    """What the citizen told us, without numbers of persons; the labels as on the order."""
    if order.confidential:
        return [("内容", CONFIDENTIAL)]
    told = (
        ("内容", order.facts),
        ("诉求", order.demand),
        ("地点", order.place),
        ("发生时间", order.occurred_at),
        ("类型", order.type),
        ("提交时间", f"{city_time(order.created_at):%Y-%m-%d %H:%M}"),
        ("承办单位", order.unit),
    )
    return [(label, masked(value)) for label, value in told if value]
