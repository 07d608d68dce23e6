"""The composition root: makes the parts and wires them together. A new channel, skill or engine
is one line here.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import aiohttp
import redis.asyncio as redis
from aiohttp import web

from backend import secrets, setting
from backend.api.app import PREFIX as API
from backend.api.app import api_app
from backend.api.idempotency import Forgetting
from backend.api.posting import Posting
from backend.api.posting import session as posting_session
from backend.citizen_pages.app import order_app
from backend.console.app import console_app
from backend.database import Database
from backend.delivery import Delivery
from backend.fetching import Fetching
from backend.files import Folder, Sweeping
from backend.knowledge.reminders import Reminding
from backend.links import Links
from backend.live import Live
from backend.message import Channel
from backend.orders import rules
from backend.orders.clockwork import Clockwork
from backend.orders.clusterwork import Clusterwork
from backend.orders.tally import Summing
from backend.questions.news import TEMPLATE, News
from backend.retention import Retention
from backend.secrets import Signer
from backend.services import Services
from backend.worker import Worker
from bot.bursts import Bursts
from bot.engine import Engine
from bot.grouping import Grouping
from bot.library import Library
from bot.neighbours import Neighbours
from bot.offer import Offer
from bot.patience import Patience
from bot.skills.answer import Answer
from bot.skills.clarify import Clarify
from bot.skills.courtesy import Courtesy, Invalid
from bot.skills.danger import Danger
from bot.skills.events import Events
from bot.skills.handoff import Handoff
from bot.skills.media import Media
from bot.skills.order import Order
from bot.skills.progress import Progress
from bot.skills.redirect import Redirect
from bot.skills.several import Several
from bot.skills.silence import Silence
from bot.skills.supplement import Supplement
from bot.skills.withdrawal import Withdrawal
from bot.trial import Trial
from bot.turn import Skill
from bot.understanding.reading import DetailReader, SubjectReader
from bot.understanding.turn_reader import TurnReader
from bot.understanding.understanding import Builtin, Understanding, load_builtin
from callbacks.page import survey_app
from callbacks.scheduler import Scheduler
from callbacks.skill import Survey
from channels.simulator.server import FakeWeChat
from channels.wechat.account import Account
from channels.wechat.api import Api
from channels.wechat.channel import WeChatChannel
from channels.wechat.webhook import Webhook
from config import engine as engines
from config import health, parts
from config.city import City
from config.settings import ROOT, Settings

log = logging.getLogger(__name__)

Role = Literal["all", "web", "worker", "scheduler"]

NLU_DATA = ROOT / "nlu_data"
ENGINE_PROBED = 2.0
"""Seconds between two looks at the engine of understanding: so soon a restarted Rasa is used."""
SIMULATOR_TEMPLATES = {
    "survey": "SimulatorSurveyTemplate_0000000000000000001"
    " number=character_string1 matter=thing2 time=time3",
    "order_progress": "SimulatorOrderTemplate_00000000000000000002"
    " number=character_string1 state=phrase2 hint=thing3",
    "answer": "SimulatorAnswerTemplate_0000000000000000003"
    " question=thing1 title=thing2 hint=thing3",
}


@dataclass(frozen=True, slots=True)
class System:
    """The whole system, made and not yet serving."""

    settings: Settings
    services: Services
    redis: redis.Redis
    engine: Engine
    understanding: Understanding
    library: Library
    scheduler: Scheduler
    everywhere: Sequence[Worker]
    """Work that every process does for itself."""
    workers: Sequence[Worker]
    """Work that the processes share."""
    web: web.Application


@asynccontextmanager
async def build(
    settings: Settings,
    city: City,
    database: Database,
    redis_url: str,
    progress: Callable[[str], None],
) -> AsyncIterator[System]:
    """Make the system over a migrated database; closes what it opened at the end."""
    async with AsyncExitStack() as stack:
        client = parts.connect_redis(redis_url)
        stack.push_async_callback(client.aclose)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        clock = await parts.clock_of(settings, database)
        async with database.transaction() as connection:
            signer = Signer(await secrets.obtain(connection, "links"))
            cookie_key = await secrets.obtain(connection, "console")
            await rules.store(connection, city.rules)
        links = Links(settings.public_url.rstrip("/") or settings.address, signer)
        services = Services(database, clock, Live(client), signer, links)
        builtin = await asyncio.to_thread(
            load_builtin, NLU_DATA, city.folder, settings.data / "model", progress
        )
        wechat, known, simulator = _wechat(settings, services, client, session)
        channels: Mapping[str, Channel] = {wechat.name: wechat}
        chosen = await stack.enter_async_context(engines.chosen(settings, builtin.engine.intents))
        preferred = parts.preferred(settings, NLU_DATA, builtin.search, progress)
        understanding = builtin.understanding(clock, chosen, preferred)
        skills = _skills(city, builtin.details, builtin.turns, understanding)
        neighbours = Neighbours(builtin.encoder)
        engine = Engine(services, understanding, skills, channels, Offer(neighbours))
        trial = Trial(services, understanding, skills)
        library = Library(services, builtin.search)
        plan = parts.policy(settings)
        scheduler = Scheduler(services, plan)
        everywhere = [
            Worker("library", library.step, "knowledge", 1.0),
            Worker("engine", understanding.engine.step, "", ENGINE_PROBED),
        ]
        if preferred is not None:
            stack.callback(preferred.close)
            everywhere.append(Worker("encoder", preferred.step, "knowledge", 0.5))
        allowed = parts.reach(settings)
        posted = await stack.enter_async_context(posting_session(allowed))
        posting = Posting(services, posted, allowed)
        stack.push_async_callback(posting.finish)
        delivery = Delivery(services, channels)
        stack.push_async_callback(delivery.finish)
        workers = [
            *_workers(settings, services, engine, channels, delivery, builtin, known, neighbours),
            Worker("webhooks", posting.step, "orders", 1.0),
            Worker("api requests", Forgetting(services).step, "", 3600.0),
        ]
        folder = Folder(settings.data / "attachments")
        workers.append(Worker("files", Sweeping(services, folder).step, "", 3600.0))
        app = web.Application(client_max_size=2**20)
        app.add_routes(Webhook(known, engine.receive, clock).routes())
        app.add_subapp(
            "/console",
            console_app(
                services,
                cookie_key,
                city.units,
                folder,
                trial,
                parts.review_policy(settings),
                categories=city.categories,
                areas=city.areas,
            ),
        )
        app.add_subapp(
            API,
            api_app(
                services,
                city.categories,
                city.areas,
                per_minute=settings.api_requests_per_minute,
                reach=allowed,
                folder=folder,
            ),
        )
        app.add_subapp("/order", order_app(services, folder))
        app.add_subapp("/survey", survey_app(services))
        if simulator is not None:
            app.add_subapp("/simulator", simulator.app)
        system = System(
            settings,
            services,
            client,
            engine,
            understanding,
            library,
            scheduler,
            everywhere,
            workers,
            app,
        )
        health.add_routes(app, system)
        app.router.add_get("/", _home(settings))
        yield system


def _skills(
    city: City, details: DetailReader, turns: TurnReader, subjects: SubjectReader
) -> Sequence[Skill]:
    """In the order of docs/design.md section 7: the first that takes a message has it."""
    answer = Answer()
    return (
        Events(),
        Danger(),
        Survey(),
        Silence(),
        Handoff(),
        Withdrawal(),
        Progress(),
        Redirect(city.redirects, city.elsewhere),
        Supplement(details, turns),
        Several(answer),
        answer,
        Media(details),
        Order(details, subjects),
        Courtesy(),
        Invalid(),
        Clarify(),
    )


def _wechat(
    settings: Settings,
    services: Services,
    client: redis.Redis,
    session: aiohttp.ClientSession,
) -> tuple[WeChatChannel, Account, FakeWeChat | None]:
    """The channel to WeChat: the real one, or the simulator when no account is configured."""
    simulator = _simulator(settings, services) if settings.simulator else None
    known = parts.account(settings) if simulator is None else _simulated(simulator)
    api = Api(known, client, session, services.clock)
    return WeChatChannel(known, api, services.clock), known, simulator


def _simulated(simulator: FakeWeChat) -> Account:
    known = simulator.account
    return Account(
        appid=known.appid,
        secret=known.secret,
        token=known.token,
        aes_key=known.aes_key,
        api_base=simulator.api_base,
        templates=SIMULATOR_TEMPLATES,
    )


def _simulator(settings: Settings, services: Services) -> FakeWeChat:
    async def turned(_step: timedelta) -> None:
        async with services.database.transaction() as connection:
            offset = services.clock.offset.total_seconds()
            await setting.put(connection, parts.CLOCK_OFFSET, offset)
        services.live.tell("outbox", "inbound")

    return FakeWeChat(
        clock=services.clock,
        webhook_url=f"{settings.address}/wechat",
        base_url=f"{settings.address}/simulator",
        storage=settings.data / "simulator",
        on_advance=turned,
    )


def _workers(
    settings: Settings,
    services: Services,
    engine: Engine,
    channels: Mapping[str, Channel],
    delivery: Delivery,
    builtin: Builtin,
    account: Account,
    neighbours: Neighbours,
) -> Sequence[Worker]:
    fetching = Fetching(services, channels, settings.data / "attachments")
    patience = Patience(services, timedelta(minutes=settings.draft_patience_minutes))
    reminding = Reminding(services, parts.review_policy(settings))
    news = News(services, notices=TEMPLATE in account.templates)
    bursts = Bursts(services, neighbours)
    grouping = Grouping(services, builtin.encoder, builtin.metric)
    return (
        Worker("delivery", delivery.step, "outbox", 0.5),
        Worker("catch up", engine.catch_up, "inbound", 1.0),
        Worker("fetching", fetching.step, "inbound", 2.0),
        Worker("patience", patience.step, "", 10.0),
        Worker("questions", grouping.step, "", 1.0),
        Worker("news", news.step, "questions", 1.0),
        Worker("bursts", bursts.step, "orders", 1.0),
        Worker("clusters", Clusterwork(services).step, "orders", 1.0),
        Worker("deadlines", Clockwork(services).step, "", 10.0),
        Worker("retention", Retention(services, parts.retention(settings)).step, "", 600.0),
        Worker("tally", Summing(services).step, "", 30.0),
        Worker("knowledge reminders", reminding.step, "", 60.0),
    )


def _home(settings: Settings) -> Callable[[web.Request], Any]:
    async def home(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/simulator" if settings.simulator else "/console")

    return home
