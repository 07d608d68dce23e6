"""Commands about personal data: who saw what, forgetting, retention, keys."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import select

from backend import sealing
from backend.database import Database
from backend.orders import store
from backend.tables import citizen
from tests.config.test_commands import NOW, Shell
from tests.conftest import DATA_KEY

MATTER = {
    "channel": "wechat",
    "type": "求助",
    "facts": "欧阳梓萱家停水，电话13807329981",
    "citizen_name": "欧阳梓萱",
    "contact": "13807329981",
    "place": "建设北路7311号",
    "area": "雨湖区",
}


@pytest.fixture
def shell(database_url: str, redis_url: str, tmp_path: Path) -> Shell:
    return Shell(
        {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "HUIYING_DATA": str(tmp_path),
            "WECHAT_APPID": "wx1",
            "WECHAT_SECRET": "s",
            "WECHAT_TOKEN": "t",
        }
    )


@pytest.fixture
async def number(database: Database) -> str:
    async with database.transaction() as connection:
        row = {"channel": "wechat", "openid": "oShell", "created_at": NOW}
        await connection.execute(citizen.insert().values(row))
        kept = await store.add(connection, MATTER, citizen_id=1, actor="citizen:", now=NOW)
    return kept.number


async def test_people_read_masks_and_programs_are_written_down(shell: Shell, number: str) -> None:
    for command in (("orders", "show", number), ("orders", "list")):
        said = (await shell.run(*command)).stdout
        assert "13807329981" not in said
        assert "欧阳梓萱" not in said
        assert "7311号" not in said
    assert (await shell.run("accesses")).stdout.strip() == "没有查阅记录。"
    assert (await shell.json("orders", "show", number))["contact"] == "13807329981"
    assert (await shell.json("orders", "list"))[0]["place"] == "建设北路7311号"
    printed = (await shell.run("accesses", "--csv")).stdout
    rows = list(csv.DictReader(StringIO(printed)))
    assert [row["what"] for row in rows] == ["list", "order"]
    assert rows[1]["number"] == number
    assert len(await shell.json("accesses", "--number", number)) == 1
    assert await shell.json("accesses", "--since", "2099-01-01") == []
    assert "2099-13-01" in await shell.refused("accesses", "--since", "2099-13-01")


async def test_the_key_is_changed_by_the_commands_alone(shell: Shell, number: str) -> None:
    old = sealing.KeyRing.read([DATA_KEY]).first.id
    counted = await shell.json("keys", "status")
    assert {row["key"] for row in counted} == {old}
    fresh = sealing.fresh()
    both = {"HUIYING_DATA_KEY": f"{fresh},{DATA_KEY}"}
    done = await shell.run("keys", "rotate", **both)
    assert f"Key {old} is not needed any more" in done.stdout
    alone = {"HUIYING_DATA_KEY": fresh}
    assert number in (await shell.run("orders", "list", **alone)).stdout
    assert "is sealed with data key" in await shell.refused("orders", "list")
    assert "HUIYING_DATA_KEY" in await shell.refused("orders", "list", HUIYING_DATA_KEY="x")
    assert "no key is here" in await shell.refused("orders", "list", HUIYING_DATA_KEY="")
    sealing.install(sealing.KeyRing.read([DATA_KEY]))


async def test_retention_is_counted_and_run(shell: Shell, number: str) -> None:
    dry = await shell.run("retention", "run", "--dry-run")
    assert dry.stdout.strip() == "due: orders 0, messages 0, answers 0"
    assert (await shell.run("retention", "run")).exit_code == 0


async def test_a_citizen_is_forgotten_by_number(
    shell: Shell, number: str, database: Database
) -> None:
    assert "没有编号为 99 的市民" in await shell.refused("citizens", "erase", "99", "--yes")
    async with database.transaction() as connection:
        assert await connection.scalar(select(citizen.c.openid)) == "oShell"
