"""A clear question gets the entry of the knowledge base, as an editor approved it."""

from dataclasses import replace

from backend import knowledge
from backend.message import Choice, Outcome, Reply
from bot import drafts, words
from bot.turn import Ending, Turn
from bot.understanding.reading import Hit
from bot.understanding.thresholds import Thresholds

CERTAIN = 0.85
"""Of an answer that is given although the words look like something else."""
NEVER = 2.0

SOLVED = Choice("solved", "解决了")
UNSOLVED = Choice("unsolved", "没解决")


class Answer:
    """Answers directly, offers near misses once, and hears whether it helped."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn of a clear question, of a near miss, and of the feedback to both."""
        if turn.choice.startswith("entry:"):
            return await self._tell(turn, int(turn.choice.removeprefix("entry:")), None)
        if turn.dialogue.knowledge_id and not turn.dialogue.draft:
            heard = await self._feedback(turn)
            if heard is not None:
                return heard
        if turn.choice or not turn.reading.hits:
            return None
        return await self._search(turn)

    async def _search(self, turn: Turn) -> Ending | None:
        best = turn.reading.hits[0]
        if best.confidence >= self._enough(turn):
            return await self._tell(turn, best.knowledge_id, best.confidence)
        near = [hit for hit in turn.reading.hits if hit.confidence >= self._thresholds.choices]
        if near and self._may_offer(turn):
            return self._offer(turn, near[:3])
        return None

    def _enough(self, turn: Turn) -> float:
        """How sure an answer must be: surer where the words are for something else."""
        purpose = turn.purpose
        if turn.dialogue.asking == "matter" or purpose.is_matter:
            return CERTAIN if purpose.question > 0 and not turn.reading.details.place else NEVER
        if purpose.is_talk or turn.dialogue.draft is not None:
            return CERTAIN
        return self._thresholds.answer

    def _may_offer(self, turn: Turn) -> bool:
        """Near misses are offered once, and never in place of what was begun."""
        busy = turn.dialogue.asking in ("choice", "matter") or turn.dialogue.draft is not None
        purpose = turn.purpose
        return not (busy or purpose.is_matter or purpose.is_talk)

    async def _tell(self, turn: Turn, entry_id: int, confidence: float | None) -> Ending | None:
        entry = await knowledge.get(turn.connection, entry_id, turn.now)
        if entry is None:
            return None
        dialogue = turn.dialogue
        question = dialogue.question if turn.choice else turn.text
        told = f"{entry.answer.strip()}\n{entry.signature}"
        reply = Reply(f"{told}\n\n{words.ANSWER_CHECK}", (SOLVED, UNSOLVED))
        if dialogue.draft:
            # The order that was begun is not forgotten over a question in between.
            card = drafts.card(dialogue.draft, words.DRAFT_WAITS)
            asking = dialogue.asking if dialogue.asking in drafts.QUESTIONS else "confirm"
            replies: tuple[Reply, ...] = (Reply(told), card)
            dialogue = dialogue.offering(card, asking)
        else:
            replies = (reply,)
            dialogue = replace(
                dialogue.offering(reply, "feedback"),
                knowledge_id=entry.id,
                question=question,
                unclear=0,
            )
        return Ending(
            Outcome.ANSWERED, replies, dialogue, knowledge_id=entry.id, confidence=confidence
        )

    def _offer(self, turn: Turn, near: list[Hit]) -> Ending:
        choices = [Choice(f"entry:{hit.knowledge_id}", hit.title) for hit in near]
        reply = Reply(words.CHOICES, (*choices, Choice("none", words.NONE_OF_THESE)))
        dialogue = replace(turn.dialogue.offering(reply, "choice"), question=turn.text)
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
        assert dialogue.knowledge_id is not None
        solved = turn.choice == "solved" or turn.means("solved", "thanks", at_least=0.6)
        unsolved = turn.choice == "unsolved" or turn.means("unsolved", at_least=0.6)
        if not solved and not unsolved:
            return None
        await knowledge.count(turn.connection, dialogue.knowledge_id, solved=solved)
        if solved:
            return Ending(
                Outcome.COMMAND, (Reply(words.SOLVED),), knowledge_id=dialogue.knowledge_id
            )
        draft = drafts.ask_office(turn.message_id, dialogue.question, turn.conversation.phone)
        card = drafts.card(draft, words.UNSOLVED)
        after = replace(turn.dialogue.offering(card, "confirm"), draft=draft, knowledge_id=None)
        return Ending(Outcome.ASKED, (card,), after, knowledge_id=dialogue.knowledge_id)
