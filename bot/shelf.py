"""Matters that wait while another becomes an order, and are spoken of before their turn."""

import re
from dataclasses import replace
from difflib import SequenceMatcher

from bot import answers
from bot.dialogue import Dialogue, Draft
from bot.turn import Turn
from bot.understanding import numerals
from bot.understanding.dialect import standard

PAIR = 2
"""Characters that two texts must share to be of one matter: 电梯, 打桩."""
NAMES = 3
"""Characters that a correction must share with the matter it is of: 幸福里."""
LONGEST = 40
"""Characters of a text that drops a matter; who writes more tells of something."""

_EMPTY = frozenset("的了是在个那这我你他们有也都不就还没到把被和要说讲么什里上下一报登记件事吧算")
"""Characters of words that every matter may hold."""
_DROPS = (
    r"(?:不|别|甭)(?:用|要|想|再|必)*(?:报|登记|管|提|说|弄|交|反映|投诉|处理|要)|算了|取消|去掉|撤"
)
_DROPPED = re.compile(rf"(?P<what>[^，,。；;\s]*?)(?:就|先|都|也)?(?:{_DROPS})")
_KEPT = re.compile(
    r"(?:只|就|光|还是|单)(?:要|想)?(?:报|登记|反映|说|提|要|交|投诉|处理)(?P<what>[^，,。；;]+)"
)
_NUMBERED = re.compile(r"第(?P<number>[一二三四1-4])")
_LAST = re.compile(r"后面|后一|另外?|下一|剩下|那一")
_FIRST = re.compile(r"前面|前一|头一|上面")


def placed(turn: Turn, draft: Draft) -> Dialogue | None:
    """The dialogue with a place for the waiting matter that the text names: 「电梯是在河东大道…」.
    None if it names none, or the open `draft`."""
    place = turn.reading.details.place
    told = turn.text.replace(place, " ") if place else ""
    for number, waiting in enumerate(turn.dialogue.shelved):
        if not waiting.place and names(told, waiting, draft):
            shelved = list(turn.dialogue.shelved)
            shelved[number] = answers.placed(waiting, turn.reading)
            return replace(turn.dialogue, shelved=tuple(shelved))
    return None


def meant_by(turn: Turn, draft: Draft) -> Draft | None:
    """The waiting matter that a correction is of: what was wrong stands in it, and not in the open
    `draft`; None for that one."""
    if turn.heard.act != "change" or _shared(turn.text, draft) >= NAMES:
        return None
    return next((w for w in turn.dialogue.shelved if _shared(turn.text, w) >= NAMES), None)


def exchanged(dialogue: Dialogue, before: Draft, after: Draft) -> Dialogue:
    """The dialogue with another draft for one that waits."""
    shelved = tuple(after if one is before else one for one in dialogue.shelved)
    return replace(dialogue, shelved=shelved)


def phoned(dialogue: Dialogue, before: Draft, after: Draft) -> Dialogue:
    """The dialogue with another number also for what waits and had the one that was wrong."""
    if not before.contact or before.contact == after.contact:
        return dialogue
    shelved = (
        replace(one, contact=after.contact) if one.contact == before.contact else one
        for one in dialogue.shelved
    )
    return replace(dialogue, shelved=tuple(shelved))


def _shared(text: str, draft: Draft) -> int:
    """Characters of the longest run of a text that a matter tells too."""
    told = f"{draft.facts}\n{draft.place}\n{draft.contact}"
    matcher = SequenceMatcher(None, text, told, autojunk=False)
    return matcher.find_longest_match().size


def dropped(turn: Turn, draft: Draft) -> Dialogue | None:
    """The dialogue without a matter that is given up while several wait: 「第二个不报了」,
    「只报挖沟那个」. None if none is, or all are."""
    shelved, said = turn.dialogue.shelved, standard(turn.text)
    if not shelved or len(said) > LONGEST:
        return None
    matters = (draft, *shelved)
    wanted = _meant(_KEPT.search(said), matters)
    kept = [wanted] if wanted is not None else [*range(len(matters))]
    unwanted = _meant(_DROPPED.search(said), matters) if wanted is None else None
    if unwanted is not None:
        kept.remove(unwanted)
    if len(kept) == len(matters):
        return None
    first, *rest = (matters[number] for number in kept)
    return replace(turn.dialogue, draft=first, shelved=tuple(rest))


def _meant(found: re.Match[str] | None, matters: tuple[Draft, ...]) -> int | None:
    """Which of the matters some words mean; None if none of them, or several."""
    if found is None:
        return None
    what = found["what"]
    if numbered := _NUMBERED.search(what):
        index = numerals.number(numbered["number"]) - 1
        return index if index < len(matters) else None
    others = [(draft, [other for other in matters if other is not draft]) for draft in matters]
    named = [n for n, (draft, rest) in enumerate(others) if names(what, draft, *rest)]
    if not named and _LAST.search(what):
        return len(matters) - 1
    if not named and _FIRST.search(what):
        return 0
    return named[0] if len(named) == 1 else None


def names(text: str, meant: Draft, *others: Draft) -> bool:
    """True if a text shares words with a matter that no other has."""
    theirs = set[str]().union(*(_pairs(other.facts) for other in others))
    return bool(_pairs(text) & _pairs(meant.facts) - theirs)


def _pairs(text: str) -> set[str]:
    pairs = {text[start : start + PAIR] for start in range(len(text) - PAIR + 1)}
    return {pair for pair in pairs if pair.isalpha() and not _EMPTY & set(pair)}
