"""Pictures that staff and platforms attach: told by their content, and written anew.

A picture that is written anew holds nothing but what one sees: the place where a phone took it
(Exif) is gone, and so is whatever else was packed into the file.
"""

from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps

FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
"""What Pillow calls a format, and the ending of its files."""
MOST_PIXELS = 50_000_000
"""Four times what phones take; unpacked, a picture fills four bytes a pixel of memory."""
LONGEST_SIDE = 2560
"""Pixels; a larger picture is made smaller, as it is looked at on phones and screens."""
QUALITY = 88


class Unreadable(Exception):
    """The file is no picture that we take, or a broken one."""


class TooLarge(Exception):
    """The picture has more than MOST_PIXELS."""


def rewrite(source: BinaryIO, target: Path) -> str:
    """Write the picture in `source` to `target` without what is not seen; the file's ending.

    Raises Unreadable or TooLarge; then `target` may hold a part of it.
    """
    try:
        with Image.open(source, formats=tuple(FORMATS)) as found:
            kind = str(found.format)
            if found.width * found.height > MOST_PIXELS:
                raise TooLarge
            _plain(found, kind).save(target, format=_format(kind), quality=QUALITY)
    except TooLarge:
        raise
    except Image.DecompressionBombError as error:
        raise TooLarge from error
    except Exception as error:
        # A parser of another house fails in many ways on a file that is broken or made to harm.
        raise Unreadable(type(error).__name__) from error
    return FORMATS[_format(kind)]


def _format(kind: str) -> str:
    """Some phones put several pictures into one JPEG (MPO); the first is the photograph."""
    return kind if kind in FORMATS else "JPEG"


def _plain(found: Image.Image, kind: str) -> Image.Image:
    """What one sees, upright."""
    found.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(found)
    upright.info = {name: upright.info[name] for name in _SEEN if name in upright.info}
    return upright.convert("RGB") if _format(kind) == "JPEG" else upright


_SEEN = ("icc_profile", "transparency")
