"""What to put to the citizen next: a missing detail, the whole order, or the matter after it."""

from dataclasses import replace

from backend.message import Choice, Outcome, Reply
from bot import drafts, words
from bot.dialogue import Dialogue, Draft
from bot.turn import Ending


def proceed(
    dialogue: Dialogue,
    draft: Draft,
    title: str = words.CARD_TITLE,
    *,
    before: str = "",
    confidence: float | None = None,
    instead: Draft | None = None,
) -> Ending:
    """Ask for what is missing, or show the whole order under `title`; `before` is said first. What
    was asked of the matter that stood here (`instead`) is asked in other words."""
    reply, after = _next(dialogue, draft, title, before, instead)
    after = replace(after, unclear=0, knowledge_id=None, previous=None)
    return Ending(Outcome.ASKED, (reply,), after, confidence=confidence)


def _next(
    dialogue: Dialogue, draft: Draft, title: str, before: str = "", instead: Draft | None = None
) -> tuple[Reply, Dialogue]:
    field = drafts.question(draft)
    if field:
        another = bool(dialogue.shelved) or (instead is not None and field in instead.asked)
        reply = drafts.ask(draft, field, before, another=another)
        draft = drafts.put(draft, field)
    else:
        reply = drafts.card(draft, f"{before}\n{title}".strip())
    return reply, replace(dialogue, draft=draft).offering(reply, field or "confirm")


def resume(dialogue: Dialogue, draft: Draft, said: str) -> tuple[Reply, Dialogue]:
    """Back to an order after something in between; what is missing is asked for once more."""
    waits = f"{said}\n\n{words.DRAFT_WAITS}"
    if dialogue.asking == "facts" and not draft.facts:
        reply = Reply(f"{waits}{words.FACTS_WAIT}", (Choice("cancel", "不反映了"),))
        return reply, replace(dialogue, draft=draft).offering(reply, "facts")
    if _is_unanswered(draft) or drafts.question(draft) == "place":
        reply = Reply(f"{said}\n\n{words.PLACE_AGAIN}", (Choice("cancel", "不反映了"),))
        after = replace(dialogue, draft=drafts.put(drafts.put(draft, "place"), "place_again"))
        return reply, after.offering(reply, "place")
    reply = drafts.card(draft, f"{waits}{words.CARD_TITLE}")
    return reply, replace(dialogue, draft=draft).offering(reply, "confirm")


def _is_unanswered(draft: Draft) -> bool:
    """Where it is was asked, and something else was said instead: asked once more, otherwise."""
    missing = draft.type in drafts.NEEDS_PLACE and not draft.place and "place" in draft.asked
    return missing and len(draft.asked) < drafts.MOST_QUESTIONS


def following(dialogue: Dialogue, said: str) -> tuple[Reply, Dialogue]:
    """What to say, and where to stand, once a matter is done with: the next that waits is put."""
    if not dialogue.shelved:
        return Reply(said), Dialogue()
    draft, *rest = dialogue.shelved
    if dialogue.draft is not None:
        draft = drafts.beside(draft, dialogue.draft)
    waiting = Dialogue(draft=draft, shelved=tuple(rest))
    named = f"{said}\n\n{words.SHELF_ASKS.format(matter=_short(draft.facts))}"
    if _is_unanswered(draft):
        return resume(waiting, draft, named)
    before = named if drafts.question(draft) else said
    return _next(waiting, draft, f"\n{words.SHELF}", before)


def _short(text: str, size: int = 24) -> str:
    return text if len(text) <= size else f"{text[:size]}…"
