"""The bot's ear for surveys: a tap on a rating, a rating in words, or 「别再问我」."""

from backend import citizens
from backend.conversations import Mode
from backend.message import Outcome, Reply
from bot import words
from bot.dialogue import Dialogue
from bot.turn import Ending, Turn
from callbacks import answer
from callbacks.question import OPT_OUT

TAP = "survey:"
OPT_IN = "接受回访"


class Survey:
    """Takes answers to surveys; a tap counts also while a human has the chat."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn if it answers a survey or says whether surveys are wanted."""
        if turn.conversation.mode is Mode.HUMAN and not turn.choice:
            return None
        if turn.means("opt_out", at_least=0.7) or turn.text in (OPT_IN, OPT_OUT):
            return await self._wanted(turn)
        tap = turn.inbound.tap or (turn.choice if turn.choice.startswith(TAP) else "")
        if not self._may_answer(turn, tap):
            return None
        reply = await answer.take(
            turn.connection, turn.conversation.citizen_id, tap, turn.text, turn.now
        )
        if reply is None:
            return None
        return Ending(Outcome.SURVEY, (reply,), _after(turn.dialogue, reply), topics=("orders",))

    def _may_answer(self, turn: Turn, tap: str) -> bool:
        """Nearly every message may not: it shall cost no look at the surveys."""
        if tap or turn.dialogue.draft is not None:
            return tap.startswith(TAP)
        asked_why = any(option.id.startswith(TAP) for option in turn.dialogue.options)
        return asked_why or answer.is_rating(turn.text)

    async def _wanted(self, turn: Turn) -> Ending:
        wanted = turn.text == OPT_IN
        await citizens.want_surveys(turn.connection, turn.conversation.citizen_id, wanted=wanted)
        said = words.OPTED_IN if wanted else words.OPTED_OUT
        return Ending(Outcome.SURVEY, (Reply(said),), turn.dialogue)


def _after(dialogue: Dialogue, reply: Reply) -> Dialogue:
    """An order that is being made stays where it is."""
    if dialogue.draft is not None and not reply.choices:
        return dialogue
    return dialogue.offering(reply, dialogue.asking)
