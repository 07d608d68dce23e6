"""Makes the pages citizens open: one look, one set of guards, for every sub-application of them."""

from collections.abc import Iterable
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from backend.citizen_pages import errors, headers, order
from backend.clock import city_time
from backend.files import FOLDER_KEY, Folder
from backend.services import SERVICES, Services

HERE = Path(__file__).parent


def order_app(services: Services, folder: Folder) -> web.Application:
    """Every citizen's own page of an order, to be mounted with `add_subapp("/order", ...)`.

    `folder` is where the pictures of closings are kept.
    """
    app = citizen_app(services, order.routes)
    app[FOLDER_KEY] = folder
    return app


def citizen_app(
    services: Services, routes: Iterable[web.AbstractRouteDef], templates: Path | None = None
) -> web.Application:
    """A sub-application in the shared look; `templates` may extend `base.html`."""
    app = web.Application(middlewares=[errors.middleware])
    app[SERVICES] = services
    app.on_response_prepare.append(headers.add)
    app.add_routes(routes)
    app.router.add_static("/static", HERE / "static", name="static", append_version=True)
    _templates(app, [folder for folder in (templates, HERE / "templates") if folder])
    return app


def _templates(app: web.Application, folders: list[Path]) -> None:
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(folders),
        filters={"clock": lambda moment: f"{city_time(moment):%Y-%m-%d %H:%M}"},
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = lambda name: str(app.router["static"].url_for(filename=name))
