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


def test_practice_bases_hang_together(corpus: Corpus) -> None:
    assert corpus.bases
    for base in corpus.bases:
        titles = [entry.title for entry in base.entries]
        assert len(set(titles)) == len(titles)
        asked = {text for text, _ in base.asked}
        assert not asked & {*base.beside, *base.others}
        assert not asked & {q for e in base.entries for q in (e.title, *e.questions)}


def test_practice_is_foreign_to_the_knowledge_and_the_topics(corpus: Corpus) -> None:
    known = {q for e in (*corpus.entries, *corpus.topics) for q in (e.title, *e.questions)}
    for base in corpus.bases:
        assert not known & {text for text, _ in base.asked}


def test_every_entry_has_a_subject_that_was_told(corpus: Corpus) -> None:
    assert set(corpus.subjects) == {entry.id for entry in corpus.entries}
    assert sum(bool(subject.same) for subject in corpus.subjects.values()) > 200


def test_the_starter_knowledge_is_practised_on_without_what_is_asked(corpus: Corpus) -> None:
    starter = corpus.practice[-1]
    held = {entry.id: entry.questions for entry in starter.entries}
    assert starter.asked
    assert not [text for text, number in starter.asked if text in held[number]]
