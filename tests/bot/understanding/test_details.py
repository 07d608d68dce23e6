"""What a text says of a matter: tables of examples, and that no text breaks the reader."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.clock import CITY
from bot.understanding.details import BuiltinDetailReader
from bot.understanding.gazetteer import Gazetteer

AREAS = Path(__file__).parents[3] / "config" / "city" / "areas.yml"
NOW = datetime(2026, 11, 21, 12, tzinfo=CITY)  # a Saturday
READER = BuiltinDetailReader(Gazetteer.load(AREAS))
_MIXED = "建设北路 阳光小区 3栋 2单元 128号 雨湖区 附近 与 的 路 号 昨晚 八点 电话 停水 ， 一"
_ODD = "13800138000 0731-58212345 99月99日 二十五点 ﷺ \x00 \ud800 👍 １２"
PIECES = st.sampled_from(f"{_MIXED} {_ODD}".split(" "))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("阳光小区3栋2单元停水了", "阳光小区3栋2单元"),
        ("雨湖区建设北路128号门口井盖坏了", "雨湖区建设北路128号门口"),
        ("岳塘区霞城村橘园附近有人乱倒垃圾", "岳塘区霞城村橘园附近"),
        ("建设北路路灯不亮", "建设北路"),
        ("九华经开区吉利东路工地半夜施工", "九华经开区吉利东路工地"),
        ("我在万达广场门口被车撞了", "万达广场门口"),
        ("河西滨江路与建设路交叉口红绿灯坏了", "河西滨江路与建设路交叉口"),
        ("响水乡青竹村五组的路一直没修", "响水乡青竹村五组"),
        ("你好,高新区双拥路恒大御景湾7栋1单元1203室漏水", "高新区双拥路恒大御景湾7栋1单元1203室"),
        ("解放路那边的下水道堵了", "解放路"),
        ("中心医院附近停车乱收费", "中心医院附近"),
        ("学府花园二期物业不作为", "学府花园二期"),
        ("昨晚八点锦绣花园5号楼三楼402漏水", "锦绣花园5号楼三楼402"),
        ("阳光小区的3栋没有电", "阳光小区的3栋"),
        ("3栋2单元停电了", "3栋2单元"),
        ("我们小区没有路灯", ""),
        ("马路上有个大坑", ""),
        ("12路公交车不停站", ""),
        ("公积金怎么提取", ""),
        ("小孩要上小学，学区怎么划分", ""),
    ],
)
def test_place_comes_out_whole_and_takes_no_verb_with_it(text: str, place: str) -> None:
    assert READER.read(text, NOW).place == place


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("雨湖区建设北路128号", "雨湖区"),
        ("岳塘区霞城村橘园附近", "岳塘区"),
        ("易俗河镇凤凰路有人卖假烟", "湘潭县"),
        ("公积金怎么提取", ""),
    ],
)
def test_area_is_named_or_known_from_its_places(text: str, area: str) -> None:
    assert READER.read(text, NOW).area == area


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("昨晚八点停水了", "昨晚八点（2026-11-20 20:00）"),
        ("11月5日下午3点半买的", "11月5日下午3点半（2026-11-05 15:30）"),
        ("上周三开始漏水", "上周三（2026-11-11）"),
        ("三天前就报了", "三天前（2026-11-18）"),
        ("12月3日停的电", "12月3日（2025-12-03）"),
        ("前天晚上10:30开始施工", "前天晚上10:30（2026-11-19 22:30）"),
        ("今天凌晨2点一刻", "今天凌晨2点一刻（2026-11-21 02:15）"),
        ("每天都这样", "每天"),
        ("有一点吵，早点处理", ""),
        ("13月40日", "13月40日"),
        ("晚一八点", "晚一八点"),
    ],
)
def test_time_keeps_the_words_and_adds_the_date(text: str, when: str) -> None:
    assert READER.read(text, NOW).occurred_at == when


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("我电话13800138000，谢谢", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("联系方式是0731-58212345", "0731-58212345"),
        ("(0731)58212345", "0731-58212345"),
        ("座机58212345", "58212345"),
        ("身份证430302199001011234", ""),
        ("工单号202611210001234", ""),
    ],
)
def test_phone_is_read_as_it_is_dialled(text: str, phone: str) -> None:
    assert READER.read(text, NOW).phone == phone


def test_matter_is_the_text_without_greeting_phone_and_thanks() -> None:
    text = "您好，建设北路路灯不亮，我的电话是13800138000，谢谢！"
    assert READER.read(text, NOW).matter == "建设北路路灯不亮"


@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)))
def test_any_text_is_read_and_its_place_stands_in_it(text: str) -> None:
    details = READER.read(text, NOW)
    # A place told in pieces is strung together.
    rest = iter(text)
    assert all(character in rest for character in details.place)
    details.matter.encode()
