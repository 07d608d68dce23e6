"""What is said to an order: how it is written down, learned, and heard."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import retiming
from bot.understanding.model import sources
from bot.understanding.turn_model import read_turn_files
from bot.understanding.turn_tagger import spans, tags
from bot.understanding.turns import ACTS, NEW, Span, Standing, unmarked
from bot.understanding.understanding import Builtin
from tests.model import ROOT

LAMP = Standing(
    type="求助",
    facts="雨湖区车站路66号门口的路灯坏了，我电话13973200011",
    place="雨湖区车站路66号门口",
    phone="13973200011",
)
SHIPPED = sorted((ROOT / "nlu_data" / "turns").glob("*.yml"))


def test_marks_are_taken_off() -> None:
    text, marked = unmarked("不是[66号](old)，是[68号](place)才对")
    assert text == "不是66号，是68号才对"
    assert marked == (Span(2, 5, "old"), Span(7, 10, "place"))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.sampled_from(sorted(NEW)))))
def test_tags_say_what_was_marked(parts: list[tuple[int, int, str]]) -> None:
    at, marked = 0, []
    for gap, size, label in parts:
        marked.append(Span(at + gap, at + gap + size, label))
        at += gap + size
    assert (
        spans(tags("字" * at, marked)[:at]) == tuple(s for s in marked if s.end <= 200) or at > 200
    )


def test_an_unknown_act_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "turns.yml"
    file.write_text(
        "- {asking: confirm, order: {facts: 路灯坏了}, said: 好, means: [nod]}", "utf-8"
    )
    with pytest.raises(ValueError, match="nod"):
        read_turn_files([file])


def test_every_act_has_examples() -> None:
    examples = read_turn_files(SHIPPED)
    assert {example.act for example in examples} == set(ACTS)
    assert {span.label for example in examples for span in example.spans} >= NEW


@pytest.mark.parametrize(
    ("old", "new", "whole"),
    [
        ("今天下午三点", "一点", "今天下午一点"),
        ("昨晚九点", "十点多", "昨晚十点多"),
        ("上个月5号", "15号", "上个月15号"),
        ("今天", "昨天", "昨天"),
        ("昨晚八点", "上周三", "上周三"),
        ("", "前天", "前天"),
        ("下大雨那天", "第二天", "第二天"),
    ],
)
def test_a_time_keeps_what_was_not_corrected(old: str, new: str, whole: str) -> None:
    assert retiming.retimed(old, new) == whole


@pytest.mark.parametrize(
    ("said", "act"),
    [
        ("不是66号，是68号", "change"),
        ("你改回来", "back"),
        ("没问题，交吧", "confirm"),
        ("不用报了，已经修好了", "cancel"),
        ("还有一件事，东湖路菜市场卖注水牛肉", "another"),
        ("要等好久才有人来", "when"),
        ("转人工", "human"),
    ],
)
def test_what_is_meant(builtin: Builtin, said: str, act: str) -> None:
    assert builtin.turns.read(said, LAMP).act == act


def test_the_words_that_say_what(builtin: Builtin) -> None:
    heard = builtin.turns.read("门牌写错了，不是66号，是68号", LAMP)
    assert heard.words("old") == "66号"
    assert heard.words("place") == "68号"
    assert heard.words("phone") == ""


def test_what_is_denied_is_not_right(builtin: Builtin) -> None:
    heard = builtin.turns.read("最后一位是2不是1", LAMP)
    assert "1" not in [heard.text[s.start : s.end] for s in heard.spans if s.label in NEW]


@pytest.mark.parametrize(
    "text", ["ﷺ" * 1000, "\0" * 300, "\ud800" * 50, "不是" * 50_000, "", " ", "👩‍👩‍👧‍👦" * 40]
)
def test_any_text_is_heard_as_something(builtin: Builtin, text: str) -> None:
    heard = builtin.turns.read(text, LAMP)
    assert heard.act in ACTS
    assert 0.99 < heard.of(*ACTS) < 1.01
    assert all(0 <= span.start < span.end <= len(heard.text) for span in heard.spans)


def test_all_code_that_training_uses_makes_a_new_model() -> None:
    assert {"place_units", "signs", "turn_features", "times"} <= sources("turn_training").keys()
