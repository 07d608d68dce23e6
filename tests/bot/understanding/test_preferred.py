"""The chosen encoder's models stand before the built-in ones exactly while they can be trusted."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from backend.clock import Clock
from bot.understanding.corpus import Corpus
from bot.understanding.encoder_http import HttpEncoder
from bot.understanding.preferred import Preferred
from bot.understanding.reading import Entry
from bot.understanding.understanding import Builtin, Understanding
from tests.acceptance.eventually import eventually
from tests.bot.understanding.embedding_server import KEY, EmbeddingServer

NEW = Entry(9_999, "红辣椒博物馆几点开门", ("辣椒馆开放时间",))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus) -> Path:
    """A part of nlu_data that trains in a moment."""
    folder = tmp_path_factory.mktemp("nlu")
    labels = dict.fromkeys(one.label for one in corpus.categories)
    _write(folder / "intents" / "some.yml", _examples(corpus.intents, _INTENTS))
    _write(folder / "categories.yml", _examples(corpus.categories, list(labels)[:4]))
    rows = [{"标题": one.title, "相似问": list(one.questions)} for one in corpus.entries[:40]]
    _write(folder / "knowledge" / "some.yml", rows)
    return folder


_INTENTS = ("complaint", "report", "ask_social_security", "ask_housing_fund", "greet", "off_topic")


def _examples(examples: object, labels: object) -> object:
    texts: dict[str, list[str]] = {label: [] for label in labels}  # type: ignore[attr-defined]
    for one in examples:  # type: ignore[attr-defined]
        if one.label in texts:
            texts[one.label].append(f"- {one.text}\n")
    return {"nlu": [{"intent": k, "examples": "".join(v[:20])} for k, v in texts.items() if v]}


def _write(file: Path, content: object) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmbeddingServer]:
    async with EmbeddingServer.running() as server:
        yield server


@pytest.fixture
async def preferred(
    server: EmbeddingServer, builtin: Builtin, small: Path, cache: Path, corpus: Corpus
) -> AsyncIterator[Preferred]:
    server.status = 200
    made = Preferred(
        lambda: HttpEncoder(server.url, "bge-m3", KEY, 2.0), small, cache, builtin.search, print
    )
    builtin.search.replace(corpus.entries)
    yield made
    made.close()
    builtin.search.replace(corpus.entries)


@pytest.fixture
def reader(builtin: Builtin, preferred: Preferred) -> Understanding:
    return builtin.understanding(Clock(), preferred=preferred)


async def asked(server: EmbeddingServer, reader: Understanding, text: str) -> bool:
    """Whether the server was asked for the vector of this text."""
    reading = await reader.read(text)
    assert reading.ranking
    assert reading.hits
    return any(text in request["input"] for request in server.requests)


async def recovered(preferred: Preferred) -> bool:
    await preferred.step()
    return not preferred.degraded


async def test_the_builtin_encoder_reads_until_the_chosen_one_is_trained(
    server: EmbeddingServer, reader: Understanding, preferred: Preferred, builtin: Builtin
) -> None:
    assert preferred.degraded == "preparing"
    assert not await asked(server, reader, "公积金提取一")
    await preferred.step()
    assert preferred.degraded == ""
    assert await asked(server, reader, "公积金提取二")
    assert (await reader.read("公积金提取二")).thresholds != builtin.thresholds


async def test_it_reads_nothing_while_its_entries_are_old(
    server: EmbeddingServer,
    reader: Understanding,
    preferred: Preferred,
    builtin: Builtin,
    corpus: Corpus,
) -> None:
    await preferred.step()
    builtin.search.replace([*corpus.entries, NEW])
    assert not await asked(server, reader, NEW.title)
    assert (await reader.read(NEW.title)).hits[0].knowledge_id == NEW.id
    await preferred.step()
    assert await asked(server, reader, f"请问{NEW.title}")
    assert (await reader.read(NEW.title)).hits[0].knowledge_id == NEW.id


async def test_a_failing_encoder_is_left_alone_and_taken_back(
    server: EmbeddingServer,
    reader: Understanding,
    preferred: Preferred,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await preferred.step()
    server.status = 403
    secret = "我的电话13812345678，社保断缴了怎么办"
    await reader.read(secret)
    assert preferred.degraded == "the embeddings server answers 403"
    assert "answers 403" in caplog.text
    assert "13812345678" not in caplog.text
    count = len(server.requests)
    await asyncio.gather(*(reader.read(f"社保断缴{number}年") for number in range(20)))
    assert len(server.requests) == count

    server.status = 200
    await eventually(lambda: recovered(preferred))
    assert await asked(server, reader, "社保断缴了怎么补")


async def test_a_hanging_encoder_costs_a_second_once(
    server: EmbeddingServer, reader: Understanding, preferred: Preferred
) -> None:
    await preferred.step()
    server.hang.clear()
    try:
        readings = (reader.read(f"社保卡丢了{number}次") for number in range(20))
        assert all(reading.ranking for reading in await asyncio.gather(*readings))
        assert preferred.degraded == "no answer within 1 s"
    finally:
        server.hang.set()


async def test_an_encoder_that_is_away_at_the_start_is_tried_again(
    server: EmbeddingServer, reader: Understanding, preferred: Preferred
) -> None:
    server.status = 401
    await preferred.step()
    assert preferred.degraded == "the embeddings server answers 401"
    assert not await asked(server, reader, "社保卡丢了怎么办")
    server.status = 200
    await eventually(lambda: recovered(preferred))
    assert await asked(server, reader, "社保卡丢了怎么补办")
