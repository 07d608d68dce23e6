"""A place in units, and a new unit put in for its like."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.place_units import put_in, units


@pytest.mark.parametrize(
    ("place", "words", "now"),
    [
        ("雨湖区富强巷6号", "富民巷", "雨湖区富民巷6号"),
        ("雨湖区富强巷66号", "6号", "雨湖区富强巷6号"),
        ("岳塘区锦绣江南7栋2单元", "7栋3单元", "岳塘区锦绣江南7栋3单元"),
        ("岳塘区锦绣江南7栋1203", "1302", "岳塘区锦绣江南7栋1302"),
        ("湘乡市东郊乡龙井村", "泉塘镇", "湘乡市泉塘镇龙井村"),
        ("高新区双马工业园玉兰路", "友谊路", "高新区双马工业园友谊路"),
        ("岳塘区和塘路33号", "荷塘路", "岳塘区荷塘路33号"),
        ("雨湖区车站路", "36号", "雨湖区车站路36号"),
        ("白石公园南门旁边", "西门", "白石公园西门旁边"),
        ("韶山市清溪镇英雄路", "迎宾路和日月路交叉口", "韶山市清溪镇迎宾路和日月路交叉口"),
        ("湘潭县烟塘村12组", "二组", "湘潭县烟塘村二组"),
    ],
)
def test_a_unit_takes_the_place_of_its_like(place: str, words: str, now: str) -> None:
    assert put_in(place, words) == now


def test_what_is_there_already_changes_nothing() -> None:
    assert put_in("雨湖区富强巷6号", "富强巷") == "雨湖区富强巷6号"


_places = st.lists(
    st.sampled_from(
        [
            "雨湖区",
            "城正街街道",
            "车站路",
            "66号",
            "金桂小区",
            "3栋",
            "502",
            "门口",
            "的",
            "x",
            "\0",
        ]
    ),
    max_size=8,
).map("".join)


@given(_places)
def test_units_do_not_overlap_and_stand_in_the_text(text: str) -> None:
    found = units(text)
    for one, other in pairwise(found):
        assert one.end <= other.start
    assert all(0 <= unit.start < unit.end <= len(text) for unit in found)


@given(_places, _places)
def test_what_was_told_last_is_in_the_place(place: str, words: str) -> None:
    told = units(words)
    now = put_in(place, words)
    assert not told or words[told[-1].start : told[-1].end].strip("的 ") in now
