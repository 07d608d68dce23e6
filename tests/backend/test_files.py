"""Files that are attached: told by content, cleaned, refused in words, and swept after a crash."""

import io
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from backend import attachments, pictures
from backend.database import Unavailable
from backend.files import LARGEST, LEFT, MOST, BadFile, File, Folder, Source, Sweeping
from tests.backend.office import World
from tests.photos import GPS, PDF, WHERE, photo


def source(content: bytes, name: str = "IMG_1.jpg") -> Source:
    return Source(name, io.BytesIO(content))


async def keep(folder: Folder, *contents: bytes) -> list[File]:
    async with folder.keeping([source(content) for content in contents]) as kept:
        return kept


def names(folder: Folder) -> list[str]:
    return sorted(path.suffix for path in folder.root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (photo(), "jpg"),
        (photo("PNG"), "png"),
        (photo("WEBP"), "webp"),
        (PDF, "pdf"),
        (b"\xef\xbb\xbf" + PDF, "pdf"),
    ],
)
async def test_a_file_is_what_its_content_says(folder: Folder, content: bytes, format: str) -> None:
    [file] = await keep(folder, content)
    assert (file.format, file.kind) == (format, "pdf" if format == "pdf" else "image")
    assert names(folder) == [f".{format}"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_where_it_was_taken_is_gone_and_it_stands_upright(folder: Folder, kind: str) -> None:
    content = photo(kind, (200, 100), turned=True)
    assert WHERE.encode() in content
    [file] = await keep(folder, content)
    kept = (folder.root / file.path).read_bytes()
    assert WHERE.encode() not in kept
    with Image.open(io.BytesIO(kept)) as found:
        assert GPS not in found.getexif()
        assert found.size == (200, 100)
        red, _, blue = found.convert("RGB").getpixel((100, 10))  # type: ignore[misc]
    assert red > 200 > 50 > blue


async def test_a_large_picture_is_made_smaller(folder: Folder) -> None:
    [file] = await keep(folder, photo(size=(4000, 3000)))
    with Image.open(folder.root / file.path) as found:
        assert found.size == (pictures.LONGEST_SIDE, 1920)


BOMB = io.BytesIO()
Image.new("1", (30_000, 30_000)).save(BOMB, "PNG")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "不是能用的图片"),
        (b"MZ\x90\x00 a program", "不是能用的图片"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "不是能用的图片"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        (photo()[:200], "已经损坏"),
        (b"GIF89a" + bytes(100), "不是能用的图片"),
        (b"x" * (LARGEST + 1), "超过10MB"),
        (BOMB.getvalue(), "像素太多"),
    ],
    ids=["empty", "program", "svg", "heic", "broken", "gif", "large", "bomb"],
)
async def test_what_is_not_taken_is_told_why_and_leaves_nothing(
    folder: Folder, content: bytes, why: str
) -> None:
    with pytest.raises(BadFile, match=why) as refused:
        await keep(folder, photo(), content)
    assert "IMG_1.jpg" in str(refused.value)
    assert names(folder) == []


async def test_no_more_than_a_few_at_once(folder: Folder) -> None:
    with pytest.raises(BadFile, match=f"最多附{MOST}个"):
        await keep(folder, *[PDF] * (MOST + 1))


async def test_a_step_that_fails_leaves_no_file(folder: Folder) -> None:
    with pytest.raises(ValueError, match="refused"):
        async with folder.keeping([source(photo())]):
            raise ValueError("refused")
    assert names(folder) == []


async def test_what_a_crash_left_is_swept_and_what_a_row_names_stays(
    world: World, folder: Folder
) -> None:
    kept = await world.order()
    rows: list[File] = []
    for named in (True, False):
        # The connection was lost in the commit: nobody knows yet whether it came to pass.
        with suppress(Unavailable):
            async with folder.keeping([source(photo()), source(PDF)]) as files:
                if named:
                    rows = files
                    async with world.database.transaction() as connection:
                        await attachments.attach(connection, kept.id, "close", files, world.now)
                raise Unavailable
    sweeping = Sweeping(world.services, folder)
    await sweeping.step()
    assert len(names(folder)) == 8  # four files and their marks: too young for a crash's
    for mark in (folder.root / "incoming").iterdir():
        os.utime(mark, (time.time() - LEFT - 1,) * 2)
    await sweeping.step()
    assert {str(p.relative_to(folder.root)) for p in folder.root.rglob("*") if p.is_file()} == {
        file.path for file in rows
    }


async def test_nothing_outside_the_folder_is_served(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("not for the web")
    folder.root.mkdir()
    assert folder.response("../secret.txt") is None
    assert folder.response(str(tmp_path / "secret.txt")) is None
