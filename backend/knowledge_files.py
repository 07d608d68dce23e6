"""The knowledge base as files: .csv, .xlsx and .yml with the columns of the import table."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import yaml

from backend.knowledge import Entry

COLUMNS = ("标题", "相似问", "答案", "承办单位", "来源", "有效期至", "分类")
SEPARATOR = "；"


class BadFile(Exception):
    """The file cannot be read as knowledge; the text says why."""


def read(path: Path) -> list[Entry]:
    """The entries of a file, in its order. Raises BadFile; single rows are judged on import."""
    readers = {".csv": _csv, ".xlsx": _xlsx, ".yml": _yaml, ".yaml": _yaml}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadFile(f"{path.name}: 只能导入 .csv、.xlsx、.yml 文件")
    try:
        return [_entry(row) for row in reader(path)]
    except BadFile:
        raise
    except (OSError, ValueError, KeyError, csv.Error, yaml.YAMLError) as error:
        raise BadFile(f"{path.name}: {error}") from error


def _csv(path: Path) -> Iterator[Mapping[str, Any]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel on a Chinese Windows writes as CSV.
        text = content.decode("gb18030")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    _check(rows.fieldnames or (), path)
    yield from rows


def _xlsx(path: Path) -> Iterator[Mapping[str, Any]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    rows = book.worksheets[0].iter_rows(values_only=True)
    head = [str(cell or "").strip() for cell in next(rows, ())]
    _check(head, path)
    for row in rows:
        if any(cell is not None for cell in row):
            yield dict(zip(head, row, strict=False))


def _yaml(path: Path) -> Iterator[Mapping[str, Any]]:
    rows = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    if not isinstance(rows, list):
        raise BadFile(f"{path.name}: 应是条目的列表")
    for row in rows:
        if not isinstance(row, dict):
            raise BadFile(f"{path.name}: 每个条目应是“列名: 内容”的形式")
        _check(row, path)
        yield row


def _check(names: Iterable[str], path: Path) -> None:
    missing = {"标题", "答案"}.difference(names)
    if missing:
        raise BadFile(f"{path.name}: 缺少列 {'、'.join(sorted(missing))}")


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        title=_text(row.get("标题")),
        answer=_text(row.get("答案")),
        questions=_questions(row.get("相似问")),
        unit=_text(row.get("承办单位")),
        source=_text(row.get("来源")),
        valid_until=_day(row.get("有效期至")),
        category=_text(row.get("分类")),
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


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
    return _text(value).replace("/", "-").replace(".", "-")


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
