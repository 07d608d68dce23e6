"""One house for all tests of the bot, wired as the server wires it, before a fake WeChat."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import msgspec
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import text
from sqlalchemy.engine import make_url

from backend.clock import Clock
from backend.database import Database
from backend.orders.nearness import Clustering
from bot.understanding.corpus import Corpus
from bot.understanding.understanding import Builtin, load_builtin
from channels.simulator.server import FakeWeChat
from config import app, city, starter
from config.app import System
from config.settings import HERE, Settings
from tests.acceptance.house import ACCOUNT, TEMPLATES
from tests.bot.person import Person
from tests.model import MODEL, ROOT

POOL = 4
_numbers = count(1)


@pytest.fixture(scope="session")
async def hall(postgres: str, template: str) -> AsyncIterator[Database]:
    """The house's database, with few connections so that it shows who holds too many."""
    admin = Database(postgres)
    async with admin.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text(f"CREATE DATABASE hall TEMPLATE {template}"))
    await admin.close()
    url = make_url(postgres).set(database="hall").render_as_string(hide_password=False)
    database = Database(url, POOL)
    await starter.plant(database, Clock(), demo=True)
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def wechat() -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat.running(account=ACCOUNT) as fake:
        yield fake


@pytest.fixture(scope="session")
async def system(
    hall: Database,
    redis_url: str,
    wechat: FakeWeChat,
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[System]:
    """The parts of the server in this process; its workers do nothing unless told to."""
    folder = tmp_path_factory.mktemp("hall")
    model = Path(pytestconfig.cache.mkdir("huiying-model"))
    (folder / "model").symlink_to(model)
    known = Settings(
        data=folder,
        wechat_appid=ACCOUNT.appid,
        wechat_secret=ACCOUNT.secret,
        wechat_token=ACCOUNT.token,
        wechat_aes_key=ACCOUNT.aes_key,
        wechat_api_base=wechat.api_base,
        wechat_templates=TEMPLATES,
    )
    town = city.load(HERE / "city")
    # All tests share one city, and many report the same lamp: test_offer.py lets them be asked.
    rules = msgspec.structs.replace(town.rules, clusters=Clustering(offer_from=0))
    town = replace(town, rules=rules)
    async with app.build(known, town, hall, redis_url, lambda _said: None) as system:
        await system.library.open()
        async with TestServer(system.web) as server:
            wechat.webhook_url = str(server.make_url("/wechat"))
            yield system


@pytest.fixture
def person(system: System, wechat: FakeWeChat) -> Person:
    """A citizen nobody has heard of."""
    return Person(f"oPerson{next(_numbers)}", system, wechat)


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return Corpus.load(ROOT / "nlu_data")


@pytest.fixture(scope="session")
def builtin(corpus: Corpus) -> Builtin:
    """Cached by the hash of data and code, so only a change of either trains again."""
    parts = load_builtin(ROOT / "nlu_data", ROOT / "config" / "city", MODEL, print)
    parts.search.replace(corpus.entries)
    return parts
