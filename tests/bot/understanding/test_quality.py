"""Floors under the measured quality, on folds that training did not see (docs/understanding.md)."""

from dataclasses import replace

import pytest

from bot.evaluation.builtin import BuiltinLearner
from bot.evaluation.labels import cross_validate
from bot.evaluation.search import held_out, score_search
from bot.understanding.corpus import Corpus
from bot.understanding.encoder import RememberingEncoder, SentenceEncoder
from bot.understanding.reading import Entry
from bot.understanding.thresholds import Thresholds
from bot.understanding.understanding import Builtin


@pytest.fixture(scope="module")
def encoder() -> RememberingEncoder:
    return RememberingEncoder(SentenceEncoder(), 100_000)


@pytest.mark.timeout(300)
def test_intents_on_unseen_examples(encoder: RememberingEncoder, corpus: Corpus) -> None:
    score = cross_validate(
        BuiltinLearner(encoder, hazards=corpus.hazards, places=corpus.places),
        corpus.intents,
        count=2,
    )
    assert score.accuracy.value > 0.56
    assert score.top3.value > 0.78
    assert score.danger is not None
    assert score.danger.heard.value > 0.86
    assert score.danger.flagged.value < 0.02


@pytest.mark.long
@pytest.mark.timeout(600)
def test_knowledge_on_unseen_questions(encoder: RememberingEncoder, corpus: Corpus) -> None:
    score = score_search(held_out(encoder, corpus), Thresholds())
    assert score.hit1.value > 0.74
    assert score.hit3.value > 0.87
    careful = next(step for step in score.curve if step.level == 0.6)
    assert careful.wrong < 0.07
    assert careful.near_miss < 0.14


def test_a_question_of_the_knowledge_base_finds_its_entry(builtin: Builtin, corpus: Corpus) -> None:
    found = [builtin.search.search(entry.title)[0].title == entry.title for entry in corpus.entries]
    assert sum(found) / len(found) > 0.97


def test_replacing_entries_takes_effect_at_once(builtin: Builtin, corpus: Corpus) -> None:
    entry = Entry(9_999, "红辣椒博物馆几点开门", ("辣椒馆开放时间",))
    try:
        builtin.search.replace([*corpus.entries, entry])
        assert builtin.search.search("红辣椒博物馆几点开门")[0].knowledge_id == 9_999
        builtin.search.replace([replace(entry, id=1)])
        assert builtin.search.search("红辣椒博物馆几点开门")[0].knowledge_id == 1
        builtin.search.replace([])
        assert builtin.search.search("红辣椒博物馆几点开门") == ()
    finally:
        builtin.search.replace(corpus.entries)
