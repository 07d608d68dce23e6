"""After filing: 「电话打错了，是…」, 「补充一下，…」 become a 补充 of the order just filed."""

import re
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from backend.message import Outcome, Reply
from backend.orders import service, store
from backend.orders.lifecycle import OPEN
from backend.orders.store import Kept
from bot import corrections, drafts, words
from bot.dialogue import Dialogue, Draft
from bot.order_types import called_type
from bot.turn import Ending, Turn
from bot.understanding import signs
from bot.understanding.reading import DetailReader
from bot.understanding.turn_reader import Heard, TurnReader

CORRECTABLE = timedelta(hours=24)
"""How long plain words are taken as a correction of the order before them."""
EXTENDABLE = timedelta(days=7)
"""How long 「补充…」 is taken as a word more about it."""

SURE = 0.8
"""How sure a correction must be: what comes after an order is filed is most often something new."""
_ABOUT_IT = re.compile(r"(?:刚才|刚刚|上面|之前)(?:那个|那件|说的|报的|反映的|提交的|登记的|的)")
SHORTEST_NEWS = 4
"""Characters; 「算了」 alone tells the unit nothing."""


class Supplement:
    """Takes what a citizen adds to, or corrects in, the order they filed last."""

    def __init__(self, details: DetailReader, turns: TurnReader) -> None:
        """`details` tells the area of a place that was corrected, `turns` what is corrected."""
        self._details = details
        self._turns = turns

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn when it tells more about an order that is still open."""
        asking = turn.dialogue.asking in ("matter", "clarify", "choice")
        if turn.choice or not turn.text or turn.dialogue.draft is not None or asking:
            return None
        kept = await self._latest(turn)
        if kept is None:
            return None
        if signs.submits(turn.text) and self._is_fresh(turn, kept):
            said = Reply(words.ORDERED_ALREADY.format(number=kept.number))
            return Ending(Outcome.COMMAND, (said,), turn.dialogue, order_id=kept.id)
        changes = {} if _is_another(turn, kept) else self._changes(turn, kept)
        if not changes and not self._is_more(turn, kept):
            return None
        return await self._note(turn, kept, changes)

    async def _latest(self, turn: Turn) -> Kept | None:
        found = await store.of_citizen(turn.connection, turn.conversation.citizen_id, 1)
        if not found or found[0].order.state not in OPEN:
            return None
        return found[0] if turn.now - found[0].order.created_at <= EXTENDABLE else None

    def _is_more(self, turn: Turn, kept: Kept) -> bool:
        about = _ABOUT_IT.search(turn.text[:40]) and self._is_fresh(turn, kept)
        over = signs.given_up(turn.text) and len(turn.text) > SHORTEST_NEWS
        told = bool(about and turn.purpose.is_matter) or (over and self._is_fresh(turn, kept))
        return drafts.is_more(turn.text) or told

    def _is_fresh(self, turn: Turn, kept: Kept) -> bool:
        return turn.now - kept.order.created_at <= CORRECTABLE

    def _changes(self, turn: Turn, kept: Kept) -> dict[str, Any]:
        """The fields that plain words correct, as the order names them."""
        if not self._is_fresh(turn, kept) or kept.order.facts in turn.text:
            # Who tells it all again reports it again.
            return {}
        before = _as_draft(kept)
        heard = self._turns.read(turn.text, Dialogue("confirm", draft=before).standing)
        said = corrections.Said(turn.text, heard.spans, self._details, turn.now)
        after = _corrected(before, heard, said)
        place = self._details.read(after.place, turn.now)
        was, now = asdict(before), asdict(drafts.located(before, after, place))
        changes = {name: now[name] for name in now if now[name] != was[name]}
        if "person" in changes:
            changes["citizen_name"] = changes.pop("person")
        changes.pop("withheld", None)
        return changes

    async def _note(self, turn: Turn, kept: Kept, changes: dict[str, Any]) -> Ending:
        """The citizen's words are kept as they are; what they surely correct is corrected."""
        steps = [("note", {"text": f"市民补充：{turn.text}"})]
        if changes:
            steps.insert(0, ("correct", changes))
        for kind, data in steps:
            await service.act(
                turn.connection, kept.number, kind, actor="citizen:", now=turn.now, data=data
            )
        said = words.CORRECTED if changes else words.ADDED
        reply = Reply(said.format(number=kept.number))
        return Ending(
            Outcome.COMMAND, (reply,), turn.dialogue, order_id=kept.id, topics=("orders",)
        )


def _is_another(turn: Turn, kept: Kept) -> bool:
    """A matter that is called by another type, at a place of its own."""
    called = called_type(turn.text)
    elsewhere = turn.reading.details.place not in ("", kept.order.place)
    return turn.purpose.is_matter and elsewhere and called not in ("", kept.order.type)


def _corrected(before: Draft, heard: Heard, said: corrections.Said) -> Draft:
    """The order as it was surely corrected, or with what was surely missing in it."""
    if heard.of("change", "secret") >= SURE:
        return corrections.correct(before, said)
    if heard.of("add") >= SURE:
        return corrections.complete(before, said)
    return corrections.concealed(before, said)


def _as_draft(kept: Kept) -> Draft:
    order = kept.order
    return Draft(
        id=kept.id,
        type=order.type,
        facts=order.facts,
        category=order.category,
        place=order.place,
        area=order.area,
        street=order.street,
        occurred_at=order.occurred_at,
        occurred_on=order.occurred_on,
        demand=order.demand,
        contact=order.contact,
        person=order.citizen_name,
        companies=tuple(order.companies),
        confidential=order.confidential,
    )
