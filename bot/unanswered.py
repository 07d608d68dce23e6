"""What counts as a question asked in vain (群众问而未答): decided here and nowhere else.

A citizen asked something, and this turn gave no direct answer to it:

- near misses were offered. If one of them is taken, it was no question in vain after all;
- the bot had to ask what is meant (追问), and the text asks something;
- it became an order of type 咨询, or is put off until the order at hand is done;
- an entry answered, and the citizen says 「没解决」 or wants a human instead;
- the chat goes to a human, and the text itself asks something.

No question in vain is: a matter to be dealt with (it becomes an order, which is its answer), what
is not for the hotline (the citizen is told where to go), danger, small talk, abuse and what is
off-topic, and what is said to an agent (who answers it; 「应该这样答」 in the console teaches the
bot). A turn that failed (`Engine._rescue`) was not understood, so nobody knows whether it asks.
"""

from backend.conversations import Mode
from backend.message import Outcome
from backend.questions import asking as questions
from backend.questions.asking import Asking, Why
from bot.triage import is_question
from bot.turn import Ending, Turn

OFFICE_TYPE = "咨询"
_INFORMATION = 0.5
"""From here on the intents alone say that a text asks for information (「社保卡丢了」)."""


async def note(turn: Turn, ending: Ending) -> None:
    """Keep what was asked in vain in this turn, and what was answered after all."""
    chat = turn.conversation
    known = (chat.name, chat.phone)
    asked = unanswered(turn, ending)
    if asked is not None:
        await questions.record(
            turn.connection,
            asked,
            message_id=turn.message_id,
            citizen_id=chat.citizen_id,
            known=known,
            now=turn.now,
        )
    elif found_after_all(turn, ending):
        await questions.answered(turn.connection, chat.citizen_id, turn.dialogue.question, known)


def unanswered(turn: Turn, ending: Ending) -> Asking | None:
    """The question that this turn left without a direct answer; None if there is none."""
    if turn.conversation.mode is Mode.HUMAN:
        return None
    asked = _asked(turn, ending)
    return asked if asked is not None and len(asked.text.strip()) > 1 else None


def found_after_all(turn: Turn, ending: Ending) -> bool:
    """True if the turn answers what was open: a choice was taken, or it was asked more clearly."""
    open_question = turn.dialogue.asking in ("choice", "clarify") and turn.dialogue.question
    chosen = turn.choice.startswith("entry:") and turn.dialogue.question
    return ending.outcome is Outcome.ANSWERED and bool(open_question or chosen)


def _asked(turn: Turn, ending: Ending) -> Asking | None:
    match ending.outcome:
        case Outcome.CHOICES if not _tells(turn):
            return Asking(turn.text, Why.CHOICES, ending.knowledge_id)
        case Outcome.ASKED:
            return _asked_back(turn, ending)
        case Outcome.HANDOFF:
            return _handed_over(turn)
        case Outcome.ORDER if not turn.choice and _asks(turn):
            # The last skill: unclear again, so a human reads it.
            return Asking(turn.text, Why.OFFICE, _nearest(turn))
        case _:
            return None


def _asked_back(turn: Turn, ending: Ending) -> Asking | None:
    before, after = turn.dialogue, ending.dialogue
    if ending.knowledge_id is not None:
        return Asking(before.question, Why.UNSOLVED, ending.knowledge_id)
    if turn.choice == "order_anyway":
        return Asking(before.question, Why.OFFICE, _nearest(turn))
    if len(after.shelved) > len(before.shelved) and after.shelved[-1].type == OFFICE_TYPE:
        return Asking(turn.text, Why.OFFICE, _nearest(turn))
    if after.asking == "clarify" and _asks(turn):
        return Asking(turn.text, Why.UNCLEAR, _nearest(turn))
    return None


def _handed_over(turn: Turn) -> Asking | None:
    weighed = turn.purpose
    # The wish for a human is talk, and must not outweigh what is asked beside it.
    asks = weighed.question >= _INFORMATION and weighed.question > weighed.matter
    if turn.text and not turn.choice and asks:
        return Asking(turn.text, Why.HANDOFF, _nearest(turn))
    if turn.dialogue.asking == "feedback" and turn.dialogue.question:
        return Asking(turn.dialogue.question, Why.HANDOFF, turn.dialogue.knowledge_id)
    return None


def _asks(turn: Turn) -> bool:
    """True if the text asks for information, by its form or by its subject."""
    weighed = turn.purpose
    about = weighed.question >= _INFORMATION and weighed.question > max(
        weighed.matter, weighed.talk
    )
    return is_question(turn.reading) or about


def _tells(turn: Turn) -> bool:
    """True if the text is about a matter, more than a question."""
    return turn.purpose.matter > turn.purpose.question


def _nearest(turn: Turn) -> int | None:
    hits = turn.reading.hits
    return hits[0].knowledge_id if hits else None
