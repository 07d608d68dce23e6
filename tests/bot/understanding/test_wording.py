"""The words of citizens and those of editors in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import wording


@pytest.mark.parametrize(
    ("citizen", "editor"),
    [
        ("驾照掉了", "驾驶证丢失"),
        ("要好多钱咯", "要多少"),
        ("屋里老婆的", "家里配偶的"),
        ("请问一下医疗保险怎么弄", "医保怎么"),
    ],
)
def test_synonyms_are_one_word(citizen: str, editor: str) -> None:
    assert wording.words(citizen) == wording.words(editor)


@pytest.mark.parametrize("word", ["社保卡", "居民医保", "公积金", "二手房"])
def test_words_of_a_kind_stay_whole(word: str) -> None:
    assert word in wording.words(f"我的{word}要去哪里办")
    assert wording.code(word) in wording.KINDS


def test_a_word_is_of_one_kind_only() -> None:
    lines = [line.lower().split() for line in wording.RULES["kinds"]]
    listed = [wording.words(word)[0] for line in lines for word in line]
    assert sorted(listed) == sorted(set(listed))


def test_fillers_say_nothing() -> None:
    assert wording.words("请问一下，你好啵") == ()


@given(st.text())
def test_any_text_has_words(text: str) -> None:
    found = wording.words(text)
    assert len(set(found)) == len(found)
    assert all(0 <= wording.code(word) < 2**32 for word in found)
