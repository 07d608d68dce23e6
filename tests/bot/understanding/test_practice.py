"""Knowledge bases to practise on."""

import pytest

from bot.understanding.corpus import read_base
from bot.understanding.practice import Subject, withheld
from bot.understanding.reading import Entry

TOPICS = (Entry(-1, "驾驶证补办", ()), Entry(-2, "行驶证补办", ()), Entry(-3, "驾照换证", ()))
BASE = {
    "条目": [
        {
            "标题": "机动车驾驶证遗失补领",
            "答案": "带身份证到车管所办理。",
            "相似问": ["补驾照"],
            "提问": ["本本掉了咋办"],
            "近似": ["车牌掉了咋办"],
            "话题": ["驾驶证补办"],
            "部分": ["驾照换证"],
        },
        {"标题": "居住证", "答案": "到派出所办理。", "提问": ["居住证在哪办"]},
    ],
    "无关": ["今天好冷"],
}


def test_a_base_is_read() -> None:
    base = read_base(BASE, TOPICS)
    assert [entry.questions for entry in base.entries] == [("补驾照",), ()]
    assert base.asked == (("本本掉了咋办", 1), ("居住证在哪办", 2))
    assert (base.beside, base.others) == (("车牌掉了咋办",), ("今天好冷",))
    assert base.subjects == {1: Subject(frozenset([-1]), frozenset([-3]))}
    assert [base.subjects[1].is_of(topic.id) for topic in TOPICS] == [1.0, 0.0, -1.0]


def test_a_topic_that_nobody_knows_is_told() -> None:
    row = {"标题": "甲", "答案": "乙", "提问": [], "话题": ["没有这个话题"]}
    with pytest.raises(KeyError, match="没有这个话题"):
        read_base({"条目": [row]}, TOPICS)


def test_questions_are_withheld_where_enough_remain() -> None:
    rich, poor = Entry(1, "甲", ("一", "二", "三", "四", "五")), Entry(2, "乙", ("六",))
    base = withheld([rich, poor], ["七"], {})
    assert [number for _, number in base.asked] == [1, 1]
    taken = {text for text, _ in base.asked}
    assert {*base.entries[0].questions, *taken} == set(rich.questions)
    assert not taken & set(base.entries[0].questions)
    assert base.entries[1] == poor


def test_a_draw_is_always_the_same() -> None:
    texts = tuple((f"问题{number}", 1) for number in range(1000))
    base = withheld([Entry(1, "甲", ())], [text for text, _ in texts], {})
    drawn = base.drawn()
    assert drawn == base.drawn()
    assert len(drawn.beside) < len(base.beside)
    assert set(drawn.beside) < set(base.beside)
