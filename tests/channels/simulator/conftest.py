from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from backend.clock import Clock
from channels.simulator.pusher import Patience
from channels.simulator.server import FakeWeChat
from tests.channels.simulator.client import ApiClient
from tests.channels.simulator.webhook import Webhook, webhook

QUICK = Patience(timeout=0.3, interval=0.05)


class StillClock(Clock):
    """Stands still until it is turned, so that a test can stand on a boundary."""

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 1, 0, tzinfo=UTC) + self.offset


@pytest.fixture
def clock() -> Clock:
    return StillClock()


@pytest.fixture
async def hook() -> AsyncIterator[Webhook]:
    async with webhook() as stub:
        yield stub


@pytest.fixture
async def wechat(clock: Clock, hook: Webhook) -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat.running(clock=clock, webhook_url=hook.url, patience=QUICK) as fake:
        yield fake


@pytest.fixture
async def api(wechat: FakeWeChat) -> AsyncIterator[ApiClient]:
    async with ApiClient(wechat) as client:
        yield client
