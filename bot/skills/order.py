"""The order dialogue: take what is there, ask for what is missing, confirm with one tap."""

import re
from dataclasses import replace

from backend import attachments, citizens
from backend.message import Choice, Kind, Outcome, Reply
from backend.orders import store
from bot import drafts, words
from bot.dialogue import Dialogue, Draft
from bot.triage import goes_on, is_place, is_question, says_another
from bot.turn import Ending, Turn

_OVER = re.compile(
    r"(?:不用|不必|不需要|不要|别)(?:再)?(?:登记|反映|处理|报|投诉|派人|来)了|(?:已经|刚刚?)?(?:自己)?好了.{0,4}不用|"
    r"^(?:没事了|算了)|警察(?:已经)?来了|已经(?:解决|处理好|修好|恢复)了"
)
_DOUBTED = re.compile(r"说|其实|并没|没有|还是|骗")
"""Who tells that others say so, or that it is not so, gives nothing up."""


def given_up(text: str) -> bool:
    """True if the matter is over, or nobody is wanted for it any more."""
    return bool(_OVER.search(text)) and not _DOUBTED.search(text)


class Order:
    """From the first word of a matter to the number of its order."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn of everything that begins, changes, confirms or drops an order."""
        if turn.choice:
            return await self._tapped(turn)
        if turn.inbound.kind in (Kind.IMAGE, Kind.VIDEO, Kind.LOCATION):
            return await self._shown(turn)
        if turn.inbound.kind is Kind.VOICE and not turn.text:
            return await self._unheard(turn)
        if turn.dialogue.draft is not None and turn.text:
            return await self._continue(turn, turn.dialogue.draft)
        if turn.means("cancel", at_least=0.6):
            return Ending(Outcome.COMMAND, (Reply(words.NOTHING_TO_CANCEL),))
        if turn.means("new_order", at_least=0.6):
            return self._invite(turn)
        if is_place(turn.reading):
            return self._begin_at(turn)
        if turn.purpose.is_matter or self._was_invited(turn):
            return self._begin(turn)
        return None

    def _was_invited(self, turn: Turn) -> bool:
        """The citizen was asked what the matter is, and this is not small talk."""
        return turn.dialogue.asking == "matter" and bool(turn.text) and not turn.purpose.is_talk

    async def _tapped(self, turn: Turn) -> Ending | None:
        name = turn.choice.partition(":")[0]
        draft = turn.dialogue.draft
        match name:
            case "confirm":
                return await self._confirm(turn, turn.chosen_number)
            case "file" if draft is not None:
                return self._proceed(turn.dialogue, draft)
            case "edit" if draft is not None:
                return self._asked(turn, Reply(words.ASK_CHANGE), "edit")
            case "cancel" | "safe":
                return self._drop(turn, words.SAFE if name == "safe" else words.CANCELLED)
            case "new_order":
                return self._invite(turn)
            case "none" | "order_anyway":
                return self._question(turn)
            case "file" | "edit":
                return Ending(Outcome.COMMAND, (Reply(words.DRAFT_GONE),))
            case _:
                return None

    def _invite(self, turn: Turn) -> Ending:
        reply = Reply(words.NEW_ORDER)
        invited = replace(turn.dialogue, asking="matter", options=(), question=turn.text)
        return Ending(Outcome.ASKED, (reply,), invited)

    def _begin(self, turn: Turn) -> Ending:
        before = turn.dialogue.question if turn.dialogue.asking in ("matter", "clarify") else ""
        draft = drafts.begin(turn.message_id, turn.reading, turn.conversation.phone, before)
        dialogue = Dialogue(draft=draft, shelved=turn.dialogue.shelved)
        return self._proceed(dialogue, draft, confidence=turn.reading.intent.confidence)

    def _begin_at(self, turn: Turn) -> Ending:
        draft = drafts.at_place(turn.message_id, turn.reading, turn.conversation.phone)
        if turn.dialogue.asking in ("choice", "clarify") and turn.dialogue.question:
            # The place belongs to what was said just before, and not understood then.
            draft = replace(draft, facts=turn.dialogue.question)
            return self._proceed(Dialogue(draft=draft, shelved=turn.dialogue.shelved), draft)
        reply = Reply(words.PLACE_FIRST.format(place=draft.place))
        dialogue = Dialogue(draft=replace(draft, asked=("facts",)), shelved=turn.dialogue.shelved)
        return Ending(Outcome.ASKED, (reply,), dialogue.offering(reply, "facts"))

    def _question(self, turn: Turn) -> Ending:
        """None of the entries was meant: a human reads the question."""
        text = turn.dialogue.question
        if not text:
            return self._invite(turn)
        draft = drafts.ask_office(turn.message_id, text, turn.conversation.phone)
        return self._proceed(Dialogue(draft=draft, shelved=turn.dialogue.shelved), draft)

    def _proceed(
        self,
        dialogue: Dialogue,
        draft: Draft,
        title: str = words.CARD_TITLE,
        *,
        confidence: float | None = None,
    ) -> Ending:
        """Ask for what is missing, or show the whole order."""
        field = drafts.question(draft)
        if field:
            reply = drafts.ask(draft, field)
            draft = replace(draft, asked=(*draft.asked, field))
        else:
            reply = drafts.card(draft, title)
        after = replace(dialogue, draft=draft, unclear=0, knowledge_id=None)
        return Ending(
            Outcome.ASKED,
            (reply,),
            after.offering(reply, field or "confirm"),
            confidence=confidence,
        )

    def _asked(self, turn: Turn, reply: Reply, asking: str) -> Ending:
        return Ending(Outcome.ASKED, (reply,), turn.dialogue.offering(reply, asking))

    async def _continue(self, turn: Turn, draft: Draft) -> Ending | None:
        """Words while an order is being made."""
        asking = turn.dialogue.asking
        if turn.means("cancel", at_least=0.6) or given_up(turn.text):
            return self._drop(turn, words.CANCELLED)
        if asking in ("confirm", "file") and turn.means("affirm", at_least=0.6):
            if asking == "file":
                return self._proceed(turn.dialogue, draft)
            return await self._confirm(turn, draft.id)
        if asking == "file" and turn.means("deny", at_least=0.6):
            return self._drop(turn, words.SAFE)
        corrected = drafts.correct(draft, turn.text, turn.reading.details)
        if corrected is not None and corrected.certain:
            return self._proceed(turn.dialogue, corrected.draft, words.CARD_AGAIN)
        if asking in drafts.QUESTIONS:
            return self._answered(turn, draft, asking)
        if drafts.is_more(turn.text):
            return self._supplement(turn, draft)
        if turn.means("deny", "correct", at_least=0.6):
            return self._asked(turn, Reply(words.ASK_CHANGE), "edit")
        if self._is_another(turn, draft):
            return self._shelve(turn, draft)
        if turn.means("thanks", "greet", "help", "goodbye", at_least=0.6):
            return self._asked(turn, drafts.card(draft, words.DRAFT_WAITS), "confirm")
        return self._supplement(turn, draft)

    def _supplement(self, turn: Turn, draft: Draft) -> Ending:
        after = drafts.supplement(draft, turn.reading)
        return self._proceed(turn.dialogue, after, words.CARD_NOTED)

    def _answered(self, turn: Turn, draft: Draft, field: str) -> Ending:
        if field == "place" and is_question(turn.reading) and not turn.reading.details.place:
            return self._asked_back(turn, draft)
        if not draft.facts and (turn.purpose.is_talk or is_place(turn.reading)):
            return self._still_nothing(turn, draft)
        if self._is_another(turn, draft) and field == "place" and not turn.reading.details.place:
            return self._shelve(turn, draft)
        return self._proceed(turn.dialogue, drafts.answer(draft, field, turn.reading))

    def _asked_back(self, turn: Turn, draft: Draft) -> Ending:
        """A question to which no entry is near enough, while the place is asked for."""
        other = drafts.ask_office(turn.message_id, turn.text, turn.conversation.phone)
        dialogue = replace(turn.dialogue, shelved=(*turn.dialogue.shelved, other))
        reply, asking = drafts.resume(draft, words.QUESTION_NOTED)
        return Ending(Outcome.ASKED, (reply,), dialogue.offering(reply, asking))

    def _still_nothing(self, turn: Turn, draft: Draft) -> Ending:
        """A picture or a place, and no word yet of what is the matter."""
        if is_place(turn.reading):
            draft = replace(draft, place=turn.reading.details.place)
        reply = Reply(words.ASK_FACTS, (Choice("cancel", "不反映了"),))
        return Ending(
            Outcome.ASKED, (reply,), replace(turn.dialogue, draft=draft).offering(reply, "facts")
        )

    def _is_another(self, turn: Turn, draft: Draft) -> bool:
        """A whole new matter, not a word more about this one."""
        if not turn.purpose.is_matter or len(turn.text) < 12 or goes_on(turn.reading):
            return False
        if says_another(turn.reading):
            return True
        fresh, begun = (
            category.partition("/")[0] for category in (turn.reading.category, draft.category)
        )
        return bool(fresh and begun) and fresh != begun

    def _shelve(self, turn: Turn, draft: Draft) -> Ending:
        """Begin the new matter; the first is taken up again after it."""
        fresh = drafts.begin(turn.message_id, turn.reading, turn.conversation.phone)
        dialogue = Dialogue(draft=fresh, shelved=(*turn.dialogue.shelved, draft))
        return self._proceed(dialogue, fresh, f"{words.SHELVED}\n{words.CARD_TITLE}")

    def _drop(self, turn: Turn, said: str) -> Ending:
        if turn.dialogue.draft is None:
            return Ending(Outcome.COMMAND, (Reply(words.NOTHING_TO_CANCEL),))
        return Ending(Outcome.COMMAND, *self._next(turn.dialogue, Reply(said)))

    def _next(self, dialogue: Dialogue, said: Reply) -> tuple[tuple[Reply, ...], Dialogue]:
        """What to say and where to stand once an order is done with: the shelved one is next."""
        if not dialogue.shelved:
            return (said,), Dialogue()
        *rest, draft = dialogue.shelved
        card = drafts.card(draft, f"{said.text}\n\n{words.SHELF}")
        return (card,), Dialogue(draft=draft, shelved=tuple(rest)).offering(card, "confirm")

    async def _confirm(self, turn: Turn, draft_id: int) -> Ending:
        draft = turn.dialogue.draft
        if draft is None or draft.id != draft_id:
            return await self._confirmed_before(turn, draft_id)
        kept = await self._file(turn, draft)
        said = Reply(words.ORDERED.format(number=kept.number))
        return Ending(
            Outcome.ORDER,
            *self._next(turn.dialogue, said),
            order_id=kept.id,
            topics=("orders",),
        )

    async def _confirmed_before(self, turn: Turn, draft_id: int) -> Ending:
        """The button of a card that is no longer open was tapped (again)."""
        kept = await store.of_draft(turn.connection, draft_id, turn.conversation.citizen_id)
        said = words.ORDERED_ALREADY.format(number=kept.number) if kept else words.DRAFT_GONE
        return Ending(
            Outcome.COMMAND,
            (Reply(said),),
            turn.dialogue,
            order_id=kept.id if kept else None,
        )

    async def _file(self, turn: Turn, draft: Draft) -> store.Kept:
        citizen_id = turn.conversation.citizen_id
        kept = await store.add(
            turn.connection,
            {
                **drafts.fields(draft),
                "channel": turn.inbound.channel,
                "citizen_name": turn.conversation.name,
            },
            citizen_id=citizen_id,
            actor="citizen:",
            now=turn.now,
            draft_id=draft.id,
        )
        await attachments.assign(turn.connection, draft.attachments, kept.id)
        await citizens.note_contact(turn.connection, citizen_id, phone=draft.contact)
        return kept

    async def _shown(self, turn: Turn) -> Ending:
        """A picture, a video or a place: part of the open order, or the beginning of one."""
        begun = turn.dialogue.draft
        draft = begun or drafts.empty(turn.message_id, turn.conversation.phone)
        draft = await self._attach(turn, draft)
        if turn.inbound.location is not None:
            draft = drafts.at(draft, turn.inbound.location)
        if begun is None:
            reply = Reply(self._what_is_this(turn))
            draft = replace(draft, asked=("facts",))
            dialogue = replace(turn.dialogue, draft=draft, knowledge_id=None)
            return Ending(Outcome.ASKED, (reply,), dialogue.offering(reply, "facts"))
        return self._proceed(turn.dialogue, draft, f"{words.PICTURE_NOTED}{words.CARD_TITLE}")

    async def _attach(self, turn: Turn, draft: Draft) -> Draft:
        item = turn.inbound.attachment
        if item is None:
            return draft
        attachment_id = await attachments.add(
            turn.connection, turn.conversation.citizen_id, turn.message_id, item, turn.now
        )
        return replace(draft, attachments=(*draft.attachments, attachment_id))

    def _what_is_this(self, turn: Turn) -> str:
        location = turn.inbound.location
        if location is not None:
            return words.PLACE_FIRST.format(place=drafts.place_of(location))
        kind = attachments.KINDS.get(turn.inbound.kind, "内容")
        return words.PICTURE_FIRST.format(kind=kind)

    async def _unheard(self, turn: Turn) -> Ending:
        """A voice message that WeChat did not put into words."""
        reply = Reply(words.VOICE_UNHEARD)
        dialogue = turn.dialogue
        if dialogue.draft is not None:
            dialogue = replace(dialogue, draft=await self._attach(turn, dialogue.draft))
        else:
            await self._attach(turn, drafts.empty(turn.message_id))
        return Ending(Outcome.ASKED, (reply,), dialogue)
