"""Pictures and papers made for tests, as phones and scanners make them."""

import io

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WHERE = "Xiangtan Baota South Road"
ORIENTATION, GPS, COMMENT = 0x0112, 0x8825, 0x010E


def photo(kind: str = "JPEG", size: tuple[int, int] = (64, 48), *, turned: bool = False) -> bytes:
    """A picture whose upper half is red, that says where it was taken; `turned` by a quarter, with
    the mark by which a viewer sets it upright."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0], size[1] // 2))
    exif = Image.Exif()
    exif[COMMENT] = WHERE
    exif[GPS] = {1: "N", 2: (27.8, 0.0, 0.0), 3: "E", 4: (112.9, 0.0, 0.0)}
    if turned:
        exif[ORIENTATION] = 6
        image = image.transpose(Image.Transpose.ROTATE_90)
    file = io.BytesIO()
    image.save(file, format=kind, exif=exif, quality=95)
    return file.getvalue()
