"""Arrays that grow, and halves made wide."""

import numpy as np

from bot.understanding.column import widened


def test_every_half_is_widened_exactly() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)]
    assert np.array_equal(widened(finite), finite.astype(np.float32))
