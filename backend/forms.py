"""What a browser sends with a form: words, and files that lie on the disk meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from aiohttp import web
from aiohttp.web_request import FileField

from backend import files
from backend.files import Source

SHEETS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-"
          "officedocument.spreadsheetml.sheet"}  # fmt: skip
"""The media types of tables, by the ending of their files."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The words by the name of their field, and the files."""

    words: dict[str, str]
    sources: Sequence[Source] = ()


async def read(request: web.Request) -> Posted:
    """A form as it was sent. Raises 413 for more than all files that may be sent at once."""
    # The application allows 1 MB; aiohttp writes files to the disk as they come.
    sent = await request.clone(client_max_size=files.MOST_BYTES).post()
    words = {name: value for name, value in sent.items() if isinstance(value, str)}
    sources = [
        Source(value.filename[-60:], cast(BinaryIO, value.file))
        for value in sent.values()
        if isinstance(value, FileField) and value.filename
    ]
    return Posted(words, sources)
