"""The knowledge base as files: .csv, .xlsx and .yml with the columns of the import table."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import openpyxl
import yaml

from backend.knowledge.entry import SEPARATOR, Entry, tidied
from backend.knowledge.imports import Line

COLUMNS: Mapping[str, str] = {
    "标题": "title",
    "相似问": "questions",
    "答案": "answer",
    "承办单位": "unit",
    "来源": "source",
    "有效期至": "valid_until",
    "分类": "category",
}
"""The columns of a file (docs/design.md section 12), and what they are in the table."""
REQUIRED = ("标题", "答案")
ENDINGS = (".csv", ".xlsx", ".yml")
FIRST = 2
"""The number of the first row below the head of a table."""
UNPACKED = 400 * 2**20
"""Bytes; a workbook is packed, and one made to harm unpacks to more than a machine holds."""

WIDEST = 64
"""Columns of a workbook that are looked at."""
DEEPEST = 4
"""Levels of YAML: a list of entries that have lists. The parser's own end is a crash."""

Row = tuple[int, Mapping[str, Any], int]
"""A row: its number, as the program shows it that made the file; its cells; and how many cells
beyond the head it has."""


class BadFile(Exception):
    """The file cannot be read as knowledge; the text says why."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds: its lines, which columns of the table it has, and columns nobody knows."""

    lines: Sequence[Line]
    given: frozenset[str]
    ignored: tuple[str, ...] = ()


def read(name: str, content: bytes) -> Sheet:
    """The entries of a file, in its order. Raises BadFile; single rows are judged on import."""
    readers: Mapping[str, Callable[[bytes], tuple[Sequence[str], Iterator[Row]]]] = {
        ".csv": _csv,
        ".xlsx": _xlsx,
        ".yml": _yaml,
        ".yaml": _yaml,
    }
    reader = readers.get(PurePath(name).suffix.lower())
    if reader is None:
        raise BadFile(f"{name}: 只能导入 .csv、.xlsx、.yml 文件")
    try:
        head, rows = reader(content)
        _check(head)
        return Sheet(
            [_line(*row) for row in rows],
            frozenset(COLUMNS[column] for column in head if column in COLUMNS),
            tuple(dict.fromkeys(column for column in head if column and column not in COLUMNS)),
        )
    except BadFile as error:
        raise BadFile(f"{name}: {error}") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{name}: 文字编码不是UTF-8（.csv 也可以是GBK）") from error
    except (ValueError, csv.Error, yaml.YAMLError) as error:
        raise BadFile(f"{name}: {error}") from error
    except Exception as error:
        # A parser of another house fails in many ways on a file that is broken or made to harm.
        raise BadFile(f"{name}: 读不懂这个文件（{type(error).__name__}）") from error


def _check(head: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in head]
    if missing:
        raise BadFile(f"缺少列 {'、'.join(missing)}")
    double = [name for name in COLUMNS if head.count(name) > 1]
    if double:
        raise BadFile(f"有两列都叫 {'、'.join(double)}")


def _csv(content: bytes) -> tuple[Sequence[str], Iterator[Row]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel on a Chinese Windows writes as CSV; GB18030 holds all of GBK.
        text = content.decode("gb18030")
    rows = csv.reader(io.StringIO(text, newline=""))
    head = [cell.strip() for cell in next(rows, ())]
    return head, _table(head, ([_unguarded(cell) for cell in row] for row in rows))


def _xlsx(content: bytes) -> tuple[Sequence[str], Iterator[Row]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > UNPACKED:
                raise BadFile("工作簿太大，请分成几个文件")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError) as error:
        raise BadFile("不是有效的 .xlsx 文件") from error
    # One cell far away would else make each row thousands of cells long.
    rows = book.worksheets[0].iter_rows(values_only=True, max_col=WIDEST)
    head = ["" if cell is None else str(cell).strip() for cell in next(rows, ())]
    return head, _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[Row]:
    for number, row in enumerate(rows, FIRST):
        if any(cell not in (None, "") for cell in row):
            beyond = sum(cell not in (None, "") for cell in row[len(head) :])
            yield number, dict(zip(head, row, strict=False)), beyond


def _yaml(content: bytes) -> tuple[Sequence[str], Iterator[Row]]:
    text = content.decode("utf-8-sig")
    _check_depth(text)
    rows = yaml.load(text, _Loader) or []
    if not isinstance(rows, list):
        raise BadFile("应是条目的列表")
    if not all(isinstance(row, dict) for row in rows):
        raise BadFile("每个条目应是“列名: 内容”的形式")
    head = list(dict.fromkeys(str(name) for row in rows for name in row)) if rows else REQUIRED
    return head, ((number, row, 0) for number, row in enumerate(rows, 1))


def _check_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise BadFile("嵌套太深，应是条目的列表")


# libyaml's parser where it is: 100,000 entries take seconds, and a minute without it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _line(number: int, cells: Mapping[str, Any], beyond: int) -> Line:
    defect = "" if not beyond else f"比表头多出{beyond}格（内容里有逗号时，整格要用双引号括起来）"
    said = {column: _text(cells.get(column)) for column in COLUMNS}
    nested = [column for column in COLUMNS if said[column] is None]
    if nested:
        defect = f"{'、'.join(nested)}应是文字"
    entry = Entry(
        title=said["标题"] or "",
        answer=said["答案"] or "",
        questions=(said["相似问"] or "",),
        unit=said["承办单位"] or "",
        source=said["来源"] or "",
        valid_until=_day(said["有效期至"] or ""),
        category=said["分类"] or "",
    )
    return Line(number, tidied(entry), defect)


def _text(value: Any) -> str | None:
    """A cell's text; None for what is no text, nor a list of texts as YAML may have."""
    if isinstance(value, list):
        parts = [None if isinstance(part, list) else _text(part) for part in value]
        return None if None in parts else SEPARATOR.join(part for part in parts if part)
    if isinstance(value, dict | set | tuple | bytes):
        return None
    return "" if value is None else str(value)


def _day(said: str) -> str:
    parts = _DAY.fullmatch(said.strip())
    if parts is None:
        return said
    year, month, day = (part for part in parts.groups() if part)
    return f"{year}-{month:0>2}-{day:0>2}"


_DAY = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d\d)(\d\d))(?: 0?0:00(?::00)?)?"
)


def write(name: str, entries: Iterable[Entry]) -> bytes:
    """Entries as a file in the form that `read` reads. Raises BadFile for an unknown ending."""
    rows = (_row(entry) for entry in entries)
    match PurePath(name).suffix.lower():
        case ".csv":
            return _to_csv(rows)
        case ".xlsx":
            return _to_xlsx(rows)
        case ".yml" | ".yaml":
            said: str = yaml.dump(
                list(rows), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100
            )
            return said.encode()
        case _:
            raise BadFile(f"{name}: 只能导出为 .csv、.xlsx、.yml 文件")


def _row(entry: Entry) -> dict[str, str]:
    content = {**entry.content, "questions": SEPARATOR.join(entry.questions)}
    return {column: content[field] or "" for column, field in COLUMNS.items()}


def _to_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows({name: _guarded(cell) for name, cell in row.items()} for row in rows)
    # Excel takes a file for UTF-8 only when it begins with this mark.
    return file.getvalue().encode("utf-8-sig")


def _to_xlsx(rows: Iterable[Mapping[str, str]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("知识库")
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([_cell(sheet, row[name]) for name in COLUMNS])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: Any, said: str) -> Any:
    """A text, which a program must take for a formula neither now nor when it is edited."""
    if not _RISKY.match(said):
        return said
    cell = openpyxl.cell.WriteOnlyCell(sheet, said)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


_RISKY = re.compile(r"'*[=+\-@\t\r]")
"""What a spreadsheet takes for a formula (OWASP: CSV injection), or what we guarded from it."""


def _guarded(said: str) -> str:
    return f"'{said}" if _RISKY.match(said) else said


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell) else cell
