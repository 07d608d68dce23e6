"""What became of it: 「我的工单」, one order by its number, and 催办."""

import re
from dataclasses import replace

from backend.message import Choice, Outcome, Reply
from backend.orders import service, store
from backend.orders.lifecycle import OPEN, Refused
from bot import agenda, asides, words
from bot.turn import Ending, Turn
from bot.understanding import signs

NUMBER = re.compile(r"(?<!\d)\d{14}(?!\d)")
SHOWN = 5
_HOW_FAR = re.compile(
    r"(?:处理|办理?|解决|修)(?:得|的)?(?:怎么样|咋样|如何|到哪|好了?没|好了?吗|完了?没)|进度|进展|有(?:没有?)?(?:结果|消息|回音|下文)|(?:结果|消息|回音)(?:没|了吗|了没)|到(?:哪|什么)(?:里了|一?步|个?环节|程度)"
)
"""Asks how far something is; about an order only if the citizen has one."""
_URGES = re.compile(r"催(?:一下|一催|下|促|办|单)|加急")
_EARLIER = re.compile(
    r"(?:上次|之前|以前|上个?(?:星期|礼拜|周|月)|昨天|前天|前几天|(?:年|个?月|星期|礼拜|周|天)前)[^，。]{0,6}(?:报|反映|投诉|提交)|单子|工单"
)
"""Speaks of an order that was filed before."""


class Progress:
    """Answers from the citizen's own orders only."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn when it asks about orders, or urges one."""
        if self._is_of_draft(turn):
            return None
        number = self._number(turn)
        urging = turn.means("urge_order", at_least=0.6)
        if number:
            return await self._one(turn, number, urging=urging)
        if urging:
            return await self._urge(turn)
        if turn.choice == "my_orders" or turn.means("my_orders", at_least=0.6):
            return await self._all(turn)
        if turn.choice or turn.dialogue.draft is not None:
            return await self._all(turn) if self._asks_before(turn) else None
        if _URGES.search(turn.text):
            return await (self._urge(turn) if self._is_earlier(turn) else self._urge_open(turn))
        return await self._all_if_any(turn) if _HOW_FAR.search(turn.text) else None

    def _is_of_draft(self, turn: Turn) -> bool:
        """Confirms the order that is being made, or asks about it."""
        asked = turn.dialogue.draft is not None and signs.asks_about_filing(turn.text)
        confirms = turn.heard.of("confirm") >= asides.SURELY
        return (asked or confirms) and not self._asks_before(turn)

    def _asks_before(self, turn: Turn) -> bool:
        """Asks how far it is with an order before the one that is being made."""
        asked = self._is_earlier(turn) and bool(_HOW_FAR.search(turn.text))
        return asked and not turn.choice

    def _is_earlier(self, turn: Turn) -> bool:
        return bool(_EARLIER.search(turn.text))

    def _number(self, turn: Turn) -> str:
        if turn.choice.startswith("order:"):
            return turn.choice.removeprefix("order:")
        found = NUMBER.search(turn.text)
        return found[0] if found else ""

    async def _one(self, turn: Turn, number: str, *, urging: bool) -> Ending:
        try:
            kept = await store.find(turn.connection, number)
        except store.Unknown:
            kept = None
        if kept is None or kept.citizen_id != turn.conversation.citizen_id:
            return self._say(turn, Reply(words.NOT_YOURS.format(number=number)))
        if urging and kept.order.state in OPEN:
            return await self._urged(turn, kept)
        return self._of(turn, kept, service.progress(kept))

    async def _all(self, turn: Turn) -> Ending:
        found = await store.of_citizen(turn.connection, turn.conversation.citizen_id, SHOWN)
        if not found:
            return self._say(turn, Reply(words.NO_ORDERS, (Choice("new_order", "我要反映"),)))
        if len(found) == 1:
            return self._of(turn, found[0], service.progress(found[0]))
        text = "\n\n".join(service.progress(kept) for kept in found)
        each = tuple(Choice(f"order:{kept.number}", f"看 {kept.number}") for kept in found)
        return self._say(turn, Reply(text, each))

    async def _all_if_any(self, turn: Turn) -> Ending | None:
        found = await store.of_citizen(turn.connection, turn.conversation.citizen_id, 1)
        return await self._all(turn) if found else None

    async def _urge_open(self, turn: Turn) -> Ending | None:
        found = await store.of_citizen(turn.connection, turn.conversation.citizen_id, SHOWN)
        urgent = [kept for kept in found if kept.order.state in OPEN]
        return await self._urged(turn, urgent[0]) if urgent else None

    async def _urge(self, turn: Turn) -> Ending | None:
        """Somebody who has filed nothing here tells of a matter, however impatiently; who speaks
        of what was filed before is told that nothing is."""
        urged = await self._urge_open(turn)
        if urged is not None:
            return urged
        return await (self._all(turn) if self._is_earlier(turn) else self._all_if_any(turn))

    async def _urged(self, turn: Turn, kept: store.Kept) -> Ending:
        try:
            kept = await service.act(
                turn.connection, kept.number, "urge", actor="citizen:", now=turn.now
            )
        except Refused as refused:
            return self._of(turn, kept, f"{refused}。\n\n{service.progress(kept)}")
        text = words.URGED.format(number=kept.number, progress=service.progress(kept))
        return self._of(turn, kept, text)

    def _of(self, turn: Turn, kept: store.Kept, text: str) -> Ending:
        return self._say(turn, Reply(text, page=f"order:{kept.number}"), kept.id)

    def _say(self, turn: Turn, reply: Reply, order_id: int | None = None) -> Ending:
        dialogue = turn.dialogue
        if dialogue.draft is not None and reply.text:
            shown, dialogue = agenda.resume(dialogue, dialogue.draft, reply.text)
            return Ending(
                Outcome.COMMAND, (replace(shown, page=reply.page),), dialogue, order_id=order_id
            )
        if reply.choices:
            dialogue = dialogue.offering(reply, dialogue.asking)
        return Ending(Outcome.COMMAND, (reply,), dialogue, order_id=order_id)
