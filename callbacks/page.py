"""`/survey/<token>`: the survey for a phone without the chat, in plain HTML.

Looking changes nothing, as WeChat and others fetch links to preview them; only a form's POST does.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from backend import forms
from backend.citizen_pages.app import citizen_app
from backend.citizen_pages.errors import message
from backend.citizen_pages.words import masked, matter
from backend.database import Connection
from backend.orders import store
from backend.orders.store import Kept
from backend.services import SERVICES, Services
from callbacks import surveys, thanks
from callbacks.rating import KEYS, REASONS, Rating
from callbacks.surveys import TAKEN, Answer, Result, Stage, Survey

HERE = Path(__file__).parent
routes = web.RouteTableDef()


def survey_app(services: Services) -> web.Application:
    """The survey pages, to be mounted with `add_subapp("/survey", ...)`."""
    return citizen_app(services, routes, HERE / "templates")


@routes.get("/{token}")
async def show(request: web.Request) -> web.Response:
    """The question, or what became of it."""
    services = request.config_dict[SERVICES]
    async with services.database.transaction() as connection:
        known = await _known(connection, request)
        kept = await store.find(connection, known.number)
    result = surveys.judge(known, kept.order, services.clock.now())
    if result in TAKEN:
        return _page(request, "rate.html", known, kept, late=result is Result.LATE)
    if known.state is not Stage.RATED:
        return message(request, "评价已经结束", thanks.told(Answer(result, known)), icon="info")
    if thanks.unexplained(known):
        return _page(request, "why.html", known, kept)
    return _page(request, "thanks.html", known, kept, words=_thanks(request, known))


@routes.post("/{token}")
async def answer(request: web.Request) -> web.Response:
    """Take a rating, a reason, or words of one's own; then show the page again."""
    services = request.config_dict[SERVICES]
    form = await forms.fields(request)
    async with services.database.transaction() as connection:
        known = await _known(connection, request)
        result = await _take(connection, known, form, services)
    if result is None:
        raise web.HTTPBadRequest
    services.live.tell("orders")
    query = "?again=1" if result is Result.REPEATED else ""
    raise web.HTTPSeeOther(f"{request.path}{query}")


async def _take(
    connection: Connection, known: Survey, form: Mapping[str, Any], services: Services
) -> Result | None:
    """The result of what the form holds; None if that is nothing we asked for."""
    now = services.clock.now()
    rating = KEYS.get(str(form.get("rating", "")))
    if rating is not None:
        return (await surveys.rate(connection, known.token, rating, now, via="page")).result
    why = str(form.get("why", ""))
    words = why if why in REASONS else str(form.get("words", ""))
    if not why and "words" not in form:
        return None
    return (await surveys.explain(connection, known.token, words, now, via="page")).result


async def _known(connection: Connection, request: web.Request) -> Survey:
    known = await surveys.find(connection, request.match_info["token"])
    if known is None:
        raise web.HTTPNotFound
    return known


def _thanks(request: web.Request, known: Survey) -> str:
    result = Result.REPEATED if "again" in request.query else Result.ACCEPTED
    return thanks.told(Answer(result, known))


def _page(
    request: web.Request, template: str, known: Survey, kept: Kept, **more: Any
) -> web.Response:
    values = {
        "number": kept.number,
        "matter": matter(kept.order),
        "result": "" if kept.order.confidential else masked(kept.order.reply),
        "ratings": KEYS,
        "reasons": REASONS,
        "survey": known,
        # One may add words to a reason that was tapped, once.
        "may_add": known.rating == Rating.DISSATISFIED and known.reason in REASONS,
    }
    return aiohttp_jinja2.render_template(template, request, values | more)
