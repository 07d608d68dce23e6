"""Tables in files: .csv (UTF-8, or GBK as Excel writes it) and .xlsx, as rows by column name."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl

FIRST = 2
"""The number of the first row below the head."""
UNPACKED = 400 * 2**20
"""Bytes; a workbook is packed, and one made to harm unpacks to more than a machine holds."""


class BadSheet(Exception):
    """The file cannot be read as a table; the text says why, for whoever made the file."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns, and the rows that are not empty with their numbers in the file."""

    head: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]


def read(path: Path) -> Sheet:
    """A table from a file, all cells as text without space around it. Raises BadSheet."""
    readers = {".csv": _csv, ".xlsx": _xlsx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadSheet(f"{path.name}: not a table; give a .csv or .xlsx file")
    try:
        lines = reader(path.read_bytes())
        head = tuple(cell.strip() for cell in next(lines, ()))
        return Sheet(head, tuple(_rows(head, lines)))
    except UnicodeDecodeError as error:
        raise BadSheet(f"{path.name}: the text is neither UTF-8 nor GBK (GB18030)") from error
    except (OSError, ValueError, KeyError, csv.Error, zipfile.BadZipFile) as error:
        raise BadSheet(f"{path.name}: {error}") from error


def _rows(
    head: Sequence[str], lines: Iterable[Sequence[str]]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    for number, line in enumerate(lines, FIRST):
        cells = [cell.strip() for cell in line]
        if any(cells):
            yield number, dict(zip(head, cells, strict=False))


def _csv(content: bytes) -> Iterator[Sequence[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel on a Chinese Windows writes as CSV; GB18030 holds all of GBK.
        text = content.decode("gb18030")
    return csv.reader(io.StringIO(text, newline=""))


def _xlsx(content: bytes) -> Iterator[Sequence[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > UNPACKED:
            raise ValueError("the workbook is too large; split it into several files")
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    for line in book.worksheets[0].iter_rows(values_only=True):
        yield ["" if cell is None else str(cell) for cell in line]
