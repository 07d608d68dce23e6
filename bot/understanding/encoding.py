"""Encodes all texts that training needs, on all cores."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from bot.understanding.encoder import Encoder

_TOGETHER = 256
"""Texts that one core encodes at a time."""


def encode(encoder: Encoder, texts: Sequence[str]) -> None:
    """Let a remembering encoder remember the texts; each core takes a share of the work."""
    once = list(dict.fromkeys(texts))
    parts = [once[at : at + _TOGETHER] for at in range(0, len(once), _TOGETHER)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(encoder.encode, parts):
            pass
