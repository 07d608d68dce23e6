"""Which pieces of a message are matters of their own."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage import is_question
from bot.understanding.matters import Part, grouped, is_one, likeness, may_ask, split
from bot.understanding.reading import Guess, Hit, Reading
from tests.bot.readings import reading

LAMPS = (Guess("城市管理/路灯", 0.9), Guess("城市管理/市政道路", 0.1))
ROADS = (Guess("城市管理/市政道路", 0.7), Guess("城市管理/路灯", 0.3))
MEAT = (Guess("市场管理/食品安全", 0.95),)


def told(text: str, subjects: tuple[Guess, ...], place: str = "") -> Reading:
    return replace(reading(text, ("complaint", 0.8), place=place), subjects=subjects)


def groups(first: Reading, second: Reading, said: str) -> int:
    parts = [Part(first.text), Part(second.text, said)]
    return len(grouped(parts, [first, second]))


def test_likeness_is_of_what_texts_are_about() -> None:
    lamp, road, meat = (told("……", subjects) for subjects in (LAMPS, ROADS, MEAT))
    assert likeness(lamp, lamp) == pytest.approx(1)
    assert 0.5 < likeness(lamp, road) < 1
    assert likeness(lamp, meat) == 0


@pytest.mark.parametrize("said", ["counted", "explicit", "apart", "loose", ""])
def test_what_is_about_something_else_is_a_matter_of_its_own(said: str) -> None:
    assert groups(told("路灯三天不亮", LAMPS), told("有人卖注水肉", MEAT), said) == 2


@pytest.mark.parametrize(("said", "orders"), [("explicit", 2), ("apart", 1), ("loose", 1), ("", 1)])
def test_the_liker_they_are_the_plainer_must_be_what_stands_between(said: str, orders: int) -> None:
    assert groups(told("路灯三天不亮", LAMPS), told("路面上有个坑", ROADS), said) == orders


def test_the_same_sort_of_trouble_at_two_places_is_two_matters() -> None:
    lamp = told("人民路4号路灯不亮", LAMPS, "人民路4号")
    road = told("书院路6号路面有坑", ROADS, "书院路6号")
    assert groups(lamp, road, "apart") == 2


def test_what_is_announced_is_cut_where_it_is_listed() -> None:
    said = "三个问题：路灯三天不亮；游泳卡老板不退钱；还有公交站牌被撞倒了"
    assert [part.said for part in split(said)] == ["", "explicit", "explicit"]


def test_a_blank_between_short_pieces_is_a_comma() -> None:
    assert not split("楼上泼水下来 泼到我被子上")


def test_a_place_behind_a_matter_is_where_it_is() -> None:
    where = told("中路铺镇柳桥村3组", ROADS, "中路铺镇柳桥村3组")
    assert groups(told("邻居占了我家地", MEAT), where, "") == 1


def test_a_sentence_that_begins_where_it_is_tells_of_the_same() -> None:
    where = told("丽景华庭5栋西边那台关了四十分钟", MEAT, "丽景华庭5栋西边")
    assert groups(told("电梯又坏了", LAMPS), where, "") == 1
    assert groups(told("人民路4号路灯不亮", LAMPS, "人民路4号"), where, "") == 2


def test_who_was_hurt_there_is_no_matter_of_its_own() -> None:
    hurt = told("昨天有个小孩从上面摔下来", MEAT)
    assert groups(told("健身器材锈得不成样子", LAMPS), hurt, "") == 1


def test_more_about_the_same_people_is_one_matter() -> None:
    assert groups(told("超市卖注水肉", MEAT), told("他们还骂人不退钱", LAMPS), "loose") == 1


def test_a_piece_that_is_no_matter_belongs_to_the_one_before_it() -> None:
    parts = [Part("路灯三天不亮"), Part("谢谢你们", "loose"), Part("有人卖注水肉", "apart")]
    thanks = replace(reading("谢谢你们", ("thanks", 0.9)), subjects=MEAT)
    readings = [told(parts[0].text, LAMPS), thanks, told(parts[2].text, MEAT)]
    assert grouped(parts, readings) == ("路灯三天不亮，谢谢你们", "有人卖注水肉")


@pytest.mark.parametrize(
    ("sure", "complaint", "said", "place", "one"),
    [
        (0.9, 0.5, "", "", True),
        (0.2, 0.05, "", "", True),
        (0.2, 0.5, "", "", False),
        (0.9, 0.5, "explicit", "", False),
        (0.9, 0.5, "", "人民路4号", False),
    ],
)
def test_how_it_came_about_is_no_matter_beside_what_is_asked(
    sure: float, complaint: float, said: str, place: str, one: bool
) -> None:
    whole = replace(
        reading(
            "驾照掉了 补一个多少钱", ("ask_traffic", 0.5), ("complaint", complaint), place=place
        ),
        hits=(Hit(1, "补驾照", sure),),
    )
    assert is_one([Part("驾照掉了"), Part("补一个多少钱", said)], whole) is one


@given(complaint=st.floats(0, 1), place=st.sampled_from(["", "人民路4号"]))
def test_every_piece_that_is_a_question_is_looked_up(complaint: float, place: str) -> None:
    guesses = ("complaint", complaint), ("ask_traffic", 1 - complaint)
    piece = reading("补驾照多少钱", *sorted(guesses, key=lambda one: -one[1]), place=place)
    assert may_ask(piece) or not is_question(piece)
