"""The closing gate: what may be closed, what goes to a reviewer, and what comes back and why."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.orders import rules, service, store
from backend.orders.gate import Closing, Gate, examine, substance
from backend.orders.history import create
from backend.orders.lifecycle import Event, Refused, State
from backend.orders.rules import Rules
from backend.orders.store import Kept
from tests.backend.office import World

LAMP = replace(
    create(Event("create", datetime(2026, 1, 5, tzinfo=UTC), "citizen:")),
    facts="宝塔南路路灯一直不亮，晚上出行不安全",
    type="求助",
    category="城乡建设/路灯照明",
)
GOOD = "1月6日现场查看，宝塔南路路灯电缆被挖断，已接通恢复照明。当日电话联系市民，市民表示满意。"


# The first is the closing that Shaoyang's bulletin quotes (1-2月, 三).
@pytest.mark.parametrize(
    "reply",
    [
        "双方已和解。。。。。",
        "已处理。。。。。。。。。。。。。。。。。。",
        "已处理已处理已处理已处理已处理已处理已处理",
        "好 好 好 好 好 好 好 好 好 好 好 好 好 好 好 好",
        "！！！！！！！！！！！！！！！！！！！！",
        "1111111111111111111111111111",
        "",
    ],
)
def test_padding_is_no_reply(reply: str) -> None:
    assert "至少15个字" in examine(Closing(LAMP, reply), Gate()).short


@given(st.text("。，、 　\n…—~!?*·", max_size=200))
def test_no_punctuation_makes_a_reply_longer(padding: str) -> None:
    assert substance("双方已和解" + padding) == 5


@given(st.text(max_size=300))
def test_substance_is_never_more_than_the_text(text: str) -> None:
    assert 0 <= substance(text) <= 18 * len(text)


def test_a_reply_with_all_elements_passes() -> None:
    verdict = examine(Closing(LAMP, GOOD), Gate())
    assert (verdict.words, verdict.doubts) == ("", ())


@pytest.mark.parametrize(
    ("reply", "missing"),
    [
        (
            "宝塔南路路灯电缆被挖断，施工队已接通。",
            {"联系情况", "核实情况", "市民意见"},
        ),
        ("电话联系了市民，现场查看路灯，已经接通电缆恢复照明。", {"市民意见"}),
        ("经核实路灯不归我局，电话告知市民，市民表示理解并感谢。", {"处理情况"}),
    ],
)
def test_what_is_missing_is_named(reply: str, missing: set[str]) -> None:
    found = examine(Closing(LAMP, reply), Gate()).missing
    assert {words[3 : words.index("”")] for words in found} == missing


def test_a_recorded_contact_counts_as_told() -> None:
    reply = "现场查看，宝塔南路路灯电缆被挖断，施工队已接通并恢复照明。"
    assert examine(Closing(LAMP, reply), Gate()).missing
    assert not examine(Closing(LAMP, reply, contacted=True), Gate()).missing


def test_evidence_where_the_office_asks_for_it() -> None:
    gate = Gate(evidence=("城乡建设",))
    assert "图片" in examine(Closing(LAMP, GOOD), gate).words
    assert not examine(Closing(LAMP, GOOD, evidence=True), gate).words


def test_a_reply_beside_the_matter_is_doubted() -> None:
    beside = "已电话联系当事人，核实退费金额三百元，商家同意退款，当事人表示满意。"
    assert any("答非所问" in words for words in examine(Closing(LAMP, beside), Gate()).doubts)


def test_a_copy_of_the_matter_and_boilerplate_are_doubted() -> None:
    assert examine(Closing(LAMP, LAMP.facts + "。"), Gate()).doubts
    others = [GOOD.replace("6日", f"{day}日") for day in (7, 8)]
    assert not examine(Closing(LAMP, GOOD, others=others[:1]), Gate()).doubts
    assert "几乎相同" in examine(Closing(LAMP, GOOD, others=others), Gate()).doubts[0]


async def close(world: World, kept: Kept, actor: str, **data: str) -> Kept:
    async with world.database.transaction() as connection:
        return await service.act(
            connection, kept.number, "close", actor=actor, now=world.now, data=data
        )


async def test_a_unit_is_told_what_is_missing_and_nothing_happens(world: World) -> None:
    kept = await world.order("市城管局", ("sign",))
    with pytest.raises(Refused, match=r"缺少“核实情况”.*缺少“市民意见”"):
        await close(world, kept, "handler:x", reply="路灯电缆已接通，今晚恢复照明，已电话告知市民")
    async with world.database.transaction() as connection:
        assert (await store.find(connection, kept.number)).order == kept.order


async def test_a_contact_told_with_the_closing_is_recorded(world: World) -> None:
    kept = await world.order("市城管局", ("sign",))
    reply = "现场查看人民路路灯电缆被挖断，施工队已接通并恢复照明。"
    closed = await close(world, kept, "handler:x", reply=reply, how="电话", result="满意")
    assert (closed.order.state, closed.order.contacted_at) == (
        State.CALLING_BACK,
        closed.order.replied_at,
    )


async def test_what_is_doubted_goes_to_a_reviewer_and_comes_back_with_the_reason(
    world: World,
) -> None:
    kept = await world.order("市城管局", ("sign",))
    beside = "已电话联系当事人，核实退费金额三百元，商家同意退款，当事人表示满意。"
    waiting = await close(world, kept, "handler:x", reply=beside)
    assert waiting.order.state is State.REVIEWING
    async with world.database.transaction() as connection:
        event = (await store.history(connection, kept.id))[-1]
        assert "答非所问" in event.data["doubts"][0]
        back = await service.act(
            connection,
            kept.number,
            "reject",
            actor="agent:zhang",
            now=world.now,
            data={"reason": "答非所问"},
        )
    assert (back.order.state, back.order.reworks) == (State.HANDLING, 1)


@pytest.mark.parametrize(
    ("review", "state"), [("always", State.REVIEWING), ("never", State.CALLING_BACK)]
)
async def test_the_office_decides_what_is_reviewed(world: World, review: str, state: State) -> None:
    async with world.database.transaction() as connection:
        await rules.store(connection, Rules(gate=Gate(review=review)))
    kept = await world.order("市城管局", ("sign",))
    reply = "现场查看人民路路灯，已接通电缆恢复照明，电话联系市民，市民表示满意。"
    assert (await close(world, kept, "handler:x", reply=reply)).order.state is state


async def test_a_supervisor_answers_for_what_is_missing_but_not_for_padding(world: World) -> None:
    kept = await world.order("市城管局", ("sign",))
    with pytest.raises(Refused, match="至少15个字"):
        await close(world, kept, "supervisor:ban", reply="已处理。。。。。。。。。。。。。。。")
    reply = "人民路路灯电缆已接通，今晚恢复照明。"
    closed = await close(world, kept, "supervisor:ban", reply=reply)
    assert closed.order.state is State.CALLING_BACK
    async with world.database.transaction() as connection:
        assert (await store.history(connection, kept.id))[-1].data["missing"]


async def test_who_may_not_close_hears_that_first(world: World) -> None:
    kept = await world.order("市城管局")
    with pytest.raises(Refused, match="待签收"):
        await close(world, kept, "handler:x", reply="短")
