"""Which engine names the intents, as the settings choose it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from bot.understanding.engines import BUILTIN, ENGINES
from bot.understanding.reading import EngineOptions, IntentEngine
from config.settings import BadSetting, Settings


@asynccontextmanager
async def chosen(settings: Settings, intents: frozenset[str]) -> AsyncIterator[IntentEngine | None]:
    """The chosen engine for the time of a block; None when it is the built-in one.

    `intents` are all there are. Raises BadSetting. Whether its server answers is not asked here.
    """
    name = engine_name(settings)
    if name == BUILTIN:
        yield None
        return
    url, token = server(settings)
    async with ENGINES[name](EngineOptions(url, token, intents)) as engine:
        yield engine


def engine_name(settings: Settings) -> str:
    """HUIYING_ENGINE, or what RASA_URL implies. Raises BadSetting."""
    name = settings.engine or ("rasa" if settings.rasa_url else BUILTIN)
    if name not in (BUILTIN, *ENGINES):
        known = ", ".join((BUILTIN, *ENGINES))
        raise BadSetting(f"HUIYING_ENGINE: there is no engine {name!r}; choose one of {known}")
    if name == "rasa" and not settings.rasa_url:
        raise BadSetting("HUIYING_ENGINE: rasa needs RASA_URL; `make rasa` starts one and names it")
    return name


def server(settings: Settings) -> tuple[str, str]:
    """Where the chosen engine's server is, and the token for it. Raises BadSetting."""
    if engine_name(settings) == "rasa":
        setting, url, token = "RASA_URL", settings.rasa_url, settings.rasa_token
    else:
        setting, url, token = "HUIYING_ENGINE_URL", settings.engine_url, settings.engine_token
    if url and not _is_address(url):
        raise BadSetting(f"{setting}: not an address like http://127.0.0.1:5005")
    return url, token.get_secret_value()


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
