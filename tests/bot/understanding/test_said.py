"""What else a text says: demand, companies, the citizen's name, spoken numbers, the street."""

from datetime import datetime
from time import perf_counter

import pytest

from backend.clock import CITY
from bot.understanding.companies import find_companies
from bot.understanding.demands import find_demand
from bot.understanding.matters import split
from bot.understanding.persons import find_person
from bot.understanding.phones import find_phones
from tests.bot.understanding.test_details import READER

NOW = datetime(2026, 11, 21, 12, tzinfo=CITY)


@pytest.mark.parametrize(
    ("text", "demand"),
    [
        ("楼上装修太吵，要求晚上停工", "要求晚上停工"),
        ("恳请相关部门来看看。谢谢", "恳请相关部门来看看"),
        ("建议在路口装一个红绿灯，很危险", "建议在路口装一个红绿灯"),
        ("希望尽快修好，并赔偿损失。谢谢", "希望尽快修好，并赔偿损失"),
        ("我的诉求是：退还学费2000元", "退还学费2000元"),
        ("路灯坏了，请尽快修，电话13812345678", "请尽快修"),
        ("请问怎么办", ""),
        ("麻烦死了", ""),
        ("申请补贴要什么材料", ""),
        ("路灯坏了", ""),
    ],
)
def test_the_demand_is_what_the_citizen_asks_for(text: str, demand: str) -> None:
    assert find_demand(text) == demand


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("雨湖区鑫隆物业不作为，步步高超市卖过期牛奶", ("鑫隆物业", "步步高超市")),
        ("板塘的金色童年幼儿园乱收费", ("金色童年幼儿园",)),
        ("在建设北路好利来蛋糕店办卡", ("好利来蛋糕店",)),
        ("湘潭市中心医院乱收费", ("湘潭市中心医院",)),
        ("被深圳大金科技有限公司骗了", ("深圳大金科技有限公司",)),
        ("阳光小区物业不管", ("阳光小区物业",)),
        ("小区物业公司乱收费", ()),
        ("九华一家电子厂不交社保", ()),
        ("楼下的超市太吵", ()),
        ("小区电梯天天坏物业不管", ()),
    ],
)
def test_companies_are_named_and_not_only_meant(text: str, names: tuple[str, ...]) -> None:
    assert find_companies(text) == names


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("我叫张伟，住阳光小区", "张伟"),
        ("我姓王，电话138", "姓王"),
        ("联系人：李女士 13812345678", "李女士"),
        ("本人欧阳修远", "欧阳修远"),
        ("我是业主", ""),
        ("教练叫李强", ""),
    ],
)
def test_the_citizen_names_themselves(text: str, person: str) -> None:
    assert find_person(text) == person


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("电话幺三九零七三二一二三四", "13907321234"),
        ("1 3 8 1 2 3 4 5 6 7 8", "13812345678"),
        ("138，1234，5678", "13812345678"),
        ("零七三一五八二一二三四五", "0731-58212345"),
        ("电话 5821 2345", "58212345"),
    ],
)
def test_numbers_are_heard_as_they_are_spoken(text: str, number: str) -> None:
    assert [phone.number for phone in find_phones(text)] == [number]


def test_house_numbers_in_a_row_are_no_telephone() -> None:
    assert find_phones("第1、3、5、7、9、11、13、15栋") == []


@pytest.mark.parametrize(
    ("text", "area", "street"),
    [
        ("云塘街道阳光小区停水", "雨湖区", "云塘街道"),
        ("家住易俗河金桂路8号", "湘潭县", "易俗河镇"),
        ("姜畲泉塘子村垃圾没人清", "雨湖区", "姜畲镇"),
        ("建设北路128号", "雨湖区", ""),
    ],
)
def test_street_and_area_are_known(text: str, area: str, street: str) -> None:
    details = READER.read(text, NOW)
    assert (details.area, details.street) == (area, street)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("建设北路路灯不亮，另外书院路菜市场卖注水肉", 2),
        ("我要反映两个问题，一是路灯坏了没人修，二是楼下夜宵店太吵", 2),
        ("路灯坏了三天了。顺便问一下身份证丢了怎么补", 2),
        ("医保断缴怎么补？建设北路的路灯坏了三天没人修", 2),
        ("我要投诉两个问题，第一个是门口乱停车堵了路，第二个是木材厂夜里太吵", 2),
        ("反映两点：(1)公园湖水发绿有死鱼(2)夜宵摊占了整条人行道", 2),
        ("①化粪池堵了三天 ②网吧让学生进去上网", 2),
        ("市场缺斤少两太严重 二楼的楼梯扶手也断了", 2),
        ("灯不亮 没人修 天天黑 怕出事 请来看看", 0),
        ("电梯坏了一个星期没人修，我住14楼天天爬", 0),
        ("另外", 0),
    ],
)
def test_a_message_falls_into_pieces_at_words_that_say_so(text: str, parts: int) -> None:
    assert len(split(text)) == parts


@pytest.mark.parametrize(
    "text",
    [
        "ﷺ" * 1000,
        "\x00" * 1000,
        "�" * 1000,
        "，" * 100000,
        "请" * 100000,
        "1" * 100000,
        "希望，并" * 20000,
        "公司" * 50000,
        "前天" * 50000,
        "我叫王" * 30000,
        "另外，" * 30000,
    ],
)
def test_no_text_holds_the_reader_up(text: str) -> None:
    began = perf_counter()
    READER.read(text, NOW)
    split(text)
    assert perf_counter() - began < 2.0
