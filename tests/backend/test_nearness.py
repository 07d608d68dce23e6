"""Near in place: estates, roads with their numbers, streets, and points on the map."""

import pytest

from backend.orders.nearness import Clustering, Matter, near, spots

WITHIN = Clustering()
POINT = "北纬{}，东经{}"


def at(place: str, street: str = "", area: str = "雨湖区") -> Matter:
    return Matter("投诉", area, street, place, "停水")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (at("阳光小区3栋"), at("雨湖区阳光小区7栋2单元")),
        (at("建设北路128号阳光小区"), at("阳光小区")),
        (at("建设北路128号"), at("建设北路150号")),
        (at("建设北路"), at("湘潭市雨湖区建设北路9号")),
        (at("", "姜畲镇"), at("姜畲镇", "姜畲镇")),
        (at("阳光小区", area=""), at("阳光小区")),
        (at(POINT.format(27.85, 112.91)), at(POINT.format(27.8509, 112.9102))),
        (at(POINT.format(27.86, 112.91)), at(f"家门口（定位：{POINT.format(27.8602, 112.91)}）")),
    ],
)
def test_what_is_near_is_found_by_a_spot(one: Matter, other: Matter) -> None:
    assert near(one, other, WITHIN)
    assert near(other, one, WITHIN)
    assert set(spots(one, around=True)) & set(spots(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (at("阳光小区"), at("金桥花园")),
        (at("建设北路阳光小区"), at("建设北路金桥花园")),
        (at("建设北路128号"), at("建设北路560号")),
        (at("建设北路"), at("建设南路")),
        (at("阳光小区", area="岳塘区"), at("阳光小区")),
        (at("", "姜畲镇"), at("", "鹤岭镇")),
        (at(""), at("")),
        (at("阳光小区", "姜畲镇"), at("", "姜畲镇")),
        (at(POINT.format(27.85, 112.91)), at(POINT.format(27.85, 112.92))),
    ],
)
def test_what_is_elsewhere_is_not_near(one: Matter, other: Matter) -> None:
    assert not near(one, other, WITHIN)


def test_a_spot_says_no_door() -> None:
    assert spots(at("建设北路128号3栋501")) == spots(at("建设北路9号"))


def test_what_a_matter_says_is_told_without_its_place() -> None:
    matter = Matter("投诉", "雨湖区", "", "阳光小区3栋", "雨湖区阳光小区3栋停水了")
    assert matter.bare == "栋停水了"
