"""Whether a text is a matter, a question or talk, and which type of order it makes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import triage
from bot.order_types import order_type
from bot.triage import MATTERS, TALK, is_place, is_question, purpose
from bot.understanding.reading import Guess, Reading
from tests.bot.readings import reading


@pytest.mark.parametrize(
    ("text", "intents", "place"),
    [
        ("路灯坏了三天没人修", [("request_help", 0.4), ("ask_lamp", 0.3)], ""),
        ("我要投诉楼下油烟太大", [("complaint", 0.3)], ""),
        ("建设北路128号下水道堵了", [("ask_drain", 0.5)], "建设北路128号"),
        ("希望尽快派人来修", [("urge_order", 0.3)], ""),
        ("昨天着过火的楼道还没清理", [("danger_fire", 0.5)], ""),
        ("建设中路15号的药店不让刷医保卡", [("ask_health", 0.7)], "建设中路15号"),
    ],
)
def test_matters(text: str, intents: list[tuple[str, float]], place: str) -> None:
    found = purpose(reading(text, *intents, place=place))
    assert found.is_matter
    assert not found.is_talk


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("公积金怎么提取", [("ask_fund", 0.7)]),
        ("办身份证需要什么材料", [("ask_card", 0.4), ("request_help", 0.2)]),
        ("停水了怎么办理报修", [("ask_water", 0.6)]),
        ("请问社保卡在哪里补", [("ask_card", 0.5)]),
        ("创业可以贷好多", [("ask_fund", 0.3), ("invalid_ad", 0.2)]),
        ("厂里只发一千七 合不合法", [("ask_labour", 0.3), ("report", 0.3)]),
        ("看个感冒能报几成", [("ask_health", 0.5), ("suggestion", 0.2)]),
        ("快递员有补贴 找谁要", [("ask_labour", 0.4)]),
    ],
)
def test_questions(text: str, intents: list[tuple[str, float]]) -> None:
    said = reading(text, *intents)
    assert is_question(said)
    assert not purpose(said).is_matter


@pytest.mark.parametrize("intent", ["greet", "thanks", "chitchat", "invalid_ad", "cancel"])
def test_talk(intent: str) -> None:
    found = purpose(reading("……", (intent, 0.9)))
    assert found.is_talk
    assert not found.is_matter


def test_noise_is_told_from_other_talk() -> None:
    assert purpose(reading("加微信办证", ("invalid_ad", 0.9))).noise == 0.9
    assert purpose(reading("你好", ("greet", 0.9))).noise == 0


@pytest.mark.parametrize(
    ("text", "intents", "before", "kind"),
    [
        ("举报一家黑网吧", [("complaint", 0.9)], "", "举报"),
        ("我要投诉物业", [("request_help", 0.9)], "", "投诉"),
        ("我建议加个红绿灯", [("complaint", 0.9)], "", "建议"),
        ("给环卫工人点赞", [], "", "表扬"),
        ("楼下油烟太大", [("complaint", 0.9)], "", "投诉"),
        ("路灯坏了", [("request_help", 0.5)], "", "求助"),
        ("物业不退押金", [("request_help", 0.9)], "我要投诉", "投诉"),
        ("说不清的事", [("praise", 0.1)], "", "求助"),
        ("匿名反映一家培训班违规补课", [("request_help", 0.7)], "", "举报"),
        ("麻烦在校门口装一面转角镜", [("complaint", 0.3)], "", "建议"),
        ("想夸一下网格员，停水那几天给老人送水", [("praise", 0.8)], "", "表扬"),
        ("给物业点个赞，停水三天没人管", [("complaint", 0.9)], "", "投诉"),
    ],
)
def test_an_order_is_of_the_type_the_citizen_names(
    text: str, intents: list[tuple[str, float]], before: str, kind: str
) -> None:
    assert order_type(reading(text, *intents), before) == kind


@pytest.mark.parametrize(
    ("text", "place", "only"),
    [
        ("建设北路128号", "建设北路128号", True),
        ("在建设北路128号", "建设北路128号", True),
        ("建设北路128号路灯坏了好几天", "建设北路128号", False),
        ("路灯坏了", "", False),
        ("", "", False),
    ],
)
def test_a_place_and_nothing_else(text: str, place: str, only: bool) -> None:
    assert is_place(reading(text, place=place)) is only


def test_the_kinds_of_intents_do_not_overlap() -> None:
    assert not MATTERS & TALK


@given(
    st.text(max_size=80),
    st.lists(
        st.builds(
            Guess, st.sampled_from([*MATTERS, *TALK, "ask_x", "danger_fire"]), st.floats(0, 1)
        ),
        max_size=4,
    ),
)
def test_no_text_is_too_much(text: str, ranking: list[Guess]) -> None:
    said = Reading(text, (ranking or [Guess("", 0.0)])[0], tuple(ranking))
    found = purpose(said)
    assert not (found.is_matter and found.is_talk)
    assert order_type(said) in {"咨询", "求助", "投诉", "举报", "建议", "表扬"}
    for judge in (is_place, is_question, triage.goes_on, triage.says_another):
        assert isinstance(judge(said), bool)
