"""「不是…是…」, 「是…不是…」: the wrong words, which stand in the order, and the right ones."""

import re

import rjieba

from bot.understanding.phones import find_phones
from bot.understanding.quantities import DURATION, QUANTITY
from bot.understanding.times import find_times
from bot.understanding.turn_features import ANY_DAY
from bot.understanding.turns import TYPES, Span, Standing

_NOT_SO = re.compile(r"(?:而|并)?(?:不是在?|冇是在?|不叫|不姓)(?P<old>[^，,。；;！!？?\s]{1,15})")
_AFTER = re.compile(
    r"[，,。\s]*(?:而|应该|应当|其实|明明|原来|[说讲]的|[^，,。；;\s]{0,3}看(?:起来)?)?(?:是在?|叫|姓)(?:(?:旁边|隔壁|对面)?[那这][家个间])?(?P<new>[^，,。；;！!？?\s]{1,20})"
)
_BEFORE = re.compile(r"(?P<new>[^，,。；;！!？?\s]{1,15})[，,\s]*$")
_LEADS = re.compile(r"^.*(?:是|叫|姓|在)(?=.)")
_ENDING = r"(?:[的了哒啊哦呀咯呢吧嘛]|那[个家条]?|这[个家条]?)+"
_TAIL = re.compile(f"{_ENDING}$")
_REST = re.compile(rf"{_ENDING}(?=[，,。；;\s]|$)")
_BARE = re.compile(
    r"[，,\s]+(?![归在属是到去应该就])(?P<new>[^，,。；;！!？?\s错反了说写打]{2,8}?)(?P<of>的)?[。！!～~]*$"
)
"""Follows what is denied as its only other clause: 「不是圆通，中通的」."""
_NAMES = re.compile(r"n[a-z]*|[jlsmq]|eng")
"""Tags of the words that such a clause is made of: what happened, or how it is, is none."""
_SHARED = 2
"""Characters that wrong and right words have in common: 「开了两个，不是开了一个」."""
_CHANGED = re.compile(
    r"(?:把|将)?(?P<old>[^，,。；;！!？?\s]{2,15}?)(?:改成|改为|换成)(?P<new>[^，,。；;！!？?\s]{2,15})"
    r"|(?P<mistold>[^，,。；;！!？?\s]{2,15}?)[打写说讲报填算](?:[多少错高低大小]|反)了[，,\s]*(?:应该)?是(?P<told>[^，,。；;！!？?\s]{1,15})"
)
"""「冬瓜改成南瓜」, 「两万打多了，是一万块」."""
_IDLE = frozenset("我你您他她它们的了这那有在说讲想要很不没太一个人事")
"""Characters that alone name nothing."""


def contrasted(text: str, standing: Standing) -> tuple[Span, ...]:
    """The wrong words, which the order has literally, and the right ones; () for none."""
    for denied in _NOT_SO.finditer(text):
        old = _held(denied["old"], standing)
        new = _right(text, denied, len(old)) if old else None
        new = _apart(text, new, standing) if new else None
        right = text[slice(*new)] if new else ""
        label = _label(old, right, standing) if right and right not in standing.words else ""
        if new and label:
            start = denied.start("old")
            return (Span(start, start + len(old), "old"), Span(*new, label))
    return _swapped(text, standing)


def _swapped(text: str, standing: Standing) -> tuple[Span, ...]:
    """Words of the facts that others take the place of, or that are another amount."""
    for found in _CHANGED.finditer(text):
        wrong, right = ("old", "new") if found["old"] else ("mistold", "told")
        start, end = found.span(wrong)
        begins = (at for at in range(start, end - 1) if text[at:end] in standing.facts)
        at = next(begins, None)
        known = found[right] in standing.facts or find_times(found[right], ANY_DAY)
        if at is not None and not known:
            return (Span(at, end, "old"), Span(*found.span(right), "facts"))
    return _amount(text, standing)


def _amount(text: str, standing: Standing) -> tuple[Span, ...]:
    """「不是四回，五回」: an amount of the facts, and the only other of its kind."""
    for denied in _NOT_SO.finditer(text):
        start = denied.start("old")
        for kind in (DURATION, QUANTITY):
            old = kind.match(denied["old"])
            if old is None or old[0] not in standing.facts:
                continue
            others = [
                found
                for found in kind.finditer(text)
                if found.start() != start
                and (kind is DURATION or found["measure"][:1] == old["measure"][:1])
            ]
            if len(others) == 1:
                return (Span(start, start + len(old[0]), "old"), Span(*others[0].span(), "facts"))
    return ()


def _held(words: str, standing: Standing) -> str:
    """The longest beginning of some words that stands in the order and names something; ''."""
    known = f"{standing.words}\n{standing.type}\n{standing.phone}"
    sizes = range(len(words), 0, -1)
    found = next((words[:size] for size in sizes if words[:size] in known), "")
    named = _TAIL.sub("", found)
    return named if set(named) - _IDLE else ""


def _right(text: str, denied: re.Match[str], size: int) -> tuple[int, int] | None:
    """Where the right words stand: behind what is denied, or before it."""
    behind = denied.start("old") + size
    rest = _REST.match(text, behind)
    after = _AFTER.match(text, rest.end() if rest else behind)
    before = _BEFORE.search(text, 0, denied.start())
    bare = _BARE.match(text, rest.end() if rest else behind)
    found = after or (bare if bare and _names(bare, size) else before)
    if found is None:
        return None
    start, end = found.span("new")
    lead = _LEADS.match(text[start:end]) if found is before else None
    start += lead.end() if lead else 0
    tail = _TAIL.search(text[start:end])
    end -= len(tail[0]) if tail else 0
    alike = len(set(text[start:end]) & set(text[behind - size : behind])) >= _SHARED
    if found is before and not lead and text[behind - 1] != text[end - 1] and not alike:
        # 「11点 不是9点」; any other clause may stand before a denial by chance.
        return None
    return (start, end) if end > start else None


def _names(bare: re.Match[str], size: int) -> bool:
    """The words name something, and say nothing of it; or are as long as those denied (`size`)
    and as nobody knows them: 「韵达的」."""
    words = bare["new"]
    known = all(_NAMES.fullmatch(tag) for _, tag in rjieba.tag(words))
    return known or (bool(bare["of"]) and len(words) == size)


def _apart(text: str, bounds: tuple[int, int], standing: Standing) -> tuple[int, int]:
    """The right words without what they are of: 「解放路」 of 「解放路的邮局」."""
    start, end = bounds
    name, of, thing = text[start:end].partition("的")
    return (start, start + len(name)) if of and name and thing in standing.words else bounds


def _label(old: str, new: str, standing: Standing) -> str:
    """What the right words are: of the field in which the wrong ones stand; '' for nothing."""
    if old in TYPES:
        return "type" if new in TYPES else ""
    if find_phones(new):
        return "phone"
    if old in standing.time or (find_times(new, ANY_DAY) and find_times(old, ANY_DAY)):
        return "time"
    fields = ("place", "company", "demand", "person")
    return next((name for name in fields if old in getattr(standing, name)), "facts")
