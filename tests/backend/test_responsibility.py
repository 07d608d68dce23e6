"""Who answers for what, and the cases of Xiangtan's bulletin (2023 年 7 月, 五、六) replayed."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.clock import CITY
from backend.orders import proposals, responsibility, returns, rules, service, store
from backend.orders.lifecycle import Refused, State
from backend.orders.responsibility import ALWAYS, Duty, missing, overlaps, parse
from backend.orders.rules import Rules
from backend.orders.store import Kept
from tests.backend.office import World

MOVED = date(2023, 7, 17)
BASIS = "潭园改组〔2023〕2号"
LAMPS, WAGES, TRAILS = "城市管理/路灯", "人力资源和社会保障/劳动维权", "城市管理/园林绿化"
CITY_DUTIES = (
    Duty(LAMPS, "", "市城管局", ALWAYS, None, "主次干道灯饰维护"),
    Duty(LAMPS, "湘潭高新区", "湘潭高新区管委会", ALWAYS, date(2023, 7, 16), "移交前"),
    Duty(LAMPS, "湘潭高新区", "岳塘区人民政府", MOVED, None, BASIS),
    Duty(WAGES, "", "市人社局"),
    Duty(WAGES, "湘潭高新区", "岳塘区人民政府", MOVED, None, BASIS),
    Duty("城市管理", "岳塘区", "岳塘区人民政府"),
)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(hour=10, tzinfo=CITY)


@pytest.fixture
async def city(world: World) -> World:
    async with world.database.transaction() as connection:
        await rules.store(connection, Rules())
        await responsibility.save(connection, CITY_DUTIES, world.now)
    return world


async def units(world: World, category: str, area: str, now: datetime) -> list[str]:
    async with world.database.transaction() as connection:
        return [duty.unit for duty in await responsibility.of(connection, category, area, now)]


async def test_powers_move_on_a_day(city: World) -> None:
    before, after = day("2023-07-16"), day("2023-07-17")
    assert await units(city, LAMPS, "湘潭高新区", before) == ["湘潭高新区管委会", "市城管局"]
    assert await units(city, LAMPS, "湘潭高新区", after) == ["岳塘区人民政府", "市城管局"]
    assert await units(city, LAMPS, "雨湖区", after) == ["市城管局"]
    assert await units(city, TRAILS, "岳塘区", after) == ["岳塘区人民政府"]
    assert await units(city, "其他/其他", "岳塘区", after) == []


def test_overlapping_and_missing_pairs_are_found() -> None:
    double = Duty(LAMPS, "湘潭高新区", "市城管局", date(2023, 7, 1), None)
    found = {(one.unit, other.unit) for one, other in overlaps([*CITY_DUTIES, double])}
    assert found == {("湘潭高新区管委会", "市城管局"), ("岳塘区人民政府", "市城管局")}
    assert overlaps(CITY_DUTIES) == []
    areas = ("湘潭高新区", "岳塘区")
    assert missing(CITY_DUTIES, (LAMPS, TRAILS, "教育/招生"), areas, MOVED) == [
        (TRAILS, "湘潭高新区"),
        ("教育/招生", ""),
    ]


days = st.dates(date(2023, 1, 1), date(2023, 12, 31))


@given(st.lists(st.tuples(st.sampled_from("甲乙"), days, days), max_size=5), days)
def test_without_an_overlap_nobody_shares_a_day(
    spans: list[tuple[str, date, date]], when: date
) -> None:
    duties = [Duty(LAMPS, "", unit, min(a, b), max(a, b)) for unit, a, b in spans]
    there = {duty.unit for duty in duties if duty.covers(LAMPS, "雨湖区", when)}
    assert len(there) <= 1 or overlaps(duties)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"分类": "", "承办单位": "市城管局"}, "分类为空"),
        ({"分类": LAMPS, "承办单位": "天文台"}, "没有“天文台”"),
        ({"分类": LAMPS, "承办单位": "市城管局", "区域": "火星区"}, "没有“火星区”"),
        ({"分类": LAMPS, "承办单位": "市城管局", "生效日期": "七月"}, "不是日期"),
        (
            {
                "分类": LAMPS,
                "承办单位": "市城管局",
                "生效日期": "2023-07-17",
                "失效日期": "2023-07-16",
            },
            "早于",
        ),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_the_reason(
    cells: dict[str, str], reason: str
) -> None:
    duties, [(row, said)] = parse([(7, cells)], ["市城管局"], ["雨湖区"])
    assert (duties, row) == ([], 7)
    assert reason in said


async def test_importing_again_changes_nothing_and_a_trial_writes_nothing(city: World) -> None:
    async with city.database.transaction() as connection:
        again = await responsibility.save(connection, CITY_DUTIES, city.now)
        assert (again.written, again.removed) == (0, 0)
        new = Duty("教育/招生", "", "市教育局")
        trial = await responsibility.save(connection, [new], city.now, replace=True, dry_run=True)
        assert (trial.written, trial.removed) == (1, len(CITY_DUTIES))
        assert len(await responsibility.everything(connection)) == len(CITY_DUTIES)
        await responsibility.save(connection, [new], city.now, replace=True)
        assert await responsibility.everything(connection) == [new]


async def propose(world: World, kept: Kept, now: datetime) -> list[proposals.Proposal]:
    async with world.database.transaction() as connection:
        return await proposals.propose(connection, await store.find(connection, kept.number), now)


async def test_the_list_proposes_with_its_reason(city: World) -> None:
    kept = await city.order(category=LAMPS, area="湘潭高新区")
    first, second = await propose(city, kept, day("2023-08-01"))
    assert (first.unit, second.unit) == ("岳塘区人民政府", "市城管局")
    assert BASIS in first.reason
    assert first.confidence > 0.8 > second.confidence


async def test_where_the_list_is_silent_past_orders_speak(city: World) -> None:
    for _ in range(3):
        await city.order("市住建局", ("sign", "close"), category="住房/物业", area="雨湖区")
    kept = await city.order(category="住房/物业", area="雨湖区")
    [only] = await propose(city, kept, city.now)
    assert only.unit == "市住建局"
    assert "近期同类工单3张中有3张" in only.reason
    assert only.confidence < 0.8


async def test_nothing_known_proposes_nothing(city: World) -> None:
    assert await propose(city, await city.order(), city.now) == []


async def act(world: World, kept: Kept, kind: str, actor: str, **data: str) -> Kept:
    async with world.database.transaction() as connection:
        return await service.act(
            connection, kept.number, kind, actor=actor, now=world.now, data=data
        )


async def returned(world: World, kept: Kept, unit: str, reason: str, basis: str) -> Kept:
    """A unit gets the order and is rid of it again."""
    await act(world, kept, "dispatch", "agent:zhang", unit=unit)
    await act(world, kept, "return", "handler:x", reason=reason, basis=basis)
    return await act(world, kept, "grant", "supervisor:ban")


async def test_the_forest_path_no_one_owns(city: World) -> None:
    """五(二) 疑难事件: three units, three reasons, and the order would have gone round for ever."""
    kept = await city.order(category=TRAILS, area="岳塘区", facts="森林步道杂草丛生，无法通行")
    await returned(
        city, kept, "岳塘区人民政府", "未明确管护机制及经费来源，建议转建设方", "建设遗留"
    )
    await returned(
        city, kept, "湘潭电化产投集团", "仅为代建单位，已竣工移交", "潭创森发〔2022〕1号"
    )
    kept = await returned(city, kept, "湘潭高新区管委会", "街道管理职能已移交", "园区机构改革方案")
    assert (kept.order.state, kept.order.returns) == (State.DISPATCHING, 3)
    with pytest.raises(Refused, match="班长指定"):
        await act(city, kept, "dispatch", "agent:zhang", unit="岳塘区人民政府")
    async with city.database.transaction() as connection:
        [dispute] = await returns.disputes(connection)
        assert (dispute.area, dispute.category, dispute.count) == ("岳塘区", TRAILS, 1)
        trail = await store.history(connection, kept.id)
    told = [(event.data["unit"], event.data["basis"]) for event in trail if event.kind == "return"]
    assert told == [
        ("岳塘区人民政府", "建设遗留"),
        ("湘潭电化产投集团", "潭创森发〔2022〕1号"),
        ("湘潭高新区管委会", "园区机构改革方案"),
    ]
    [best] = await propose(city, kept, city.now)
    assert "曾被其退回" in best.reason
    assert best.confidence < 0.2
    kept = await act(
        city, kept, "designate", "supervisor:ban", unit="岳塘区人民政府", reason="属地管理"
    )
    assert kept.order.state is State.SIGNING
    await act(city, kept, "sign", "handler:x")
    with pytest.raises(Refused, match="不能退单"):
        await act(city, kept, "return", "handler:x", reason="还是不归我区", basis="无")
    duty = Duty(TRAILS, "岳塘区", "岳塘区人民政府", ALWAYS, None, "潭创森发〔2022〕1号")
    async with city.database.transaction() as connection:
        later = city.now + timedelta(minutes=1)
        await responsibility.save(connection, [duty], later)
        assert await returns.disputes(connection) == []


async def test_the_lamp_posts_of_baota_south_road_are_counted_by_pair(city: World) -> None:
    """六, 表第3项: 市城管局 to 湘潭高新区管委会 to 岳塘区人民政府."""
    kept = await city.order(category=LAMPS, area="湘潭高新区", facts="宝塔南路路段未开灯")
    await returned(city, kept, "市城管局", "该路段不属于我局管理范围", "已与高新区对接")
    await returned(city, kept, "湘潭高新区管委会", "灯饰由岳塘区城管局承担", f"{BASIS} 序号43")
    await act(city, kept, "dispatch", "agent:zhang", unit="岳塘区人民政府")
    since, until = city.now - timedelta(hours=1), city.now + timedelta(hours=1)
    async with city.database.transaction() as connection:
        pairs = await returns.by_pair(connection, since, until)
        found = await returns.by_unit(connection, since, until)
    assert {(pair.unit, pair.next_unit, pair.count) for pair in pairs} == {
        ("市城管局", "湘潭高新区管委会", 1),
        ("湘潭高新区管委会", "岳塘区人民政府", 1),
    }
    assert all(pair.numbers == (kept.number,) for pair in pairs)
    assert {(row.unit, row.asked, row.granted, row.refused) for row in found} == {
        ("市城管局", 1, 1, 0),
        ("湘潭高新区管委会", 1, 1, 0),
    }


async def test_unpaid_wages_at_a_site_the_unit_that_lost_the_duty_is_not_proposed_again(
    city: World,
) -> None:
    """六, 表第1项: the zone says the district, the district says the zone; the list has a day."""
    kept = await city.order(category=WAGES, area="湘潭高新区", facts="花样年华工地拖欠工资")
    await returned(city, kept, "湘潭高新区管委会", "社会事务已经移交至岳塘区", BASIS)
    first, *_ = await propose(city, kept, day("2023-08-01"))
    assert first.unit == "岳塘区人民政府"
    await act(city, kept, "dispatch", "agent:zhang", unit="岳塘区人民政府")
    await act(city, kept, "return", "handler:x", reason="保交楼项目仍由园区牵头", basis="会议纪要")
    await act(city, kept, "refuse", "supervisor:ban", reason="清单2023年7月17日起由岳塘区负责")
    async with city.database.transaction() as connection:
        since, until = city.now - timedelta(hours=1), city.now + timedelta(hours=1)
        [refused] = [row for row in await returns.by_unit(connection, since, until) if row.refused]
    assert (refused.unit, refused.asked, refused.refused) == ("岳塘区人民政府", 1, 1)
