"""What citizens of Hunan write, in standard words; and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.dialect import standard
from bot.understanding.text import LONGEST


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("名字何解改 要带些么子去", "名字怎么改 要带些什么去"),
        ("车位交哒钱 冇得发票", "车位交了钱 没有发票"),
        ("要跑几过派出所咯", "要跑几个派出所"),
        ("退休滴人看病报消好多钱", "退休的人看病报销多少钱"),
        ("咯张卡晓不得何里搞", "这张卡不知道怎么办"),
    ],
)
def test_dialect_and_slips(said: str, meant: str) -> None:
    assert standard(said) == meant


@pytest.mark.parametrize(
    "text",
    [
        "水龙头滴水",
        "一滴一滴漏",
        "在医院打点滴",
        "证件一过期就要换吗",
        "娃娃菜多少钱一斤",
        "路过那里",
    ],
)
def test_what_only_looks_like_it(text: str) -> None:
    assert standard(text) == text


@given(st.text())
def test_any_text_stays_within_bounds(text: str) -> None:
    assert len(standard(text)) <= LONGEST
