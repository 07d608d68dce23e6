"""What nobody else took: one clarifying question, then a human reads it. Never 「我不懂」 twice."""

from dataclasses import replace

from backend import staff
from backend.message import Choice, Outcome, Reply
from backend.orders import store
from bot import agenda, drafts, words
from bot.beginning import order_of
from bot.dialogue import Dialogue, Draft
from bot.skills.handoff import queue
from bot.turn import Ending, Turn


class Clarify:
    """The last skill: it takes every message, so that none ends in nothing."""

    async def handle(self, turn: Turn) -> Ending:
        """End the turn with a question, an agent, or an order for a human to read."""
        if turn.dialogue.draft is not None:
            return self._resume(turn, turn.dialogue.draft)
        if turn.dialogue.unclear == 0:
            return self._ask(turn)
        if await staff.on_duty(turn.connection, turn.now):
            return await self._hand_over(turn)
        return await self._file(turn)

    def _resume(self, turn: Turn, draft: Draft) -> Ending:
        """A sticker or a link while an order is being made: the order stays where it is."""
        if turn.dialogue.asking in drafts.QUESTIONS:
            return Ending(Outcome.ASKED, (Reply(words.UNREADABLE),), turn.dialogue)
        reply, after = agenda.resume(turn.dialogue, draft, words.UNREADABLE)
        return Ending(Outcome.ASKED, (reply,), after)

    def _ask(self, turn: Turn) -> Ending:
        topic = turn.reading.category.partition("/")[2]
        known = topic and topic != "其他" and turn.reading.intent.name != "vague"
        text = words.CLARIFY_TOPIC.format(topic=topic) if known else words.CLARIFY
        reply = Reply(text, (Choice("new_order", "我要反映"), Choice("human", "人工服务")))
        dialogue = replace(turn.dialogue.offering(reply, "clarify"), unclear=1, told=order_of(turn))
        return Ending(Outcome.ASKED, (reply,), dialogue, confidence=turn.reading.intent.confidence)

    async def _hand_over(self, turn: Turn) -> Ending:
        ending = await queue(turn, "智能助手没有听明白", words.UNCLEAR_AGENT)
        return replace(ending, dialogue=Dialogue())

    async def _file(self, turn: Turn) -> Ending:
        said = [part for part in (turn.dialogue.question, turn.text) if part]
        kept = await store.add(
            turn.connection,
            {
                "type": "咨询",
                "state": "待受理",
                "facts": "\n".join(said) or "（市民发来的内容没有文字）",
                "category": turn.reading.category,
                "place": turn.reading.details.place,
                "area": turn.reading.details.area,
                "contact": turn.reading.details.phone or turn.conversation.phone,
                "channel": turn.inbound.channel,
                "citizen_name": turn.conversation.name,
            },
            citizen_id=turn.conversation.citizen_id,
            actor="system:bot",
            now=turn.now,
            draft_id=turn.message_id,
        )
        reply = Reply(words.UNCLEAR_ORDER.format(number=kept.number))
        return Ending(Outcome.ORDER, (reply,), order_id=kept.id, topics=("orders",))
