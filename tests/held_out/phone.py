"""A citizen's phone: sends, taps what is on the screen, and reads what came."""

import asyncio
import re
from collections.abc import Awaitable

import aiohttp

from channels.simulator.citizen import Bubble, Sender
from channels.simulator.server import FakeWeChat

CONFIRM = "确认提交"
_LINE = re.compile(r"^(类型|内容|地点|时间|诉求|电话)：(.*)$", re.MULTILINE)


class NoButton(Exception):
    """The button to be tapped is not on the screen."""


class Phone:
    """One citizen, who waits for everything that was sent before doing the next thing."""

    def __init__(self, openid: str, wechat: FakeWeChat, health: str) -> None:
        self.openid = openid
        self._wechat = wechat
        self._health = health

    async def say(self, text: str) -> str:
        """Type a text; all that the account said to it."""
        return await self._answer(self._wechat.send_text(self.openid, text))

    async def speak(self, heard: str) -> str:
        """Send a voice message that WeChat understood as `heard`; what the account said to it."""
        return await self._answer(self._wechat.send_voice(self.openid, heard))

    async def show(self) -> str:
        """Send a picture; what the account said to it."""
        return await self._answer(self._wechat.send_image(self.openid))

    async def locate(self, label: str) -> str:
        """Send a location, as the map calls it; what the account said to it."""
        return await self._answer(self._wechat.send_location(self.openid, label))

    async def tap(self, label: str) -> str:
        """Tap the button with this label; all that the account said to it."""
        screen = self.screen()
        found = [item for item in screen.choices if item.label == label] if screen else []
        if not found:
            raise NoButton(f"no 「{label}」 on the screen: {screen.words if screen else ''!r}")
        return await self._answer(self._wechat.tap(self.openid, found[0].id, label))

    async def tap_earlier(self, label: str) -> str:
        """Tap the latest button with this label, wherever it stands in the chat."""
        shown = [item.id for bubble in self._bubbles() for item in bubble.choices]
        labels = [item.label for bubble in self._bubbles() for item in bubble.choices]
        if label not in labels:
            raise NoButton(f"no 「{label}」 was ever shown")
        found = shown[len(labels) - 1 - labels[::-1].index(label)]
        return await self._answer(self._wechat.tap(self.openid, found, label))

    def transcript(self) -> str:
        """All that the account ever said."""
        return "\n".join(bubble.words for bubble in self._bubbles())

    def screen(self) -> Bubble | None:
        """What the account said last, if it said anything."""
        said = self._bubbles()
        return said[-1] if said else None

    def shows(self, label: str) -> bool:
        """Whether the last message has this button."""
        screen = self.screen()
        labels = [item.label for item in screen.choices] if screen else []
        return label in labels

    def labels(self) -> list[str]:
        """The labels of the buttons on the screen."""
        screen = self.screen()
        return [item.label for item in screen.choices] if screen else []

    def card(self) -> dict[str, str]:
        """The lines of the order card on the screen, {} when it shows none."""
        screen = self.screen()
        return dict(_LINE.findall(screen.words)) if screen and self.shows(CONFIRM) else {}

    def asked_twice(self) -> list[str]:
        """The questions that were put more than once outside a card (the card may come again)."""
        asked: list[str] = []
        for bubble in self._bubbles():
            if CONFIRM not in {item.label for item in bubble.choices}:
                lines = bubble.words.splitlines()
                asked += [line for line in lines if "？" in line or line.startswith("请")]
        return sorted({line for line in asked if asked.count(line) > 1})

    def _bubbles(self) -> list[Bubble]:
        said = self._wechat.conversation(self.openid)
        return [bubble for bubble in said if bubble.sender is Sender.ACCOUNT]

    async def _answer(self, sending: Awaitable[object]) -> str:
        before = len(self._bubbles())
        await sending
        async with asyncio.timeout(30), aiohttp.ClientSession() as session:
            while True:
                if await self._is_quiet(session):
                    break
                await asyncio.sleep(0.02)
        return "\n".join(bubble.words for bubble in self._bubbles()[before:])

    async def _is_quiet(self, session: aiohttp.ClientSession) -> bool:
        """Nothing waits to be handled or sent."""
        async with session.get(self._health) as answer:
            health = await answer.json()
        return bool(health["outbox"]["pending"] == 0 and health["inbound"]["unhandled"] == 0)
