"""A text becomes a Reading whatever the text is and whatever becomes of the engine."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from backend.clock import Clock
from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.understanding import Builtin, Understanding


@pytest.fixture
def understanding(builtin: Builtin) -> Understanding:
    return builtin.understanding(Clock())


async def test_a_matter_is_read_in_all_its_parts(understanding: Understanding) -> None:
    reading = await understanding.read("阳光小区3栋2单元停水三天了，没人管")
    assert reading.details.place == "阳光小区3栋2单元"
    assert reading.intent.name in {"complaint", "request_help", "report"}
    assert reading.ranking[0] == reading.intent
    assert reading.engine == "builtin"
    assert not reading.danger


async def test_of_two_matters_only_what_asks_is_looked_up(understanding: Understanding) -> None:
    text = "阳光小区3栋停水三天了没人管。另外想问一下社保卡丢了怎么补办"
    reading = await understanding.read(text)
    matter, question = reading.parts
    assert reading.hits
    assert not matter.hits
    assert "社保卡" in question.hits[0].title


class Counting:
    """An encoder that keeps what it is asked for in one go."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.size = encoder.name, encoder.size
        self._encoder = encoder
        self.batches: list[Sequence[str]] = []

    def encode(self, texts: Sequence[str]) -> Matrix:
        self.batches.append(texts)
        return self._encoder.encode(texts)


async def test_a_text_its_pieces_and_its_new_words_are_encoded_in_one_go(
    understanding: Understanding, builtin: Builtin, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting(builtin.encoder.forgetful)
    monkeypatch.setattr(builtin.encoder, "forgetful", counting)
    first, second = "蛤蟆塘菜市场门口停水三天了没人管", "榕峰里的路灯不亮"
    reading = await understanding.read(f"{first}。另外{second}")
    assert [part.text for part in reading.parts] == [first, second]
    (batch,) = counting.batches
    assert {first, second, "蛤蟆"} <= set(batch)


@pytest.mark.parametrize(
    ("text", "intent"),
    [("取消", "cancel"), ("人工", "human"), ("你好！", "greet"), ("谢谢", "thanks")],
)
async def test_plain_commands_are_certain(
    understanding: Understanding, text: str, intent: str
) -> None:
    reading = await understanding.read(text)
    assert reading.intent.name == intent
    assert reading.intent.confidence > 0.9


@pytest.mark.parametrize("text", ["", "\0", "a\ud800b", "ﷺ" * 1000, "路" * 100_000, "👍" * 300])
async def test_broken_and_endless_texts_are_read(understanding: Understanding, text: str) -> None:
    reading = await understanding.read(text)
    assert reading.text == text
    assert reading.ranking


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text())
def test_no_text_breaks_the_parts(builtin: Builtin, text: str) -> None:
    ranking = builtin.engine.rank(text)
    builtin.danger.detect(text, ranking)
    hits = builtin.search.search(text)
    assert all(0 <= hit.confidence <= 1 for hit in hits)


@pytest.mark.usefixtures("builtin")
def test_matrix_products_have_one_thread() -> None:
    library = str(Path(np.__file__).parent.parent / "numpy.libs")
    pools = [pool for pool in threadpool_info() if pool["filepath"].startswith(library)]
    assert [pool["num_threads"] for pool in pools] == [1]
