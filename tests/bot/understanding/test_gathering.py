"""Texts that arrive together are encoded together; who comes alone waits for nobody."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from bot.understanding.encoder import EncoderFailed, Matrix
from bot.understanding.gathering import Gathering


class Listening:
    """An encoder that keeps what it was asked for."""

    name = "listening"
    size = 2

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> Matrix:
        self.asked.append(list(texts))
        if "坏" in texts:
            raise EncoderFailed("it is down")
        return np.zeros((len(texts), self.size), dtype=np.float32)


@pytest.fixture
def encoder() -> Listening:
    return Listening()


async def test_the_texts_of_a_message_and_of_those_beside_it_go_in_one_batch(
    encoder: Listening,
) -> None:
    gathering = Gathering(encoder)
    await asyncio.gather(gathering.warm(["路灯坏了", "停水了"]), gathering.warm(["你好"]))
    assert encoder.asked == [["路灯坏了", "停水了", "你好"]]


async def test_who_comes_after_one_without_company_does_not_wait(encoder: Listening) -> None:
    gathering = Gathering(encoder)
    await gathering.warm(["路灯坏了"])
    second = asyncio.ensure_future(gathering.warm(["停水了"]))
    for _ in range(5):
        await asyncio.sleep(0)
    assert second.done()


async def test_who_comes_after_several_waits_for_company(encoder: Listening) -> None:
    gathering = Gathering(encoder)
    await asyncio.gather(gathering.warm(["路灯坏了"]), gathering.warm(["停水了"]))
    second = asyncio.ensure_future(gathering.warm(["没气了"]))
    for _ in range(5):
        await asyncio.sleep(0)
    await asyncio.gather(second, gathering.warm(["停电了"]))
    assert encoder.asked[-1] == ["没气了", "停电了"]


async def test_nothing_is_asked_for_no_text(encoder: Listening) -> None:
    await Gathering(encoder).warm([])
    assert not encoder.asked


async def test_a_failure_is_told_to_all_who_wait(encoder: Listening) -> None:
    gathering = Gathering(encoder)
    told = await asyncio.gather(
        gathering.warm(["坏"]), gathering.warm(["你好"]), return_exceptions=True
    )
    assert [type(each) for each in told] == [EncoderFailed, EncoderFailed]
