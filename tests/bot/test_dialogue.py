"""Where a dialogue stands: kept between messages, and what an answer means in it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.message import Choice, Reply
from bot.dialogue import Dialogue, Draft

OPTIONS = (Choice("confirm:7", "确认提交"), Choice("edit", "修改"), Choice("cancel", "取消"))
FULL = Dialogue(
    asking="confirm",
    options=OPTIONS,
    draft=Draft(7, "求助", "路灯坏了", attachments=(1, 2), asked=("place",), confidential=True),
    shelved=(Draft(3, "投诉", "油烟"),),
    told=Draft(2, "咨询", "那个事"),
    unclear=1,
    knowledge_id=12,
)


@pytest.mark.parametrize("dialogue", [FULL, Dialogue(), Dialogue(options=OPTIONS)])
def test_it_is_kept_as_json_and_comes_back(dialogue: Dialogue) -> None:
    assert Dialogue.load(json.loads(json.dumps(dialogue.save()))) == dialogue


def test_what_says_nothing_is_not_kept() -> None:
    assert Dialogue().save() == {}


@pytest.mark.parametrize(
    "garbage",
    [
        {"asking": 5},
        {"draft": {"id": "x"}},
        {"draft": {"facts": "nothing else"}},
        {"options": "none"},
        {"options": [{"id": 1}]},
        {"shelved": [None]},
        {"unclear": "often"},
        [],
        None,
        "text",
    ],
)
def test_what_is_not_understood_begins_anew(garbage: Any) -> None:
    assert Dialogue.load(garbage) == Dialogue()


def test_what_a_newer_version_kept_besides_is_let_be() -> None:
    assert Dialogue.load({"asking": "place", "later": {"x": 1}}) == Dialogue(asking="place")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*FULL.save(), "more"]), _json))
def test_nothing_kept_is_too_strange(data: dict[str, Any]) -> None:
    loaded = Dialogue.load(data)
    assert Dialogue.load(loaded.save()) == loaded


@pytest.mark.parametrize(
    ("tap", "text", "means"),
    [
        ("confirm:7", "", "confirm:7"),
        ("other", "确认提交", "other"),
        ("", "确认提交", "confirm:7"),
        ("", " 确认提交。 ", "confirm:7"),
        ("", "1", "confirm:7"),
        ("", "1.", "confirm:7"),
        ("", "第2个", "edit"),
        ("", "3", "cancel"),
        ("", "取消！", "cancel"),
        ("", "4", ""),
        ("", "0", ""),
        ("", "确认提交吧", ""),
        ("", "", ""),
        ("", "１。", "confirm:7"),
    ],
)
def test_a_button_is_tapped_or_typed(tap: str, text: str, means: str) -> None:
    assert FULL.chosen(tap, text) == means


def test_without_buttons_a_number_is_a_number() -> None:
    assert Dialogue().chosen("", "1") == ""


@given(st.text(max_size=20))
def test_whatever_is_typed_means_a_button_on_offer_or_none(text: str) -> None:
    assert FULL.chosen("", text) in {"", *(option.id for option in OPTIONS)}


def test_an_offer_replaces_the_one_before() -> None:
    after = FULL.offering(Reply("？", (Choice("x", "好"),)), "choice")
    assert (after.asking, after.options) == ("choice", (Choice("x", "好"),))
    assert after.draft == FULL.draft
    assert FULL.offering(Reply("。")).options == ()
