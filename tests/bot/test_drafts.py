"""An order in the making: what it takes from words, what it asks for, how it is corrected."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.message import Location
from bot import answers, correction_words, corrections, drafts
from bot.corrections import Said
from bot.dialogue import Draft
from bot.understanding.reading import Details
from bot.understanding.turns import NEW, Span
from bot.words import UNKNOWN_PLACE
from tests.bot.readings import reading
from tests.bot.understanding.test_details import NOW, READER

LAMP = Draft(
    7,
    "求助",
    "建设北路128号门口的路灯坏了三天了",
    category="城市管理/路灯",
    place="建设北路128号",
    area="雨湖区",
    occurred_at="三天前",
)


# -- what a text begins ---------------------------------------------------------------------------


def test_it_takes_what_the_text_holds() -> None:
    text = "雨湖区建设北路128号路灯坏了，希望尽快派人修好，电话13812345678"
    said = reading(
        text,
        ("request_help", 0.8),
        category="城市管理/路灯",
        place="建设北路128号",
        area="雨湖区",
        occurred_at="1月4日晚上",
        phone="13812345678",
        matter="路灯坏了",
        demand="希望尽快派人修好",
        companies=("市城管局",),
        street="云塘街道",
        person="李女士",
    )
    assert drafts.begin(7, said, contact="13900000000") == Draft(
        7,
        "求助",
        "路灯坏了",
        category="城市管理/路灯",
        place="建设北路128号",
        area="雨湖区",
        occurred_at="1月4日晚上",
        demand="希望尽快派人修好",
        contact="13812345678",
        companies=("市城管局",),
        street="云塘街道",
        person="李女士",
    )


def test_a_time_that_does_not_say_when_is_none() -> None:
    assert drafts.begin(7, reading("晚上很黑", occurred_at="晚上")).occurred_at == ""


def test_a_phone_that_is_known_is_not_asked_for_again() -> None:
    assert drafts.begin(7, reading("路灯坏了三天"), contact="139").contact == "139"


@pytest.mark.parametrize(
    ("draft", "asks"),
    [
        (LAMP, ""),
        (replace(LAMP, place=""), "place"),
        (replace(LAMP, place="", type="投诉"), "place"),
        (replace(LAMP, place="", type="举报"), "place"),
        (replace(LAMP, place="", type="建议"), ""),
        (replace(LAMP, place="", type="咨询"), ""),
        (replace(LAMP, facts="停水"), "facts"),
        (replace(LAMP, facts="停水", place=""), "facts"),
        (replace(LAMP, facts="停水", place="", asked=("facts",)), "place"),
        (replace(LAMP, facts="", place="", asked=("facts", "place")), ""),
        (replace(LAMP, place="", asked=("place",)), ""),
        (replace(LAMP, place=UNKNOWN_PLACE), ""),
    ],
)
def test_it_asks_only_for_what_is_missing(draft: Draft, asks: str) -> None:
    assert drafts.question(draft) == asks


@given(st.data())
def test_no_matter_is_asked_about_more_than_twice(data: st.DataObject) -> None:
    draft = Draft(
        1, data.draw(st.sampled_from(sorted(correction_words.TYPES))), data.draw(st.text())
    )
    asked = []
    while field := drafts.question(draft):
        asked.append(field)
        draft = answers.answer(draft, field, reading(data.draw(st.text(max_size=80))))
    assert len(asked) <= 2
    assert len(asked) == len(set(asked))


# -- what is shown --------------------------------------------------------------------------------


def test_the_card_shows_all_that_is_known() -> None:
    full = replace(LAMP, demand="希望修好", contact="138", attachments=(1, 2), confidential=True)
    card = drafts.card(full)
    for line in (
        "类型：求助（城市管理/路灯）",
        "内容：建设北路128号门口的路灯坏了三天了",
        "地点：雨湖区建设北路128号",
        "时间：三天前",
        "诉求：希望修好",
        "电话：138",
        "附件：2个",
        "要求保密：是",
    ):
        assert line in card.text.splitlines()
    assert [choice.id for choice in card.choices] == ["confirm:7", "edit", "cancel"]


def test_the_card_shows_no_empty_lines() -> None:
    text = drafts.card(Draft(7, "咨询", "问个事")).text
    phone = "电话：未留（方便的话请补充，便于联系）"
    assert text.splitlines()[1:] == ["类型：咨询", "内容：问个事", phone]


def test_the_area_is_not_said_twice() -> None:
    twice = replace(LAMP, place="雨湖区建设北路128号")
    assert "地点：雨湖区建设北路128号" in drafts.card(twice).text.splitlines()


def test_an_order_is_filed_without_our_own_phrases() -> None:
    filed = drafts.fields(replace(LAMP, place=UNKNOWN_PLACE))
    assert (filed["place"], filed["demand"]) == ("", "请核实处理")


# -- answers to questions -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("就在建设北路128号门口。", "建设北路128号门口"),
        ("地点是：书院路东方名苑3栋", "书院路东方名苑3栋"),
        ("我家在和平街道", "和平街道"),
        ("岳塘区 13812345678", "岳塘区"),
        ("不知道", UNKNOWN_PLACE),
        ("这个我不清楚啊", UNKNOWN_PLACE),
        ("忘了", UNKNOWN_PLACE),
        ("东门", "东门"),
    ],
)
def test_a_place_is_taken_in_the_citizens_words(said: str, place: str) -> None:
    asked = answers.answer(replace(LAMP, place=""), "place", reading(said))
    assert asked.place == place
    assert asked.asked == ("place",)


def test_who_does_not_know_the_place_keeps_the_one_before() -> None:
    assert answers.answer(LAMP, "place", reading("不知道")).place == LAMP.place


def test_more_facts_are_put_behind_the_first() -> None:
    short = replace(LAMP, facts="停水", place="", occurred_at="")
    said = reading(
        "从昨晚开始全小区都没水",
        place="东方名苑",
        occurred_at="昨晚",
        occurred_on="2026-11-20",
        phone="138",
    )
    after = answers.answer(short, "facts", said)
    assert after.facts == "停水。从昨晚开始全小区都没水"
    assert (after.place, after.occurred_at, after.contact) == ("东方名苑", "昨晚", "138")


def test_a_place_given_for_facts_is_the_place() -> None:
    asked = replace(LAMP, facts="停水", place="")
    after = answers.answer(asked, "facts", reading("东方名苑3栋", place="东方名苑3栋"))
    assert (after.facts, after.place) == ("停水", "东方名苑3栋")


# -- corrections and additions, by any text -------------------------------------------------------


_pieces = st.sampled_from(
    [
        *(
            "不是",
            "是",
            "，",
            "。",
            "而",
            "应该",
            "的",
            "我",
            " ",
            "雨湖区",
            "岳塘区",
            "路灯",
            "128号",
        ),
        *("地点", "内容", "时间", "诉求", "类型", "电话", "改成", "写错了", "投诉", "保密", "补充"),
        *("13812345678", "不知道", "门口", "坏了", "三天", "\n", "\\1", "(", "[", "？", "ﷺ", "🙂"),
    ]
)
_texts = st.one_of(st.text(max_size=60), st.lists(_pieces, max_size=9).map("".join))
_details = st.builds(
    Details,
    place=st.sampled_from(["", "和平路5号"]),
    area=st.sampled_from(["", "岳塘区"]),
    occurred_at=st.sampled_from(["", "昨晚"]),
    phone=st.sampled_from(["", "13812345678"]),
)


_spans = st.lists(
    st.builds(
        lambda start, size, label: Span(start, start + size, label),
        st.integers(0, 50),
        st.integers(1, 12),
        st.sampled_from([*sorted(NEW), "old", "more", "matter"]),
    ),
    max_size=4,
)


@given(_texts, _spans)
def test_no_text_makes_a_correction_that_loses_the_facts(text: str, spans: list[Span]) -> None:
    said = Said(text, spans, READER, NOW)
    for after in (corrections.correct(LAMP, said), corrections.complete(LAMP, said)):
        assert (after.id, after.attachments) == (LAMP.id, LAMP.attachments)
        assert after.type in correction_words.TYPES
        assert after.facts.strip()
        assert after.place.strip()
        assert drafts.card(after).text


@given(_texts, _details)
def test_what_is_added_loses_nothing(text: str, details: Details) -> None:
    said = replace(reading(text), details=details)
    for after in (
        drafts.supplement(LAMP, said),
        answers.answer(LAMP, "facts", said),
        answers.answer(LAMP, "place", said),
    ):
        assert after.facts.startswith(LAMP.facts)
        assert (after.id, after.type, after.attachments) == (LAMP.id, LAMP.type, ())
        assert after.place.strip()
        assert drafts.card(after).text
    assert text.strip() in drafts.supplement(LAMP, said).facts


@given(_texts, _details)
def test_a_draft_begins_with_all_the_words_there_are(text: str, details: Details) -> None:
    begun = drafts.begin(7, replace(reading(text), details=details))
    assert begun.facts == text
    assert begun.type in correction_words.TYPES


def test_words_added_to_a_draft_without_any_begin_it() -> None:
    assert drafts.supplement(drafts.empty(7), reading("路灯坏了")).facts == "路灯坏了"


# -- places on the map ----------------------------------------------------------------------------


def test_a_shared_place_is_named_or_else_measured() -> None:
    assert drafts.place_of(Location(27.8, 112.9, "市民之家")) == "市民之家"
    assert drafts.place_of(Location(27.82951, 112.94412)) == "北纬27.82951，东经112.94412"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "市民之家"),
        (UNKNOWN_PLACE, "市民之家"),
        ("建设北路", "建设北路（定位：市民之家）"),
    ],
)
def test_a_shared_place_stands_behind_the_written_one(before: str, after: str) -> None:
    shared = Location(27.8, 112.9, "市民之家")
    assert drafts.at(replace(LAMP, place=before), shared).place == after
