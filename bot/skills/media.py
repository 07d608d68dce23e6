"""Pictures, videos, voices without words, and places on the map: part of an order, or its start."""

from dataclasses import replace
from datetime import timedelta

from backend import attachments
from backend.message import Attachment, Choice, Kind, Outcome, Reply
from backend.orders import service, store
from backend.orders.lifecycle import OPEN
from backend.orders.store import Kept
from bot import agenda, drafts, words
from bot.dialogue import Dialogue, Draft
from bot.turn import Ending, Turn
from bot.understanding.reading import DetailReader

SHOWN = (Kind.IMAGE, Kind.VIDEO, Kind.LOCATION)
STILL_THE_SAME = timedelta(minutes=30)
"""A picture that comes so soon after an order is of the same matter, unless the citizen objects."""

APART = "apart"
"""Begins the id of the button that says that a picture belongs to something else."""


class Media:
    """Takes what has no words."""

    def __init__(self, details: DetailReader) -> None:
        """`details` tells the area of a place whose name the map gave."""
        self._details = details

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn of a picture, a video, a place, or a voice nobody put into words."""
        if turn.choice.startswith(f"{APART}:"):
            return await self._take_apart(turn)
        if turn.choice:
            return None
        if turn.inbound.kind is Kind.LOCATION:
            return self._placed(turn)
        unheard = turn.inbound.kind is Kind.VOICE and not turn.text
        item = turn.inbound.attachment
        if item is None or not (unheard or turn.inbound.kind in SHOWN):
            return self._unheard(turn, turn.dialogue.draft) if unheard else None
        return await self._attached(turn, item, unheard=unheard)

    async def _attached(self, turn: Turn, item: Attachment, *, unheard: bool) -> Ending:
        attachment_id = await attachments.add(
            turn.connection, turn.conversation.citizen_id, turn.message_id, item, turn.now
        )
        filed = await self._filed_just_now(turn)
        if filed is not None:
            return await self._add(turn, filed, attachment_id)
        begun = turn.dialogue.draft
        draft = begun or drafts.empty(turn.message_id, turn.conversation.phone)
        draft = replace(draft, attachments=(*draft.attachments, attachment_id))
        return self._unheard(turn, draft) if unheard else self._shown(turn, draft)

    def _shown(self, turn: Turn, draft: Draft) -> Ending:
        count = len(draft.attachments)
        if draft.facts:
            return agenda.proceed(turn.dialogue, draft, before=words.PICTURE_NOTED)
        if "facts" in draft.asked:
            return self._waits(turn, draft, words.PICTURE_MORE.format(count=count))
        kind = attachments.KINDS.get(turn.inbound.kind, "内容")
        return self._waits(turn, draft, words.PICTURE_FIRST.format(kind=kind))

    def _placed(self, turn: Turn) -> Ending | None:
        location = turn.inbound.location
        if location is None:
            return None
        begun = turn.dialogue.draft
        draft = begun or drafts.empty(turn.message_id, turn.conversation.phone)
        read = self._details.read(location.label, turn.now)
        draft = drafts.at(draft, location, instead=turn.dialogue.asking == drafts.CHANGE_PLACE)
        draft = replace(draft, area=read.area or draft.area, street=read.street or draft.street)
        if draft.facts:
            return agenda.proceed(turn.dialogue, draft, before=words.PLACE_NOTED)
        return self._waits(turn, draft, words.PLACE_FIRST.format(place=drafts.place_of(location)))

    def _unheard(self, turn: Turn, draft: Draft | None) -> Ending:
        """Asked once to say it in words; the second voice is left to a human's ear."""
        if draft is None:
            return Ending(Outcome.ASKED, (Reply(words.VOICE_UNHEARD),), turn.dialogue)
        if draft.facts:
            return agenda.proceed(turn.dialogue, draft, before=words.VOICE_NOTED)
        if "facts" in draft.asked:
            spoken = replace(draft, facts=drafts.ONLY_VOICE)
            return agenda.proceed(turn.dialogue, spoken, before=words.VOICE_KEPT)
        return self._waits(turn, draft, words.VOICE_UNHEARD)

    def _waits(self, turn: Turn, draft: Draft, said: str) -> Ending:
        """Until the citizen says in words what it is about."""
        reply = Reply(said, (Choice("cancel", "不反映了"),))
        dialogue = replace(turn.dialogue, draft=drafts.put(draft, "facts"), knowledge_id=None)
        return Ending(Outcome.ASKED, (reply,), dialogue.offering(reply, "facts"))

    async def _filed_just_now(self, turn: Turn) -> Kept | None:
        if turn.dialogue.draft is not None:
            return None
        found = await store.of_citizen(turn.connection, turn.conversation.citizen_id, 1)
        fresh = [
            kept
            for kept in found
            if kept.order.state in OPEN and turn.now - kept.order.created_at <= STILL_THE_SAME
        ]
        return fresh[0] if fresh else None

    async def _add(self, turn: Turn, kept: Kept, attachment_id: int) -> Ending:
        """To the order that was filed just now."""
        await attachments.assign(turn.connection, [attachment_id], kept.id)
        kind = attachments.KINDS.get(turn.inbound.kind, "内容")
        await service.act(
            turn.connection,
            kept.number,
            "note",
            actor="citizen:",
            now=turn.now,
            data={"text": f"市民补充了{kind}"},
        )
        reply = Reply(
            words.PICTURE_ADDED.format(kind=kind, number=kept.number),
            (Choice(f"{APART}:{attachment_id}", "是另一件事"),),
        )
        return Ending(
            Outcome.COMMAND,
            (reply,),
            turn.dialogue.offering(reply, turn.dialogue.asking),
            order_id=kept.id,
            topics=("orders",),
        )

    async def _take_apart(self, turn: Turn) -> Ending:
        """The picture was of something else: it begins a matter of its own."""
        attachment_id = turn.chosen_number
        number = await attachments.release(
            turn.connection, attachment_id, turn.conversation.citizen_id
        )
        if not number:
            return Ending(Outcome.COMMAND, (Reply(words.DRAFT_GONE),), turn.dialogue)
        await service.act(
            turn.connection,
            number,
            "note",
            actor="citizen:",
            now=turn.now,
            data={"text": "市民说明刚才补充的附件是另一件事，已移出"},
        )
        draft = replace(
            drafts.empty(turn.message_id, turn.conversation.phone), attachments=(attachment_id,)
        )
        reply = Reply(words.PICTURE_FIRST.format(kind="附件"))
        begun = Dialogue(draft=drafts.put(draft, "facts"), shelved=turn.dialogue.shelved)
        return Ending(Outcome.ASKED, (reply,), begun.offering(reply, "facts"))
