"""A load generator: citizens who each send one message after the other, for some seconds."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp

from benchmarks.messages import Signed

Make = Callable[[int, int], Signed]
"""The message number `n` of citizen `c`."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run measured. Times in milliseconds."""

    name: str
    requests: int
    errors: int
    per_second: float
    p50: float
    p95: float
    p99: float

    def line(self, base: "Figures | None" = None) -> str:
        """One row of the table, with the ratio to another run's throughput."""
        ratio = f"{self.per_second / base.per_second:8.4f}" if base else "       1"
        return (
            f"{self.name:34} {self.per_second:9.1f} {self.p50:8.1f} {self.p95:8.1f} "
            f"{self.p99:8.1f} {self.errors:7d} {ratio}"
        )


HEAD = f"{'':34} {'req/s':>9} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'errors':>7} {'ratio':>8}"


async def measure(
    name: str,
    urls: Sequence[str],
    make: Make,
    *,
    citizens: int,
    seconds: float,
    warm_up: float = 1.0,
) -> Figures:
    """Send from `citizens` at once for `seconds`, after a warm-up that is not counted.

    They are dealt out to `urls` evenly, as a load balancer does.
    """
    times: list[float] = []
    errors = 0
    begin = time.perf_counter() + warm_up
    end = begin + seconds

    async def citizen(session: aiohttp.ClientSession, who: int) -> None:
        nonlocal errors
        number, url = 0, urls[who % len(urls)]
        while (now := time.perf_counter()) < end:
            signed = make(who, number)
            number += 1
            try:
                async with session.post(f"{url}?{signed.query}", data=signed.body) as answer:
                    await answer.read()
                    failed = answer.status != 200
            except (aiohttp.ClientError, TimeoutError):
                failed = True
            if now >= begin:
                errors += failed
                times.append(time.perf_counter() - now)

    connector = aiohttp.TCPConnector(limit=citizens)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(citizen(session, who) for who in range(citizens)))
    return _figures(name, times, errors, seconds)


def _figures(name: str, times: list[float], errors: int, seconds: float) -> Figures:
    ordered = sorted(times) or [0.0]

    def percentile(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000

    return Figures(
        name,
        len(times),
        errors,
        len(times) / seconds,
        percentile(0.50),
        percentile(0.95),
        percentile(0.99),
    )
