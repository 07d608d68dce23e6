"""A clear question gets the entry of the knowledge base, as an editor approved it."""

from dataclasses import replace

from backend import knowledge
from backend.message import Choice, Outcome, Reply
from bot import drafts, words
from bot.turn import Ending, Turn
from bot.understanding.reading import Hit
from bot.understanding.thresholds import Thresholds

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
        if turn.choice or self._is_matter(turn):
            return None
        return await self._search(turn)

    def _is_matter(self, turn: Turn) -> bool:
        """Something to be dealt with at a place is an order, however near an entry may be."""
        return turn.means(*drafts.TYPES) and bool(turn.reading.details.place)

    async def _search(self, turn: Turn) -> Ending | None:
        hits = turn.reading.hits
        if hits and hits[0].confidence >= self._thresholds.answer:
            return await self._tell(turn, hits[0].knowledge_id, hits[0].confidence)
        near = [hit for hit in hits if hit.confidence >= self._thresholds.choices]
        open_question = turn.dialogue.asking in ("choice", "place", "facts", "confirm", "edit")
        if near and not open_question and not turn.means(*drafts.TYPES):
            return self._offer(turn, near[:3])
        return None

    async def _tell(self, turn: Turn, entry_id: int, confidence: float | None) -> Ending | None:
        entry = await knowledge.get(turn.connection, entry_id, turn.now)
        if entry is None:
            return None
        dialogue = turn.dialogue
        question = dialogue.question if turn.choice else turn.text
        reply = Reply(
            f"{entry.answer.strip()}\n{entry.signature}", (SOLVED, UNSOLVED), words.ANSWER_CHECK
        )
        if dialogue.draft:
            # The order that was begun is not forgotten over a question in between.
            card = drafts.card(dialogue.draft, words.DRAFT_WAITS)
            asking = dialogue.asking if dialogue.asking in drafts.QUESTIONS else "confirm"
            replies: tuple[Reply, ...] = (Reply(reply.text), card)
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
