"""`huiying evaluate` as people and programs use it, on small tables of our own making."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from config.cli import cli

KINDS = {
    "路灯": ["{}的路灯坏了", "{}路灯不亮", "{}晚上路灯没亮", "{}那盏路灯一直闪", "{}的灯杆倒了"],
    "噪音": ["{}施工太吵", "{}半夜还有噪音", "{}音响声音太大", "{}打桩吵得睡不着", "{}广场舞吵"],
    "垃圾": ["{}垃圾没人清", "{}垃圾桶满了", "{}到处是垃圾", "{}垃圾臭气熏天", "{}垃圾堆成山"],
}
PLACES = ("河东路", "雨湖公园", "三小门口", "十八栋楼下", "老车站", "菜市场旁")

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def table(
        name: str,
        rows: Sequence[Sequence[str]],
        head: Sequence[str] = ("留言", "问题类型"),
        encoding: str = "utf-8",
    ) -> str:
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows([head, *rows])
        return str(path)

    return table


def told(places: Sequence[str]) -> list[list[str]]:
    return [
        [said.format(place), kind]
        for kind, sayings in KINDS.items()
        for said in sayings
        for place in places
    ]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *arguments])


def figures(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    return result.stderr.splitlines()[-1]


def test_cross_validated_on_a_city_s_own_labels(write: Write) -> None:
    found = figures("intent", write("own.csv", told(PLACES)), "--folds", "3")
    assert found["method"] == "3-fold cross-validation"
    (score,) = found["engines"]
    assert score["examples"] == 90
    assert score["accuracy"]["value"] > 0.9
    assert score["accuracy"]["low"] < score["accuracy"]["value"] <= score["accuracy"]["high"]
    assert score["macro_f1"]["value"] > 0.9
    assert {each["label"] for each in score["by_label"]} == set(KINDS)
    assert score["curve"][0]["named"] == 1.0
    assert score["danger"] is None


def test_trained_on_one_file_and_measured_on_another(write: Write) -> None:
    train, test = write("train.csv", told(PLACES[:4])), write("test.csv", told(PLACES[4:]))
    result = run("intent", "--label", "问题类型", "--train", train, test)
    assert result.exit_code == 0, result.output
    assert "trained on 60 messages of train.csv" in result.stdout
    assert "macro-F1" in result.stdout


def test_what_cannot_be_measured_is_left_out_and_said(write: Write) -> None:
    train = write("train.csv", [*told(PLACES[:4]), ["谁来管一管", ""], ["很少见", "别的"]])
    test = write("test.csv", [*told(PLACES[3:]), ["从未教过", "新"], ["从未教过一", "新"]])
    found = figures("intent", "--train", train, "--min-count", "2", test)
    assert found["engines"][0]["examples"] == 30 + 2
    notes = " ".join(found["notes"])
    assert "15 messages left out: they are in --train too" in notes
    assert "always wrong, as --train has none of them: 新 2" in notes


def test_a_file_as_excel_on_a_chinese_windows_writes_it(write: Write, tmp_path: Path) -> None:
    gbk = write("gbk.csv", told(PLACES[:2]), head=("文本", "类别"), encoding="gb18030")
    assert figures("intent", gbk, "--folds", "2")["data"] == "gbk.csv (文本 → 类别)"
    book = openpyxl.Workbook()
    for row in (("内容", "标签"), *told(PLACES[:2])):
        book.worksheets[0].append(row)
    path = tmp_path / "book.xlsx"
    book.save(path)
    assert figures("intent", str(path), "--folds", "2")["engines"][0]["examples"] == 30


def test_bad_files_get_one_clear_sentence(write: Write, tmp_path: Path) -> None:
    rows = told(PLACES[:2])
    named = write("named.csv", rows, head=("说了什么", "属于"))
    assert "no column looks like the text" in refused("intent", named)
    good = write("good.csv", rows)
    assert "there is no column 领域 (there are: 留言、问题类型)" in refused(
        "intent", good, "--label", "领域"
    )
    empty = write("empty.csv", [[text, ""] for text, _ in rows])
    assert "no row has both" in refused("intent", empty, "--label", "问题类型")
    one = write("one.csv", [[text, "同一个"] for text, _ in rows])
    assert "at least two labels" in refused("intent", one, "--label", "问题类型")
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"\xff\xff\x00")
    assert "neither UTF-8 nor GBK" in refused("intent", str(broken))
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"")
    assert "not a table" in refused("intent", str(picture))
    assert "--train needs a FILE" in refused("intent", "--train", good)
