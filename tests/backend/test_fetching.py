"""Pictures and voices become files, are tried again, and are given up where one sees it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from backend import attachments, citizens
from backend.fetching import LEASE, LONGEST_WAIT, MOST_ATTEMPTS, Fetching
from backend.message import Attachment
from backend.tables import attachment
from tests.backend.carrier import Carrier
from tests.backend.office import World

PICTURE = b"\xff\xd8\xff a picture"


class Room:
    """The worker that fetches, its channel, and the folder it writes to."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder, self.carrier = world, folder, Carrier()
        self.fetching = Fetching(world.services, {"wechat": self.carrier}, folder)

    async def shown(self, kind: str = "image", media: str = "m1", format: str = "") -> int:
        """A citizen shows something; its id."""
        self.citizen_id = await self.world.says("看图", citizen="o")
        async with self.world.database.transaction() as connection:
            return await attachments.add(
                connection,
                self.citizen_id,
                1,
                Attachment(kind, media, format=format),
                self.world.now,
            )

    async def row(self, found: int) -> Any:
        query = select(attachment).where(attachment.c.id == found)
        async with self.world.database.transaction() as connection:
            return (await connection.execute(query)).one()

    def files(self) -> list[str]:
        return sorted(str(p.relative_to(self.folder)) for p in self.folder.rglob("*.*"))


@pytest.fixture
def room(world: World, tmp_path: Path) -> Room:
    return Room(world, tmp_path)


@pytest.mark.parametrize(
    ("kind", "format", "ending"),
    [("image", "", "jpg"), ("voice", "", "amr"), ("voice", "speex", "speex"), ("video", "", "mp4")],
)
async def test_what_was_shown_is_kept(room: Room, kind: str, format: str, ending: str) -> None:
    room.carrier.media["m1"] = PICTURE
    found = await room.shown(kind, format=format)
    assert await room.fetching.step()
    row = await room.row(found)
    assert (row.state, row.path, row.error) == ("stored", f"000000/{found}.{ending}", "")
    assert (room.folder / row.path).read_bytes() == PICTURE
    assert room.files() == [row.path]
    assert not await room.fetching.step()


async def test_what_is_no_picture_is_refused_and_seen_to_be(room: Room) -> None:
    room.carrier.media["m1"] = b"<html><script>alert(1)</script></html>"
    found = await room.shown("image")
    assert await room.fetching.step()
    row = await room.row(found)
    assert (row.state, row.path, row.error) == ("failed", "", "no picture")
    assert room.files() == []
    assert not await room.fetching.step()


async def test_a_fetch_that_fails_is_tried_again(room: Room) -> None:
    found = await room.shown()
    assert await room.fetching.step()
    row = await room.row(found)
    assert (row.state, row.error, row.attempts) == ("pending", "KeyError", 1)
    assert not await room.fetching.step()
    room.carrier.media["m1"] = PICTURE
    room.world.services.clock.advance(timedelta(seconds=3))
    assert await room.fetching.step()
    row = await room.row(found)
    assert (row.state, row.error, row.attempts) == ("stored", "", 2)


async def test_it_is_given_up_when_wechat_has_deleted_it(room: Room) -> None:
    found, began = await room.shown(), room.world.now
    for _ in range(MOST_ATTEMPTS):
        assert await room.fetching.step()
        last = room.world.now
        room.world.services.clock.advance(LONGEST_WAIT + timedelta(seconds=1))
    assert not await room.fetching.step()
    row = await room.row(found)
    assert (row.state, row.attempts) == ("failed", MOST_ATTEMPTS)
    assert last - began > timedelta(days=2)


async def test_a_worker_that_died_gives_it_up_after_its_lease(room: Room) -> None:
    room.carrier.media["m1"] = PICTURE
    found = await room.shown()
    async with room.world.database.transaction() as connection:
        await attachments.claim(connection, room.world.now, LEASE)
    assert not await room.fetching.step()
    room.world.services.clock.advance(LEASE + timedelta(seconds=1))
    assert await room.fetching.step()
    assert (await room.row(found)).state == "stored"


async def test_a_format_of_the_channel_names_no_place_outside_the_folder(room: Room) -> None:
    room.carrier.media["m1"] = PICTURE
    found = await room.shown("voice", format="../../../evil")
    assert await room.fetching.step()
    row = await room.row(found)
    assert row.state == "stored"
    assert room.files() == [row.path]


async def test_files_of_who_has_left_are_deleted(room: Room) -> None:
    room.carrier.media |= {"m1": PICTURE, "m2": PICTURE, "m3": PICTURE}
    loose, evidence = await room.shown(media="m1"), await room.shown(media="m2")
    kept = await room.world.order()
    async with room.world.database.transaction() as connection:
        await attachments.assign(connection, [evidence], kept.id)
    while await room.fetching.step():
        pass
    waiting = await room.shown(media="m3")
    async with room.world.database.transaction() as connection:
        await citizens.erase(connection, room.citizen_id, room.world.now)
    while await room.fetching.step():
        pass
    assert room.files() == [(await room.row(evidence)).path]
    for gone in (loose, waiting):
        row = await room.row(gone)
        assert (row.state, row.path, row.media_id) == ("failed", "", "")
