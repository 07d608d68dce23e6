"""The bot's ear for surveys: a tap on a rating, a rating in words, or 「别再问我」."""

from backend import citizens
from backend.conversations import Mode
from backend.message import Outcome, Reply
from bot import words
from bot.turn import Ending, Turn
from callbacks import answer


class Survey:
    """Takes answers to surveys; a tap counts also while a human has the chat."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn if it answers a survey or says whether surveys are wanted."""
        if turn.conversation.mode is Mode.HUMAN and not turn.choice:
            return None
        if turn.means("opt_out", at_least=0.7) or turn.text == "接受回访":
            return await self._wanted(turn)
        if turn.dialogue.draft is not None and not turn.choice:
            return None
        reply = await answer.take(
            turn.connection,
            turn.conversation.citizen_id,
            turn.choice,
            turn.text,
            turn.now,
        )
        if reply is None:
            return None
        return Ending(Outcome.SURVEY, (reply,), turn.dialogue.offering(reply), topics=("orders",))

    async def _wanted(self, turn: Turn) -> Ending:
        wanted = turn.text == "接受回访"
        await citizens.want_surveys(turn.connection, turn.conversation.citizen_id, wanted=wanted)
        said = words.OPTED_IN if wanted else words.OPTED_OUT
        return Ending(Outcome.SURVEY, (Reply(said),), turn.dialogue)
