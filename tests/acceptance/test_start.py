"""Starting and stopping with services of one's own: what `make run` does."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from channels.simulator.server import FakeWeChat
from tests.acceptance.eventually import eventually
from tests.acceptance.house import House
from tests.acceptance.tally import outcomes

pytestmark = pytest.mark.acceptance

QUESTION = "公积金租房提取需要什么材料"
ANNA = "oStartAnna"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    """A data folder with its own PostgreSQL and Valkey in it."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "model").symlink_to(model)
    return folder


@pytest.fixture
def settings(own: Path, wechat: FakeWeChat) -> dict[str, str]:
    return {"HUIYING_DATA": str(own), "WECHAT_API_BASE": wechat.api_base}


@pytest.fixture
async def house(settings: dict[str, str], wechat: FakeWeChat) -> AsyncIterator[House]:
    async with House.serving(settings) as house:
        wechat.webhook_url = f"{house.url}/wechat"
        yield house


def processes(folder: Path, name: str = "") -> list[psutil.Process]:
    """The processes that work in a data folder."""
    return [
        process
        for process in psutil.process_iter(["name", "cwd", "status"])
        if (process.info["cwd"] or "").startswith(str(folder))
        and name in process.info["name"]
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postgres/postmaster.pid").read_text().split()[0]))


async def kept(house: House) -> int:
    return len(await outcomes(house))


async def refused(settings: dict[str, str], **more: str) -> str:
    """What a server says that does not start; it must be one sentence, and quick."""
    house = House({**settings, **more})
    house.log.unlink(missing_ok=True)
    await house.launch()
    async with asyncio.timeout(30):
        code = await house.ended()
    said = house.log.read_text()
    assert code not in (0, -signal.SIGKILL), said
    assert "Traceback" not in said
    complaint = [line for line in said.splitlines() if line.startswith("huiying: ")]
    assert len(complaint) == 1, said
    return complaint[0]


async def test_the_second_start_is_quick_keeps_all_and_ctrl_c_stops_all(
    settings: dict[str, str], wechat: FakeWeChat, own: Path
) -> None:
    async with House.serving(settings) as house:
        wechat.webhook_url = f"{house.url}/wechat"
        await wechat.send_text(ANNA, QUESTION)
        before = await kept(house)
        assert processes(own, "postgres")
        assert processes(own, "valkey")
        assert await house.stop() == 0
        assert not processes(own)
        began = time.monotonic()
        await house.start()
        assert time.monotonic() - began < 10
        assert await kept(house) == before >= 1
    assert not processes(own)


async def test_ctrl_c_while_it_starts_stops_all(settings: dict[str, str], own: Path) -> None:
    house = House(settings)
    await house.launch()
    await eventually(lambda: processes(own, "postgres"))
    assert await house.stop() == 0
    assert not processes(own)


async def test_after_a_kill_it_starts_again_and_still_stops_all(
    settings: dict[str, str], house: House, wechat: FakeWeChat, own: Path
) -> None:
    await wechat.send_text(ANNA, QUESTION)
    before = await kept(house)
    await house.kill_alone()
    assert processes(own, "postgres")
    await house.start()
    assert await kept(house) == before
    assert await wechat.send_text(ANNA, QUESTION)
    assert await house.stop() == 0
    assert not processes(own), "who was killed before is still waited for"
    await house.start()


async def test_after_a_power_cut_it_starts_again(
    house: House, wechat: FakeWeChat, own: Path
) -> None:
    await wechat.send_text(ANNA, QUESTION)
    before = await kept(house)
    for process in [*processes(own), psutil.Process(house.pid)]:
        process.kill()
    await house.ended()
    await eventually(lambda: not processes(own))
    # The number of the dead PostgreSQL is another process's by now.
    mark = own / "postgres/postmaster.pid"
    lines = mark.read_text().splitlines()
    mark.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    await house.start()
    assert await kept(house) == before
    await house.kill_alone()
    for process in processes(own):
        process.kill()
    await eventually(lambda: not processes(own))
    # Killed while it was starting, it has written only half of the mark.
    mark.write_text("\n".join(["1", *lines[1:5]]) + "\n")
    await house.start()
    assert await kept(house) == before


@pytest.mark.parametrize("name", ["postgres", "valkey"])
async def test_a_service_that_is_killed_is_started_again(
    house: House, wechat: FakeWeChat, own: Path, name: str
) -> None:
    await wechat.send_text(ANNA, QUESTION)
    before = await kept(house)
    victim = postmaster(own) if name == "postgres" else processes(own, name)[0]
    victim.kill()
    assert await wechat.send_text(ANNA, QUESTION)
    await eventually(lambda: victim.pid not in {p.pid for p in processes(own)})
    await eventually(lambda: _is_well(house), within=30)
    assert await kept(house) == before + 1


async def test_a_valkey_whose_socket_was_cleaned_away_is_replaced(house: House, own: Path) -> None:
    (before,) = processes(own, "valkey")
    (own / "valkey/valkey.sock").unlink()
    await eventually(lambda: before not in processes(own, "valkey"))
    await eventually(lambda: _is_well(house))
    assert len(processes(own, "valkey")) == 1


async def _is_well(house: House) -> bool:
    return bool((await house.health())["status"] == "ok")


async def test_two_servers_on_one_folder_are_refused(
    settings: dict[str, str], house: House, own: Path
) -> None:
    said = await refused(settings)
    assert str(own) in said
    assert "HUIYING_DATA" in said
    assert (await house.health())["status"] == "ok"


async def test_what_is_set_wrong_is_said_in_one_sentence(settings: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert port in await refused(settings, HUIYING_PORT=port)
    assert "HUIYING_PORT" in await refused(settings, HUIYING_PORT="abc")
    assert "HUIYING_PORT" in await refused(settings, HUIYING_PORT="70000")
    assert "WECHAT_AES_KEY" in await refused(settings, WECHAT_AES_KEY="short")
    assert "WECHAT_AES_KEY" in await refused(settings, WECHAT_AES_KEY="!" * 43)
    assert "HUIYING_SURVEY_HOURS" in await refused(settings, HUIYING_SURVEY_HOURS="nine to five")
    assert "HUIYING_SURVEY_HOURS" in await refused(settings, HUIYING_SURVEY_HOURS="20:00-09:00")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:1/none",
        "postgresql://nobody@nowhere.invalid/none",
        "not a url",
        "mysql://root@localhost/x",
    ],
)
async def test_a_database_that_is_not_there_is_said_in_one_sentence(
    settings: dict[str, str], url: str
) -> None:
    assert "database" in (await refused(settings, DATABASE_URL=url)).lower()
