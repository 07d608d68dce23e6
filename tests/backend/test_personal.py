"""What is shown of a citizen: masked wherever it stands, and the rest readable."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import personal
from backend.orders.history import create
from backend.orders.lifecycle import Event
from backend.orders.store import Kept
from backend.personal import PLAIN, Mask

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MATTER = {
    "citizen_name": "李建国先生",
    "contact": "0731-58239876",
    "place": "雨湖区建设北路128号4栋1单元902",
    "area": "雨湖区",
    "street": "雨湖路街道",
    "facts": "我是李建国，住建设北路128号4栋902，停水了，打13812345678或0731-58239876，"
    "物业电话0731-55551234，工单20260105000001，身份证430302199001011234",
}
SECRETS = ("李建国", "13812345678", "58239876", "128号", "4栋", "902", "430302199001011234")


@pytest.mark.parametrize(
    ("clear", "hidden"),
    [
        ("13812345678", "138****5678"),
        ("0731-58239876", "073****9876"),
        ("58239876", "****76"),
        ("", ""),
        ("12", "****"),
        (" 13812345678 ", "138****5678"),
    ],
)
def test_a_number_keeps_its_ends(clear: str, hidden: str) -> None:
    assert personal.phone(clear) == hidden


@pytest.mark.parametrize(
    ("clear", "hidden"), [("李建国", "李**"), ("王先生", "王**先生"), ("女士", "女**"), ("", "")]
)
def test_a_name_keeps_its_first_character(clear: str, hidden: str) -> None:
    assert personal.name(clear) == hidden


def test_an_order_is_masked_in_every_field_and_still_to_be_understood() -> None:
    event = Event("create", NOW, "system:bot", {"state": "待派单", "type": "求助", **MATTER})
    order = create(event)
    shown = personal.masked(Kept(1, "20260105000001", 7, order)).order
    assert shown.citizen_name == "李**先生"
    assert shown.place == "雨湖区雨湖路街道****"
    for text in (shown.facts, str(Mask.of_order(order).event(event).data)):
        assert [secret for secret in SECRETS if secret in text] == []
    # What is not theirs stays: the number of an order, of a shop, and what it is about.
    for kept in ("停水了", "20260105000001", "0731-55551234", "138****5678"):
        assert kept in shown.facts


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing_and_no_text_fails(text: str) -> None:
    mask = Mask.of([text[:5]], [text[5:20]], [text])
    assert mask.text(text) is not None
    assert PLAIN.text(PLAIN.text(text)) == PLAIN.text(text)


def test_very_long_places_take_no_time() -> None:
    for text in ("1" * 20_000, "一" * 20_000, "128号" * 5_000, "a-" * 10_000):
        assert Mask.of(places=[text]).text("停水了") == "停水了"
