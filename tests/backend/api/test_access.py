"""Who gets in, how far, and how often."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from backend import platforms
from backend.api.access import Pace
from backend.api.app import PREFIX, api_app
from backend.files import Folder
from backend.platforms import Scope
from backend.tables import platform_key
from tests.backend.office import World

from .platform import Partners


@pytest.mark.parametrize("shown", ["", "hy_1_x", "hy_1_" + "a" * 43, "hy_0_" + "a" * 43, "密钥"])
async def test_nobody_gets_in_without_a_key(partners: Partners, shown: str) -> None:
    await partners()
    answer = await partners.having(shown).get("/orders")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.body["title"] == "Unauthorized"


async def test_only_the_hash_of_a_key_is_kept(partners: Partners, world: World) -> None:
    partner = await partners()
    secret = partner.key.rpartition("_")[2]
    async with world.database.transaction() as connection:
        row = (await connection.execute(select(platform_key))).one()
    assert secret not in str(row)
    assert secret.encode() not in row.hash


async def test_a_revoked_key_opens_nothing_and_a_second_one_still_does(
    partners: Partners, world: World
) -> None:
    old, new = await partners(), await partners()
    number = (await old.file()).body["number"]
    async with world.database.transaction() as connection:
        assert await platforms.revoke(connection, int(old.key.split("_")[1]), world.now)
    assert (await old.get("/orders")).status == 401
    assert (await new.get(f"/orders/{number}")).status == 200


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (Scope.READ, "GET", "/orders"),
        (Scope.WRITE, "POST", "/orders"),
        (Scope.ACT, "POST", "/orders/1/steps/urge"),
    ],
)
async def test_a_key_opens_what_its_scopes_say(
    partners: Partners, scope: Scope, method: str, path: str
) -> None:
    without = await partners(scopes=set(Scope) - {scope})
    answer = await without.ask(method, path)
    assert answer.status == 403
    assert scope in answer.body["detail"]
    assert (await (await partners(scopes=[scope])).ask(method, path)).status != 403


async def test_who_asks_too_often_is_told_when_to_come_again(world: World, folder: Folder) -> None:
    app = web.Application()
    app.add_subapp(PREFIX, api_app(world.services, per_minute=3, folder=folder))
    async with TestServer(app) as server:
        partners = Partners(world, server)
        first, second = await partners(), await partners()
        assert [(await first.get("/orders")).status for _ in range(3)] == [200] * 3
        refused = await first.get("/orders")
        assert refused.status == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 20
        assert (await second.get("/orders")).status == 200
        await partners.close()


def test_the_bucket_fills_evenly() -> None:
    now = [0.0]
    pace = Pace(60, lambda: now[0])
    assert [pace.wait(1) for _ in range(60)] == [0.0] * 60
    assert pace.wait(1) == pytest.approx(1.0)
    now[0] += 2
    assert [pace.wait(1), pace.wait(1)] == [0.0, 0.0]
    assert pace.wait(1) > 0
