"""The knowledge base as files: .csv, .xlsx and .yml with the columns of the import table."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import yaml

from backend.knowledge import Entry

COLUMNS = ("标题", "相似问", "答案", "承办单位", "来源", "有效期至", "分类")
REQUIRED = frozenset({"标题", "答案"})
SEPARATOR = "；"
FIRST = 2
"""The number of the first row below the head of a table."""

Row = tuple[int, Mapping[str, Any]]
"""A row and its number, as the program shows it that made the file."""


class BadFile(Exception):
    """The file cannot be read as knowledge; the text says why."""


def read(path: Path) -> list[Entry]:
    """The entries of a file, in its order. Raises BadFile; single rows are judged on import."""
    readers = {".csv": _csv, ".xlsx": _xlsx, ".yml": _yaml, ".yaml": _yaml}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadFile(f"{path.name}: 只能导入 .csv、.xlsx、.yml 文件")
    try:
        return [_entry(row, number) for number, row in reader(path)]
    except UnicodeDecodeError as error:
        raise BadFile(f"{path.name}: 文字编码不是UTF-8（.csv 也可以是GB18030）") from error
    except (OSError, ValueError, KeyError, csv.Error, yaml.YAMLError) as error:
        raise BadFile(f"{path.name}: {error}") from error


def _csv(path: Path) -> Iterator[Row]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel on a Chinese Windows writes as CSV.
        text = content.decode("gb18030")
    rows = csv.reader(io.StringIO(text, newline=""))
    head = [cell.strip() for cell in next(rows, ())]
    _check(head, path)
    for number, row in enumerate(rows, FIRST):
        if any(row):
            yield number, dict(zip(head, row, strict=False))


def _xlsx(path: Path) -> Iterator[Row]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError) as error:
        raise BadFile(f"{path.name}: 不是有效的 .xlsx 文件") from error
    rows = book.worksheets[0].iter_rows(values_only=True)
    head = [str(cell or "").strip() for cell in next(rows, ())]
    _check(head, path)
    for number, row in enumerate(rows, FIRST):
        if any(cell is not None for cell in row):
            yield number, dict(zip(head, row, strict=False))


def _yaml(path: Path) -> Iterator[Row]:
    rows = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    if not isinstance(rows, list):
        raise BadFile(f"{path.name}: 应是条目的列表")
    if not all(isinstance(row, dict) for row in rows):
        raise BadFile(f"{path.name}: 每个条目应是“列名: 内容”的形式")
    _check({name for row in rows for name in row} if rows else REQUIRED, path)
    yield from enumerate(rows, 1)


def _check(names: Iterable[str], path: Path) -> None:
    missing = REQUIRED.difference(names)
    if missing:
        raise BadFile(f"{path.name}: 缺少列 {'、'.join(sorted(missing))}")


def _entry(row: Mapping[str, Any], number: int) -> Entry:
    return Entry(
        title=_text(row.get("标题")),
        answer=_text(row.get("答案")),
        questions=_questions(row.get("相似问")),
        unit=_text(row.get("承办单位")),
        source=_text(row.get("来源")),
        valid_until=_day(row.get("有效期至")),
        category=_text(row.get("分类")),
        row=number,
    )


def _text(value: Any) -> str:
    """A cell's text, without characters that neither the database nor a workbook takes."""
    said = "" if value is None else str(value).replace("\r\n", "\n")
    return "".join(char for char in said if char >= " " or char in "\n\t").strip()


def _questions(value: Any) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else _text(value).replace(";", SEPARATOR)
    if isinstance(parts, str):
        parts = parts.split(SEPARATOR)
    found = (_text(part) for part in parts)
    return tuple(dict.fromkeys(part for part in found if part))


def _day(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    said = _text(value)
    parts = _DAY.fullmatch(said)
    if parts is None:
        return said
    year, month, day = (part for part in parts.groups() if part)
    return f"{year}-{month:0>2}-{day:0>2}"


_DAY = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d\d)(\d\d))(?: 0?0:00(?::00)?)?"
)


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Write entries in the form that `read` reads. Raises BadFile for an unknown ending."""
    rows = [_row(entry) for entry in entries]
    match path.suffix.lower():
        case ".csv":
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS)
                writer.writeheader()
                writer.writerows(rows)
        case ".xlsx":
            book = openpyxl.Workbook()
            sheet = book.active
            sheet.append(COLUMNS)
            for row in rows:
                sheet.append([row[name] for name in COLUMNS])
                for cell in sheet[sheet.max_row]:
                    # An answer that begins with = is no formula.
                    cell.data_type = "s"
            book.save(path)
        case ".yml" | ".yaml":
            text = yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=100)
            path.write_text(text, encoding="utf-8")
        case _:
            raise BadFile(f"{path.name}: 只能导出为 .csv、.xlsx、.yml 文件")


def _row(entry: Entry) -> dict[str, str]:
    return {
        "标题": entry.title,
        "相似问": SEPARATOR.join(entry.questions),
        "答案": entry.answer,
        "承办单位": entry.unit,
        "来源": entry.source,
        "有效期至": entry.valid_until,
        "分类": entry.category,
    }
