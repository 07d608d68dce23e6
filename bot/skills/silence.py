"""While a human has the chat, the bot says nothing."""

from backend import attachments
from backend.conversations import Mode
from backend.message import Outcome
from bot.turn import Ending, Turn


class Silence:
    """Leaves every message to the agent who has the chat."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn without a word if an agent leads the chat."""
        if turn.conversation.mode is not Mode.HUMAN:
            return None
        if turn.inbound.attachment is not None:
            await attachments.add(
                turn.connection,
                turn.conversation.citizen_id,
                turn.message_id,
                turn.inbound.attachment,
                turn.now,
            )
        return Ending(Outcome.AGENT, dialogue=turn.dialogue, topics=("chats",))
