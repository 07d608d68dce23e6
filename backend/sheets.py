"""Tables in files: .csv (UTF-8, or GBK as Excel writes it) and .xlsx, as rows by column name."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

import openpyxl

ENDINGS = (".csv", ".xlsx")
FIRST = 2
"""The number of the first row below the head."""
UNPACKED = 400 * 2**20
"""Bytes; a workbook is packed, and one made to harm unpacks to more than a machine holds."""
WIDEST = 64
"""Columns of a workbook that are looked at."""


class BadSheet(Exception):
    """The file cannot be read as a table; the text says why, for whoever made the file."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns, and the rows that are not empty with their numbers in the file; `beyond` says
    how many cells a row has that stand under no column."""

    head: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    beyond: Mapping[int, int] = field(default_factory=dict)


def open_file(path: Path) -> Sheet:
    """A table from a file on the disk. Raises BadSheet."""
    try:
        return read(path.name, path.read_bytes())
    except OSError as error:
        raise BadSheet(f"{path.name}: {error}") from error


def read(name: str, content: bytes) -> Sheet:
    """A table from the content of a file, all cells as text without space around it. Raises
    BadSheet."""
    readers = {".csv": _csv, ".xlsx": _xlsx}
    reader = readers.get(PurePath(name).suffix.lower())
    if reader is None:
        raise BadSheet(f"{name}: 不是表格，只能用 .csv 或 .xlsx 文件")
    try:
        return _sheet(reader(content))
    except BadSheet as error:
        raise BadSheet(f"{name}: {error}") from error
    except UnicodeDecodeError as error:
        raise BadSheet(f"{name}: 文字编码不是UTF-8（.csv 也可以是GBK）") from error
    except (ValueError, csv.Error) as error:
        raise BadSheet(f"{name}: {error}") from error
    except Exception as error:
        # A parser of another house fails in many ways on a file that is broken or made to harm.
        raise BadSheet(f"{name}: 读不懂这个文件（{type(error).__name__}）") from error


def _sheet(lines: Iterator[Sequence[Any]]) -> Sheet:
    head = _head(next(lines, ()))
    rows, beyond = [], {}
    for number, line in enumerate(lines, FIRST):
        cells = [_text(cell) for cell in line]
        if any(cells):
            rows.append((number, dict(zip(head, cells, strict=False))))
            if more := sum(map(bool, cells[len(head) :])):
                beyond[number] = more
    return Sheet(head, tuple(rows), beyond)


def _head(cells: Sequence[Any]) -> tuple[str, ...]:
    """The columns up to the last that has a name."""
    names = [_text(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _csv(content: bytes) -> Iterator[Sequence[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel on a Chinese Windows writes as CSV; GB18030 holds all of GBK.
        text = content.decode("gb18030")
    for line in csv.reader(io.StringIO(text, newline="")):
        yield [_unguarded(cell) for cell in line]


def _xlsx(content: bytes) -> Iterator[Sequence[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > UNPACKED:
                raise BadSheet("工作簿太大，请分成几个文件")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError) as error:
        raise BadSheet("不是有效的 .xlsx 文件") from error
    # One cell far away would else make each row thousands of cells long.
    yield from book.worksheets[0].iter_rows(values_only=True, max_col=WIDEST)


def write(
    name: str, title: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]
) -> bytes:
    """Rows as a file in the form that `read` reads. `title` is that of the workbook's sheet.

    Raises BadSheet for an unknown ending.
    """
    match PurePath(name).suffix.lower():
        case ".csv":
            return _to_csv(columns, rows)
        case ".xlsx":
            return _to_xlsx(title, columns, rows)
        case _:
            raise BadSheet(f"{name}: 只能导出为 .csv、.xlsx 文件")


def _to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns)
    writer.writeheader()
    writer.writerows({name: _guarded(cell) for name, cell in row.items()} for row in rows)
    # Excel takes a file for UTF-8 only when it begins with this mark.
    return file.getvalue().encode("utf-8-sig")


def _to_xlsx(title: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.append(list(columns))
    for row in rows:
        sheet.append([_cell(sheet, row[name]) for name in columns])
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
