"""More than one thing in a message: an order for each, and an answer to what it asks."""

from dataclasses import replace

from backend.message import Outcome
from bot import agenda, drafts, words
from bot.dialogue import Dialogue
from bot.skills.answer import Answer
from bot.triage import is_question, purpose
from bot.turn import Ending, Turn
from bot.understanding.reading import Reading


class Several:
    """Takes a message whose reading has parts."""

    def __init__(self, answer: Answer) -> None:
        """`answer` is asked for what the message asks besides."""
        self._answer = answer

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn of a message that holds several matters, or a matter and a question."""
        if turn.choice or turn.dialogue.draft is not None or not turn.reading.parts:
            return None
        questions = [part for part in turn.reading.parts if is_question(part)]
        matters = [part for part in turn.reading.parts if part not in questions]
        if not any(purpose(part).is_matter for part in matters):
            return None
        if any(purpose(part).is_talk for part in matters):
            return None
        begun = self._begin(turn, matters, questions)
        return await self._answered(turn, begun, questions) if questions else self._first(begun)

    def _begin(self, turn: Turn, matters: list[Reading], questions: list[Reading]) -> Dialogue:
        """A draft for each matter; what the first says of place and phone holds for the others,
        and what announces them (「投诉两个事：」) for all."""
        head, _, _ = turn.text.partition(turn.reading.parts[0].text)
        first = drafts.begin(turn.message_id, matters[0], turn.conversation.phone, head)
        others = []
        for number, part in enumerate(matters[1:], 1):
            draft = drafts.begin(turn.message_id + number * drafts.PART, part, first.contact, head)
            others.append(drafts.beside(draft, first))
        contact = next((draft.contact for draft in (first, *others) if draft.contact), "")
        shelved = tuple(replace(draft, contact=contact) for draft in others)
        return Dialogue(
            draft=replace(first, contact=contact), shelved=(*turn.dialogue.shelved, *shelved)
        )

    def _first(self, begun: Dialogue) -> Ending:
        assert begun.draft is not None
        before = words.SEVERAL.format(count=1 + len(begun.shelved))
        return agenda.proceed(begun, begun.draft, before=before)

    async def _answered(self, turn: Turn, begun: Dialogue, questions: list[Reading]) -> Ending:
        """The question's answer first, then the order; unanswered, a human reads the question."""
        first = begun.draft
        assert first is not None
        for number, part in enumerate(questions):
            asked = replace(
                turn,
                inbound=replace(turn.inbound, text=part.text),
                reading=part,
                dialogue=begun,
            )
            if number == 0 and (told := await self._answer.handle(asked)) is not None:
                return told
            number_of_draft = turn.message_id + (len(begun.shelved) + 1) * drafts.PART
            other = drafts.ask_office(number_of_draft, part.text, first.contact, part.category)
            begun = replace(begun, shelved=(*begun.shelved, other))
        reply, after = agenda.resume(begun, first, words.QUESTION_NOTED)
        return Ending(Outcome.ASKED, (reply,), after)
