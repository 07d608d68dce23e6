"""An order corrected in plain words, in the many ways people have."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from backend.clock import CITY
from bot import corrections
from bot.corrections import Said
from bot.dialogue import Dialogue, Draft
from bot.understanding.understanding import Builtin
from tests.bot.understanding.test_details import READER

NOW = datetime(2026, 11, 21, 12, tzinfo=CITY)
DRAFT = Draft(
    7,
    "求助",
    "雨湖区车站路66号下水道堵了",
    place="雨湖区车站路66号",
    area="雨湖区",
    occurred_at="昨晚八点（2026-11-20 20:00）",
    occurred_on="2026-11-20T20:00",
    demand="请尽快疏通",
)


Corrected = Callable[..., Draft | None]


@pytest.fixture(scope="module")
def corrected(builtin: Builtin) -> Corrected:
    """The draft as it was corrected, as the skill does it; None if nothing was."""

    def correct(text: str, draft: Draft = DRAFT) -> Draft | None:
        heard = builtin.turns.read(text, Dialogue("confirm", draft=draft).standing)
        said = Said(text, heard.spans, READER, NOW)
        changes = heard.act == "change"
        after = corrections.correct(draft, said) if changes else corrections.complete(draft, said)
        return after if after != draft else None

    return correct


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("不是66号，是68号", "雨湖区车站路68号"),
        ("是68号不是66号", "雨湖区车站路68号"),
        ("路名写错了 是人民路66号", "雨湖区人民路66号"),
        ("把66号改成68号", "雨湖区车站路68号"),
        ("应该是68号才对", "雨湖区车站路68号"),
        ("少了个门牌 是66-1号", "雨湖区车站路66-1号"),
        ("地址后面加上3单元", "雨湖区车站路66号3单元"),
        ("少写了一个字 是车站西路66号", "雨湖区车站西路66号"),
        ("地址写错了 应该是雨湖区人民路6号", "雨湖区人民路6号"),
        ("位置更正一下：雨湖区人民路6号", "雨湖区人民路6号"),
        ("写错地方了，在雨湖区人民路6号", "雨湖区人民路6号"),
        ("不是雨湖区，是岳塘区", "岳塘区车站路66号"),
        ("不在雨湖区，在岳塘区", "岳塘区车站路66号"),
        ("不是车站路，是书院路", "雨湖区书院路66号"),
        ("我是3单元502，忘记说了", "雨湖区车站路66号3单元502"),
        ("不好意思，是68号", "雨湖区车站路68号"),
        ("车站路写错哒，是人民路", "雨湖区人民路66号"),
        ("门牌说错了 是68号那边", "雨湖区车站路68号"),
        ("66号打错了，68号", "雨湖区车站路68号"),
        ("66号改68号 其他没问题", "雨湖区车站路68号"),
        ("糟了 写成66号了 是68号", "雨湖区车站路68号"),
        ("门牌错了，是68号", "雨湖区车站路68号"),
    ],
)
def test_the_place_is_corrected_wherever_it_stands(
    corrected: Corrected, said: str, place: str
) -> None:
    after = corrected(said)
    assert after is not None
    assert (after.place, after.facts) == (place, f"{place}下水道堵了")


@pytest.mark.parametrize("said", ["不是雨湖区，是岳塘区", "是岳塘区不是雨湖区"])
def test_the_area_is_the_right_one_of_the_two_named(corrected: Corrected, said: str) -> None:
    after = corrected(said)
    assert after is not None
    assert after.area == "岳塘区"


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ("电话换成13973200011", {"contact": "13973200011"}),
        ("号码是幺三九七三二零零零幺幺", {"contact": "13973200011"}),
        ("不想留电话", {"withheld": True}),
        ("我的电话13973200011别写进去", {"withheld": True}),
        ("联系人是王女士", {"person": "王女士"}),
        ("诉求改成换新管子", {"demand": "换新管子"}),
        ("类型写错了 我是投诉", {"type": "投诉"}),
        ("不是求助，是投诉", {"type": "投诉"}),
        ("这个不算投诉，算我提个建议", {"type": "建议"}),
        ("我匿名举报", {"type": "举报", "confidential": True}),
        ("别让他们知道是我", {"confidential": True}),
        ("莫港是我港的", {"confidential": True}),
        ("不要把我名字写上去", {"confidential": True}),
        ("不留我的电话，留我妈的13973200011", {"contact": "13973200011"}),
        ("你别给我写成求助 我又不是来求哪个的 给我写投诉", {"type": "投诉"}),
        ("登记成举报吧", {"type": "举报"}),
        (
            "时间写错了，是上周三",
            {"occurred_at": "上周三（2026-11-11）", "occurred_on": "2026-11-11"},
        ),
        (
            "不是昨晚，是前天晚上",
            {"occurred_at": "前天晚上（2026-11-19）", "occurred_on": "2026-11-19"},
        ),
    ],
)
def test_any_other_field_is_corrected(
    corrected: Corrected, said: str, changes: dict[str, object]
) -> None:
    assert corrected(said) == replace(DRAFT, **changes)  # type: ignore[arg-type]


def test_two_corrections_at_once_are_both_made(corrected: Corrected) -> None:
    after = corrected("是前天晚上，还有不是66号是68号")
    assert after is not None
    assert (after.place, after.occurred_on) == ("雨湖区车站路68号", "2026-11-19")
    after = corrected("地址是雨湖区人民路6号，电话改成13973200011")
    assert after is not None
    assert (after.place, after.contact) == ("雨湖区人民路6号", "13973200011")


def test_two_swaps_of_a_kind_are_both_made(corrected: Corrected) -> None:
    after = corrected("不是昨晚是前天晚上，也不是66号，我是68号的")
    assert after is not None
    assert (after.place, after.occurred_on) == ("雨湖区车站路68号", "2026-11-19")


def test_a_floor_is_corrected_in_the_place(corrected: Corrected) -> None:
    told = replace(DRAFT, place="县医院住院部三楼", facts="县医院住院部三楼没有热水")
    after = corrected("对了 楼层说错了 是五楼骨科", told)
    assert after is not None
    assert all(
        "住院部五楼" in words and "三楼" not in words for words in (after.place, after.facts)
    )


def test_the_last_digits_of_a_phone_are_corrected(corrected: Corrected) -> None:
    told = replace(DRAFT, contact="13973200011")
    for said in ("最后一位是2不是1", "尾号应该是0012", "后两位是12"):
        after = corrected(said, told)
        assert after is not None
        assert after.contact == "13973200012"


def test_where_a_road_lies_is_corrected(corrected: Corrected) -> None:
    after = corrected("我搞混了，车站路在岳塘")
    assert after is not None
    assert (after.area, after.place) == ("岳塘区", "岳塘区车站路66号")


@pytest.mark.parametrize(
    ("facts", "companies", "said", "now"),
    [
        ("熙春路金凤凰KTV吵", ("金凤凰KTV",), "名字说错了 叫金孔雀", "熙春路金孔雀KTV吵"),
        ("的士拒载 车牌湘C12345", (), "车牌写错了 湘C12346", "的士拒载 车牌湘C12346"),
        ("老百姓药房卖过期药", ("老百姓药房",), "联系人写错了，叫王建国", "老百姓药房卖过期药"),
        ("好又多超市卖过期奶", ("好又多超市",), "超市名字是好又来", "好又来超市卖过期奶"),
        ("移动的宽带断网四天了", (), "讲错哒，是电信的宽带", "电信的宽带断网四天了"),
        (
            "申通快递把包裹弄丢了",
            ("申通快递",),
            "查了单号 不是申通，韵达的",
            "韵达快递把包裹弄丢了",
        ),
        (
            "宏信几械厂的大门边上堆垃圾",
            (),
            "字打错了，是宏信机械厂大门边上",
            "宏信机械厂的大门边上堆垃圾",
        ),
    ],
)
def test_what_something_is_called_is_corrected(
    corrected: Corrected, facts: str, companies: tuple[str, ...], said: str, now: str
) -> None:
    after = corrected(said, replace(DRAFT, facts=facts, companies=companies))
    assert after is not None
    assert after.facts == now


def test_a_gate_takes_the_place_of_another(corrected: Corrected) -> None:
    told = replace(DRAFT, place="湘潭大学西门", facts="湘潭大学西门的摊子占道")
    after = corrected("不对不对 东门", told)
    assert after is not None
    assert after.facts == "湘潭大学东门的摊子占道"


@pytest.mark.parametrize(
    ("place", "said", "now"),
    [
        ("高新区双马工业园玉兰路", "语音识别错了 是友谊路", "高新区双马工业园友谊路"),
        ("湘潭县云湖桥镇烟塘村村部旁边", "我写惯哒，是楠香村", "湘潭县云湖桥镇楠香村村部旁边"),
        ("雨湖区平政路街道老厂宿舍", "不叫平政路街道哒，归城正街街道", "雨湖区城正街街道老厂宿舍"),
        ("白石公园南门旁边", "南门改西门 其他没问题", "白石公园西门旁边"),
        ("雨湖区车站路132号", "手快了 132打反了 是123", "雨湖区车站路123号"),
    ],
)
def test_a_name_takes_the_place_of_one_of_its_kind(
    corrected: Corrected, place: str, said: str, now: str
) -> None:
    after = corrected(said, replace(DRAFT, place=place, facts=f"{place}没水"))
    assert after is not None
    assert (after.place, after.facts) == (now, f"{now}没水")


def test_the_own_name_goes_where_it_is_not_wanted(corrected: Corrected) -> None:
    told = replace(DRAFT, facts="我是刘志强，66号门口乱收停车费", person="刘志强")
    after = corrected("名字别写上去 我匿名", told)
    assert after is not None
    assert (after.facts, after.person) == ("66号门口乱收停车费", "")


def test_a_surname_is_spelt_otherwise(corrected: Corrected) -> None:
    told = replace(DRAFT, facts="66号下水道堵了，我姓章", person="姓章")
    after = corrected("打错字了，我姓张 弓长张", told)
    assert after is not None
    assert (after.facts, after.person) == ("66号下水道堵了，我姓张", "姓张")
    told = replace(DRAFT, facts="我叫刘建军，66号下水道堵了", person="刘建军")
    after = corrected("名字打错了 是刘建君", told)
    assert after is not None
    assert (after.facts, after.person) == ("我叫刘建君，66号下水道堵了", "刘建君")


def test_what_happened_is_no_other_name(corrected: Corrected) -> None:
    told = replace(DRAFT, facts="申通快递把包裹弄丢了", companies=("申通快递",))
    after = corrected("不是申通，打错了", told)
    assert after is None or "打错" not in after.companies


def test_that_a_field_is_wrong_is_no_value_of_it(corrected: Corrected) -> None:
    for said in ("地方写错了", "时间弄错了", "位置填反了"):
        assert corrected(said) is None


@pytest.mark.parametrize("said", ["你改回来", "算了还是原来的那个", "换回去吧", "原来写的没错"])
def test_a_correction_may_be_taken_back(said: str) -> None:
    assert corrections.takes_back(said)


def test_the_time_is_corrected_where_the_facts_tell_it_too(corrected: Corrected) -> None:
    told = replace(DRAFT, facts="昨晚八点下水道堵了")
    after = corrected("不是昨晚 是前天晚上的事 我记错了", told)
    assert after is not None
    assert (after.facts, after.occurred_on) == ("前天晚上下水道堵了", "2026-11-19")


def test_another_area_has_the_same_place(corrected: Corrected) -> None:
    for said in ("港错哒，那边归经开区管", "那里不归雨湖管，是经开区的地盘"):
        after = corrected(said)
        assert after is not None
        assert after.area == "湘潭经开区"


def test_a_business_is_spelt_otherwise(corrected: Corrected) -> None:
    told = replace(DRAFT, facts="鸿达驾校收了钱不安排考试", companies=("鸿达驾校",))
    after = corrected("驾校名字不对，叫宏达驾校", told)
    assert after is not None
    assert (after.companies, after.facts) == (("宏达驾校",), "宏达驾校收了钱不安排考试")


def test_another_wish_takes_the_place_of_the_first(corrected: Corrected) -> None:
    told = replace(DRAFT, demand="要求赔偿")
    after = corrected("我不要赔偿，我要他把480块钱退给我", told)
    assert after is not None
    assert "把480块钱退给我" in after.demand
    after = corrected("不是要赔偿 钱不钱的无所谓 我是要他当面道歉", told)
    assert after is not None
    assert after.demand.endswith("当面道歉")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("把时间改一下", "occurred_at"),
        ("地址不对", "place"),
        ("电话要换", "contact"),
        ("不是66号", "place"),
        ("路灯坏了", ""),
    ],
)
def test_what_is_to_be_changed_may_be_named_first(said: str, field: str) -> None:
    assert corrections.asks_to_change(DRAFT, said) == field


@pytest.mark.parametrize(
    ("name", "said", "value"),
    [
        ("place", "是68号", "雨湖区车站路68号"),
        ("place", "岳塘区书院路3号", "岳塘区书院路3号"),
        ("demand", "退钱", "退钱"),
        ("person", "叫我李姐", "叫我李姐"),
    ],
)
def test_and_said_after(name: str, said: str, value: str) -> None:
    after = corrections.assign(DRAFT, name, said, READER.read(said, NOW))
    assert getattr(after, name) == value


@pytest.mark.parametrize(
    "said",
    [
        "已经有两个老人摔倒了",
        "5栋也没有水",
        "他们一直不来修，昨天又堵了",
        "好的",
        "ﷺ" * 1000,
        "不是" * 50000,
        "是" * 199,
    ],
)
def test_other_words_correct_nothing(corrected: Corrected, said: str) -> None:
    assert corrected(said) is None
