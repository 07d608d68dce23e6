"""Follow, unfollow and the other events of a channel."""

from dataclasses import replace

from backend import citizens
from backend.conversations import Mode
from backend.message import Choice, Kind, Outcome, Reply
from bot import words
from bot.turn import Ending, Turn

MENU = (
    Choice("new_order", "我要反映"),
    Choice("my_orders", "我的工单"),
    Choice("human", "人工服务"),
)


class Events:
    """Greets who follows, forgets who leaves, notes the rest. Menu taps go on to the commands."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn of any event that is not a tap."""
        if turn.inbound.kind is not Kind.EVENT or turn.inbound.tap:
            return None
        match turn.inbound.event:
            case "subscribe":
                await citizens.follow(turn.connection, turn.conversation.citizen_id, following=True)
                welcome = Reply(words.WELCOME, MENU)
                dialogue = replace(turn.dialogue, options=welcome.choices)
                return Ending(Outcome.EVENT, (welcome,), dialogue)
            case "unsubscribe":
                return await self._forget(turn)
            case _:
                return Ending(Outcome.EVENT, dialogue=turn.dialogue)

    async def _forget(self, turn: Turn) -> Ending:
        await citizens.erase(turn.connection, turn.conversation.citizen_id, turn.now)
        gone = replace(
            turn.conversation,
            mode=Mode.BOT,
            agent_id=None,
            waiting_since=None,
            waiting_reason="",
            window_left=0,
            tap_left=0,
        )
        return Ending(Outcome.EVENT, conversation=gone, topics=("chats",))
