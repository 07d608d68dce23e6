"""To a human and back: the citizen asks for one, or no longer does."""

import re
from dataclasses import replace

from backend import chats, staff
from backend.conversations import Mode
from backend.message import Choice, Outcome, Reply
from bot import agenda, words
from bot.turn import Ending, Turn

_SAID = re.compile(
    r"(?:转|接|换|找|叫|要|帮我).{0,3}(?:人工|真人|活人|坐席|座席)(?!智能)"
    r"|(?:换|喊|叫|派|找)个?人(?:来|过来|出来)?(?:跟我|和我|同我)?(?:讲|说|聊|谈|回话|接|答)|换(?:个)?人(?:来)?$|^(?:人工|坐席|真人)(?:客服|服务)?[。!！]?$"
)
"""Whoever says it so plainly gets a human, whatever else the message holds."""

_DECLINED = re.compile(
    r"(?:不要|不用|不想|不需要|不必|别|莫|甭)(?:再|给我|帮我)?(?:转|找|接)(?:给|到|接)?(?:人工|真人|坐席|座席)(?!智能)"
)
"""「不要转人工」."""
SURE = 0.7
"""How likely a human is asked for while an order is being made."""
STAY = (Choice("leave_queue", "不用人工了"),)


class Handoff:
    """Queues the chat for an agent when the citizen asks for a human."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn of 「人工」 and of leaving the queue again."""
        if turn.choice == "leave_queue":
            return self._leave(turn)
        if _DECLINED.search(turn.text):
            return self._declined(turn)
        if turn.choice == "human" or self._asks(turn):
            return await queue(turn, "市民要求人工")
        return None

    def _declined(self, turn: Turn) -> Ending | None:
        if turn.dialogue.draft is None:
            return None
        reply, after = agenda.resume(turn.dialogue, turn.dialogue.draft, words.NO_HUMAN)
        return Ending(Outcome.ASKED, (reply,), after)

    def _asks(self, turn: Turn) -> bool:
        asked = turn.means("human", at_least=0.6) or bool(_SAID.search(turn.text))
        return asked or turn.heard.of("human") >= SURE

    def _leave(self, turn: Turn) -> Ending:
        back = replace(turn.conversation, mode=Mode.BOT, waiting_since=None, waiting_reason="")
        return Ending(
            Outcome.COMMAND, (Reply(words.BACK_TO_BOT),), turn.dialogue, back, topics=("chats",)
        )


async def queue(turn: Turn, reason: str, said: str = "") -> Ending:
    """Put the chat into the agents' queue and tell the citizen honestly how long it may take."""
    already = turn.conversation.mode is Mode.WAITING
    waiting = replace(
        turn.conversation,
        mode=Mode.WAITING,
        waiting_since=turn.conversation.waiting_since or turn.now,
        waiting_reason=turn.conversation.waiting_reason or reason,
    )
    reply = Reply(said or await _how_long(turn, already=already), STAY)
    return Ending(
        Outcome.HANDOFF,
        (reply,),
        replace(turn.dialogue, options=reply.choices),
        waiting,
        topics=("chats", "alerts"),
    )


async def _how_long(turn: Turn, *, already: bool) -> str:
    if not await staff.on_duty(turn.connection, turn.now):
        return words.HUMAN_AWAY
    if already:
        return words.HUMAN_ALREADY
    count = await chats.waiting(turn.connection)
    ahead = words.HUMAN_AHEAD.format(count=count) if count else ""
    return words.HUMAN_SOON.format(ahead=ahead)
