"""`huiying platform`: a key is printed once, listed without its secret, and revoked."""

from pathlib import Path

import pytest

from .test_commands import Shell


@pytest.fixture
def shell(database_url: str, redis_url: str, tmp_path: Path) -> Shell:
    names = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "HUIYING_DATA": str(tmp_path)}
    return Shell(names)


async def test_a_key_is_given_listed_and_revoked(shell: Shell) -> None:
    added = await shell.run("platform", "add", "省平台", "--channel", "省12345")
    assert added.exit_code == 0, added.output
    key = added.stdout.strip().splitlines()[-1]
    assert key.startswith("hy_1_")
    (row,) = await shell.json("platform", "list")
    assert (row["key"], row["name"], row["channel"]) == (1, "省平台", "省12345")
    assert key.rpartition("_")[2] not in str(row)
    assert "orders:read:all" not in row["scopes"]
    assert (await shell.run("platform", "revoke", "1")).exit_code == 0
    assert "没有编号为 1 的有效密钥" in await shell.refused("platform", "revoke", "1")


async def test_a_source_that_the_city_does_not_have_is_refused(shell: Shell) -> None:
    said = await shell.refused("platform", "add", "省平台", "--channel", "不存在")
    assert "省12345" in said
