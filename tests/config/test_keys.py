"""Where the data key comes from, and what the operator is told of it."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend import sealing
from backend.database import Database
from backend.keys import WrongKey
from config import keys
from config.settings import BadSetting, Settings

ONE, OTHER = sealing.fresh(), sealing.fresh()


def settings(folder: Path, **more: object) -> Settings:
    return Settings(data=folder, **({"data_key": ""} | more))  # type: ignore[arg-type]


def test_the_first_of_several_keys_seals(tmp_path: Path) -> None:
    known = settings(tmp_path, data_key=f"{ONE}, {OTHER}")
    ring = keys.configured(known)
    assert ring is not None
    assert len(ring.ids) == 2
    file = tmp_path / "keys"
    file.write_text(f"{ONE}\n\n{OTHER}\n")
    from_file = keys.configured(settings(tmp_path, data_key_file=file))
    assert from_file is not None
    assert from_file.ids == ring.ids
    assert keys.beside_data(known) == ""
    assert "docs/personal-data.md" in keys.beside_data(settings(tmp_path))


@pytest.mark.parametrize("text", ["x", "c2hvcnQ=", ","])
def test_what_is_no_key_is_refused_by_its_setting(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSetting, match=r"HUIYING_DATA_KEY: .*openssl|there is no key"):
        keys.configured(settings(tmp_path, data_key=text))
    with pytest.raises(BadSetting, match="HUIYING_DATA_KEY_FILE"):
        keys.configured(settings(tmp_path, data_key_file=tmp_path / "none"))


def test_of_two_that_make_the_key_at_once_the_first_ones_stays(tmp_path: Path) -> None:
    file = tmp_path / "var" / "data.key"

    def make(_number: int) -> str:
        keys.make(file)
        return file.read_text()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(16)))) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(file.parent) == ["data.key"]


async def test_no_key_is_made_for_a_database_that_has_one(
    database: Database, tmp_path: Path
) -> None:
    with pytest.raises(WrongKey, match="set HUIYING_DATA_KEY"):
        await keys.unlock(settings(tmp_path), database)
    assert os.listdir(tmp_path) == []
