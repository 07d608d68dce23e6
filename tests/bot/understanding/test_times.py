"""When it happened: the words of citizens, and the day they mean."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.clock import CITY
from bot.understanding.times import find_times

NOW = datetime(2026, 11, 21, 12, tzinfo=CITY)  # a Saturday


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("昨晚八点停水", "2026-11-20 20:00"),
        ("昨晚十二点还在吵", "2026-11-21 00:00"),
        ("昨晚两点", "2026-11-21 02:00"),
        ("今天中午1点", "2026-11-21 13:00"),
        ("上周三漏水", "2026-11-11"),
        ("上上周五", "2026-11-06"),
        ("上周末", "2026-11-14"),
        ("半个月前买的", "2026-11-06"),
        ("一个半月前", "2026-10-06"),
        ("两周前", "2026-11-07"),
        ("三个月前", "2026-08-21"),
        ("半小时前", "2026-11-21 11:30"),
        ("半年前就报了", "2026-05"),
        ("三年前", "2023"),
        ("国庆那天在超市", "2026-10-01"),
        ("去年国庆期间", "2025-10-01"),
        ("中秋节晚上八点", "2026-09-25 20:00"),
        ("春节的时候", "2026-02-17"),
        ("大年三十晚上", "2026-02-16"),
        ("上个月15号", "2026-10-15"),
        ("上个月", "2026-10"),
        ("去年五月", "2025-05"),
        ("11月5日下午3点半", "2026-11-05 15:30"),
        ("2025年6月1日", "2025-06-01"),
        ("几天前", ""),
        ("两个多月前", ""),
        ("今早八点零五分", "2026-11-21 08:05"),
        ("从16号开始漏水", "2026-11-16"),
        ("20号到现在都没来电", "2026-11-20"),
        ("每天晚上十一点", ""),
    ],
)
def test_words_come_to_a_day(text: str, resolved: str) -> None:
    assert [when.resolved for when in find_times(text, NOW)][:1] == [resolved]


@pytest.mark.parametrize(
    "text",
    ["国庆路128号", "平政路16号开始装修", "我住16号楼", "五一路路灯坏了", "十一栋漏水", "有一点吵"],
)
def test_names_and_numbers_are_no_times(text: str) -> None:
    assert find_times(text, NOW) == []


@given(
    st.text(
        alphabet="零一二三四五六七八九十两半个多年月日号周天点分前上去今昨晚国庆节0123456789:-/."
    )
)
def test_any_words_of_time_are_read(text: str) -> None:
    for when in find_times(text, NOW):
        assert text[when.start : when.end] == when.words
