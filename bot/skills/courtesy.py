"""Greetings, thanks, small talk, and what the account can do."""

from backend.message import Choice, Outcome, Reply
from bot import words
from bot.skills.events import MENU
from bot.turn import Ending, Turn
from bot.understanding import signs

SURE = 0.6
SAID = {
    "greet": Reply(words.GREETING),
    "help": Reply(words.WELCOME, MENU),
    "thanks": Reply(words.THANKS),
    "goodbye": Reply(words.GOODBYE),
    "solved": Reply(words.SOLVED),
    "satisfied": Reply(words.THANKS),
    "affirm": Reply(words.GREETING),
    "deny": Reply(words.GREETING),
    "chitchat": Reply(words.CHITCHAT),
}
BUTTON_OVER = Reply(words.BUTTON_OVER, MENU)


class Courtesy:
    """Answers politely and leaves an order that is being made where it is."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn of a courtesy, or of a tap whose button means nothing any more."""
        if turn.choice:
            # Whatever skill the button was for has let it pass.
            return self._say(turn, SAID.get(turn.choice, BUTTON_OVER))
        if signs.agrees(turn.text) and not turn.dialogue.asking:
            return self._say(turn, SAID["thanks" if "谢" in turn.text else "affirm"])
        guess = turn.reading.intent
        reply = SAID.get(guess.name)
        if reply is None or guess.confidence < SURE or len(turn.text) > self._longest(guess.name):
            return None
        return self._say(turn, reply)

    def _longest(self, intent: str) -> int:
        """A courtesy is short; a longer text deserves to be read, however it sounds."""
        return 60 if intent in ("chitchat", "help") else 16

    def _say(self, turn: Turn, reply: Reply) -> Ending:
        dialogue = turn.dialogue
        return Ending(
            Outcome.COMMAND,
            (reply,),
            dialogue.offering(reply, dialogue.asking) if reply.choices else dialogue,
        )


class Invalid:
    """Abuse, advertising, keyboard noise and what no hotline can answer."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn politely when there is surely nothing to be dealt with."""
        said = self._said(turn)
        if said is None:
            return None
        return Ending(
            Outcome.INVALID,
            (said,),
            turn.dialogue.offering(said, turn.dialogue.asking),
            confidence=turn.reading.intent.confidence,
        )

    def _said(self, turn: Turn) -> Reply | None:
        if turn.text and not any(character.isalnum() for character in turn.text):
            return Reply(words.INVALID)
        if turn.purpose.noise >= SURE:
            if turn.reading.intent.name == "invalid_abuse":
                return Reply(words.ABUSE, (Choice("human", "人工服务"),))
            return Reply(words.INVALID)
        if turn.means("off_topic", at_least=SURE):
            return Reply(
                words.OFF_TOPIC, (Choice("new_order", "我要反映"), Choice("human", "人工服务"))
            )
        return None
