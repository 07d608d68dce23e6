import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.contrast import contrasted
from bot.understanding.turns import Span, Standing

ORDER = Standing(
    type="求助",
    facts="昨晚9点湖湘路和双拥路交叉口停水，隔壁的猫一直叫，花石镇桥头药店卖感冒药",
    place="湖湘路和双拥路交叉口",
    time="昨晚9点",
)


@pytest.mark.parametrize(
    ("said", "old", "new", "label"),
    [
        ("写错字了，是停电不是停水", "停水", "停电", "facts"),
        ("叫的不是猫 是他家那条狗", "猫", "他家那条狗", "facts"),
        ("11点 不是9点", "9点", "11点", "time"),
        ("跟湖湘路交叉的是吉安路，不是双拥路。", "双拥路", "吉安路", "place"),
        ("不是感冒药，是旁边那家止咳糖浆", "感冒药", "止咳糖浆", "facts"),
        ("是投诉不是求助", "求助", "投诉", "type"),
        ("不是猫，凑近看是狗", "猫", "狗", "facts"),
        ("药店那里感冒药改成止咳糖浆", "感冒药", "止咳糖浆", "facts"),
        ("感冒药写错了，是止咳糖浆", "感冒药", "止咳糖浆", "facts"),
    ],
)
def test_what_is_right_is_told_from_what_is_wrong(
    said: str, old: str, new: str, label: str
) -> None:
    spans = contrasted(said, ORDER)
    assert [(said[s.start : s.end], s.label) for s in spans] == [(old, "old"), (new, label)]


def test_an_amount_is_told_from_the_one_that_was_wrong() -> None:
    order = Standing(type="求助", facts="上个月停了四回电，搞了一个星期", place="金龙村")
    assert contrasted("不是四回，五回", order)[1:] == (Span(5, 7, "facts"),)
    assert contrasted("有十天了 不是一个星期", order)[1:] == (Span(1, 3, "facts"),)


@pytest.mark.parametrize(
    "said",
    [
        "不是我不讲道理，是他们太过分",
        "是不是可以提交了",
        "不是花园路，是人民路",
        "你不是机器人吧",
        "不是求助，是物业不作为",
        "咦，银田是韶山的嘛，我湘乡人打顺手了，不是湖湘路",
    ],
)
def test_what_the_order_does_not_say_is_corrected_by_nobody(said: str) -> None:
    assert contrasted(said, ORDER) == ()


@given(st.text("不是叫，停水电猫狗9点路 ", max_size=30))
def test_words_are_marked_within_the_text(said: str) -> None:
    for span in contrasted(said, ORDER):
        assert 0 <= span.start < span.end <= len(said)
