"""The citizens' pictures are shown to those who may see their chat or order, and to nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from backend import attachments
from backend.console.app import console_app
from backend.console.context import PREFIX
from backend.files import Folder
from backend.message import Attachment
from tests.backend.office import UNITS, Desk, World


@pytest.fixture
async def server(world: World, tmp_path: Path) -> AsyncIterator[TestServer]:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "1.jpg").write_bytes(b"picture")
    (tmp_path / "secret.txt").write_text("not for the web")
    app = web.Application()
    app.add_subapp(PREFIX, console_app(world.services, b"s" * 32, UNITS, Folder(tmp_path / "kept")))
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


async def picture(world: World, path: str = "1.jpg", unit: str = "市住建局") -> int:
    """A picture that belongs to an order of `unit`."""
    kept = await world.order(unit)
    assert kept.citizen_id is not None
    await world.says("看图", citizen="same")
    async with world.database.transaction() as connection:
        found = await attachments.add(
            connection, kept.citizen_id, 1, Attachment("image", "m1"), world.now
        )
        await attachments.assign(connection, [found], kept.id)
        await attachments.settle(connection, found, "stored", path=path)
    return found


async def test_agents_and_the_unit_in_charge_see_it(at: Desk, world: World) -> None:
    found = await picture(world)
    for login in ("zhang", "audit", "zhujian"):
        response = await (await at(login)).get(f"/media/{found}")
        assert (response.status, await response.read()) == (200, b"picture")


async def test_others_do_not(at: Desk, world: World) -> None:
    found = await picture(world)
    for login in ("chengguan", "drifter", "editor"):
        assert (await (await at(login)).get(f"/media/{found}")).status == 404


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/passwd", "none.jpg"])
async def test_nothing_outside_the_folder_is_served(at: Desk, world: World, path: str) -> None:
    found = await picture(world, path)
    assert (await (await at("zhang")).get(f"/media/{found}")).status == 404
