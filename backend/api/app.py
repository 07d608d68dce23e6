"""Makes the API: its routes and guards, as one aiohttp sub-application."""

from collections.abc import Iterable

from aiohttp import web

from backend.api import access, attachments, docs, openapi, orders, problem, webhook
from backend.api.access import PACE, Pace
from backend.api.orders import CITY_WORDS, City
from backend.api.reach import Reach
from backend.api.webhook import REACH
from backend.files import FOLDER_KEY, Folder
from backend.services import SERVICES, Services

PREFIX = "/api/v1"
"""Where the API is mounted (docs/design.md section 12)."""


def api_app(
    services: Services,
    categories: Iterable[str] = (),
    areas: Iterable[str] = (),
    *,
    per_minute: int = 600,
    reach: Reach = Reach.PUBLIC,
    folder: Folder,
) -> web.Application:
    """The API, to be mounted with `add_subapp(PREFIX, ...)`.

    Orders may name `categories` and `areas` of the city, any where none are given; each key may
    ask `per_minute` times a minute of each replica. `reach` is where webhooks may go,
    `folder` where attachments are kept.
    """
    app = web.Application(middlewares=[problem.middleware, access.middleware])
    app[SERVICES] = services
    app[PACE] = Pace(per_minute)
    app[REACH] = reach
    app[FOLDER_KEY] = folder
    app[CITY_WORDS] = City(frozenset(categories), frozenset(areas))
    for module in (openapi, docs, orders, attachments, webhook):
        app.add_routes(module.routes)
    return app
