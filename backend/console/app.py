"""Makes the console: its routes, templates and guards, as one aiohttp sub-application."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web
from aiohttp_session import session_middleware
from aiohttp_session.cookie_storage import EncryptedCookieStorage

from backend.console import (
    accesses,
    alerts,
    board,
    bursts,
    chats,
    clusters,
    errors,
    events,
    failures,
    home,
    knowledge,
    knowledge_entry,
    knowledge_files,
    knowledge_review,
    login,
    media,
    messages,
    notices,
    order_list,
    orders,
    questions,
    responsibility,
    returns,
    security,
    trial,
    webhooks,
    words,
    work,
)
from backend.console.context import CONSOLE, Console
from backend.files import Folder
from backend.knowledge.review import Policy
from backend.services import SERVICES, Services
from backend.trial import Trial

HERE = Path(__file__).parent
SHIFT = 12 * 3600
"""Seconds until one has to log in again: a long shift."""


def console_app(
    services: Services,
    session_key: bytes,
    units: Sequence[str] = (),
    folder: Folder | None = None,
    bot: Trial | None = None,
    review: Policy | None = None,
    *,
    categories: Sequence[str] = (),
    areas: Sequence[str] = (),
) -> web.Application:
    """The console, to be mounted with `add_subapp(PREFIX, ...)`.

    `session_key` is 32 secret bytes shared by all replicas; `units` are offered when an order is
    dispatched; `folder` is where pictures and other files are kept; `bot` tries sentences for
    the try-it box; `review` is when units confirm their knowledge. The responsibility list is held
    against `categories` (一级/二级) and `areas`.
    """
    app = web.Application(
        middlewares=[
            session_middleware(_storage(services, session_key)),
            errors.middleware,
            security.same_origin,
            security.logged_in,
        ]
    )
    app[SERVICES] = services
    app[CONSOLE] = Console(
        tuple(units), tuple(categories), tuple(areas), folder, bot, review or Policy()
    )
    app.on_response_prepare.append(security.add_headers)
    app.on_shutdown.append(events.close_all)
    for module in (
        home, login, chats, clusters, bursts, order_list, orders, board, notices, messages,
        failures, webhooks, knowledge, knowledge_entry, knowledge_review, knowledge_files, media,
        alerts, events, questions, trial, accesses, work, returns, responsibility,
    ):  # fmt: skip
        app.add_routes(module.routes)
    app.router.add_static("/static", HERE / "static", name="static", append_version=True)
    _templates(app)
    return app


def _storage(services: Services, key: bytes) -> EncryptedCookieStorage:
    return EncryptedCookieStorage(
        key,
        cookie_name="huiying_console",
        max_age=SHIFT,
        secure=services.links.base.startswith("https://"),
        httponly=True,
        samesite="Lax",
    )


def _templates(app: web.Application) -> None:
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        filters=words.FILTERS,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    @cache
    def static(name: str) -> str:
        """The address of a file, with its hash so that browsers never show an old one."""
        return str(app.router["static"].url_for(filename=name))

    environment.globals["static"] = static
