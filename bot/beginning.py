"""How an order begins: with a matter told now, with what was told before, or with a place."""

import re
from dataclasses import replace

from backend.message import Outcome, Reply
from bot import agenda, asides, drafts, words
from bot.dialogue import Dialogue, Draft
from bot.triage import asks, says_another
from bot.turn import Ending, Turn
from bot.understanding import signs
from bot.understanding.reading import DetailReader, Reading

UNDERSTOOD = ("matter", "clarify", "choice")
"""What is asked about a text before there is an order of it."""


_OTHER = re.compile(
    r"我?(?:其实|就|只|就是|现在|还)*(?:是|就)?(?:想|要)(?:问|说|讲|报|反映|投诉|举报)"
)
"""Begins what is told in place of something else."""


class Beginning:
    """Makes the first draft of an order, and asks for what is missing in it."""

    def __init__(self, details: DetailReader) -> None:
        """`details` reads what was told before, or is only a part of what is told now."""
        self._details = details

    def invite(self, turn: Turn) -> Ending:
        """Ask what the matter is."""
        reply = Reply(words.NEW_ORDER)
        invited = replace(turn.dialogue, asking="matter", options=(), question=turn.text)
        return Ending(Outcome.ASKED, (reply,), invited)

    def matter(self, turn: Turn) -> Ending:
        """The matter that the message tells."""
        asked = turn.dialogue.question if turn.dialogue.asking in UNDERSTOOD else ""
        other = bool(asked) and says_another(turn.reading)
        phone = turn.conversation.phone
        draft = drafts.begin(turn.message_id, turn.reading, phone, "" if other else asked)
        # What was said before, and not understood then, waits for its turn.
        left = (drafts.ask_office(turn.message_id + drafts.PART, asked, phone),) if other else ()
        dialogue = Dialogue(draft=draft, shelved=(*turn.dialogue.shelved, *left))
        return agenda.proceed(dialogue, draft, confidence=turn.reading.intent.confidence)

    def told(self, turn: Turn, text: str, before: str = "") -> Ending:
        """What was told before, or is a part of what is told now; `before` is said first."""
        draft = drafts.begin(turn.message_id, self._read(turn, text), turn.conversation.phone)
        return self._begun(turn, draft, before)

    def instead(self, turn: Turn) -> Ending | None:
        """What is told in place of what is given up: 「那个不报了 我讲个要紧的…」."""
        text = signs.instead(turn.text)
        named = text and (
            self._read(turn, text).details.place or _OTHER.match(text) or says_another(turn.reading)
        )
        return self.told(turn, text, words.DROPPED) if named else None

    def pending(self, turn: Turn) -> Ending:
        """What was answered, offered titles or asked back before: filed as it was told then."""
        text, phone = turn.dialogue.question, turn.conversation.phone
        if not text:
            return self.invite(turn)
        asked = self._read(turn, text)
        if asks(asked):
            office = drafts.ask_office(turn.message_id, text, phone)
            return self._begun(turn, drafts.enriched(office, asked.details))
        draft = drafts.begin(turn.message_id, asked, phone)
        hidden = not draft.place and signs.refuses(turn.text)
        return self._begun(turn, replace(draft, place=words.UNKNOWN_PLACE) if hidden else draft)

    def at_place(self, turn: Turn) -> Ending:
        """A place alone: of what was told just before, and not understood then, or of nothing."""
        draft = drafts.at_place(turn.message_id, turn.reading, turn.conversation.phone)
        if turn.dialogue.asking in asides.PENDING and turn.dialogue.question:
            return self._begun(turn, replace(draft, facts=turn.dialogue.question))
        reply = Reply(words.PLACE_FIRST.format(place=draft.place))
        dialogue = Dialogue(draft=drafts.put(draft, "facts"), shelved=turn.dialogue.shelved)
        return Ending(Outcome.ASKED, (reply,), dialogue.offering(reply, "facts"))

    def _read(self, turn: Turn, text: str) -> Reading:
        return replace(turn.reading, text=text, details=self._details.read(text, turn.now))

    def _begun(self, turn: Turn, draft: Draft, before: str = "") -> Ending:
        begun = Dialogue(draft=draft, shelved=turn.dialogue.shelved)
        return agenda.proceed(begun, draft, before=before)
