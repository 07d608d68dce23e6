"""`/order/<token>`: how far a citizen's order is, in plain words."""

from collections.abc import Sequence
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from sqlalchemy import select

from backend import attachments, forms
from backend.citizen_pages.timeline import timeline
from backend.citizen_pages.words import CONFIDENTIAL, masked
from backend.clock import city_time
from backend.database import Connection
from backend.files import FOLDER_KEY
from backend.orders import service, store
from backend.orders.lifecycle import OPEN, Event, Order, Refused, State
from backend.orders.service import standing
from backend.orders.store import Kept
from backend.services import SERVICES, Services
from backend.tables import survey

routes = web.RouteTableDef()

LONGEST = 500
"""Characters of a word that a citizen adds."""
DID = {
    "urge": "已为您催办，负责办理的人会收到提醒",
    "note": "已补充到工单",
    "withdraw": "已按您的要求撤回",
}

DONE = (State.CALLING_BACK, State.ARCHIVED)


@routes.get("/{token}")
async def show(request: web.Request) -> web.Response:
    """The order whose number the token holds; 404 for a token we did not sign."""
    return await _page(request)


@routes.get(r"/{token}/files/{id:\d{1,18}}")
async def show_file(request: web.Request) -> web.StreamResponse:
    """A picture or paper of the closing; 404 for any other."""
    services, number = request.config_dict[SERVICES], _number(request)
    async with services.database.transaction() as connection:
        kept = await _find(connection, number)
        events = await store.history(connection, kept.id)
        rows = await _closing_files(connection, kept, events)
    wanted = int(request.match_info["id"])
    path = next((row.path for row in rows if row.id == wanted), "")
    found = request.config_dict[FOLDER_KEY].response(path) if path else None
    if found is None:
        raise web.HTTPNotFound
    return found


@routes.post("/{token}/{kind:urge|withdraw|note}")
async def act(request: web.Request) -> web.Response:
    """The citizen urges, adds a word, or withdraws; whoever holds the link is taken for them."""
    services, number = request.config_dict[SERVICES], _number(request)
    kind, form = request.match_info["kind"], await forms.fields(request)
    said = {"text": _line(str(form.get("text", "")))} if kind == "note" else {}
    try:
        async with services.database.transaction() as connection:
            await service.act(
                connection, number, kind, actor="citizen:", now=services.clock.now(), data=said
            )
    except store.Unknown:
        raise web.HTTPNotFound from None
    except Refused as refused:
        return await _page(request, str(refused), status=422)
    services.live.tell("orders", "alerts")
    raise web.HTTPSeeOther(f"{_address(request)}?done={kind}")


def _line(text: str) -> str:
    """A word on one line, without the control characters that PostgreSQL refuses."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:LONGEST]


def _address(request: web.Request) -> str:
    """The page itself, whether it was asked for or posted to."""
    token = request.match_info["token"]
    return f"{request.path.partition(token)[0]}{token}"


def _number(request: web.Request) -> str:
    number = request.config_dict[SERVICES].signer.read("order", request.match_info["token"])
    if number is None:
        raise web.HTTPNotFound
    return str(number)


async def _page(request: web.Request, problem: str = "", status: int = 200) -> web.Response:
    services, number = request.config_dict[SERVICES], _number(request)
    async with services.database.transaction() as connection:
        kept = await _find(connection, number)
        events = await store.history(connection, kept.id)
        files = await _closing_files(connection, kept, events)
        token = await _open_survey(connection, kept)
    values = {
        "number": kept.number,
        "state": standing(kept.order),
        "facts": _facts(kept.order),
        "reply": masked(kept.order.reply) if kept.order.state in DONE else "",
        "files": files,
        "steps": timeline(events),
        "survey": _survey_address(services, token),
        "address": _address(request),
        "open": kept.order.state in OPEN,
        "problem": problem,
        "done": DID.get(request.query.get("done", ""), ""),
    }
    return aiohttp_jinja2.render_template("order.html", request, values, status=status)


async def _closing_files(connection: Connection, kept: Kept, events: Sequence[Event]) -> list[Any]:
    """What was attached to the closing that holds, for the citizen to see.

    Not what proves a contact, and nothing where the page must not show the matter.
    """
    if kept.order.state not in DONE or kept.order.confidential:
        return []
    return await attachments.named(connection, kept.id, attachments.of_closing(events))


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
