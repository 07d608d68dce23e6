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

UNDERSTOOD = ("matter", *asides.PENDING)
"""What is asked about a text before there is an order of it."""
TOLD_MORE = ("choice", "feedback", asides.ELSEWHERE)
"""What is asked about a text that told enough to offer an entry for it, or to send it elsewhere."""
SURE_SUBJECT = 0.5
"""How sure the category of a text must be to tell another matter than the one before it."""
_OTHER = re.compile(
    r"我?(?:其实|就|只|就是|现在|还)*(?:是|就)?(?:想|要)(?:问|说|讲|报|反映|投诉|举报)"
)
"""Begins what is told in place of something else."""


def order_of(turn: Turn) -> Draft:
    """The order that the text would make, if what is said to it now does not help: of a matter, or
    of a question to the office."""
    reading, phone = turn.reading, turn.conversation.phone
    weighed = turn.purpose
    told = weighed.is_matter or not (asks(reading) or weighed.question < weighed.talk)
    if told:
        return drafts.begin(turn.message_id, reading, phone)
    office = drafts.ask_office(turn.message_id, turn.text, phone, reading.category)
    return drafts.enriched(office, reading.details)


def _dealt_with(kind: str) -> str:
    """The type of what shall be dealt with at a place."""
    return "求助" if kind == "咨询" else kind


def _goes_on(turn: Turn, before: Draft) -> bool:
    """The text tells more of what was offered titles or answered: of its category, or of none
    that is sure."""
    subjects = turn.reading.subjects
    unsure = not subjects or subjects[0].confidence < SURE_SUBJECT
    alike = turn.reading.category in ("", before.category) or unsure
    return turn.dialogue.asking in TOLD_MORE and bool(before.category) and alike


class Beginning:
    """Makes the first draft of an order, and asks for what is missing in it."""

    def __init__(self, details: DetailReader) -> None:
        """`details` reads what was told before, or is only a part of what is told now."""
        self._details = details

    def invite(self, turn: Turn) -> Ending:
        """Ask what the matter is."""
        reply = Reply(words.NEW_ORDER)
        invited = replace(turn.dialogue, asking="matter", options=(), told=order_of(turn))
        return Ending(Outcome.ASKED, (reply,), invited)

    def matter(self, turn: Turn) -> Ending:
        """The matter that the message tells."""
        before = turn.dialogue.told if turn.dialogue.asking in UNDERSTOOD else None
        same = None if says_another(turn.reading) else before
        phone = turn.conversation.phone
        draft = drafts.begin(turn.message_id, turn.reading, phone, same.facts if same else "")
        if same is not None and _goes_on(turn, same):
            draft = drafts.joined(same, draft)
        # What was said before, and not understood then, waits for its turn.
        waits = same is None and turn.dialogue.asking != asides.ELSEWHERE
        left = (before,) if before is not None and waits else ()
        dialogue = Dialogue(draft=draft, shelved=(*turn.dialogue.shelved, *left))
        return agenda.proceed(dialogue, draft, confidence=turn.reading.intent.confidence)

    def told(self, turn: Turn, text: str, before: str = "") -> Ending:
        """A part of what is told now; `before` is said first."""
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
        told = turn.dialogue.told
        if told is None:
            return self.invite(turn)
        hidden = told.type != "咨询" and not told.place and signs.refuses(turn.text)
        place = words.UNKNOWN_PLACE if hidden else told.place
        return self._begun(turn, replace(told, id=turn.message_id, place=place))

    def at_place(self, turn: Turn) -> Ending:
        """A place alone: of what was told just before, and not understood then, or of nothing."""
        draft = drafts.at_place(turn.message_id, turn.reading, turn.conversation.phone)
        if turn.dialogue.asking in asides.PENDING and turn.dialogue.told is not None:
            told = drafts.there(turn.dialogue.told, draft)
            return self._begun(turn, replace(told, id=draft.id, type=_dealt_with(told.type)))
        reply = Reply(words.PLACE_FIRST.format(place=draft.place))
        dialogue = Dialogue(draft=drafts.put(draft, "facts"), shelved=turn.dialogue.shelved)
        return Ending(Outcome.ASKED, (reply,), dialogue.offering(reply, "facts"))

    def _read(self, turn: Turn, text: str) -> Reading:
        return replace(turn.reading, text=text, details=self._details.read(text, turn.now))

    def _begun(self, turn: Turn, draft: Draft, before: str = "") -> Ending:
        begun = Dialogue(draft=draft, shelved=turn.dialogue.shelved)
        return agenda.proceed(begun, draft, before=before, instead=turn.dialogue.draft)
