"""Fetches what citizens sent (pictures, voices) before the platform deletes it."""

import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from backend import attachments
from backend.message import Attachment, Channel
from backend.services import Services

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 30
LONGEST_WAIT = timedelta(hours=2)
"""Thirty attempts then span the three days for which WeChat keeps temporary media."""

SUFFIX = re.compile(r"[0-9A-Za-z]{1,8}")
"""Formats that are taken as they are; a name of a file must not come from outside unseen."""


PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM")
"""What pictures begin with that phones send and browsers show."""


def is_what_it_says(kind: str, content: bytes) -> bool:
    """Whether a picture is one, by its content: it is shown in the console as such.

    WebP and HEIC tell their name after a length. Voices and videos are only downloaded.
    """
    if kind != "image":
        return True
    return content.startswith(PICTURES) or content[8:12] == b"WEBP" or content[4:8] == b"ftyp"


class Fetching:
    """The worker that turns a media id into a file below `folder`."""

    def __init__(self, services: Services, channels: Mapping[str, Channel], folder: Path) -> None:
        self._services = services
        self._channels = channels
        self._folder = folder

    async def step(self) -> bool:
        """Fetch one attachment; False if none is due."""
        now = self._services.clock.now()
        async with self._services.database.transaction() as connection:
            row = await attachments.claim(connection, now, LEASE)
        if row is None:
            return False
        if not row.media_id:
            await self._delete(row)
            return True
        # Only WeChat has media of its own so far; a second channel will be named on the row.
        channel = next(iter(self._channels.values()))
        item = Attachment(row.kind, row.media_id, format=row.format)
        try:
            content = await channel.fetch(item)
        except Exception as error:
            await self._failed(row.id, row.attempts, type(error).__name__)
            return True
        if not is_what_it_says(row.kind, content):
            await self._refused(row.id)
            return True
        path = self._keep(row.id, row.kind, row.format, content)
        async with self._services.database.transaction() as connection:
            stored = await attachments.store(connection, row.id, row.media_id, path)
        if not stored:
            (self._folder / path).unlink(missing_ok=True)
        self._services.live.tell(f"chat:{row.citizen_id}")
        return True

    async def _refused(self, attachment_id: int) -> None:
        """Keep nothing of what is no picture; the chat and the order show that it is missing."""
        log.warning("attachment %d was refused: it is no picture", attachment_id)
        async with self._services.database.transaction() as connection:
            await attachments.settle(connection, attachment_id, "failed", error="no picture")

    async def _delete(self, row: Any) -> None:
        """Delete a file whose citizen has left."""
        if row.path:
            (self._folder / row.path).unlink(missing_ok=True)
        async with self._services.database.transaction() as connection:
            await attachments.settle(connection, row.id, "failed", error="citizen left")

    def _keep(self, attachment_id: int, kind: str, suffix: str, content: bytes) -> str:
        """Write beside and rename, so that a crash leaves no half picture."""
        known = suffix if SUFFIX.fullmatch(suffix) else ""
        ending = known or {"image": "jpg", "voice": "amr", "video": "mp4"}.get(kind, "bin")
        name = f"{attachment_id // 1000:06d}/{attachment_id}.{ending}"
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_bytes(content)
        part.rename(target)
        return name

    async def _failed(self, attachment_id: int, attempts: int, error: str) -> None:
        log.warning(
            "attachment %d was not fetched (attempt %d): %s", attachment_id, attempts, error
        )
        over = attempts >= MOST_ATTEMPTS
        wait = min(timedelta(seconds=2**attempts), LONGEST_WAIT)
        async with self._services.database.transaction() as connection:
            await attachments.settle(
                connection,
                attachment_id,
                "failed" if over else "pending",
                error=error,
                due_at=self._services.clock.now() + wait,
            )
