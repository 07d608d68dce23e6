"""The index after any history of changes finds what a fresh one would."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.understanding import knowledge_search
from bot.understanding.corpus import Corpus
from bot.understanding.encoder import SentenceEncoder
from bot.understanding.entry_vectors import EntryVectors
from bot.understanding.knowledge_index import (
    CANDIDATES,
    RANKING,
    KnowledgeIndex,
    Question,
    question,
)
from bot.understanding.metric import Metric
from bot.understanding.ranker import Background, Calibration, Ranker
from bot.understanding.reading import Entry
from bot.understanding.understanding import Builtin

QUIET = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SIZE = SentenceEncoder.size
NOTHING = np.empty(0, np.float32)
PLAIN = Ranker(
    Metric(
        np.zeros(SIZE, np.float32),
        np.eye(SIZE, dtype=np.float32),
        np.empty(0, np.uint32),
        np.empty((0, SIZE), np.float32),
    ),
    Background(
        np.array([1], np.uint32),
        np.ones(1, np.float32),
        np.ones((1, 8), np.float32),
        10.0,
        np.eye(SIZE, 8, dtype=np.float32),
    ),
    np.ones(RANKING, np.float32),
    Calibration(NOTHING, NOTHING, NOTHING),
    Calibration(NOTHING, NOTHING, NOTHING),
)


@pytest.fixture(scope="module")
def vectors() -> EntryVectors:
    return EntryVectors(SentenceEncoder())


def entry(number: int, version: int) -> Entry:
    return Entry(
        number, f"第{number}个办事窗口第{version}版", (), "", f"在{number}楼{version}室办理。"
    )


changes = st.lists(
    st.tuples(st.sampled_from(["add", "drop", "compact"]), st.integers(1, 6), st.integers(0, 3)),
    max_size=15,
)


@QUIET
@given(changes)
def test_any_history_finds_what_a_fresh_index_finds(
    vectors: EntryVectors, history: list[tuple[str, int, int]]
) -> None:
    index, held = KnowledgeIndex(PLAIN), dict[int, Entry]()
    for what, number, version in history:
        if what == "add":
            held[number] = entry(number, version)
            index.add([held[number]], vectors)
        elif what == "drop":
            held.pop(number, None)
            index.drop([number])
        elif held:
            index = index.compacted()
    fresh = KnowledgeIndex(PLAIN)
    fresh.add(list(held.values()), vectors)
    assert found(index) == pytest.approx(found(fresh), abs=2e-3)
    assert len(index) == len(held)


def put(text: str) -> Question:
    return question(text, SentenceEncoder().encode([text])[0], PLAIN.metric)


def found(index: KnowledgeIndex) -> dict[str, float]:
    """Of each entry, the sum of its features for one question."""
    near = index.near(put("三楼的窗口在哪里"))
    titles = [index.entry(int(row))[1] for row in near.rows]
    return dict(zip(titles, near.features.sum(axis=1).tolist(), strict=True))


def test_of_very_many_entries_the_right_one_is_a_candidate(vectors: EntryVectors) -> None:
    index = KnowledgeIndex(PLAIN)
    index.add([entry(number, 0) for number in range(700)], vectors)
    asked = "第321个办事窗口第0版"
    rows = index.near(put(asked)).rows
    assert len(rows) == CANDIDATES
    assert asked in {index.entry(int(row))[1] for row in rows}


def test_former_entries_do_not_pile_up(
    builtin: Builtin, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge_search, "_WASTED", 10)
    for _ in range(3):
        builtin.search.replace(corpus.entries)
    assert len(builtin.search) == len(corpus.entries)
    assert builtin.search.search("社保卡丢了怎么挂失补办")[0].title == "社保卡丢了怎么挂失补办"
