"""「我要撤回工单」: asked back once, as what is withdrawn is handled no more."""

import re

from backend.message import Choice, Outcome, Reply
from backend.orders import service, store
from backend.orders.lifecycle import OPEN, Refused
from backend.orders.store import Kept
from bot import words
from bot.skills.progress import NUMBER, SHOWN
from bot.turn import Ending, Turn

_FILED = r"(?:工单|单子|投诉|举报|反映|求助|诉求|申请|刚[才刚](?:那|的|报|说|登记)|我?[报登]的那)"
_WITHDRAWS = re.compile(
    rf"(?:撤[回销掉了单诉]|撤|取消).{{0,8}}{_FILED}"
    rf"|{_FILED}.{{0,6}}(?:撤[回销掉了]|撤|取消|作废|算了|(?:不[要用]|别)[^，,。]{{0,4}}了)"
    r"|^(?:请|帮我|我)?(?:要|想)?(?:申请)?撤[回销单诉]了?吧?[。！!]*$"
)
LONGEST = 40
"""Characters; who writes more tells of a matter in which something else is withdrawn."""
KEEP = "keep_orders"


class Withdrawal:
    """Withdraws an open order of the citizen's own."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn when it asks to withdraw an order, or answers whether to."""
        if turn.choice == KEEP:
            return self._say(turn, Reply(words.KEPT))
        if turn.choice.startswith("withdraw:"):
            return await self._withdraw(turn, turn.choice.removeprefix("withdraw:"))
        if turn.choice or turn.dialogue.draft is not None or not self._is_wanted(turn.text):
            return None
        found = await store.of_citizen(turn.connection, turn.conversation.citizen_id, SHOWN)
        named = NUMBER.search(turn.text)
        return self._ask(
            turn,
            [
                kept
                for kept in found
                if kept.order.state in OPEN and (not named or kept.number == named[0])
            ],
        )

    def _is_wanted(self, text: str) -> bool:
        return len(text) <= LONGEST and bool(_WITHDRAWS.search(text))

    def _ask(self, turn: Turn, found: list[Kept]) -> Ending | None:
        if not found:
            return None
        each = (Choice(f"withdraw:{kept.number}", f"撤回 {kept.number}") for kept in found)
        told = "\n\n".join(service.progress(kept) for kept in found)
        return self._say(
            turn, Reply(words.WITHDRAW.format(orders=told), (*each, Choice(KEEP, "不撤回")))
        )

    async def _withdraw(self, turn: Turn, number: str) -> Ending:
        try:
            kept = await store.find(turn.connection, number)
        except store.Unknown:
            kept = None
        if kept is None or kept.citizen_id != turn.conversation.citizen_id:
            return self._say(turn, Reply(words.NOT_YOURS.format(number=number)))
        try:
            await service.act(turn.connection, number, "withdraw", actor="citizen:", now=turn.now)
        except Refused as refused:
            return self._say(turn, Reply(f"{refused}。\n\n{service.progress(kept)}"), kept.id)
        return self._say(turn, Reply(words.WITHDRAWN.format(number=number)), kept.id)

    def _say(self, turn: Turn, reply: Reply, order_id: int | None = None) -> Ending:
        dialogue = turn.dialogue.offering(reply, turn.dialogue.asking)
        topics = ("orders",) if order_id else ()
        return Ending(Outcome.COMMAND, (reply,), dialogue, order_id=order_id, topics=topics)
