"""Files that staff and platforms attach: checked, cleaned, and kept beside the citizens' media.

A file is written before the transaction that names it, and a mark of its name lies in `incoming`
until that has ended. So a refused step leaves neither file nor row, a row is never without its
file, and what a crash left between the two is found by its mark and swept.
"""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterable, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from aiohttp import web
from sqlalchemy import select

from backend import pictures
from backend.database import Unavailable
from backend.orders.lifecycle import Refused
from backend.services import Services
from backend.tables import attachment

LARGEST = 10 * 2**20
"""Bytes of a file."""
MOST = 9
"""Files at once, as in one post of WeChat's."""
MOST_BYTES = MOST * LARGEST + 2**20
"""Of a request that brings files, with the words beside them."""
ACCEPTED = "image/jpeg,image/png,image/webp,application/pdf"
"""For a browser's file chooser; an iPhone then makes JPEG of its own format."""
LEFT = 3600
"""Seconds after which a mark is a crash's: no transaction takes so long."""
FOLDER, INCOMING = "staff", "incoming"
ENDINGS = (*pictures.FORMATS.values(), "pdf")
PDF_HEAD = 1024
"""Bytes within which `%PDF-` has to stand (ISO 32000, annex H)."""


class BadFile(Refused):
    """A file that is not taken; the text says why, for whoever chose it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it came: its name there, for messages only, and its content on disk."""

    name: str
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class File:
    """A file that is kept, by its path below the folder."""

    path: str

    @property
    def format(self) -> str:
        """The ending: jpg, png, webp or pdf."""
        return self.path.rpartition(".")[2]

    @property
    def kind(self) -> str:
        """What it is: `image` or `pdf`."""
        return "pdf" if self.format == "pdf" else "image"


class Folder:
    """Where attachments lie (`HUIYING_DATA/attachments`)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # Unpacked pictures are large: one at a time in each process.
        self._one = asyncio.Semaphore(1)

    @asynccontextmanager
    async def keeping(self, sources: Sequence[Source]) -> AsyncIterator[list[File]]:
        """Keep files while the transaction that names them runs. Raises BadFile."""
        kept: list[File] = []
        try:
            if len(sources) > MOST:
                raise BadFile(f"一次最多附{MOST}个文件，请分几次")
            for source in sources:
                kept.append(await self._keep(source))
            yield kept
        except Unavailable:
            # The commit may have come to pass: the sweep looks whether it has.
            raise
        except Exception:
            self.settle((Path(file.path).stem for file in kept), frozenset())
            raise
        self.settle((Path(file.path).stem for file in kept), {file.path for file in kept})

    def response(self, path: str) -> web.FileResponse | None:
        """A file that is kept here; None if it is not there or lies outside."""
        found = (self.root / path).resolve()
        if not (found.is_relative_to(self.root.resolve()) and found.is_file()):
            return None
        headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
        if found.suffix == ".pdf":
            # Shown within the page it could run what it brings; a program of its own is safer.
            headers["Content-Disposition"] = f'attachment; filename="{found.stem[:8]}.pdf"'
        return web.FileResponse(found, headers=headers)

    def left(self) -> list[str]:
        """The names of files that a crash may have left before their transaction ended."""
        before = time.time() - LEFT
        marks = (self.root / INCOMING).glob("*")
        return [mark.name for mark in marks if mark.stat().st_mtime < before]

    def settle(self, names: Iterable[str], wanted: Set[str]) -> None:
        """Take the marks off files, and delete those whose paths nobody wants."""
        for name in names:
            for file in self._beside(name).parent.glob(f"{name}.*"):
                if str(file.relative_to(self.root)) not in wanted:
                    file.unlink(missing_ok=True)
            (self.root / INCOMING / name).unlink(missing_ok=True)

    async def _keep(self, source: Source) -> File:
        async with self._one:
            return await asyncio.to_thread(self._write, source)

    def _write(self, source: Source) -> File:
        name = uuid4().hex
        part = self._beside(name).with_suffix(".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        (self.root / INCOMING).mkdir(exist_ok=True)
        (self.root / INCOMING / name).touch()
        try:
            file = part.rename(part.with_suffix(f".{_clean(source, part)}"))
        except BaseException:
            self.settle([name], frozenset())
            raise
        return File(str(file.relative_to(self.root)))

    def _beside(self, name: str) -> Path:
        return self.root / _place(name)


FOLDER_KEY = web.AppKey("folder", Folder)
"""Where an application keeps its files."""


def _place(name: str) -> str:
    """Where a file lies, but for its ending; no folder holds more than a part of them."""
    return f"{FOLDER}/{name[:2]}/{name}"


def _clean(source: Source, target: Path) -> str:
    """Write a file as it is to be kept, and see that it is on the disk; its ending."""
    ending = _rewritten(source, target)
    with target.open("rb") as written:
        os.fsync(written.fileno())
    return ending


def _rewritten(source: Source, target: Path) -> str:
    if source.content.seek(0, os.SEEK_END) > LARGEST:
        raise BadFile(f"“{source.name}”超过{LARGEST // 2**20}MB，请压缩或者截图后再传")
    source.content.seek(0)
    if b"%PDF-" in source.content.read(PDF_HEAD):
        source.content.seek(0)
        with target.open("wb") as written:
            shutil.copyfileobj(source.content, written)
        return "pdf"
    source.content.seek(0)
    try:
        return pictures.rewrite(source.content, target)
    except pictures.TooLarge:
        most = pictures.MOST_PIXELS // 10_000
        raise BadFile(f"“{source.name}”的像素太多（最多{most}万像素），请缩小后再传") from None
    except pictures.Unreadable:
        raise BadFile(
            f"“{source.name}”不是能用的图片或PDF，或者已经损坏；"
            "请传JPG、PNG、WebP图片或PDF（苹果手机的HEIC照片请先另存为JPG）"
        ) from None


class Sweeping:
    """The worker that deletes what a crash left behind."""

    def __init__(self, services: Services, folder: Folder) -> None:
        self._services = services
        self._folder = folder

    async def step(self) -> bool:
        """Look once; never more to do at once."""
        names = await asyncio.to_thread(self._folder.left)
        if names:
            paths = [f"{_place(name)}.{ending}" for name in names for ending in ENDINGS]
            async with self._services.database.transaction() as connection:
                query = select(attachment.c.path).where(attachment.c.path.in_(paths))
                wanted = frozenset(await connection.scalars(query))
            await asyncio.to_thread(self._folder.settle, names, wanted)
        return False
