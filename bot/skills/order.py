"""The order dialogue: take what is there, ask for what is missing, confirm with one tap."""

from dataclasses import replace

from backend.message import Choice, Outcome, Reply
from backend.orders import store
from bot import agenda, answers, asides, corrections, drafts, filing, shelf, words
from bot.asides import SHORTEST_MATTER
from bot.beginning import Beginning
from bot.dialogue import Dialogue, Draft
from bot.triage import is_place, says_another, tells_trouble
from bot.turn import Ending, Turn
from bot.understanding import signs
from bot.understanding.reading import DetailReader, SubjectReader


class Order:
    """From the first word of a matter to the number of its order."""

    def __init__(self, details: DetailReader, subjects: SubjectReader) -> None:
        """`details` tells the area of a place that was corrected, `subjects` the category of
        facts that were."""
        self._details = details
        self._subjects = subjects
        self._beginning = Beginning(details)

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn of everything that begins, changes, confirms or drops an order."""
        if turn.choice:
            return await self._tapped(turn)
        if turn.dialogue.draft is not None and turn.text:
            return await self._continue(turn, turn.dialogue.draft)
        if asides.comes_back(turn):
            return self._restored(turn)
        pending = turn.dialogue.asking in asides.PENDING
        instead = self._beginning.instead(turn) if pending else None
        if instead is not None:
            return instead
        over = pending or len(turn.text) <= SHORTEST_MATTER
        if turn.means("cancel", at_least=0.6) or (over and signs.given_up(turn.text)):
            return Ending(Outcome.COMMAND, (Reply(words.NOTHING_TO_CANCEL),))
        if turn.means("new_order", at_least=0.6):
            return self._beginning.invite(turn)
        if is_place(turn.reading) or asides.says_where(turn):
            return self._beginning.at_place(turn)
        if asides.wants_it_filed(turn):
            return self._beginning.pending(turn)
        if turn.purpose.is_matter or self._was_invited(turn):
            return self._beginning.matter(turn)
        return None

    def _was_invited(self, turn: Turn) -> bool:
        """The citizen was asked what the matter is, and this is not small talk."""
        return turn.dialogue.asking == "matter" and bool(turn.text) and not turn.purpose.is_talk

    async def _tapped(self, turn: Turn) -> Ending | None:
        name = turn.choice.partition(":")[0]
        draft = turn.dialogue.draft
        match name:
            case "confirm" | "join":
                return await self._confirm(turn, turn.chosen_number, joins=name == "join")
            case "file" if draft is not None:
                return agenda.proceed(turn.dialogue, draft)
            case "edit" if draft is not None:
                return self._asked(turn, Reply(words.ASK_CHANGE), "edit")
            case "cancel" | "safe":
                return self._drop(turn, words.SAFE if name == "safe" else words.CANCELLED)
            case "restore" if turn.dialogue.previous is not None and draft is None:
                return self._restored(turn)
            case "new_order":
                return self._beginning.invite(turn)
            case "none" | "order_anyway" if draft is not None:
                return self._asked_back(turn, draft, turn.dialogue.told)
            case "none" | "order_anyway":
                return self._beginning.pending(turn)
            case "file" | "edit" | "restore":
                return Ending(Outcome.COMMAND, (Reply(words.DRAFT_GONE),))
            case _:
                return None

    def _asked(self, turn: Turn, reply: Reply, asking: str) -> Ending:
        return Ending(Outcome.ASKED, (reply,), turn.dialogue.offering(reply, asking))

    async def _continue(self, turn: Turn, draft: Draft) -> Ending:
        """Words while an order is being made: consent, a way out, a change, an answer, or more."""
        instead = self._beginning.instead(turn)
        if instead is not None:
            return instead
        for changed, said in (
            (shelf.placed(turn, draft), words.PLACED_SHELVED),
            (shelf.dropped(turn, draft), words.DROPPED_SHELVED),
        ):
            if changed is not None:
                return self._resumed(changed, said)
        told = turn.heard.words("matter")
        if asides.tells_instead(turn, told):
            return self._beginning.told(turn, told, words.DROPPED)
        only = corrections.struck(draft, turn.text)
        if only != draft and turn.dialogue.asking not in drafts.QUESTIONS:
            return self._changed_to(turn, draft, only, words.CARD_AGAIN)
        decided = await self._decided(turn, draft)
        if decided is not None:
            return decided
        amended = await self._changed(turn, draft)
        if amended is not None:
            return amended
        if asides.gives_up(turn) and not signs.files(turn.text):
            return self._drop(turn, words.CANCELLED)
        if asides.waits(turn):
            return self._waiting(turn)
        asking = turn.dialogue.asking
        files = signs.files(turn.text) and not says_another(turn.reading)
        if files and asking not in drafts.QUESTIONS:
            return await self._confirm(turn, draft.id)
        if asides.asks_besides(turn) and asking not in drafts.QUESTIONS:
            return self._asked_back(turn, draft)
        if asides.announces_another(turn):
            return self._shelve(turn, draft)
        if asking in drafts.QUESTIONS:
            return self._answered(turn, draft, asking)
        return self._over_card(turn, draft)

    def _waiting(self, turn: Turn) -> Ending:
        """The citizen needs time, or will send something: it may be the right place."""
        if not signs.will_send(turn.text):
            return Ending(Outcome.ASKED, (Reply(words.NO_HURRY),), turn.dialogue)
        wrong = corrections.is_of_wrong_place(turn.text)
        asking = drafts.CHANGE_PLACE if wrong else turn.dialogue.asking
        dialogue = replace(turn.dialogue, asking=asking)
        return Ending(Outcome.ASKED, (Reply(words.SEND_IT),), dialogue)

    def _resumed(self, dialogue: Dialogue, said: str) -> Ending:
        """Something became of a matter that waits; the open one goes on."""
        assert dialogue.draft is not None
        reply, after = agenda.resume(dialogue, dialogue.draft, said)
        return Ending(Outcome.ASKED, (reply,), after)

    async def _decided(self, turn: Turn, draft: Draft) -> Ending | None:
        """The citizen says yes, or gives up."""
        asking = turn.dialogue.asking
        if draft.master and asking == "confirm" and (answered := await self._offered(turn, draft)):
            return answered
        agreed = signs.agrees(turn.text) or asides.consents(turn)
        if asking == "file" and (agreed or signs.files(turn.text)):
            return agenda.proceed(turn.dialogue, draft)
        if agreed and asking in ("confirm", "edit"):
            return await self._confirm(turn, draft.id)
        if asides.drops(turn):
            return self._drop(turn, words.CANCELLED)
        if asking == "file" and turn.means("deny", at_least=0.6):
            return self._drop(turn, words.SAFE)
        return None

    async def _offered(self, turn: Turn, draft: Draft) -> Ending | None:
        """Whether to join others was asked (bot/offer.py): yes, no, or something else."""
        if signs.stands_alone(turn.text) or signs.submits(turn.text):
            return await self._confirm(turn, draft.id)
        if signs.declines(turn.text):
            alone = replace(draft, apart=True, master="")
            return agenda.proceed(turn.dialogue, alone, words.ALONE)
        if signs.joins(turn.text) or signs.agrees(turn.text):
            return await self._confirm(turn, draft.id, joins=True)
        return None

    async def _changed(self, turn: Turn, draft: Draft) -> Ending | None:
        """The citizen corrects something, or names what to correct."""
        details, asking = turn.reading.details, turn.dialogue.asking
        if asides.takes_back(turn):
            before = turn.dialogue.previous or draft
            return agenda.proceed(turn.dialogue, before, words.CARD_AGAIN)
        meant = shelf.meant_by(turn, draft)
        if meant is not None:
            corrected = self._corrected(turn, meant)
            return self._resumed(shelf.exchanged(turn.dialogue, meant, corrected), words.CARD_AGAIN)
        after = self._corrected(turn, draft)
        if after != draft:
            after = self._heard_of_it(self._located(turn, draft, after), turn)
            after = await self._categorised(draft, after)
            return self._changed_to(turn, draft, after, words.CARD_AGAIN)
        if asides.repeats(turn, draft):
            return agenda.proceed(turn.dialogue, draft, words.CARD_AGAIN)
        if asking.startswith(drafts.CHANGE) and not signs.files(turn.text):
            named = asking.removeprefix(drafts.CHANGE)
            after = corrections.assign(draft, named, turn.text, details)
            after = self._located(turn, draft, after)
            return agenda.proceed(turn.dialogue, after, words.CARD_AGAIN)
        named = corrections.asks_to_change(draft, turn.text, bare=asking == "edit")
        if named and self._was_changed(turn, draft, named):
            return agenda.proceed(turn.dialogue, draft, words.CARD_AGAIN)
        if named and asking not in drafts.QUESTIONS:
            return self._asked(turn, Reply(words.ASK_FIELD[named]), f"{drafts.CHANGE}{named}")
        return None

    def _was_changed(self, turn: Turn, draft: Draft, field: str) -> bool:
        """The last correction was of this field: why it was wrong is told."""
        before = turn.dialogue.previous
        return before is not None and getattr(before, field) != getattr(draft, field)

    def _corrected(self, turn: Turn, draft: Draft) -> Draft:
        """The draft with what is surely corrected, or was missing and is told by the way."""
        said = corrections.Said(turn.text, turn.heard.spans, self._details, turn.now)
        if asides.corrects(turn) or corrections.respells(draft, turn.text):
            return corrections.correct(draft, said)
        if asides.completes(turn):
            return corrections.complete(draft, said)
        return corrections.concealed(draft, said)

    def _located(self, turn: Turn, before: Draft, after: Draft) -> Draft:
        return drafts.located(before, after, self._details.read(after.place, turn.now))

    async def _categorised(self, before: Draft, after: Draft) -> Draft:
        """The draft in the category of its facts, where other words make another of it: 「停电」
        for 「停水」."""
        if after.facts.startswith(before.facts):
            return after
        was, now = [(await self._subjects.subjects(one.facts))[0] for one in (before, after)]
        surely = now.name != was.name and now.confidence >= asides.SURELY
        return replace(after, category=now.name) if surely else after

    def _heard_of_it(self, draft: Draft, turn: Turn) -> Draft:
        """Who would not say what was just asked is not asked for it again."""
        if turn.dialogue.asking == "place" and not draft.place and asides.is_silent(turn):
            known = replace(draft, area=draft.area or turn.reading.details.area)
            return replace(known, place=words.UNKNOWN_PLACE)
        return draft

    def _over_card(self, turn: Turn, draft: Draft) -> Ending:
        """Words while the whole order is shown, which neither confirm nor correct it."""
        if drafts.is_more(turn.text):
            return self._supplement(turn, draft)
        if signs.asks_about_filing(turn.text):
            return self._asked(turn, drafts.card(draft, words.ABOUT_FILING), "confirm")
        if asides.is_place_of(turn, draft):
            placed = self._located(turn, draft, answers.placed(draft, turn.reading))
            return agenda.proceed(turn.dialogue, placed, words.CARD_AGAIN)
        if asides.is_denial(turn):
            return self._denied(turn, draft)
        if asides.is_another(turn, draft):
            return self._shelve(turn, draft)
        if asides.is_talk(turn) or signs.agrees(turn.text):
            said = f"{words.CHITCHAT}\n\n" if turn.means("chitchat", at_least=0.6) else ""
            return self._asked(turn, drafts.card(draft, said + words.DRAFT_WAITS), "confirm")
        if signs.is_outburst(turn.text) or asides.is_abuse(turn):
            return self._asked(turn, drafts.card(draft, words.CALM), "confirm")
        if asides.asks_when(turn):
            return self._asked(turn, drafts.card(draft, words.SOON), "confirm")
        if asides.is_silent(turn):
            return self._asked(turn, drafts.card(draft, words.NOT_NEEDED), "confirm")
        if asides.asks(turn) and asides.is_apart(turn, draft):
            return self._asked_back(turn, draft)
        return self._supplement(turn, draft)

    def _denied(self, turn: Turn, draft: Draft) -> Ending:
        """Something is wrong and we are not told what: asked once, then shown with the hint."""
        if turn.dialogue.asking == "edit":
            return self._asked(turn, drafts.card(draft, words.HOW_TO_CHANGE), "confirm")
        return self._asked(turn, Reply(words.ASK_CHANGE), "edit")

    def _supplement(self, turn: Turn, draft: Draft) -> Ending:
        after = drafts.supplement(draft, turn.reading, turn.heard.more)
        return self._changed_to(turn, draft, after, words.CARD_NOTED)

    def _changed_to(self, turn: Turn, before: Draft, after: Draft, said: str) -> Ending:
        """The order as it is now; what it was can be taken back to."""
        if turn.dialogue.asking == "place" and not after.place:
            reply, dialogue = agenda.resume(turn.dialogue, after, words.CHANGED)
            return Ending(Outcome.ASKED, (reply,), replace(dialogue, previous=before))
        dialogue = shelf.phoned(turn.dialogue, before, after)
        shown = agenda.proceed(dialogue, after, said)
        return replace(shown, dialogue=replace(shown.dialogue, previous=before))

    def _answered(self, turn: Turn, draft: Draft, field: str) -> Ending:
        place = turn.reading.details.place
        silent = asides.is_silent(turn) or signs.files(turn.text)
        if field == "place" and asides.asks_when(turn) and not place:
            reply, after = agenda.resume(turn.dialogue, draft, words.WHEN)
            return Ending(Outcome.ASKED, (reply,), after)
        if field == "place" and asides.asks(turn) and not place and not silent:
            return self._asked_back(turn, draft)
        if not draft.facts and (turn.purpose.is_talk or is_place(turn.reading)):
            return self._still_nothing(turn, draft)
        told = not place or tells_trouble(turn.reading)
        if field == "place" and told and asides.is_another(turn, draft):
            return self._shelve(turn, draft)
        silent = signs.agrees(turn.text) or asides.is_talk(turn) or asides.is_abuse(turn)
        if field == "place" and not place and (silent or signs.is_outburst(turn.text)):
            # Not asked again: who does not answer may still say it over the card.
            said = words.NOT_NEEDED if signs.agrees(turn.text) else words.CALM
            return agenda.proceed(turn.dialogue, drafts.put(draft, "place"), said)
        return agenda.proceed(turn.dialogue, answers.answer(draft, field, turn.reading))

    def _asked_back(self, turn: Turn, draft: Draft, told: Draft | None = None) -> Ending:
        """A question to which no entry is near enough, while an order is being made: what is asked
        now, or was `told` before."""
        text = told.facts if told else turn.text
        category = told.category if told else turn.reading.category
        other = drafts.ask_office(turn.message_id, text, turn.conversation.phone, category)
        dialogue = replace(turn.dialogue, shelved=(*turn.dialogue.shelved, other))
        reply, after = agenda.resume(dialogue, draft, words.QUESTION_NOTED)
        return Ending(Outcome.ASKED, (reply,), after)

    def _still_nothing(self, turn: Turn, draft: Draft) -> Ending:
        """A picture or a place, and no word yet of what is the matter."""
        if is_place(turn.reading):
            draft = drafts.enriched(draft, turn.reading.details)
        if "facts_again" in draft.asked:
            return agenda.proceed(turn.dialogue, draft, words.NO_FACTS)
        reply, after = agenda.resume(turn.dialogue, draft, words.HERE)
        again = drafts.put(draft, "facts_again")
        return Ending(Outcome.ASKED, (reply,), replace(after, draft=again))

    def _shelve(self, turn: Turn, draft: Draft) -> Ending:
        """Begin the new matter; the first is taken up again after it."""
        fresh = drafts.begin(turn.message_id, turn.reading, turn.conversation.phone)
        if drafts.is_there(turn.text):
            fresh = drafts.at_place_of(fresh, draft)
        dialogue = Dialogue(draft=fresh, shelved=(*turn.dialogue.shelved, draft))
        return agenda.proceed(dialogue, fresh, before=words.SHELVED)

    def _drop(self, turn: Turn, said: str) -> Ending:
        if turn.dialogue.draft is None:
            return Ending(Outcome.COMMAND, (Reply(words.NOTHING_TO_CANCEL),))
        reply, after = agenda.following(turn.dialogue, said)
        if after.draft is None:
            reply = replace(reply, choices=(Choice("restore", words.RESTORE),))
            after = replace(after.offering(reply), previous=turn.dialogue.draft)
        return Ending(Outcome.COMMAND, (reply,), after)

    def _restored(self, turn: Turn) -> Ending:
        """What was given up just now is wanted after all."""
        assert turn.dialogue.previous is not None
        return agenda.proceed(Dialogue(), turn.dialogue.previous, before=words.RESTORED)

    async def _confirm(self, turn: Turn, draft_id: int, *, joins: bool = False) -> Ending:
        draft = turn.dialogue.draft
        if draft is None or draft.id != draft_id:
            return await self._confirmed_before(turn, draft_id)
        master = draft.master if joins else ""
        kept = await filing.file(turn.connection, turn.conversation, draft, turn.now, master=master)
        reply, after = agenda.following(turn.dialogue, filing.told(kept, master))
        if after.draft is None:
            reply = replace(reply, page=f"order:{kept.number}")
        return Ending(Outcome.ORDER, (reply,), after, order_id=kept.id, topics=("orders",))

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
