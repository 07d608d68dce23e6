from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis.asyncio as redis

from channels.simulator.server import FakeWeChat
from tests.acceptance.house import ACCOUNT, House


@pytest.fixture(scope="session")
def model(pytestconfig: pytest.Config) -> Path:
    """Where the trained understanding lies: kept between runs, trained anew when it must be."""
    return Path(pytestconfig.cache.mkdir("huiying-model"))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    """One data folder for all houses, so that the understanding is trained once."""
    folder = tmp_path_factory.mktemp("huiying")
    (folder / "model").symlink_to(model)
    return folder


@pytest.fixture
async def wechat() -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat.running(account=ACCOUNT) as fake:
        yield fake


@pytest.fixture
async def fresh_redis(redis_url: str) -> str:
    """Without the access token of another test's WeChat."""
    async with redis.Redis.from_url(redis_url) as client:
        await client.flushall()
    return redis_url


@pytest.fixture
def settings(data: Path, database_url: str, fresh_redis: str, wechat: FakeWeChat) -> dict[str, str]:
    """A house of one's own database, connected to the fake WeChat."""
    return {
        "HUIYING_DATA": str(data),
        "DATABASE_URL": database_url,
        "REDIS_URL": fresh_redis,
        "WECHAT_API_BASE": wechat.api_base,
    }


@pytest.fixture
async def house(settings: dict[str, str], wechat: FakeWeChat) -> AsyncIterator[House]:
    """The system, serving, connected to the fake WeChat."""
    async with House.serving(settings) as house:
        wechat.webhook_url = f"{house.url}/wechat"
        yield house
