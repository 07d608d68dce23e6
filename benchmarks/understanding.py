"""`make bench`, second part: lookups among 214, 10,000 and 100,000 entries, and one message read.

Each size is measured in a process of its own, started with its vectors on disk, as a server is.
The entries are made up, and their vectors too (`entries.py`); texts asked are really encoded.
Beside the time on the clock stands that of the processor, which on a busy machine says more.
With RASA_URL set, Rasa's own POST /model/parse is measured in the same run.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time

import aiohttp
import numpy as np
import psutil

from backend.clock import Clock
from benchmarks.entries import QuickEncoder, entries
from bot.understanding.encoder import SentenceEncoder
from bot.understanding.entry_vectors import EntryVectors
from bot.understanding.reading import Entry
from bot.understanding.understanding import Builtin, load_builtin

ROOT = Path(__file__).parents[1]
SIZES = (214, 10_000, 100_000)
ROUNDS = 400
_BATCH = 500
_ASKED = (
    "请问{n}路公交车站旁边的自习室怎么办月票",
    "我屋里老人想去城东的游泳池{n}号馆 年票要好多钱",
    "外地人能在河西夜市租个{n}平米的摊位不",
    "图书馆的卡掉了{n}天了 怎么补",
    "疫苗门诊周末开不开 上次打电话{n}次都没人接",
)
HEAD = f"{'':34} {'p50 ms':>8} {'p99 ms':>8} {'CPU p50':>8} {'p99':>6} {'MB':>7} {'start s':>8}"

Times = list[tuple[float, float]]
"""Milliseconds of each message on the clock and of this process's CPU."""


def main() -> None:
    """Measure everything and print one row for each."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        cache = Path(folder)
        load_builtin(ROOT / "nlu_data", ROOT / "config" / "city", cache, _tell)
        vectors = EntryVectors(QuickEncoder(SentenceEncoder()), cache)
        for part in _parts(max(SIZES)):
            vectors.of(part)
        del vectors
        print(HEAD)
        for size in SIZES:
            command = [sys.executable, "-m", "benchmarks.understanding", str(size), folder]
            found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            rest = f"{found['memory']:7.0f} {found['start']:8.1f}"
            _row(f"lookup among {size} entries", found["lookup"], rest)
            _row(f"one message read, {size} entries", found["reading"])
    if url := os.environ.get("RASA_URL"):
        _row("Rasa POST /model/parse", asyncio.run(_rasa(url)))


def child(size: int, cache: Path) -> dict[str, object]:
    """What one process measures: seconds to start, megabytes, and the times in milliseconds."""
    began = perf_counter()
    builtin = load_builtin(ROOT / "nlu_data", ROOT / "config" / "city", cache, _tell)
    for part in _parts(size):
        builtin.search.change(part)
    start = perf_counter() - began
    lookup = _times(_asked("查"), builtin.search.search)
    return {
        "start": start,
        "lookup": lookup,
        "reading": asyncio.run(_read(builtin)),
        "memory": psutil.Process().memory_info().rss / 2**20,
    }


def _parts(size: int) -> Iterator[list[Entry]]:
    """The entries as a server gets them from its database."""
    made = entries(size)
    while part := list(islice(made, _BATCH)):
        yield part


async def _read(builtin: Builtin) -> Times:
    understanding = builtin.understanding(Clock())
    times = []
    for text in _asked("读"):
        began = _now()
        await understanding.read(text)
        times.append(_since(began))
    return times


async def _rasa(url: str) -> Times:
    """The CPU is that of the client alone."""
    times = []
    async with aiohttp.ClientSession(url) as session:
        for text in _asked("问"):
            began = _now()
            query = {"token": os.environ.get("RASA_TOKEN", "")}
            async with session.post("/model/parse", json={"text": text}, params=query) as answer:
                answer.raise_for_status()
                await answer.read()
            times.append(_since(began))
    return times


def _asked(first: str) -> list[str]:
    """No text comes twice: an encoder remembers what it has seen."""
    return [first + _ASKED[n % len(_ASKED)].format(n=n) for n in range(ROUNDS)]


def _times(texts: Sequence[str], run: Callable[[str], object]) -> Times:
    times = []
    for text in texts:
        began = _now()
        run(text)
        times.append(_since(began))
    return times


def _now() -> tuple[float, float]:
    return perf_counter(), process_time()


def _since(began: tuple[float, float]) -> tuple[float, float]:
    clock, processor = _now()
    return (clock - began[0]) * 1000, (processor - began[1]) * 1000


def _row(name: str, times: Times, rest: str = "") -> None:
    (p50, cpu50), (p99, cpu99) = np.percentile(times, (50, 99), axis=0)
    print(f"{name:34} {p50:8.1f} {p99:8.1f} {cpu50:8.1f} {cpu99:6.1f} {rest}".rstrip(), flush=True)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(child(int(sys.argv[1]), Path(sys.argv[2]))))
    else:
        main()
