"""Records on disk, shared by processes and cut short by a crash."""

from pathlib import Path

import numpy as np
import pytest

from bot.understanding.record_file import RecordFile, Records

KIND = np.dtype([("key", "V4"), ("value", np.int32)])


def records(*values: int) -> Records:
    made = np.zeros(len(values), dtype=KIND)
    made["key"] = [np.void(value.to_bytes(4, "little")) for value in values]
    made["value"] = values
    return made


def key(value: int) -> bytes:
    return value.to_bytes(4, "little")


@pytest.mark.parametrize("kept", [True, False])
def test_what_was_added_is_read_in_the_order_asked(tmp_path: Path, kept: bool) -> None:
    file = RecordFile(KIND, tmp_path / "records.bin" if kept else None)
    file.add(records(1, 2))
    file.add(records(3))
    assert file.read([key(3), key(1)])["value"].tolist() == [3, 1]
    assert key(2) in file
    assert key(4) not in file
    assert len(file.read([])) == 0


def test_the_next_start_finds_them(tmp_path: Path) -> None:
    path = tmp_path / "records.bin"
    RecordFile(KIND, path).add(records(*range(5000)))
    assert RecordFile(KIND, path).read([key(4999)])["value"].tolist() == [4999]


def test_two_processes_append_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "records.bin"
    one, other = RecordFile(KIND, path), RecordFile(KIND, path)
    one.add(records(1))
    other.add(records(2))
    one.add(records(3))
    assert one.read([key(3), key(1)])["value"].tolist() == [3, 1]
    assert other.read([key(2)])["value"].tolist() == [2]


def test_a_record_cut_short_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "records.bin"
    RecordFile(KIND, path).add(records(1, 2))
    with path.open("r+b") as file:
        file.truncate(2 * KIND.itemsize - 3)
    again = RecordFile(KIND, path)
    assert key(2) not in again
    again.add(records(4))
    assert again.read([key(4)])["value"].tolist() == [4]
