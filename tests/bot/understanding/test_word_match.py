"""The words of a text against those of titles."""

import numpy as np
import pytest

from bot.understanding.word_match import clashes, starts, stretches
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


def test_stretches_may_be_anywhere_and_empty() -> None:
    assert stretches(np.array([7, 2, 4]), np.array([9, 2, 7])).tolist() == [7, 8, 4, 5, 6]
    assert not len(stretches(np.array([], dtype=int), np.array([], dtype=int)))
