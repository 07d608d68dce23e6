"""What pages and workers of the backend share; made once in config/app.py."""

from dataclasses import dataclass

from aiohttp import web

from backend.clock import Clock
from backend.database import Database
from backend.links import Links
from backend.live import Live
from backend.secrets import Signer


@dataclass(frozen=True, slots=True)
class Services:
    """The parts every room of the backend may need."""

    database: Database
    clock: Clock
    live: Live
    signer: Signer
    links: Links


SERVICES = web.AppKey("services", Services)
"""Where an aiohttp application keeps them: `request.config_dict[SERVICES]`."""
