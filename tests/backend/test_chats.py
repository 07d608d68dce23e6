"""Agents and chats: one wins, nothing is said that WeChat would not deliver, all is on record."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend import attachments, chat_orders, chats, citizens, conversations, outbox, transcript
from backend.chats import Taken, WindowOver
from backend.conversations import Conversation, Mode
from backend.message import Attachment, Notice, Outcome
from backend.orders import store
from backend.orders.lifecycle import Refused, State
from backend.staff import Member
from backend.tables import message
from backend.transcript import Line
from tests.backend.office import World


async def take(world: World, citizen: int, login: str = "zhang") -> None:
    async with world.database.transaction() as connection:
        await chats.take(connection, citizen, world.members[login], world.now)


async def say(world: World, citizen: int, words: str, login: str = "zhang") -> int:
    async with world.database.transaction() as connection:
        return await chats.say(connection, citizen, world.members[login], words, world.now)


async def back(world: World, citizen: int, login: str = "zhang") -> bool:
    async with world.database.transaction() as connection:
        return await chats.hand_back(connection, citizen, world.members[login], world.now)


async def state(world: World, citizen: int) -> Conversation:
    async with world.database.transaction() as connection:
        chat = await conversations.find(connection, citizen)
    assert chat is not None
    return chat


async def lines(world: World, citizen: int, limit: int = 50) -> list[Line]:
    async with world.database.transaction() as connection:
        return await transcript.history(connection, citizen, limit)


async def queue(world: World) -> list[chats.Chat]:
    async with world.database.transaction() as connection:
        return await chats.queue(connection)


async def test_who_waits_longest_comes_first_then_those_taken(world: World) -> None:
    late = await world.waits("刚来的", age=timedelta(minutes=1))
    early = await world.waits("等很久了", age=timedelta(minutes=9))
    taken = await world.waits("有人管的", age=timedelta(minutes=20))
    await world.says("和机器人聊天")
    await take(world, taken)
    found = await queue(world)
    assert [chat.citizen_id for chat in found] == [early, late, taken]
    assert found[0].last_words == "等很久了"
    assert found[0].reason == "市民要求人工"
    assert found[2].agent_name == "张坐席"


async def test_unread_counts_what_no_person_answered(world: World) -> None:
    citizen = await world.waits("第一句", citizen="same", age=timedelta(minutes=3))
    await world.says("第二句", citizen="same", outcome=Outcome.AGENT, age=timedelta(minutes=2))
    assert (await queue(world))[0].unread == 2
    await take(world, citizen)
    await say(world, citizen, "您好")
    assert (await queue(world))[0].unread == 0


async def test_of_two_agents_who_take_at_once_one_wins(world: World) -> None:
    citizen = await world.waits()
    results = await asyncio.gather(
        *(take(world, citizen, login) for login in ("zhang", "wang")), return_exceptions=True
    )
    lost = [result for result in results if result is not None]
    assert len(lost) == 1
    assert isinstance(lost[0], Taken)
    winner = "张坐席" if results[0] is None else "王坐席"
    assert winner in str(lost[0])


async def test_taking_twice_is_once_and_a_supervisor_may_take_over(world: World) -> None:
    citizen = await world.waits()
    await take(world, citizen)
    await take(world, citizen)
    await take(world, citizen, "ban")
    assert (await state(world, citizen)).agent_id == world.members["ban"].id
    with pytest.raises(Taken):
        await say(world, citizen, "我还在", "zhang")


async def test_what_an_agent_writes_lies_in_the_outbox(world: World) -> None:
    citizen = await world.waits()
    await take(world, citizen)
    row = await say(world, citizen, "  您好，请讲  ")
    async with world.database.transaction() as connection:
        parcels = await outbox.claim(connection, world.now)
    assert [(parcel.id, parcel.body.text) for parcel in parcels] == [(row, "您好，请讲")]  # type: ignore[union-attr]


@pytest.mark.parametrize("words", ["", "   ", "长" * 700])
async def test_nothing_and_too_much_are_refused(world: World, words: str) -> None:
    citizen = await world.waits()
    await take(world, citizen)
    with pytest.raises(Refused):
        await say(world, citizen, words)


async def test_four_messages_and_one_is_kept_for_the_outcome(world: World) -> None:
    citizen = await world.waits()
    await take(world, citizen)
    for number in range(4):
        await say(world, citizen, f"第{number}句")
    with pytest.raises(WindowOver, match="条数已经用完"):
        await say(world, citizen, "第五句")


async def test_after_48_hours_the_agent_hears_how_else(world: World) -> None:
    citizen = await world.waits(age=timedelta(hours=49), name="李女士")
    await take(world, citizen)
    with pytest.raises(WindowOver, match=r"48 小时.*打电话"):
        await say(world, citizen, "您好")


async def test_who_left_cannot_be_written_to(world: World) -> None:
    citizen = await world.waits()
    await take(world, citizen)
    async with world.database.transaction() as connection:
        await citizens.follow(connection, citizen, following=False)
    with pytest.raises(WindowOver, match="取消关注"):
        await say(world, citizen, "您好")


async def test_handing_back_tells_the_citizen_and_forgets_the_bots_question(world: World) -> None:
    citizen = await world.waits()
    await take(world, citizen)
    async with world.database.transaction() as connection:
        chat = await conversations.lock_citizen(connection, citizen)
        await conversations.save(connection, replace(chat, dialogue={"asking": "place"}), world.now)
    assert await back(world, citizen)
    chat = await state(world, citizen)
    assert (chat.mode, chat.agent_id, chat.dialogue) == (Mode.BOT, None, {})
    assert "人工服务已结束" in (await lines(world, citizen))[-1].text
    assert await queue(world) == []


async def test_handing_back_after_the_window_sends_nothing_in_vain(world: World) -> None:
    citizen = await world.waits(age=timedelta(hours=50))
    await take(world, citizen)
    before = len(await lines(world, citizen))
    assert not await back(world, citizen)
    assert len(await lines(world, citizen)) == before


async def test_only_who_has_the_chat_hands_it_back(world: World) -> None:
    citizen = await world.waits()
    await take(world, citizen)
    with pytest.raises(Taken, match="张坐席"):
        await back(world, citizen, "wang")
    assert await back(world, citizen, "ban")


async def test_taking_a_chat_that_is_not_there(world: World) -> None:
    with pytest.raises(LookupError):
        await take(world, 999_999)


async def test_the_transcript_is_in_order_with_states_and_reasons(world: World) -> None:
    citizen = await world.waits("我要投诉", citizen="same", age=timedelta(minutes=5))
    await take(world, citizen)
    row = await say(world, citizen, "请讲")
    await world.settle(row, "failed", "45047 out of response count limit")
    await world.says("楼上漏水", citizen="same", outcome=Outcome.AGENT)
    found = await lines(world, citizen)
    assert [(line.text, line.incoming, line.state) for line in found] == [
        ("我要投诉", True, ""),
        ("正在为您转接人工，请稍候。", False, "passive"),
        ("请讲", False, "failed"),
        ("楼上漏水", True, ""),
    ]
    assert found[2].author_name == "张坐席"
    assert "45047" in found[2].error


async def test_the_newest_lines_come_in_the_order_in_which_they_were_said(world: World) -> None:
    for number in range(7):
        citizen = await world.says(f"问{number}", citizen="same", answer=f"答{number}")
    found = [line.text for line in await lines(world, citizen, limit=5)]
    assert found == ["答4", "问5", "答5", "问6", "答6"]


async def test_a_notice_is_shown_by_its_fields(world: World) -> None:
    citizen = await world.says("谢谢")
    async with world.database.transaction() as connection:
        notice = Notice("order_progress", {"number": "20260701000001", "state": "已办结"})
        await outbox.enqueue(connection, citizen, (notice,), world.now, author="system")
    last = (await lines(world, citizen))[-1]
    assert last.kind == "notice"
    assert set(last.text.splitlines()) == {"20260701000001", "已办结"}


async def test_after_the_citizen_left_the_transcript_still_opens(world: World) -> None:
    citizen = await world.says("你好", answer="您好")
    async with world.database.transaction() as connection:
        await citizens.erase(connection, citizen, world.now)
    assert [line.text for line in await lines(world, citizen)] == ["", ""]


async def test_an_order_from_a_chat_is_numbered_and_the_citizen_told(world: World) -> None:
    citizen = await world.waits()
    agent: Member = world.members["zhang"]
    fields = {"type": "投诉", "facts": "楼上漏水", "contact": "13800001111"}
    async with world.database.transaction() as connection:
        kept = await chat_orders.file(connection, citizen, agent, fields, world.now)
        with pytest.raises(Refused):
            await chat_orders.file(connection, citizen, agent, {"facts": " "}, world.now)
    assert kept.order.state is State.DISPATCHING
    assert kept.order.channel == "wechat"
    assert kept.number in (await lines(world, citizen))[-1].text


async def test_an_order_from_a_chat_takes_its_pictures_and_the_open_draft(world: World) -> None:
    citizen = await world.waits()
    agent: Member = world.members["zhang"]
    picture = Attachment("image", "m1")
    draft = {"id": 1, "type": "求助", "facts": "路灯坏了", "area": "雨湖区", "companies": []}
    waiting: dict[str, object] = {"id": 2, "type": "投诉", "facts": "太吵", "attachments": []}
    async with world.database.transaction() as connection:
        message_id = (await connection.execute(select(message.c.id).limit(1))).scalar_one()
        shown = await attachments.add(connection, citizen, message_id, picture, world.now)
        waiting["attachments"] = [
            await attachments.add(connection, citizen, message_id, picture, world.now)
        ]
        chat = await conversations.lock_citizen(connection, citizen)
        dialogue = {"draft": draft, "shelved": [waiting], "asking": "confirm"}
        await conversations.save(connection, replace(chat, dialogue=dialogue), world.now)
        fields = {"type": "投诉", "facts": "路灯坏了三天"}
        kept = await chat_orders.file(connection, citizen, agent, fields, world.now)
        pictures = await attachments.of_order(connection, kept.id)
        after = await conversations.lock_citizen(connection, citizen)
        found = await store.of_draft(connection, 1, citizen)
    assert [row.id for row in pictures] == [shown]
    assert (kept.order.facts, kept.order.area) == ("路灯坏了三天", "雨湖区")
    assert found is not None
    assert after.dialogue["draft"] == waiting
