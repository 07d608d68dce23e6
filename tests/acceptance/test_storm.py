"""A storm of messages with WeChat's retries, during which the server is killed and started."""

import asyncio
from collections.abc import Callable
from random import Random

import pytest

from channels.simulator.citizen import Sender
from channels.simulator.server import FakeWeChat
from tests.acceptance.eventually import eventually
from tests.acceptance.house import House
from tests.acceptance.tally import check

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

CITIZENS = 40
MESSAGES = 8
KILLS = 3

QUESTIONS = ("灵活就业人员怎么缴纳养老保险？", "公积金租房提取需要什么材料", "身份证丢了怎么补办")
MATTERS = (
    "雨湖区建设北路{n}号门口的路灯坏了三天了，晚上很黑，希望尽快修好",
    "岳塘区书院路{n}号楼下烧烤店油烟太大，我要投诉",
    "雨湖区韶山西路{n}号下水道堵了，污水漫到路上",
)
OTHERS = ("我的工单", "谢谢", "那个事情你们到底管不管", "就是那个事啊", "取消", "asdfgh", "你好")


class Citizen:
    """Writes one message after the other, and confirms every order that is put to them."""

    def __init__(self, wechat: FakeWeChat, number: int, seed: int) -> None:
        self._wechat = wechat
        self._random = Random(f"{seed}:{number}")
        self._number = number
        self.openid = f"oStorm{number:03d}"

    async def live(self) -> None:
        for _ in range(MESSAGES):
            await self._act()

    async def _act(self) -> None:
        card = self._card()
        if card and self._random.random() < 0.8:
            await self._confirm(card)
            return
        pick = self._random.random()
        if pick < 0.35:
            await self._say(self._random.choice(MATTERS).format(n=self._number + 1))
        elif pick < 0.65:
            await self._say(self._random.choice(QUESTIONS))
        else:
            await self._say(self._random.choice(OTHERS))

    async def _say(self, text: str) -> None:
        await self._wechat.send_text(self.openid, text)

    async def _confirm(self, choice_id: str) -> None:
        if self._random.random() < 0.5:
            await self._say("确认提交")
        else:
            await self._wechat.tap(self.openid, choice_id)
        if self._random.random() < 0.3:
            # A second tap on the same button, as impatient people do.
            await self._wechat.tap(self.openid, choice_id)

    def _card(self) -> str:
        """The id of 「确认提交」, if the last thing said to them offers it."""
        said = [b for b in self._wechat.conversation(self.openid) if b.sender is Sender.ACCOUNT]
        offered = said[-1].choices if said else ()
        return next((choice.id for choice in offered if choice.id.startswith("confirm:")), "")


async def kill_at(house: House, moments: list[int], count: Callable[[], int]) -> None:
    """Kill and start the server each time so many messages have gone through."""
    for moment in moments:
        await eventually(lambda due=moment: count() >= due, within=40)
        await house.kill()
        await house.start()


@pytest.mark.parametrize("seed", [1])
async def test_a_storm_with_kills_loses_and_doubles_nothing(
    house: House, wechat: FakeWeChat, seed: int
) -> None:
    random = Random(seed)
    citizens = [Citizen(wechat, number, seed) for number in range(CITIZENS)]
    moments = sorted(random.sample(range(20, CITIZENS * MESSAGES - 40), KILLS))
    async with asyncio.TaskGroup() as storm:
        storm.create_task(kill_at(house, moments, lambda: len(wechat.deliveries)))
        for citizen in citizens:
            storm.create_task(citizen.live())
    rows = await check(house, wechat)
    assert len(rows) > CITIZENS * MESSAGES * 0.9
    assert sum(row["outcome"] == "order" for row in rows) > CITIZENS / 2
