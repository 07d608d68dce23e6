"""One citizen through every room of the house: question, matter, order, closing, rating."""

import pytest

from channels.simulator.citizen import Bubble
from channels.simulator.server import FakeWeChat
from tests.acceptance.eventually import eventually
from tests.acceptance.house import House

pytestmark = pytest.mark.acceptance

WANG = "oStoryWang"
LI = "oStoryLi"


def choice(bubble: Bubble, label: str) -> str:
    return next(option.id for option in bubble.choices if option.label == label)


async def test_a_clear_question_is_answered_with_its_source(
    house: House, wechat: FakeWeChat
) -> None:
    reply = await wechat.send_text(WANG, "灵活就业人员怎么缴纳养老保险？")
    assert reply is not None
    assert "来源" in reply.text
    answer = wechat.conversation(WANG)[-1]
    assert [option.label for option in answer.choices] == ["解决了", "没解决"]
    await wechat.tap(WANG, choice(answer, "解决了"))

    outcomes = await house.huiying("outcomes", "--json")
    assert [row["outcome"] for row in outcomes] == ["answered", "command"]
    assert outcomes[0]["knowledge_title"] == "灵活就业人员怎么缴纳养老保险"
    assert outcomes[0]["openid"] == WANG


async def test_a_matter_becomes_an_order_is_closed_and_rated(
    house: House, wechat: FakeWeChat
) -> None:
    await wechat.send_text(WANG, "雨湖区建设北路128号门口的路灯坏了三天了，晚上很黑，希望尽快修好")
    card = wechat.conversation(WANG)[-1]
    assert "建设北路128号" in card.words
    assert "雨湖区" in card.words
    reply = await wechat.tap(WANG, choice(card, "确认提交"))
    assert reply is not None

    (order,) = await house.huiying("orders", "list", "--json")
    number = order["number"]
    assert number in reply.text
    assert order["state"] == "待派单"
    assert order["type"] == "求助"

    await house.huiying("orders", "dispatch", number, "--unit", "市城管局")
    await house.huiying("orders", "sign", number)
    await house.huiying(
        "orders", "close", number, "--reply", "已更换灯具，今晚恢复照明，并电话告知市民。"
    )
    survey = await eventually(lambda: _bubble_with(wechat, WANG, "满意"))
    progress = await wechat.send_text(WANG, "我的工单")
    assert progress is not None
    assert "已更换灯具" in progress.text
    thanks = await wechat.tap(WANG, choice(survey, "满意"))
    assert thanks is not None

    shown = await house.huiying("orders", "show", number, "--json")
    assert shown["state"] == "已归档"
    assert shown["rating"] == "满意"
    assert [event["kind"] for event in shown["events"]][:4] == [
        "create",
        "dispatch",
        "sign",
        "close",
    ]
    assert await house.huiying("orders", "verify", "--json") == []


async def test_dissatisfied_reopens(house: House, wechat: FakeWeChat) -> None:
    await wechat.send_text(LI, "岳塘区书院路东方名苑3栋楼下烧烤店油烟太大，我要投诉")
    await wechat.send_text(LI, "确认提交")
    (order,) = await house.huiying("orders", "list", "--json")
    number = order["number"]
    await house.huiying("orders", "dispatch", number, "--unit", "市城管局")
    await house.huiying("orders", "sign", number)
    await house.huiying(
        "orders", "close", number, "--reply", "已上门检查，要求店主清洗油烟净化器。"
    )
    survey = await eventually(lambda: _bubble_with(wechat, LI, "不满意"))
    why = await wechat.tap(LI, choice(survey, "不满意"))
    assert why is not None
    reasons = wechat.conversation(LI)[-1]
    await wechat.tap(LI, reasons.choices[0].id)

    shown = await house.huiying("orders", "show", number, "--json")
    assert shown["state"] == "待签收"
    assert "reopen" in [event["kind"] for event in shown["events"]]


async def test_unclear_twice_becomes_an_order_for_a_human(house: House, wechat: FakeWeChat) -> None:
    await wechat.send_text(WANG, "那个事情你们到底管不管")
    await wechat.send_text(WANG, "就是那个事啊")
    outcomes = [row["outcome"] for row in await house.huiying("outcomes", "--json")]
    assert outcomes == ["asked", "order"]
    (order,) = await house.huiying("orders", "list", "--json")
    assert order["type"] == "咨询"
    assert order["state"] == "待受理"


async def test_danger_comes_first(house: House, wechat: FakeWeChat) -> None:
    reply = await wechat.send_text(WANG, "救命我家着火了，建设北路5号3楼全是烟")
    assert reply is not None
    assert "119" in reply.text
    assert (await house.huiying("outcomes", "--json"))[0]["outcome"] == "danger"


async def test_a_human_is_asked_for(house: House, wechat: FakeWeChat) -> None:
    reply = await wechat.send_text(WANG, "转人工")
    assert reply is not None
    assert "坐席" in reply.text
    assert (await house.huiying("outcomes", "--json"))[0]["outcome"] == "handoff"


async def test_a_retry_has_one_effect_and_the_same_answer(house: House, wechat: FakeWeChat) -> None:
    first = await wechat.send_text(WANG, "公积金租房提取需要什么材料")
    again = await wechat.resend(WANG)
    assert first is not None
    assert again is not None
    assert first.text == again.text
    assert len(await house.huiying("outcomes", "--json")) == 1


async def test_who_leaves_is_forgotten(house: House, wechat: FakeWeChat) -> None:
    await wechat.send_text(WANG, "雨湖区韶山西路20号下水道堵了，我电话13812345678")
    await wechat.send_text(WANG, "确认提交")
    await wechat.unfollow(WANG)
    (order,) = await house.huiying("orders", "list", "--json")
    assert order["contact"] == ""
    assert all(row["openid"] is None for row in await house.huiying("outcomes", "--json"))
    assert all(row["text"] == "" for row in await house.huiying("outcomes", "--json"))


def _bubble_with(wechat: FakeWeChat, openid: str, label: str) -> Bubble | None:
    found = [
        bubble
        for bubble in wechat.conversation(openid)
        if label in [option.label for option in bubble.choices]
    ]
    return found[-1] if found else None
