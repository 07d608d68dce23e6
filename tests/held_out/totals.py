"""The totals of a sealed set, group by group, without any of its texts: for those who tune."""

from collections.abc import Sequence

from tests.held_out import score
from tests.held_out.filing import PARTS, Filed
from tests.held_out.score import Share
from tests.held_out.talk import Heard, Held

ENTRY_QUESTIONS = "entry_questions"
UNANSWERED = ("entry_off_topic", "entry_near_misses")
EMERGENCIES = "emergencies"
SOUNDS = ("ordinary", "sounds_alike")
APART = (ENTRY_QUESTIONS, *UNANSWERED, EMERGENCIES, *SOUNDS)
"""Groups with totals of their own; every other group counts by its outcomes."""


def totals(heard: Sequence[Heard], held: Sequence[Held], filed: Sequence[Filed]) -> list[str]:
    """A line for each figure, of what was held."""
    shares = [*_entries(heard), *_dangers(heard), *_outcomes(heard), *_orders(filed), *_talks(held)]
    lines = [
        f"{name:44} {share.right:4} of {share.total:4} {share.percent:6.1f} %"
        for name, share in shares
        if share.total
    ]
    return [*lines, "", *_confusion(heard)]


def _entries(heard: Sequence[Heard]) -> list[tuple[str, Share]]:
    asked = [one for one in heard if one.case.group == ENTRY_QUESTIONS]
    shares = [
        ("questions: answered rightly", _share([_is_right(one) for one in asked])),
        ("questions: rightly or among the choices", _share([score.is_found(one) for one in asked])),
        ("questions: answered wrongly", _share([score.is_wrong_answer(one) for one in asked])),
    ]
    for group in UNANSWERED:
        theirs = [one.outcome == "answered" for one in heard if one.case.group == group]
        shares.append((f"{group}: answered all the same", _share(theirs)))
    return shares


def _is_right(one: Heard) -> bool:
    return one.outcome == "answered" and one.title in one.case.titles


def _dangers(heard: Sequence[Heard]) -> list[tuple[str, Share]]:
    caught = [one.outcome == "danger" for one in heard if one.case.group == EMERGENCIES]
    shares = [("emergencies: caught", _share(caught))]
    for group in SOUNDS:
        flagged = [one.outcome == "danger" for one in heard if one.case.group == group]
        shares.append((f"{group}: false alarms", _share(flagged)))
    return shares


def _outcomes(heard: Sequence[Heard]) -> list[tuple[str, Share]]:
    others = [one for one in heard if one.case.group not in APART]
    shares = [("outcomes: right", _share([not score.problem(one) for one in others]))]
    for group in dict.fromkeys(one.case.group for one in others):
        theirs = [not score.problem(one) for one in others if one.case.group == group]
        shares.append((f"  {group}", _share(theirs)))
    wrong = [score.is_wrong_answer(one) for one in others]
    begun = [bool(one.card) for one in others if one.case.types and one.outcome == "asked"]
    return [
        *shares,
        ("  of all, answered wrongly", _share(wrong)),
        ("  of matters asked about, a card is reached", _share(begun)),
    ]


def parts(filed: Sequence[Filed]) -> dict[str, Share]:
    """Of all orders due: in how many each part is right."""
    marks = [mark for one in filed for mark in one.marks]
    return {part: _share([mark[part] for mark in marks if part in mark]) for part in PARTS}


def _orders(filed: Sequence[Filed]) -> list[tuple[str, Share]]:
    shares = [(f"orders: {part} right", share) for part, share in parts(filed).items()]
    single = [one for one in filed if len(one.description.orders) == 1]
    double = [one for one in filed if len(one.description.orders) > 1]
    both = [one for one in filed if one.description.title]
    for name, some in (("one matter", single), ("two matters", double)):
        exact = [len(one.orders) == len(one.description.orders) for one in some]
        shares.append((f"orders: as many as due, {name}", _share(exact)))
        for part in ("place", "type"):
            right = [mark[part] for one in some for mark in one.marks if part in mark]
            shares.append((f"orders: {part} right, {name}", _share(right)))
    told = [one.is_answered for one in both]
    return [*shares, ("orders: the question beside it answered or offered", _share(told))]


def _talks(held: Sequence[Held]) -> list[tuple[str, Share]]:
    return [
        ("dialogues: end as they should", _share([not one.problems for one in held])),
        ("dialogues: a question put twice", _share([one.asked_twice for one in held])),
    ]


def _confusion(heard: Sequence[Heard]) -> list[str]:
    counts = score.confusion(heard)
    return [
        f"{group:24} " + ", ".join(f"{name} {n}" for name, n in found.most_common())
        for group, found in counts.items()
    ]


def _share(right: Sequence[bool]) -> Share:
    return Share(sum(right), len(right))
