"""The knowledge base as files: what is written is read again, and what cannot be read is named."""

import csv
import io
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.knowledge import files
from backend.knowledge.entry import Entry, problem, tidied
from backend.knowledge.files import COLUMNS, BadFile
from tests.odd import HUGE, ODD, SURROGATES

ENTRY = Entry(
    title="社保卡丢了怎么补办",
    answer="带身份证到任一网点补办。\n每周一至周五，“当场”领卡。",
    questions=("社保卡掉了", "社保卡遗失"),
    unit="市人社局",
    source="《办事指南》, 2025",
    valid_until="2027-12-31",
    category="社会保障/社保卡",
)
ENDINGS = (".csv", ".xlsx", ".yml")


def read(path: Path) -> list[Entry]:
    return [line.entry for line in files.read(path.name, path.read_bytes()).lines]


def write(path: Path, entries: Iterable[Entry]) -> None:
    path.write_bytes(files.write(path.name, entries))


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_written_is_read_again(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"knowledge{ending}"
    write(path, [ENTRY, Entry("标题", "答案")])
    assert read(path) == [ENTRY, Entry("标题", "答案")]


_cell = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["=1+1", "'=SUM(A1)", "''-x", "@x", "+86", "'", "一\n二", "yes", "1.0", "null"]
    ),
    st.sampled_from(["a；b;c", "\x85", "\u2028x", '"', "\ufeff", "2027-1-5", "~", "- a: b", "#"]),
)
_entries = st.builds(
    Entry,
    title=_cell,
    answer=_cell,
    questions=st.lists(_cell, max_size=3).map(tuple),
    unit=_cell,
    source=_cell,
    category=_cell,
    valid_until=st.one_of(st.just(""), st.dates(date(2000, 1, 1)).map(date.isoformat)),
).map(tidied)


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("ending", ENDINGS)
@given(st.lists(_entries, max_size=3))
def test_whatever_is_written_is_read_again(ending: str, entries: list[Entry]) -> None:
    """Of entries as they are kept, export and import are the identity."""
    name = f"knowledge{ending}"
    kept = [entry for entry in entries if not problem(entry)]
    assert [line.entry for line in files.read(name, files.write(name, kept)).lines] == kept


@pytest.mark.parametrize("risky", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", '=HYPERLINK("http://x")'])
def test_no_spreadsheet_takes_a_text_for_a_formula(tmp_path: Path, risky: str) -> None:
    written = files.write("a.csv", [Entry(risky, risky)]).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(written))
    assert row["标题"] == f"'{risky}"
    path = tmp_path / "a.xlsx"
    write(path, [Entry(risky, risky)])
    cell = openpyxl.load_workbook(path).active["A2"]
    assert (cell.data_type, cell.quotePrefix, cell.value) == ("s", True, risky)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_as_excel_and_others_write_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "表.CSV"
    head, row = "标题,相似问,答案,有效期至", '怎么办证,办证；如何办证;办证,"带，证\r\n来",2027/1/5'
    path.write_bytes(f"{head}\r\n\r\n{row}\r\n,,\r\n".encode(encoding))
    (line,) = files.read(path.name, path.read_bytes()).lines
    assert line.entry == Entry(
        "怎么办证", "带，证\n来", ("办证", "如何办证"), valid_until="2027-01-05"
    )
    assert line.row == 3


def test_xlsx_with_dates_numbers_and_empty_rows(tmp_path: Path) -> None:
    path, book = tmp_path / "表.xlsx", openpyxl.Workbook()
    sheet = book.active
    sheet.append(["标题", "答案", "有效期至", "别的列"])
    sheet.append([12345, "热线", datetime(2027, 1, 5), "x"])
    sheet.append([None, None, None, None])
    sheet.append(["缺答案", None, date(2027, 1, 5), None])
    book.save(path)
    assert read(path) == [
        Entry("12345", "热线", valid_until="2027-01-05"),
        Entry("缺答案", "", valid_until="2027-01-05"),
    ]


def test_yml_with_lists_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text(
        "- {标题: 一, 答案: 二, 相似问: [三, 四], 有效期至: 2027-01-05}\n- {标题: 五}\n"
    )
    assert read(path) == [
        Entry("一", "二", ("三", "四"), valid_until="2027-01-05"),
        Entry("五", ""),
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"", "只能导入"),
        ("a.csv", b"", "缺少列"),
        ("a.csv", "标题,内容\n一,二\n".encode(), "缺少列 答案"),
        ("a.csv", b"\xff\xff\xff", "编码"),
        ("a.xlsx", b"not a workbook", "不是"),
        ("a.xlsx", b"PK\x03\x04 broken", "不是"),
        ("a.yml", "标题: 一".encode(), "列表"),
        ("a.yml", b"- one", "列名"),
        ("a.yml", b"- [", "a.yml"),
        ("a.yml", b"- {title: x}", "缺少列"),
        ("a.yml", b"\xff", "编码"),
    ],
)
def test_what_is_not_knowledge_is_refused_with_a_reason(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadFile, match=said):
        read(path)


def test_a_row_with_more_cells_than_the_head_is_refused() -> None:
    """A comma in a text without quotes would else cut the answer off."""
    sheet = files.read("a.csv", "标题,答案\n一,二,三\n四,五,\n".encode())
    assert ["多出1格" in line.defect for line in sheet.lines] == [True, False]


def test_what_is_no_text_in_yml_is_refused_with_its_row() -> None:
    bomb = "- &a {标题: [x, x], 答案: 二}\n- {标题: 一, 答案: {a: b}}\n- {标题: 一, 答案: [[*a]]}\n"
    sheet = files.read("a.yml", bomb.encode())
    assert [line.defect for line in sheet.lines] == ["", "答案应是文字", "答案应是文字"]


@pytest.mark.parametrize("nested", ["[" * 200_000, "- " * 200_000, "[" * 9 + "]" * 9])
def test_deep_yml_is_refused_and_crashes_nothing(nested: str) -> None:
    """libyaml's constructor ends the process on the first two."""
    with pytest.raises(BadFile, match="嵌套太深"):
        files.read("a.yml", f"- {nested}".encode())


def test_a_cell_far_away_costs_nothing(tmp_path: Path) -> None:
    path, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    book.active.append(["标题", "答案"])
    book.active.append(["一", "二"])
    book.active["XFD9000"] = "远"
    book.save(path)
    assert read(path) == [Entry("一", "二")]


def test_a_workbook_with_broken_or_exploding_xml_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["标题", "答案"])
    book.save(tmp_path / "a.xlsx")
    nines = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 9}'>" for n in range(1, 9))
    bomb = f"<!DOCTYPE x [<!ENTITY e0 'xxxxxxxxx'>{nines}]><worksheet>&e8;</worksheet>"
    for xml in ("<worksheet><sheetData>", bomb):
        content = io.BytesIO()
        with (
            zipfile.ZipFile(tmp_path / "a.xlsx") as whole,
            zipfile.ZipFile(content, "w") as broken,
        ):
            for name in whole.namelist():
                sheet = name.endswith("sheet1.xml")
                broken.writestr(name, xml if sheet else whole.read(name))
        with pytest.raises(BadFile):
            files.read("a.xlsx", content.getvalue())


def test_columns_that_are_missing_or_unknown_are_told() -> None:
    sheet = files.read("a.csv", "标题,答案,有效期\n一,二,三\n".encode())
    assert (sheet.given, sheet.ignored) == ({"title", "answer"}, ("有效期",))
    with pytest.raises(BadFile, match="两列"):
        files.read("a.csv", "标题,答案,答案\n".encode())


def test_an_export_needs_a_known_ending(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="只能导出"):
        write(tmp_path / "a.txt", [ENTRY])


def test_characters_no_database_takes_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("标题,答案\n一\x00二\x1d,三\n", encoding="utf-8")
    assert read(path) == [Entry("一二", "三")]


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2027-12-31", "2027-12-31"),
        ("2027/1/5", "2027-01-05"),
        ("2027.1.5", "2027-01-05"),
        ("2027年1月5日", "2027-01-05"),
        ("20270105", "2027-01-05"),
        ("2027-12-31 00:00:00", "2027-12-31"),
        ("", ""),
    ],
)
def test_days_as_people_write_them(tmp_path: Path, said: str, day: str) -> None:
    path = tmp_path / "a.yml"
    path.write_text(yaml.safe_dump([{"标题": "一", "答案": "二", "有效期至": said}]))
    assert read(path)[0].valid_until == day
    assert problem(read(path)[0]) == ""


@pytest.mark.parametrize("said", ["长期", "2027-13-01", "2027-02-30", "2027-W01-1", "明年"])
def test_what_is_no_day_is_refused_with_its_row(tmp_path: Path, said: str) -> None:
    path = tmp_path / "a.yml"
    path.write_text(yaml.safe_dump([{"标题": "一", "答案": "二", "有效期至": said}]))
    assert said in problem(read(path)[0])


def test_the_columns_are_those_of_the_contract() -> None:
    """docs/design.md section 12."""
    assert tuple(COLUMNS) == ("标题", "相似问", "答案", "承办单位", "来源", "有效期至", "分类")


@pytest.mark.parametrize("name", ODD | SURROGATES | {"huge": HUGE})
@pytest.mark.parametrize("ending", ENDINGS)
def test_odd_cells_are_read_or_named(ending: str, name: str) -> None:
    cell = (ODD | SURROGATES | {"huge": HUGE})[name].encode("utf-8", "surrogatepass")
    content = b"\xe6\xa0\x87\xe9\xa2\x98,\xe7\xad\x94\xe6\xa1\x88\n" + cell + b"," + cell
    with suppress(BadFile):
        for line in files.read(f"odd{ending}", content).lines:
            assert problem(tidied(line.entry)) or line.entry.title
