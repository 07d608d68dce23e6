"""Keeps the simulated WeChat on disk, so that the chats are still there after a restart."""

import asyncio
import contextlib
import logging
import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import msgspec

from channels.simulator.account import Mode
from channels.simulator.citizen import Citizen
from channels.simulator.media import Media
from channels.simulator.menu import Menu
from channels.simulator.world import World

log = logging.getLogger(__name__)

QUIET = 0.5
"""Seconds to wait for more changes before writing."""
KEPT_BUBBLES = 500
"""How much of each chat is kept."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is written: all but the bytes of the media, which are files beside it."""

    citizens: list[Citizen]
    menu: Menu
    mode: Mode
    msgmenu_allowed: bool
    last_id: int
    expiry: dict[str, datetime]
    stable: str
    plain: str
    media: dict[str, Media]


@dataclass(slots=True)
class Storage:
    """A folder with state.json and media/. Written whole and atomically, soon after a change."""

    folder: Path
    world: World
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def load(self) -> None:
        """Put back what was kept; a file that cannot be read is set aside, and said so."""
        path = self.folder / "state.json"
        try:
            snapshot = msgspec.json.decode(path.read_bytes(), type=Snapshot)
        except FileNotFoundError:
            return
        except (msgspec.MsgspecError, ValueError):
            path.replace(path.with_suffix(".broken"))
            log.warning("simulator state unreadable; kept as %s", path.with_suffix(".broken"))
            return
        self._restore(snapshot)

    def watch(self) -> None:
        """Note every change of the world from now on."""
        self.world.listeners.append(lambda _openid, _bubble: self.changed.set())

    async def run(self) -> None:
        """Write after each burst of changes, until cancelled."""
        while True:
            await self.changed.wait()
            await asyncio.sleep(QUIET)
            self.changed.clear()
            with contextlib.suppress(OSError):
                self.save()

    def save(self) -> None:
        """Write the state now."""
        folder = self.folder / "media"
        folder.mkdir(parents=True, exist_ok=True)
        self.world.media.prune()
        self._save_media(folder)
        temporary = self.folder / "state.json.new"
        temporary.write_bytes(msgspec.json.encode(self._snapshot()))
        os.replace(temporary, self.folder / "state.json")

    def _save_media(self, folder: Path) -> None:
        kept = self.world.media.files
        for path in folder.iterdir():
            if path.name not in kept:
                path.unlink()
        for media_id, media in kept.items():
            if not (folder / media_id).exists():
                (folder / media_id).write_bytes(media.content)

    def _snapshot(self) -> Snapshot:
        world, tokens = self.world, self.world.tokens
        return Snapshot(
            citizens=[_shortened(citizen) for citizen in world.citizens.values()],
            menu=world.menu,
            mode=world.mode,
            msgmenu_allowed=world.msgmenu_allowed,
            last_id=world.last_id,
            expiry=tokens.expiry,
            stable=tokens.stable,
            plain=tokens.plain,
            media={key: replace(file, content=b"") for key, file in world.media.files.items()},
        )

    def _restore(self, snapshot: Snapshot) -> None:
        world, tokens = self.world, self.world.tokens
        world.citizens = {citizen.openid: citizen for citizen in snapshot.citizens}
        world.menu, world.mode = snapshot.menu, snapshot.mode
        world.msgmenu_allowed, world.last_id = snapshot.msgmenu_allowed, snapshot.last_id
        tokens.expiry = snapshot.expiry
        tokens.stable, tokens.plain = snapshot.stable, snapshot.plain
        for media_id, media in snapshot.media.items():
            path = self.folder / "media" / media_id
            if path.exists():
                world.media.files[media_id] = replace(media, content=path.read_bytes())


def _shortened(citizen: Citizen) -> Citizen:
    return replace(citizen, bubbles=citizen.bubbles[-KEPT_BUBBLES:])
