"""The order dialogue as citizens hold it, and as nobody would: no question twice, nothing lost."""

import asyncio
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.orders.lifecycle import State
from backend.orders.store import Kept
from bot.dialogue import Dialogue
from bot.drafts import QUESTIONS
from channels.simulator.server import FakeWeChat
from config.app import System
from tests.bot.person import Person

DIALOGUES = yaml.safe_load(Path(__file__).with_name("dialogues.yml").read_text("utf-8"))
_numbers = count(1)


async def show(person: Person, kind: str) -> None:
    """Send something that has no words."""
    fields: dict[str, object] = {"MsgType": kind, "MsgId": str(90_000_000 + next(_numbers))}
    if kind == "location":
        fields |= {"Location_X": "27.83", "Location_Y": "112.91", "Scale": "15"}
        fields["Label"] = "湘潭市雨湖区车站路"
    else:
        fields |= {"MediaId": f"media{next(_numbers)}", "PicUrl": "", "Format": "amr"}
    await person.pushes(**fields)


async def take(person: Person, step: dict[str, Any]) -> None:
    if "say" in step:
        await person.says(step["say"])
    elif "tap" in step:
        await person.taps(step["tap"])
    else:
        await show(person, step["show"])


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue["name"])
async def test_a_dialogue_ends_in_its_orders(person: Person, dialogue: dict[str, Any]) -> None:
    for step in dialogue["steps"]:
        await take(person, step)
        if "outcome" in step:
            assert (await person.outcomes())[-1] == step["outcome"], step
    kept = (await person.orders())[::-1]
    assert len(kept) == len(dialogue["orders"])
    for one, expected in zip(kept, dialogue["orders"], strict=True):
        check(one, expected)
    assert_no_question_twice(person, len(kept))


def check(kept: Kept, expected: dict[str, str]) -> None:
    for name, words in expected.items():
        said = getattr(kept.order, name.removeprefix("no_"))
        assert (words in said) is not name.startswith("no_"), f"{name}: {said}"


def assert_no_question_twice(person: Person, matters: int) -> None:
    """Each question is put to a citizen once for each matter at most."""
    said = [bubble.words for bubble in person.heard()]
    for question in QUESTIONS.values():
        assert sum(question in words for words in said) <= max(matters, 1)


STEPS = st.sampled_from(
    [
        *(
            {"say": text}
            for text in (
                "路灯坏了没人修",
                "雨湖区车站路66号",
                "不是66号，是68号",
                "不知道",
                "不告诉你",
                "嗯",
                "不对",
                "把时间改一下",
                "昨晚八点",
                "身份证丢了怎么补",
                "你好",
                "快点啊 你们到底管不管",
                "电话13812345678",
                "还有一个事 书院路菜市场卖注水肉",
                "补充一下，晚上很黑",
                "ﷺ" * 300,
                "哈哈哈哈",
            )
        ),
        {"show": "image"},
        {"show": "voice"},
        {"show": "location"},
    ]
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(STEPS, min_size=2, max_size=9))
async def test_any_dialogue_loses_nothing(
    system: System, wechat: FakeWeChat, steps: list[dict[str, str]]
) -> None:
    person = Person(f"oAny{next(_numbers)}", system, wechat)
    for step in steps:
        await take(person, step)
    outcomes = await person.outcomes()
    assert len(outcomes) == len(steps)
    assert all(outcomes)
    kept = await person.orders()
    open_drafts = Dialogue.load((await person.chat()).dialogue)
    matters = len(kept) + len(open_drafts.shelved) + (open_drafts.draft is not None)
    for draft in filter(None, (open_drafts.draft, *open_drafts.shelved)):
        assert len([name for name in draft.asked if name in QUESTIONS]) <= 2
    assert_no_question_twice(person, matters + outcomes.count("command"))
    assert all(one.order.state in (State.DISPATCHING, State.ACCEPTING) for one in kept)
    await asyncio.sleep(0)
