"""`huiying doctor`: look at an installation and say what is wrong with it, in one table."""

import asyncio
import json
import shutil
from collections.abc import Callable
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import typer

from backend.database import Database, Unavailable
from bot.understanding.corpus import Corpus
from config import city, engine, parts, settings
from config.commands.common import Json, show
from config.settings import ROOT, Settings

LEAST_DISK = 2 * 2**30


def doctor(as_json: Json = False) -> None:
    """Check settings, the city's data, the engine, disk, database, and the running server."""
    rows: list[dict[str, str]] = []
    known = _check(rows, "settings", settings.load)
    if known is not None:
        _check(rows, "city", lambda: f"{len(city.load(known.city).units)} units")
        _check(rows, "callbacks", lambda: _callbacks(known))
        _check(rows, "engine", lambda: asyncio.run(_engine(known)))
        _check(rows, "disk", lambda: _disk(known))
        _check(rows, "server", lambda: _server(known))
        if known.database_url.get_secret_value():
            _check(rows, "database", lambda: asyncio.run(_database(known)))
    show(rows, ("part", "status", "detail"), as_json=as_json)
    if any(row["status"] == "wrong" for row in rows):
        raise typer.Exit(1)


def _check(rows: list[dict[str, str]], part: str, look: Callable[[], Any]) -> Any:
    try:
        found = look()
    except Exception as error:
        rows.append({"part": part, "status": "wrong", "detail": str(error)})
        return None
    detail = found if isinstance(found, str) else ""
    rows.append({"part": part, "status": "ok", "detail": detail})
    return found


def _callbacks(known: Settings) -> str:
    plan = parts.policy(known)
    start, end = plan.hours
    hours = f"{start:%H:%M} to {end:%H:%M}"
    return f"asked {plan.delay} after closing, {hours}, {plan.reminders} reminders"


async def _engine(known: Settings) -> str:
    corpus = Corpus.load(ROOT / "nlu_data")
    intents = frozenset(example.label for example in corpus.intents)
    async with engine.chosen(known, intents) as found:
        if found is None:
            return "builtin"
        await found.classify("您好")
        return f"{found.name} answers"


def _disk(known: Settings) -> str:
    known.data.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(known.data).free
    if free < LEAST_DISK:
        raise RuntimeError(f"only {free / 2**30:.1f} GiB free under {known.data}")
    return f"{free / 2**30:.0f} GiB free under {known.data}"


def _server(known: Settings) -> str:
    try:
        with urlopen(f"{known.address}/healthz", timeout=5) as answer:
            found = json.load(answer)
    except (URLError, OSError) as error:
        raise RuntimeError(f"not answering on {known.address}: {error}") from error
    bad = [name for name, part in found.items() if name != "status" and part["status"] != "ok"]
    return f"{found['status']}" + (f", look at {', '.join(bad)}" if bad else "")


async def _database(known: Settings) -> str:
    database = Database(known.database_url.get_secret_value(), 1)
    try:
        async with database.transaction():
            return "reached"
    except Unavailable as error:
        raise RuntimeError(f"cannot be reached: {error.__cause__}") from error
    finally:
        await database.close()
