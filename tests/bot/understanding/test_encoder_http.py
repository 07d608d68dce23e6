"""The embeddings API as servers really answer it: slowly, wrongly, too much, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import numpy as np
import pytest

from bot.understanding.encoder import EncoderFailed, Matrix
from bot.understanding.encoder_http import HttpEncoder
from tests.bot.understanding.embedding_server import KEY, SIZE, Answer, EmbeddingServer

ODD = ["", "\0", "a\ud800b", "ﷺ" * 1000, "路" * 100_000, "👩‍👩‍👧‍👦" * 300, "e\u0301" * 10_000]


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingServer]:
    async with EmbeddingServer.running() as server:
        yield server


@pytest.fixture
async def encoder(server: EmbeddingServer) -> AsyncIterator[HttpEncoder]:
    encoder = await connect(server)
    yield encoder
    encoder.close()


async def connect(server: EmbeddingServer, key: str = KEY) -> HttpEncoder:
    return await asyncio.to_thread(HttpEncoder, server.url, "bge-m3", key, 2.0)


async def encode(encoder: HttpEncoder, texts: Sequence[str]) -> Matrix:
    return await asyncio.to_thread(encoder.encode, texts)


async def test_its_size_is_discovered_and_its_name_tells_model_and_server(
    server: EmbeddingServer, encoder: HttpEncoder
) -> None:
    assert encoder.size == SIZE
    port = server.url.removesuffix("/v1").rpartition(":")[2]
    assert encoder.name == f"http-127.0.0.1:{port}/v1-bge-m3-{SIZE}"


async def test_texts_go_in_batches_and_come_back_in_order(
    server: EmbeddingServer, encoder: HttpEncoder
) -> None:
    server.requests.clear()
    texts = [f"路灯坏了{number}" for number in range(25)]
    server.spoil = lambda answer: answer | {"data": answer["data"][::-1]}
    found = await encode(encoder, texts)
    assert [len(asked["input"]) for asked in server.requests] == [10, 10, 5]
    assert found.shape == (25, SIZE)
    assert np.allclose(np.linalg.norm(found, axis=1), 1)
    assert np.allclose(found[7], (await encode(encoder, [texts[7]]))[0])
    assert (await encode(encoder, [])).shape == (0, SIZE)


async def test_odd_texts_are_sent_short_and_never_empty(
    server: EmbeddingServer, encoder: HttpEncoder
) -> None:
    assert (await encode(encoder, ODD)).shape == (len(ODD), SIZE)
    sent = [text for asked in server.requests for text in asked["input"]]
    assert all(0 < len(text) <= 300 for text in sent)


def first(answer: Answer, **changed: Any) -> Answer:
    return answer | {"data": [answer["data"][0] | changed, *answer["data"][1:]]}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda answer: first(answer, embedding=[1.0] * (SIZE + 1)), "size"),
        (lambda answer: first(answer, embedding=[]), "size"),
        (lambda answer: first(answer, embedding=[0.0] * SIZE), "directions"),
        (lambda answer: first(answer, embedding=[1e300] * SIZE), "directions"),
        (lambda answer: first(answer, embedding=[float("nan")] * SIZE), "as the API says"),
        (lambda answer: first(answer, embedding=["1"] * SIZE), "as the API says"),
        (lambda answer: first(answer, embedding=None), "as the API says"),
        (lambda answer: first(answer, index=1), "each text once"),
        (lambda answer: answer | {"data": answer["data"][1:]}, "each text once"),
        (lambda answer: answer | {"data": {}}, "as the API says"),
        (lambda answer: {"error": {"message": "model not loaded"}}, "as the API says"),
        (lambda answer: [], "as the API says"),
    ],
)
async def test_a_bad_answer_is_refused(
    server: EmbeddingServer, encoder: HttpEncoder, spoil: Callable[[Answer], Any], reason: str
) -> None:
    server.spoil = spoil
    with pytest.raises(EncoderFailed, match=reason):
        await encode(encoder, ["路灯坏了", "停水了"])


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[" * 100_000, b" " * 5_000_000])
async def test_what_is_no_answer_at_all_is_refused(
    server: EmbeddingServer, encoder: HttpEncoder, raw: bytes
) -> None:
    server.raw = raw
    with pytest.raises(EncoderFailed):
        await encode(encoder, ["路灯坏了"])


async def test_a_busy_server_is_asked_again_and_then_given_up(
    server: EmbeddingServer, encoder: HttpEncoder
) -> None:
    server.busy = 2
    assert len(await encode(encoder, ["路灯坏了"])) == 1
    server.busy = 3
    with pytest.raises(EncoderFailed, match="answers 429"):
        await encode(encoder, ["路灯坏了"])


async def test_a_refused_key_is_not_tried_again(server: EmbeddingServer) -> None:
    with pytest.raises(EncoderFailed, match="answers 401") as refused:
        await connect(server, "sk-wrong")
    assert len(server.requests) == 1
    assert "sk-wrong" not in str(refused.value)


async def test_a_server_that_hangs_or_is_away_fails_in_time(
    server: EmbeddingServer, encoder: HttpEncoder
) -> None:
    server.hang.clear()
    with pytest.raises(EncoderFailed, match="Timeout"):
        await encode(encoder, ["路灯坏了"])
    with pytest.raises(EncoderFailed, match="server fails"):
        await asyncio.to_thread(HttpEncoder, "http://127.0.0.1:9/v1", "bge-m3")
