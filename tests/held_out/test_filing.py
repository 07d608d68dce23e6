"""What counts as right in the orders of a description."""

from datetime import timedelta

from backend.clock import Clock, city_time
from tests.held_out.case import Due
from tests.held_out.filing import marks, matched

LAMP = {"place": "雨湖区人民路 4号", "type": "求助", "facts": "路灯不亮", "occurred_at": ""}
SMOKE = {"place": "熙春路9号", "type": "投诉", "facts": "油烟", "occurred_at": ""}


def test_orders_are_given_to_what_they_fit_in_any_order() -> None:
    lamp, smoke = Due(places=("人民路4号",)), Due(places=("熙春路9号",))
    assert matched([SMOKE, LAMP], [lamp, smoke]) == [LAMP, SMOKE]
    assert matched([SMOKE], [lamp, smoke]) == [{}, SMOKE]


def test_only_what_was_told_is_marked() -> None:
    due = Due(places=("人民路4号",), types=("投诉",), facts=("路灯",))
    assert marks(LAMP, due) == {"order": True, "place": True, "type": False, "facts": True}
    assert marks({}, due) == {"order": False, "place": False, "type": False, "facts": False}


def test_a_place_with_the_story_around_it_is_wrong() -> None:
    story = {"place": "昨天晚上我和我爱人散步走到人民路4号的时候看到"}
    assert not marks(story, Due(places=("人民路4号",)))["place"]


def test_yesterday_is_a_date() -> None:
    day = city_time(Clock().now()) - timedelta(days=1)
    told = {"occurred_at": f"昨晚（{day:%Y-%m-%d} 20:00）"}
    assert marks(told, Due(times=("{-1}",)))["time"]
    assert not marks(told, Due(times=("{0}",)))["time"]
