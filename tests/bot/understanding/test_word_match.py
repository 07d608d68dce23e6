"""The words of a text against those of titles."""

import numpy as np
import pytest

from bot.understanding.word_match import Words, clashes, contradictions, starts, stretches
from bot.understanding.wording import code, words


def clash(text: str, title: str) -> float:
    asked = np.array([code(word) for word in words(text)], dtype=np.uint32)
    named = np.array([code(word) for word in words(title)], dtype=np.uint32)
    met = np.isin(asked, named)[:, None]
    return float(clashes(asked, met, named, starts([len(named)]))[0])


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("公交卡丢了怎么补", "社保卡遗失补办"),
        ("社保卡怎么注销", "社保卡补办"),
        ("二手房的水费找谁交", "居民电费缴纳"),
    ],
)
def test_another_thing_of_the_same_kind_clashes(text: str, title: str) -> None:
    assert clash(text, title) == 1


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("社保卡丢了怎么补", "社保卡遗失补办"),
        ("卡丢了怎么补", "社保卡遗失补办"),
        ("医保卡和社保卡都丢了", "社保卡遗失补办"),
        ("公交卡丢了怎么补", "失物招领"),
    ],
)
def test_the_same_thing_or_none_does_not(text: str, title: str) -> None:
    assert clash(text, title) == 0


def titles(*texts: str) -> Words:
    groups = [[code(word) for word in words(text)] for text in texts]
    codes = np.array([one for group in groups for one in group], dtype=np.uint32)
    none = np.empty((len(codes), 0), dtype=np.float32)
    return Words(codes, none, np.ones(len(codes), np.float32), starts(list(map(len, groups))))


def test_titles_contradict_one_another_where_they_share_no_word_of_a_kind() -> None:
    some = titles("公交卡遗失挂失", "社保卡遗失补办")
    others = titles("社保卡丢了怎么补", "失物招领", "公交卡和社保卡退卡", "医保卡挂失")
    assert contradictions(some, others).tolist() == [[1, 0, 0, 1], [0, 0, 0, 1]]


def test_stretches_may_be_anywhere_and_empty() -> None:
    assert stretches(np.array([7, 2, 4]), np.array([9, 2, 7])).tolist() == [7, 8, 4, 5, 6]
    assert not len(stretches(np.array([], dtype=int), np.array([], dtype=int)))
