"""Hears what a citizen means by what is said to an order, and which words say what."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.understanding import place_units
from bot.understanding.act_classifier import ActClassifier, InputReader
from bot.understanding.classifier import TextClassifier
from bot.understanding.contrast import contrasted
from bot.understanding.encoder import Encoder
from bot.understanding.phones import find_phones
from bot.understanding.quantities import PLATE
from bot.understanding.reading import Guess
from bot.understanding.text import well_formed
from bot.understanding.times import find_times
from bot.understanding.turn_features import ANY_DAY, LONGEST, denied, features, typed
from bot.understanding.turn_tagger import TurnTagger
from bot.understanding.turns import NEW, Span, Standing

DOUBT = 0.35
"""What counts that a word is none of an order's, when something is surely corrected and no word was
found that is."""

SAID = 0.8
"""How likely an act is that a formula says: 「是停电不是停水」."""
_ASKED = Standing(asking="place", type="求助")
MOST = 0.6
"""Share of a text that is told of the matter, where only that goes into the order."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was meant, likeliest first, and the words that say what; nothing where nothing was
    said to an order."""

    text: str = ""
    acts: tuple[Guess, ...] = ()
    spans: tuple[Span, ...] = ()

    @property
    def act(self) -> str:
        """What was most likely meant; '' for nothing."""
        return self.acts[0].name if self.acts else ""

    def of(self, *acts: str) -> float:
        """How likely one of these was meant (0 to 1)."""
        return sum(guess.confidence for guess in self.acts if guess.name in acts)

    @property
    def more(self) -> str:
        """What tells more of the matter: from the first word of it to the last, or all of the text
        where that is not most of it."""
        spans = [span for span in self.spans if span.label == "more"]
        if not spans:
            return ""
        told = self.text[spans[0].start : spans[-1].end].strip()
        return told if len(told) >= MOST * len(self.text) else ""

    def words(self, label: str) -> str:
        """The first words of a label; '' if there are none."""
        spans = (span for span in self.spans if span.label == label)
        return next((self.text[span.start : span.end].strip() for span in spans), "")


class TurnReader:
    """The tagger and the classifier of acts together; about 4 ms a text."""

    def __init__(
        self, encoder: Encoder, intents: TextClassifier, tagger: TurnTagger, acts: ActClassifier
    ) -> None:
        self._inputs = InputReader(encoder, intents)
        self._tagger = tagger
        self._acts = acts

    def read(self, text: str, standing: Standing) -> Heard:
        """What the first `LONGEST` characters of a text mean, said to an order that stands so."""
        text = well_formed(text[:LONGEST])
        seen = features(text, standing)
        spans = self._tagger.tag(seen)
        acts = self._acts.rank(self._inputs.read(text, standing, spans))
        contrast = contrasted(text, standing)
        if contrast and _prevails(contrast, text, standing, spans):
            apart = (span for span in spans if not _overlap((span,), contrast))
            spans = tuple(sorted((*apart, *contrast), key=lambda span: span.start))
            acts = _likeliest(acts, "change")
        if acts[0].name == "change" and not _corrects(spans):
            spans = self._tagger.tag(seen, DOUBT)
        if acts[0].name == "change" and not _corrects(spans):
            spans = (*spans, *_other(text, standing, spans))
        right = _put_right(text, standing, spans) if acts[0].name == "wrong" else ()
        if right:
            acts, spans = _likeliest(acts, "change"), (*spans, *right)
        if acts[0].name == "change":
            spans = (*spans, *_other_time(text, spans))
        affirmed = (_affirmed(text, _anew(text, span, standing)) for span in spans)
        whole = [_whole(text, span) for span in affirmed]
        return Heard(text, acts, tuple(_joined(text, span, whole) for span in whole))

    def place(self, text: str, found: str) -> str:
        """The place that a text tells, whole: what rules have `found`, and the units of places that
        the tagger takes for one with it, as if it had been asked for; about 1.5 ms."""
        text = well_formed(text[:LONGEST])
        marked = [s for s in self._tagger.tag(features(text, _ASKED)) if s.label == "place"]
        if not found:
            return _told(text, marked)
        start = text.find(found)
        end = start + len(found)
        for span in marked if start >= 0 else ():
            if span.start <= end + 1 and start <= span.end:
                units = place_units.units(text[: span.end])
                before = (u for u in units if u.kind != "side")
                start = min([start, *(u.start for u in before if span.start <= u.start < start)])
                behind = (u for u in units if not _TELLS.search(text, end, u.start))
                end = max([end, *(u.end for u in behind if end < u.end)])
        return text[start : _closed(text, start, _reached(text, end))] if start >= 0 else found


def _prevails(
    contrast: Sequence[Span], text: str, standing: Standing, spans: Sequence[Span]
) -> bool:
    """What is told of the facts gives way to other marked words; not to those of a field in which
    the wrong ones do not stand."""
    old, new = contrast
    if new.label != "facts" or new in spans:
        return True
    wrong = text[old.start : old.end]
    fields = {span.label for span in spans if _overlap((span,), contrast)}
    return all(f != "facts" and wrong not in getattr(standing, f, wrong) for f in fields)


def _closed(text: str, start: int, end: int) -> int:
    """Where a place ends that ends with a bracket: 「大湖路（老邮电局对面）」."""
    opened = re.search(r"[（(][^）)]*$", text[start:end])
    return end + 1 if opened and text[end : end + 1] in ("）", ")") else end


def _overlap(spans: Sequence[Span], others: Sequence[Span]) -> bool:
    """Some of the others are marked already as right words."""
    return any(
        span.label in NEW and span.start < other.end and other.start < span.end
        for span in spans
        for other in others
    )


def _likeliest(acts: tuple[Guess, ...], name: str) -> tuple[Guess, ...]:
    """The acts with one that is told in so many words."""
    if acts[0].name == name:
        return acts
    rest = tuple(replace(act, confidence=act.confidence * (1 - SAID)) for act in acts)
    return (Guess(name, SAID), *(act for act in rest if act.name != name))


def _reached(text: str, end: int) -> int:
    """Where a place ends that its last unit goes beyond, or that goes on with what stands there:
    「板塘铺那个金色摇篮幼儿园」, 「先锋街道的广场路」."""
    for unit in place_units.units(text):
        if text[unit.start] == "的":
            continue
        wide = text[end - 1 : end] in _WIDE
        link = (_OF if wide else _THERE).match(text, end)
        begun = link.end() if link and unit.kind != "side" else end
        if unit.end > end and (unit.start <= end or unit.start == begun):
            end = unit.end
    return end


_TELLS = re.compile("[开有了把被]")
"""Between two units of places: the second is what happens at the first, 「底楼开了个麻将馆」."""
_WIDE = frozenset("区县市镇乡村道路街巷面边旁近口")
"""Characters at the end of a place at which there are many."""
_THERE = re.compile(r"(?:街?上|里|[出过下进][来去])?[这那](?:个|家|所|座|间|栋|条)|[这那][边里]的")
_OF = re.compile(rf"的(?:[^\W\d]{{1,5}}(?=\d+[栋幢座]))?|{_THERE.pattern}")


def _told(text: str, marked: Sequence[Span]) -> str:
    """The first marked place that has a unit of a place in it, and tells one place from others."""
    places = (_BESIDES.sub("", text[span.start : span.end].strip()) for span in marked)
    return next(
        (place for place in places if place_units.units(place) and not _ANY.match(place)), ""
    )


_BESIDES = re.compile("^(?:还有|另外|再有)")
_ANY = re.compile(
    "楼[上下]|居民楼|隔壁|对面|附近|旁边|门口|[一这那哪某有几]?[家间个处条所]|我们?|他们?|路边"
    r"|(?:[麻将网棋牌饭餐茶咖啡药商酒宾美发理水果早]{1,3}[馆店吧厅]|超市|工地|菜市场|学校|医院)\Z"
)
"""A place that could be anywhere: how it begins (「楼下麻将馆」), or all of it (「麻将馆」)."""


def _joined(text: str, span: Span, others: Sequence[Span]) -> Span:
    """A place with the units that stand right beside it and are nothing else: the road of a house
    number."""
    if span.label != "place":
        return span
    taken = [(other.start, other.end) for other in others if other != span]
    free = [
        unit
        for unit in place_units.units(text)
        if all(unit.end <= start or end <= unit.start for start, end in taken)
    ]
    start, end = span.start, span.end
    for unit in reversed(free):
        start = unit.start if unit.end == start else start
    for unit in free:
        end = unit.end if unit.start == end else end
    return replace(span, start=start, end=end)


def _anew(text: str, span: Span, standing: Standing) -> Span:
    """A wrong number that is the beginning of another is the right one: the 66 of 「是66-1号」."""
    if span.label != "old":
        return span
    whole = (u for u in place_units.units(text) if u.start == span.start and u.end > span.end)
    unit = next((u for u in whole if text[u.start : u.end] not in standing.words), None)
    new = unit and text[span.end : unit.end - 1].strip("号栋幢座单元")
    return Span(unit.start, unit.end, "place") if unit and new else span


def _affirmed(text: str, span: Span) -> Span:
    """What is denied is what was wrong: the 1 of 「最后一位是2不是1」."""
    wrong = span.label in NEW - {"type"} and denied(text, span.start)
    return replace(span, label="old") if wrong else span


def _whole(text: str, span: Span) -> Span:
    """A span with all of the telephone number, the time, the unit of a place, or the name that it
    is a part of."""
    phone = next((p for p in find_phones(text) if p.start <= span.start < p.end), None)
    if phone and span.label in NEW:
        return Span(phone.start, phone.end, "phone")
    plate = next((p for p in PLATE.finditer(text) if p.start() <= span.start < p.end()), None)
    if plate and span.label in NEW:
        return Span(plate.start(), plate.end(), "facts")
    match span.label:
        case "time":
            bounds = [(when.start, when.end) for when in find_times(text, ANY_DAY)]
        case "place":
            bounds = [(unit.start, unit.end) for unit in place_units.units(text)]
            bounds = [
                (start, end) for start, end in bounds if start <= span.start < span.end <= end
            ]
        case "company":
            bounds = [found.span("name") for found in _NAME.finditer(text)]
        case "demand":
            bounds = [found.span("wish") for found in _WISH.finditer(text)]
        case _:
            return span
    over = ((start, end) for start, end in bounds if start < span.end and span.start < end)
    start, end = next(over, (span.start, span.end))
    return replace(span, start=min(start, span.start), end=max(end, span.end))


_WISH = re.compile(
    r"(?:改成|换成|改为|我的?|那个|就|只|要求|希望|诉求|是|要|请|[:：])*(?P<wish>[^，,。；;！!\s]{2,})"
)
"""What is wanted, to the end of the clause."""
_NAME = re.compile(
    r"(?:叫做?|是|喊|名字?|招牌|[:：])\s?(?![写打说讲搞弄填]?[错反])"
    r"(?P<name>[^，,。；;！!\s叫是的喊]{2,14})"
)
"""What something is called, to the end of the clause."""


def _other(text: str, standing: Standing, spans: Sequence[Span]) -> Iterator[Span]:
    """Words of a kind that the order has otherwise, beside those that were wrong."""
    olds = [span for span in spans if span.label == "old"]
    beside = [
        (Span(start, end, _LABELS.get(kind, "place")), kind, state)
        for start, end, kind, state in typed(text, standing)
        if all(end <= old.start or old.end <= start for old in olds)
        and not denied(text, start)
        and "个" not in text[start:end]
    ]
    others = [span for span, _, state in beside if state.startswith("other")]
    numbers = (span for span, kind, state in beside if kind in _PARTS and state == "new")
    yield from others or numbers
    if _CALLS.search(text):
        yield from (Span(*found.span("name"), "company") for found in _NAME.finditer(text))


def _put_right(text: str, standing: Standing, spans: Sequence[Span]) -> tuple[Span, ...]:
    """The number of a place beside one that is called wrong: 「116号是我屋里，出事的是119号」."""
    olds = {span.label for span in spans if span.label == "old"}
    found = [span for span in _other(text, standing, spans) if span.label == "place"]
    return tuple(found) if olds and len(found) == 1 and not _corrects(spans) else ()


_PARTS = place_units.NUMBERED | {"side"}
"""What stands for something in an order even where it has none of it."""
_CALLS = re.compile("店名|名字|名称|招牌|公司名|商家|物业是")


def _other_time(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """The time that is told where one was wrong and none is marked."""
    times = [(when.start, when.end) for when in find_times(text, ANY_DAY)]
    olds = [span for span in spans if span.label == "old"]
    wrong = [
        (start, end) for start, end in times if any(o.start < end and start < o.end for o in olds)
    ]
    if wrong and not any(span.label == "time" for span in spans):
        right = (time for time in times if time not in wrong and not denied(text, time[0]))
        yield from (Span(*time, "time") for time in right)
    elif not any(span.label == "time" for span in spans):
        named = (
            (start, end)
            for start, end in times
            if _LEADS_TO_TIME.search(text[:start]) and _OF_A_DAY.search(text[start:end])
        )
        yield from (Span(*time, "time") for time in named)


_LEADS_TO_TIME = re.compile(r"(?<!不)(?:时间|日期|应该|应当|而|^|[，,：:\s])(?:是|应该是|应为)$")
"""What leads to a time that is right: 「时间是」, 「，是」."""
_OF_A_DAY = re.compile("[天日晚早午夜点周月]|礼拜|星期")
_LABELS = {"quantity": "facts", "plate": "facts", "type": "type"}
"""What words of a kind are the right value of."""


def _corrects(spans: Sequence[Span]) -> bool:
    return any(span.label in NEW for span in spans)
