"""What a browser sends with a form: words, and files that lie on the disk meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web_request import FileField
from multidict import MultiDictProxy

from backend import files
from backend.files import Source

SHEETS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-"
          "officedocument.spreadsheetml.sheet"}  # fmt: skip
"""The media types of tables, by the ending of their files."""


UNREADABLE = (
    ValueError, LookupError, RuntimeError, AssertionError, BadHttpMessage, web.RequestPayloadError
)  # fmt: skip
"""What aiohttp raises for a form that is none."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The words by the name of their field, and the files."""

    words: dict[str, str]
    sources: Sequence[Source] = ()


async def fields(request: web.Request) -> MultiDictProxy[str | bytes | bytearray | FileField]:
    """A form as aiohttp reads it. Raises 400 for what is none, which no browser sends."""
    try:
        return await request.post()
    except UNREADABLE as error:
        raise web.HTTPBadRequest(text="没有读到表单的内容，请刷新页面后重新提交。") from error


async def read(request: web.Request) -> Posted:
    """A form with files. Raises 413 for more than all files that may be sent at once, else as
    `fields` does."""
    # The application allows 1 MB; aiohttp writes files to the disk as they come.
    sent = await fields(request.clone(client_max_size=files.MOST_BYTES))
    words = {name: value for name, value in sent.items() if isinstance(value, str)}
    sources = [
        Source(value.filename[-60:], cast(BinaryIO, value.file))
        for value in sent.values()
        if isinstance(value, FileField) and value.filename
    ]
    return Posted(words, sources)
