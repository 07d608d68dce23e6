"""Temporary media (临时素材): pictures and voices, kept for three days."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend.clock import Clock
from channels.simulator.error import Refused

LIFE = timedelta(days=3)
AMR = b"#!AMR\n" + bytes.fromhex("3c" + "00" * 31) * 50
"""A second of silence as AMR-NB 12.2 kbit/s: 50 frames of 32 bytes."""


@dataclass(frozen=True, slots=True)
class Media:
    """One file: `kind` is WeChat's type of it (image, voice, video, thumb)."""

    kind: str
    content_type: str
    content: bytes
    created_at: datetime


@dataclass(slots=True)
class MediaStore:
    """All files of the account by media_id."""

    clock: Clock
    files: dict[str, Media] = field(default_factory=dict)

    def add(self, kind: str, content_type: str, content: bytes) -> str:
        """Keep a file and give its media_id."""
        media_id = secrets.token_urlsafe(48)
        self.files[media_id] = Media(kind, content_type, content, self.clock.now())
        return media_id

    def get(self, media_id: str) -> Media:
        """The file; 40007 when there is none, or its three days are over."""
        media = self.files.get(media_id)
        if media is None or self.clock.now() >= media.created_at + LIFE:
            raise Refused(40007)
        return media

    def prune(self) -> None:
        """Forget the files that are over."""
        oldest = self.clock.now() - LIFE
        self.files = {key: file for key, file in self.files.items() if file.created_at > oldest}
