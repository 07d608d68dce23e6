"""Whatever stands in whatever field WeChat pushes, it ends in one outcome and no failure."""

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.engine import RESCUES
from tests.bot.person import Person
from tests.odd import ODD

NOW = 1_790_000_000
MOST = 5_000
"""Characters: three such fields still fit into what the webhook takes (64 KB)."""

_numbers = count(7_000_000)

KINDS = {
    "text": lambda text: {"MsgType": "text", "Content": text},
    "tap": lambda text: {"MsgType": "text", "Content": "一", "bizmsgmenuid": text},
    "voice": lambda text: {"MsgType": "voice", "MediaId": text, "Recognition": text},
    "image": lambda text: {"MsgType": "image", "MediaId": text, "PicUrl": text},
    "location": lambda text: {
        "MsgType": "location",
        "Location_X": "27.8",
        "Location_Y": "112.9",
        "Label": text,
    },
    "lost location": lambda text: {"MsgType": "location", "Location_X": text, "Location_Y": text},
    "link": lambda text: {"MsgType": "link", "Title": text, "Description": text, "Url": text},
    "card": lambda text: {"MsgType": "miniprogrampage", "Title": text, "PagePath": text},
    "kind": lambda text: {"MsgType": f"x{text}", "Content": text},
    "click": lambda text: {"MsgType": "event", "Event": "CLICK", "EventKey": text},
    "scan": lambda text: {"MsgType": "event", "Event": "SCAN", "EventKey": text, "Ticket": text},
    "event": lambda text: {"MsgType": "event", "Event": f"x{text}", "EventKey": text, "X": text},
}


@pytest.mark.parametrize("kind", KINDS)
async def test_no_field_holds_what_breaks_a_turn(person: Person, kind: str) -> None:
    failed = _rescued()
    for at, text in enumerate(ODD.values()):
        fields = KINDS[kind](text[:MOST])
        await person.pushes(MsgId=next(_numbers), CreateTime=NOW + at, **fields)
    outcomes = await person.outcomes()
    assert None not in outcomes
    assert len(outcomes) == len(ODD)
    assert _rescued() == failed


ASKED = {
    "where": ("路灯坏了没人修",),
    "which entry": ("公积金",),
    "is it so": ("雨湖区建设北路128号阳光小区的路灯坏了，希望尽快修好",),
    "what else": ("雨湖区建设北路128号阳光小区的路灯坏了，希望尽快修好", "确认提交"),
}


@pytest.mark.parametrize("asked", ASKED)
async def test_no_answer_breaks_a_dialogue(person: Person, asked: str) -> None:
    failed = _rescued()
    for text in ODD.values():
        for said in (*ASKED[asked], text, "确认提交", "取消"):
            await person.says(said)
    assert None not in await person.outcomes()
    assert _rescued() == failed


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    parts=st.lists(
        st.one_of(_texts, st.sampled_from(["不是", "是", "1", "改", "确认提交"])), max_size=3
    )
)
async def test_no_made_up_dialogue_breaks(person: Person, parts: list[str]) -> None:
    failed = _rescued()
    await person.says("雨湖区建设北路128号的路灯坏了")
    for part in parts:
        await person.says(part)
    assert None not in await person.outcomes()
    assert _rescued() == failed


def _rescued() -> float:
    return RESCUES._value.get()
