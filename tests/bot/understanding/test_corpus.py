"""The training data hangs together."""

from bot.understanding.corpus import Corpus


def test_near_misses_lie_beside_entries_that_are_there(corpus: Corpus) -> None:
    titles = {entry.title for entry in corpus.entries}
    assert corpus.near_misses
    assert {miss.label for miss in corpus.near_misses} <= titles


def test_no_near_miss_is_a_question_of_its_entry(corpus: Corpus) -> None:
    asked = {(entry.title, q) for entry in corpus.entries for q in (entry.title, *entry.questions)}
    assert not [miss for miss in corpus.near_misses if (miss.label, miss.text) in asked]


def test_topics_have_ids_that_no_entry_has(corpus: Corpus) -> None:
    ids = [topic.id for topic in corpus.topics]
    assert len(set(ids)) == len(ids)
    assert max(ids) < 0
    assert any(topic.questions for topic in corpus.topics)
