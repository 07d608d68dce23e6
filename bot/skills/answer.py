"""A clear question gets the entry of the knowledge base, as an editor approved it."""

from dataclasses import replace

from backend.knowledge import feedback, store
from backend.message import Choice, Outcome, Reply
from bot import agenda, asides, drafts, words
from bot.beginning import order_of
from bot.dialogue import Dialogue
from bot.triage import asks, is_question, tells_trouble, wants_somebody
from bot.turn import Ending, Turn
from bot.understanding import signs
from bot.understanding.reading import Hit

TELLING = 8
"""Characters; a longer text that asks nothing tells something, and wants more than an answer."""
EXTRA = 0.07
"""How much surer an answer to such a text must be."""
MATTER = 0.15
"""How much surer an answer to what looks like a matter and asks must be."""
SURE = 0.4
"""How much surer where a place is named besides."""
NEVER = 2.0
ASKED = 0.9
"""So much speaks for a question when it is a clear one."""
ASKED_IN_WORDS = 0.5
"""So much is enough when its words ask."""
TOLD = 0.2
"""With less than this it is none: 「都好几天了」 is near entries that speak of days."""
FOR_ASKING_MATTERS = 0.5
FOR_MATTERS = 1.3
"""How much of the confidence for an answer an offer needs for what looks like a matter and asks, or
only tells: with less, matters were taken for questions, and their dialogues went astray."""
FOR_QUESTIONS = 0.5
"""Share of the confidence for an offer that is enough then: of the right entries that are not
sure enough for an answer, half are not sure enough for an offer either."""
ALSO = 0.2
"""Share of the confidence that is enough to be offered beside another: one more title costs a line,
a missing one an order."""

ASKS = 0.2
"""How likely something must be asked beside an order that is being made."""

SOLVED = Choice("solved", "解决了")
UNSOLVED = Choice("unsolved", "没解决")


class Answer:
    """Answers directly, offers near misses once, and hears whether it helped."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn of a clear question, of a near miss, and of the feedback to both."""
        if turn.choice.startswith("entry:"):
            return await self._tell(turn, turn.chosen_number, None)
        told = turn.dialogue.knowledge_id or turn.dialogue.asking == "choice"
        if told and not turn.dialogue.draft:
            heard = await self._feedback(turn)
            if heard is not None:
                return heard
        if turn.choice or not turn.reading.hits:
            return None
        return await self._search(turn)

    async def _search(self, turn: Turn) -> Ending | None:
        if turn.heard.acts and turn.heard.of("ask", "when", "another") < ASKS:
            return None
        if turn.dialogue.draft is not None and signs.asks_about_filing(turn.text):
            return None
        if asides.comes_back(turn):
            return None
        over = signs.given_up(turn.text) or signs.refuses(turn.text)
        if turn.dialogue.asking == "feedback" and over:
            return None
        best = turn.reading.hits[0]
        if best.confidence >= self._enough(turn):
            return await self._tell(turn, best.knowledge_id, best.confidence)
        choices = self._near(turn)
        if best.confidence >= choices and self._may_offer(turn):
            near = [hit for hit in turn.reading.hits if hit.confidence >= choices * ALSO]
            return self._offer(turn, near[:3])
        return None

    def _near(self, turn: Turn) -> float:
        """How sure an offer must be: a clear question asks for one, whatever is nearest; what
        looks like a matter and asks nothing needs more than an answer."""
        limits, purpose = turn.reading.thresholds, turn.purpose
        if turn.dialogue.draft is not None:
            return limits.choices
        if purpose.is_matter:
            share = FOR_ASKING_MATTERS if asks(turn.reading) else FOR_MATTERS
            return share * limits.answer
        enough = ASKED_IN_WORDS if asks(turn.reading) else ASKED
        clear = purpose.question >= enough and purpose.talk < purpose.question
        return limits.choices * FOR_QUESTIONS if clear else limits.choices

    def _enough(self, turn: Turn) -> float:
        """How sure an answer must be: surer where nothing is asked, never for a matter told."""
        reading, begun = turn.reading, turn.dialogue.draft is not None
        asked, enough = is_question(reading), reading.thresholds.answer
        if turn.dialogue.asking == "matter":
            return enough if asked and not reading.details.place else NEVER
        if begun and not asked:
            return NEVER
        if turn.purpose.is_matter:
            return self._enough_for_matter(turn)
        if turn.purpose.question < max(TOLD, turn.purpose.talk):
            return NEVER
        telling = not asked and len(turn.text) > TELLING
        return enough + (EXTRA if telling else 0)

    def _enough_for_matter(self, turn: Turn) -> float:
        """What looks like a matter and asks: somebody who tells where he lives may ask as well."""
        enough = turn.reading.thresholds.answer
        if not asks(turn.reading) or tells_trouble(turn.reading):
            return NEVER
        return enough + (SURE if turn.reading.details.place else MATTER)

    def _may_offer(self, turn: Turn) -> bool:
        """Near misses are offered once, and never in place of what was begun."""
        again = turn.dialogue.asking == "choice" and not signs.asks_in_words(turn.text)
        if again or turn.dialogue.asking == "matter":
            return False
        if turn.dialogue.draft is not None:
            return is_question(turn.reading) and not turn.reading.details.place
        if turn.purpose.is_talk:
            return self._is_known(turn)
        return not (turn.purpose.is_matter and wants_somebody(turn.reading))

    def _is_known(self, turn: Turn) -> bool:
        """An entry as sure as for an answer knows better than who takes what asks for talk."""
        best = turn.reading.hits[0]
        return asks(turn.reading) and best.confidence >= turn.reading.thresholds.answer

    async def _tell(self, turn: Turn, entry_id: int, confidence: float | None) -> Ending | None:
        entry = await store.get(turn.connection, entry_id, turn.now)
        if entry is None:
            return None
        dialogue = turn.dialogue
        asked = dialogue.told if turn.choice else order_of(turn)
        told = f"{entry.answer.strip()}\n{entry.signature}"
        reply = Reply(f"{told}\n\n{words.ANSWER_CHECK}", (SOLVED, UNSOLVED))
        if dialogue.draft:
            reply, dialogue = agenda.resume(dialogue, dialogue.draft, told)
        else:
            dialogue = replace(
                dialogue.offering(reply, "feedback"),
                knowledge_id=entry.id,
                told=asked,
                unclear=0,
            )
        return Ending(
            Outcome.ANSWERED, (reply,), dialogue, knowledge_id=entry.id, confidence=confidence
        )

    def _offer(self, turn: Turn, near: list[Hit]) -> Ending:
        choices = [Choice(f"entry:{hit.knowledge_id}", hit.title) for hit in near]
        choices.append(Choice("none", words.NONE_OF_THESE))
        draft = turn.dialogue.draft
        if draft is not None and turn.dialogue.asking == "confirm":
            # The order need not wait for the answer.
            choices.append(Choice(f"confirm:{draft.id}", words.CONFIRM))
        again = turn.dialogue.asking == "choice"
        reply = Reply(words.CHOICES_AGAIN if again else words.CHOICES, tuple(choices))
        dialogue = replace(turn.dialogue.offering(reply, "choice"), told=order_of(turn))
        return Ending(
            Outcome.CHOICES,
            (reply,),
            dialogue,
            knowledge_id=near[0].knowledge_id,
            confidence=near[0].confidence,
        )

    async def _feedback(self, turn: Turn) -> Ending | None:
        """「解决了」 or 「没解决」 about the entry that was told last."""
        dialogue = turn.dialogue
        solved = turn.choice == "solved" or turn.means("solved", "thanks", at_least=0.6)
        unsolved = turn.choice == "unsolved" or turn.means("unsolved", at_least=0.6)
        if not solved and not unsolved:
            return None
        if dialogue.knowledge_id is not None:
            await feedback.judge(
                turn.connection, dialogue.knowledge_id, turn.message_id, turn.now, solved=solved
            )
        if solved:
            return Ending(
                Outcome.COMMAND, (Reply(words.SOLVED),), knowledge_id=dialogue.knowledge_id
            )
        told = dialogue.told or drafts.empty(turn.message_id, turn.conversation.phone)
        order = replace(told, id=turn.message_id)
        ending = agenda.proceed(Dialogue(), order, before=words.UNSOLVED)
        return replace(ending, knowledge_id=dialogue.knowledge_id)
