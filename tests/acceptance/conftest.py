from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.simulator.server import FakeWeChat
from tests.acceptance.house import ACCOUNT, House


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for all houses, so that the understanding is trained once."""
    return tmp_path_factory.mktemp("huiying")


@pytest.fixture
async def wechat() -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat.running(account=ACCOUNT) as fake:
        yield fake


@pytest.fixture
async def house(
    data: Path, database_url: str, redis_url: str, wechat: FakeWeChat
) -> AsyncIterator[House]:
    """The system, serving, connected to the fake WeChat."""
    house = House(
        {
            "HUIYING_DATA": str(data),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "WECHAT_API_BASE": wechat.api_base,
        }
    )
    wechat.webhook_url = f"{house.url}/wechat"
    await house.start()
    yield house
    await house.stop()
