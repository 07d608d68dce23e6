"""Others have reported the same: does the citizen join them (一并登记), or file alone?"""

from dataclasses import replace

from backend.message import Choice, Reply
from backend.orders import service
from backend.orders.nearness import Matter
from bot import words
from bot.dialogue import Draft
from bot.neighbours import Cluster, Neighbours
from bot.turn import Ending, Turn


class Offer:
    """Puts the question on whatever card a skill has shown, and nothing of the others' words."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours

    async def on(self, turn: Turn, ending: Ending) -> Ending:
        """The ending with the question, if there is a card in it and a cluster near by."""
        draft = ending.dialogue.draft
        if draft is None or ending.dialogue.asking != "confirm" or draft.apart:
            return ending
        found = await self._neighbours.cluster(
            turn.connection, _matter(draft), turn.conversation.citizen_id, turn.now
        )
        known = replace(draft, master=found.master.number if found else "")
        replies = tuple(_offered(reply, known, found) for reply in ending.replies)
        dialogue = replace(ending.dialogue, draft=known)
        for reply in replies:
            if reply not in ending.replies:
                dialogue = dialogue.offering(reply, "confirm")
        return replace(ending, replies=replies, dialogue=dialogue)


def _matter(draft: Draft) -> Matter:
    return Matter(
        draft.type, draft.area, draft.street, draft.place, draft.facts, draft.confidential
    )  # fmt: skip


def _offered(reply: Reply, draft: Draft, found: Cluster | None) -> Reply:
    """A card with the question and its two answers in place of the one tap."""
    confirm = f"confirm:{draft.id}"
    if found is None or confirm not in [choice.id for choice in reply.choices]:
        return reply
    topic = draft.category.rpartition("/")[2]
    what = f"“{topic}”方面" if topic else "相似"
    standing = service.how_far(found.master.order)
    said = words.OFFER.format(people=found.people, topic=what, standing=standing)
    others = [choice for choice in reply.choices if choice.id != confirm]
    both = (Choice(f"join:{draft.id}", "一并登记"), Choice(confirm, "确认提交"))
    return replace(reply, text=f"{reply.text}\n\n{said}", choices=(*both, *others))
