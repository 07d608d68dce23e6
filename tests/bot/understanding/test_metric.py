"""The learned metric knows what citizens call things."""

import numpy as np
import pytest

from bot.understanding.knowledge_index import question
from bot.understanding.understanding import Builtin


def likeness(builtin: Builtin, citizen: str, editor: str, *, by_words: bool) -> float:
    """The cosine of two texts in the metric, by their vectors alone or by their words too."""
    texts = (citizen, editor)
    vectors, metric = builtin.encoder.encode(texts), builtin.metric
    pairs = zip(texts, vectors, strict=True)
    said = [question(text, vector, metric).place for text, vector in pairs]
    places = said if by_words else metric(vectors)
    return float(places[0] @ places[1])


@pytest.mark.parametrize(
    ("citizen", "editor"),
    [
        ("扯证要带什么", "结婚登记办理材料"),
        ("房本掉了", "不动产权证书遗失补发"),
        ("养老钱什么时候发", "基本养老保险待遇发放时间"),
    ],
)
def test_words_bring_citizens_to_editors(builtin: Builtin, citizen: str, editor: str) -> None:
    by_words = likeness(builtin, citizen, editor, by_words=True)
    assert by_words > likeness(builtin, citizen, editor, by_words=False)
    assert by_words > 0.45


def test_unknown_words_move_nothing(builtin: Builtin) -> None:
    vector = builtin.encoder.encode(["您好"])
    strange = [np.array([1, 2, 3], dtype=np.uint32)]
    assert builtin.metric(vector, strange) == pytest.approx(builtin.metric(vector))
