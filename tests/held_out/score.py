"""What the held-out run comes to: a share for each group, and every failure with its reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.held_out.talk import Heard, Held


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many were right."""

    right: int
    total: int

    @property
    def percent(self) -> float:
        """In percent; 100 when there was nothing to get wrong."""
        return 100.0 * self.right / self.total if self.total else 100.0


def problem(heard: Heard) -> str:
    """What is wrong with how a message ended, '' if nothing is."""
    case = heard.case
    if heard.outcome not in case.outcomes:
        return f"{heard.outcome}, expected {' or '.join(case.outcomes)}"
    if heard.outcome == "answered" and is_wrong_answer(heard):
        return "answered with another entry"
    return ""


def is_wrong_answer(heard: Heard) -> bool:
    """The worst that can happen: an answer that is not the answer to what was asked."""
    if heard.outcome != "answered":
        return False
    if heard.case.titles:
        return heard.title not in heard.case.titles
    return heard.title == heard.case.near or "answered" not in heard.case.outcomes


def is_found(heard: Heard) -> bool:
    """The entry expected was told, or is one of the choices."""
    told = heard.outcome == "answered" and heard.title in heard.case.titles
    return told or bool(set(heard.case.titles) & set(heard.offered))


def curve(heard: Sequence[Heard], steps: Sequence[float]) -> list[tuple[float, int, int]]:
    """For each threshold: right and wrong answers if everything above it were answered.

    Over the messages that ended in an answer or in choices, by their best entry; this shows
    whether the confidence tells right from wrong, whatever the threshold in use.
    """
    best = [h for h in heard if h.outcome in ("answered", "choices") and h.confidence is not None]
    right = [h.confidence or 0.0 for h in best if h.title in h.case.titles]
    wrong = [
        h.confidence or 0.0
        for h in best
        if h.title not in h.case.titles and (h.title == h.case.near or _is_no_answer(h))
    ]
    return [(at, sum(c >= at for c in right), sum(c >= at for c in wrong)) for at in steps]


def _is_no_answer(heard: Heard) -> bool:
    return "answered" not in heard.case.outcomes or bool(heard.case.titles)


def detail(heard: Heard) -> str:
    """What is wrong with the order begun (type or place), '' if nothing is."""
    case, card = heard.case, heard.card
    if not case.types or heard.outcome != "asked":
        return ""
    if not card:
        return "no card after one question"
    wrong = []
    kind = card.get("类型", "").partition("（")[0]
    if kind not in case.types:
        wrong.append(f"type {kind}, expected {' or '.join(case.types)}")
    if case.place and heard.asked_place:
        wrong.append(f"asked for the place, said as {case.place}")
    elif case.place and case.place not in card.get("地点", ""):
        wrong.append(f"place {card.get('地点', '')!r}, expected {case.place}")
    elif not case.place and not heard.asked_place and card.get("地点"):
        wrong.append(f"place {card['地点']!r} where none was named")
    return "; ".join(wrong)


def shares(heard: Sequence[Heard], held: Sequence[Held]) -> dict[str, Share]:
    """Right and total of each group, of the orders' details, and of the dialogues."""
    groups = dict.fromkeys(one.case.group for one in heard)
    found = {
        group: _share([not problem(h) for h in heard if h.case.group == group]) for group in groups
    }
    begun = [h for h in heard if h.case.types and h.outcome == "asked"]
    questions = [h for h in heard if h.case.titles]
    found["questions, offered"] = _share([is_found(h) for h in questions])
    found["order details"] = _share([not detail(h) for h in begun])
    found["dialogues"] = _share([not one.problems for one in held])
    return found


def wrong_answers(heard: Sequence[Heard]) -> list[Heard]:
    """All that were answered with something else."""
    return [one for one in heard if is_wrong_answer(one)]


def confusion(heard: Sequence[Heard]) -> dict[str, Counter[str]]:
    """The outcomes of each group."""
    found: dict[str, Counter[str]] = {}
    for one in heard:
        found.setdefault(one.case.group, Counter())[one.outcome] += 1
    return found


def _share(right: Sequence[bool]) -> Share:
    return Share(sum(right), len(right))
