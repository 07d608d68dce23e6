"""The knowledge base as files: .csv, .xlsx and .yml with the columns of the import table."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import yaml

from backend import sheets
from backend.knowledge.entry import SEPARATOR, Entry, tidied
from backend.knowledge.imports import Line
from backend.sheets import BadSheet

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
    ending = PurePath(name).suffix.lower()
    if ending not in (*ENDINGS, ".yaml"):
        raise BadFile(f"{name}: 只能导入 .csv、.xlsx、.yml 文件")
    try:
        head, rows = _sheet(name, content) if ending in sheets.ENDINGS else _yaml(content)
        _check(head)
        return Sheet(
            [_line(*row) for row in rows],
            frozenset(COLUMNS[column] for column in head if column in COLUMNS),
            tuple(dict.fromkeys(column for column in head if column and column not in COLUMNS)),
        )
    except BadSheet as error:
        raise BadFile(str(error)) from error
    except BadFile as error:
        raise BadFile(f"{name}: {error}") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{name}: 文字编码不是UTF-8") from error
    except (ValueError, yaml.YAMLError) as error:
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


def _sheet(name: str, content: bytes) -> tuple[Sequence[str], Iterator[Row]]:
    found = sheets.read(name, content)
    rows = ((number, cells, found.beyond.get(number, 0)) for number, cells in found.rows)
    return found.head, rows


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
    ending = PurePath(name).suffix.lower()
    if ending in sheets.ENDINGS:
        return sheets.write(name, "知识库", list(COLUMNS), rows)
    if ending not in (".yml", ".yaml"):
        raise BadFile(f"{name}: 只能导出为 .csv、.xlsx、.yml 文件")
    said: str = yaml.dump(
        list(rows), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100
    )
    return said.encode()


def _row(entry: Entry) -> dict[str, str]:
    content = {**entry.content, "questions": SEPARATOR.join(entry.questions)}
    return {column: content[field] or "" for column, field in COLUMNS.items()}
