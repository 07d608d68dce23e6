"""Why the knowledge search thinks that an entry answers, also one that is not saved yet."""

import pytest

from bot.understanding.knowledge_search import EVIDENCE
from bot.understanding.reading import Entry
from bot.understanding.understanding import Builtin

TEXT = "充电桩安装需要什么手续"
UNHEARD = "家里的热带鱼可以寄养在哪里"


def test_the_reasons_belong_to_the_hits(builtin: Builtin) -> None:
    explained = builtin.search.explain(TEXT)
    assert [one.hit for one in explained[:3]] == list(builtin.search.search(TEXT))
    best = explained[0]
    assert len(best.values) == len(best.weights) == len(EVIDENCE)
    assert sum(best.weights) > sum(explained[1].weights)


def test_an_entry_that_is_not_saved_yet(builtin: Builtin) -> None:
    before = builtin.search.explain(UNHEARD)
    new = Entry(0, UNHEARD, ("热带鱼寄养", "谁帮我养几天热带鱼"))
    (best, *rest) = builtin.search.explain(UNHEARD, new)
    assert (best.hit.knowledge_id, best.hit.title) == (0, UNHEARD)
    assert best.hit.confidence > before[0].hit.confidence
    assert rest[0].hit.knowledge_id == before[0].hit.knowledge_id
    after = builtin.search.explain(UNHEARD)
    assert [one.hit.knowledge_id for one in after] == [one.hit.knowledge_id for one in before]
    assert after[0].hit.confidence == pytest.approx(before[0].hit.confidence, abs=1e-3)


def test_an_edited_entry_stands_in_for_itself(builtin: Builtin) -> None:
    own = builtin.search.explain(TEXT)[0].hit
    edited = Entry(own.knowledge_id, "完全不相干的一个标题", ())
    ids = [one.hit.knowledge_id for one in builtin.search.explain(TEXT, edited, limit=24)]
    assert len(ids) == len(set(ids))
    assert ids[0] != own.knowledge_id


@pytest.mark.parametrize("text", ["", "   ", "ﷺ" * 1000, "\x00", "\ud800"])
def test_whatever_is_typed(builtin: Builtin, text: str) -> None:
    builtin.search.explain(text)
