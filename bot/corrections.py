"""An order corrected in plain words: what is right takes the place of what was wrong."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import accumulate

import rjieba

from bot import amendments
from bot import correction_words as cues
from bot.dialogue import Draft
from bot.understanding import homophones, place_units, retiming, signs
from bot.understanding.dialect import standard
from bot.understanding.persons import without_name
from bot.understanding.quantities import DURATION, PLATE, QUANTITY, counterpart
from bot.understanding.reading import DetailReader, Details
from bot.understanding.turns import CLAUSE, NEW, Span

LONGEST_BACK = 48
"""Characters of a text that takes a correction back."""
LONGEST_RESPELT = 100
"""Characters of a text in which a name of the order is looked for."""
LONGEST_AREA = 8
"""Characters of the name of an area."""
LONGEST_FIELD = 20
"""Characters of a text that names a field and nothing else."""


@dataclass(frozen=True)
class Said:
    """A text said to an order, its marked words, and how to read them."""

    text: str
    spans: Sequence[Span]
    reader: DetailReader
    now: datetime

    @property
    def olds(self) -> list[str]:
        """The words that were wrong."""
        return [self.words(span) for span in self.spans if span.label == "old"]

    @cached_property
    def details(self) -> Details:
        """What all of the text says."""
        return self.read(self.text)

    @cached_property
    def tail(self) -> str:
        """The last digits of a telephone number: 「最后两位反了，是18」; ''."""
        digits = cues.TAIL_DIGITS.search(self.text)
        return digits["digits"] if digits else ""

    def words(self, span: Span) -> str:
        """The words of a span, without marks around them."""
        return self.text[span.start : span.end].strip(" ，,。.！!：:")

    def read(self, words: str) -> Details:
        """What some words say by themselves."""
        return self.reader.read(words, self.now)


def correct(draft: Draft, said: Said) -> Draft:
    """The draft with every word that was marked as right in its field, and what is told besides;
    the same draft if there is none, or it says so already."""
    draft = replace(draft, place=draft.known_place)
    before = draft
    draft, said = _sounding(draft, said)
    after = _wished(_phoned(_with(draft, said, NEW), said), said)
    after = _respelt(draft, said) if after == before else after
    place = said.details.place
    if after == draft and place != draft.place and place_units.kinds(place) & place_units.NAMED:
        after = _place(draft, place, said)
    if after == draft and said.details.area not in ("", draft.area):
        after = amendments.moved(draft, said.details.area, said.details)
    if after != draft:
        more = [said.words(span) for span in said.spans if span.label == "more"]
        facts = "；".join([after.facts, *(words for words in more if words not in after.facts)])
        after = replace(after, facts=facts)
    return concealed(after, said)


def struck(draft: Draft, text: str) -> Draft:
    """The draft without what is wanted out of it: 「喝酒那句删掉吧」, or with only what is wanted
    in it: 「只报井盖」."""
    out, only = cues.STRUCK.search(text), cues.ONLY.search(text)
    instead = cues.WRITE.search(text) if out else None
    clauses = list(CLAUSE.finditer(draft.facts))
    if out:
        gone = [clause for clause in clauses if out["what"] in clause[0]]
    elif only:
        gone = [clause for clause in clauses if only["what"] not in clause[0]]
    else:
        gone = []
    if not gone or len(gone) == len(clauses):
        return draft
    left = [clause[0] for clause in clauses if clause not in gone]
    return replace(draft, facts="，".join([*left, *([instead["value"]] if instead else [])]))


def respells(draft: Draft, text: str) -> bool:
    """True if something is said to be written or told wrongly, and a clause tells it otherwise:
    「店名写得不对，章记」, 「讲错了 是停电」 for 「停水」."""
    head = text[:LONGEST_RESPELT]
    written = bool(cues.WRITTEN.search(head)) and homophones.respelt(_names(draft), head)
    return bool(written) or (bool(cues.ERRS.search(head)) and _otherwise(draft, head) is not None)


def _sounding(draft: Draft, said: Said) -> tuple[Draft, Said]:
    """The draft with a name as it is said to be written, and what else is said."""
    found = homophones.respelt(_names(draft), said.text[:LONGEST_RESPELT])
    if not found:
        return draft, said
    rest = [
        span for span in said.spans if span.label == "person" or found[1] not in said.words(span)
    ]
    return amendments.everywhere(draft, *found), replace(said, spans=rest)


def _names(draft: Draft) -> str:
    return "\n".join((draft.place, *draft.companies, draft.facts))


def _respelt(draft: Draft, said: Said) -> Draft:
    """The draft with a name as a clause of the text spells it: 「老马兔头」 for 「老妈兔头」."""
    found = _otherwise(draft, said.text[:LONGEST_RESPELT])
    return amendments.everywhere(draft, *found) if found else draft


def _otherwise(draft: Draft, text: str) -> tuple[str, str] | None:
    """What of the order a clause tells otherwise, and how; None."""
    for clause in CLAUSE.findall(text):
        if clause.startswith(("不", "没", "冇")):
            continue
        new = clause.removeprefix("应该").removeprefix("是")
        short = _halved(draft.facts, new) if new != clause else ""
        old = amendments.like(draft.facts, new) or amendments.like(draft.place, new) or short
        if old:
            return old, new
    return None


def _halved(facts: str, new: str) -> str:
    """A word of the facts with one of two characters in common: 「停水」 for 「停电」."""
    pairs = (facts[at : at + 2] for at in range(len(facts) - 1))
    alike = (pair for pair in pairs if pair[0] == new[0] and pair.isalpha())
    return next(alike, "") if len(new) == 2 and new not in facts else ""


def complete(draft: Draft, said: Said) -> Draft:
    """The draft with what was missing in it: what it has stays, but telephone, name and wish."""
    known = {"place": draft.place, "time": draft.occurred_on, "company": draft.companies}
    missing = {name for name, value in known.items() if not value}
    if _is_narrower(draft, said):
        missing.add("place")
    after = _with(draft, said, {"phone", "person", "demand", *missing})
    return concealed(_wished(_phoned(after, said), said), said)


def _is_narrower(draft: Draft, said: Said) -> bool:
    """The place is told more closely, by numbers that it had none of: 「后面加上3单元」."""
    words = "".join(said.words(span) for span in said.spans if span.label == "place")
    told = place_units.kinds(words)
    there = place_units.kinds(draft.place)
    return bool(told) and told <= place_units.NUMBERED - there


def _phoned(draft: Draft, said: Said) -> Draft:
    """The draft with a number that nobody marked, or with other digits at the end of its own."""
    if any(span.label == "phone" for span in said.spans):
        return draft
    if said.tail and draft.contact:
        return replace(draft, contact=draft.contact[: -len(said.tail)] + said.tail)
    return replace(draft, contact=said.details.phone or draft.contact)


def _wished(draft: Draft, said: Said) -> Draft:
    """The draft with a wish that is called one: 「诉求再加一条 …」."""
    added = cues.ADDED.search(said.text)
    wish = trimmed(added["value"]) if added else ""
    if not wish or wish in draft.demand:
        return draft
    return replace(draft, demand="；".join(filter(None, (draft.demand, wish))))


def _with(draft: Draft, said: Said, labels: Collection[str]) -> Draft:
    timed = False
    for span in sorted(said.spans, key=lambda span: span.start):
        words = said.words(span)
        # A second time says what was then: 「昨天早上 今早落雨他们冇出摊」.
        if span.label == "time" and timed:
            continue
        timed = timed or span.label == "time"
        of_phone = words == said.tail and bool(draft.contact) and span.label != "phone"
        dated = span.label == "place" and _DAY.match(said.text, span.end)
        if span.label in labels and words and not of_phone and not dated:
            draft = _PUT[span.label](draft, words, said)
    return draft


_DAY = re.compile(r"[那当]?[天晚早]|[上下中]午")
"""Follows 「6号」 where it is a day and no house."""


def concealed(draft: Draft, said: Said) -> Draft:
    """The draft without what the citizen wants to be kept out of it."""
    if signs.withholds_phone(said.text) and not _leaves_another(said):
        draft = replace(draft, contact="", withheld=True)
    if cues.NAMELESS.search(said.text):
        draft = replace(draft, person="", facts=without_name(draft.facts) or draft.facts)
    called = cues.ANONYMOUS.search(said.text)
    if called:
        draft = replace(draft, type=called["kind"])
    return replace(draft, confidential=True) if wants_secrecy(said.text) else draft


def _place(draft: Draft, words: str, said: Said) -> Draft:
    if cues.PIN_ERRS.search(said.text) and said.details.place:
        return replace(draft, place=said.details.place)
    words = _POINTS.sub("", words.lstrip("是在叫")) or words
    details = said.read(words)
    kinds = place_units.kinds(words)
    if details.area and kinds <= {"area"} and len(words) <= LONGEST_AREA:
        return amendments.moved(draft, words if kinds else details.area, details)
    other = next((old for old in said.olds if old in draft.facts and old not in draft.place), "")
    if other and not kinds and not details.place:
        return amendments.everywhere(draft, other, words)
    old = next((old for old in said.olds if _may_be(old, words, draft.place, said.text)), "")
    place = _swapped(draft.place, old, words) if old else place_units.put_in(draft.place, words)
    facts = draft.facts.replace(draft.place, place) if draft.place else draft.facts
    if len(old) > 1:
        facts = facts.replace(old, words)
    return replace(draft, place=place, facts=facts)


_POINTS = re.compile(r"(?<=.)[那这][个里边头]$")
"""「新湘路那个」."""


def _may_be(old: str, words: str, place: str, text: str) -> bool:
    """Some words stand in a place, and for something of a kind with others, or are denied."""
    if old not in place:
        return False
    if re.search(
        rf"不是{re.escape(old)}[那的]?(?:[，,。；;\s]|$)[^，,。]{{0,4}}{re.escape(words)}", text
    ):
        return True
    start = place.index(old)
    there = {
        u.kind for u in place_units.units(place) if u.start < start + len(old) and start < u.end
    }
    said = set() if words.isdigit() else place_units.kinds(words)
    return not there or not said or bool(there & said)


def _swapped(place: str, old: str, words: str) -> str:
    """A place with other words for some of it: 「132」 of 「132号」 goes with its 号."""
    unit = next((u for u in place_units.units(place) if old in place[u.start : u.end]), None)
    whole = place[unit.start : unit.end] if unit else ""
    kinds = place_units.kinds(words)
    behind = place_units.kinds(place[unit.end :]) if unit else set()
    if unit and unit.kind in kinds and len(kinds) > 1 and (whole != old or kinds & behind):
        return place_units.put_in(place.replace(whole, ""), words)
    if unit and unit.kind in kinds:
        return place[: unit.start] + words + place[unit.end :]
    before = place[: place.index(old)]
    return place.replace(old, words.removeprefix(before).lstrip("的") or words)


def _time(draft: Draft, words: str, said: Said) -> Draft:
    when = retiming.retimed(draft.occurred_at.partition("（")[0], words)
    details = said.read(when)
    if not details.occurred_at:
        details = said.read(words)
    if not details.occurred_at and place_units.kinds(words) & place_units.NUMBERED:
        return _place(draft, words, said)
    times = (o for o in said.olds if DURATION.search(o) or said.read(o).occurred_at)
    old = next((o for o in times if o in draft.facts), "")
    if old and old not in draft.occurred_at:
        new = details.occurred_at.partition("（")[0] or words
        draft = replace(draft, facts=draft.facts.replace(old, new))
    lasted = DURATION.search(words)
    if lasted and not details.occurred_on and (old := counterpart(draft.facts, lasted)):
        return replace(draft, facts=draft.facts.replace(old, lasted[0]))
    return amendments.timed(draft, details, words)


def _phone(draft: Draft, words: str, said: Said) -> Draft:
    """A whole number, or the last digits of the one that is there."""
    number = said.read(words).phone or said.details.phone
    if not number and any(old in draft.place and old not in draft.contact for old in said.olds):
        return _place(draft, words, said)
    if not (number or words.isdigit()) and place_units.kinds(words) & place_units.NUMBERED:
        return _place(draft, words, said)
    digits = re.sub(r"\D", "", words)
    if not number and digits and len(digits) < len(draft.contact):
        number = draft.contact[: -len(digits)] + digits
    return replace(draft, contact=number or draft.contact, withheld=False)


def _company(draft: Draft, words: str, said: Said) -> Draft:
    old = next((old for old in said.olds if len(old) > 1 and old in draft.facts + draft.place), "")
    details = said.read(words)
    if details.phone:
        return _phone(draft, words, said)
    if details.occurred_on:
        return _time(draft, words, said)
    if place_units.kinds(words) & _NO_NAMES:
        return _place(draft, words, said)
    if not draft.companies and _halved(draft.facts, words):
        return _facts(draft, words, said)
    if old:
        draft = amendments.everywhere(draft, old, words)
    else:
        draft = amendments.renamed(draft, words, bare=True) or draft
    known = any(words in name for name in draft.companies) or words in draft.place
    return draft if known else replace(draft, companies=(words, *draft.companies[1:]))


_NO_NAMES = {"area", "town", "village", "road", "group"}
"""What no organisation is."""


def _person(draft: Draft, words: str, said: Said) -> Draft:
    """Who is to be called back; or somebody else, where the facts name them."""
    old = next((old for old in said.olds if old in draft.facts), "")
    name = words.removeprefix("姓")
    denied = cues.NOT_CALLED.search(said.text)
    named = re.search(f"{denied['old']}(?={cues.TITLES})", draft.facts) if denied else None
    if named:
        return replace(draft, facts=draft.facts.replace(named[0], name[:1]))
    known = re.search(f"姓{old}" if old else "姓[\u4e00-\u9fff]", draft.facts)
    if known and "姓" in said.text and not draft.person:
        return replace(draft, facts=draft.facts.replace(known[0], f"姓{name}"))
    if len(old) > 1:
        draft = replace(draft, facts=draft.facts.replace(old, words))
    if draft.person.startswith("姓") and "姓" in said.text:
        facts = draft.facts.replace(draft.person, f"姓{name}")
        return replace(draft, facts=facts, person=f"姓{name}")
    return replace(draft, person=words)


def _demand(draft: Draft, words: str, said: Said) -> Draft:
    """What is wanted, to the end of its clause: 「把断树拖走 再补种一棵」."""
    if words.isdigit():
        return _facts(draft, words, said)
    denied = (o for o in said.olds if f"不是{o}" in said.text and f"是{words}" in said.text)
    old = next((old for old in denied if old in draft.demand), "")
    if old:
        facts, demand = (field.replace(old, words) for field in (draft.facts, draft.demand))
        return replace(draft, facts=facts, demand=demand)
    rest = said.text.partition(words)[2]
    more = _GOES_ON.match(rest)
    wish = f"{words}{more[0]}" if more else words
    earlier = [said.words(span) for span in said.spans if span.label == "demand"]
    also = draft.demand and (_ALSO.search(said.text) or words in earlier[1:])
    return replace(draft, demand=f"{draft.demand}；{wish}" if also else wish)


_ALSO = re.compile(r"再加|加一[条个点]|还要加|另外(?:还)?要|补一[条个]")


_GOES_ON = re.compile(r"[，,\s]*(?:再|并|还要|同时|以及)[^，,。；;！!\s]{2,}")


def _type(draft: Draft, words: str, said: Said) -> Draft:
    named = [match[0] for match in cues.AFFIRMED.finditer(said.text)]
    kind = next((kind for kind in named if kind in words), "") or next(iter(named), "")
    return replace(draft, type=kind) if kind else draft


def _facts(draft: Draft, words: str, said: Said) -> Draft:
    """Another amount, another thing; what stands for nothing in the facts is added to them."""
    if words in draft.facts:
        return draft
    if f"姓{words}" in said.text and draft.person.startswith("姓"):
        return _person(draft, words, said)
    if _is_unit_of(draft.place, words):
        return _place(draft, words, said)
    if said.read(words).occurred_at and any(said.read(old).occurred_at for old in said.olds):
        return _time(draft, words, said)
    quantity = QUANTITY.search(words)
    olds = [old for old in said.olds if old in draft.facts]
    if quantity:
        amounts = [old for old in olds if QUANTITY.search(old)]
        olds = amounts or [old for old in olds if quantity.start()]
    like = counterpart(draft.facts, quantity) if quantity else ""
    old = _plate(draft.facts, words) or next((old for old in olds if old not in like), like)
    old = old or _whole_like(draft.facts, words) or _halved(draft.facts, words)
    other = _owner(draft.facts, words) if not old else None
    if other:
        return amendments.everywhere(draft, *other)
    if not old:
        return replace(draft, facts=f"{draft.facts}；{said.text.strip()}".removeprefix("；"))
    return replace(draft, facts=draft.facts.replace(old, words))


def _whole_like(facts: str, words: str) -> str:
    """What of the facts is spelt anew, if it begins a word: no 「时收了」 of 「一小时收了」."""
    old = amendments.like(facts, words)
    begins = {start for start, _ in _tokens(facts)}
    return old if old and facts.find(old) in begins else ""


def _owner(facts: str, words: str) -> tuple[str, str] | None:
    """Whose a thing of the facts is, and whose it is said to be: 「电信的宽带」."""
    name, of, thing = words.partition("的")
    at = facts.find(f"的{thing}") if name and of and len(thing) > 1 else -1
    old = next((word for start, word in _tokens(facts) if start + len(word) == at), "")
    return (old, name) if len(old) > 1 and old != name else None


def _tokens(text: str) -> list[tuple[int, str]]:
    """The words of a text, and where each begins."""
    words = rjieba.cut(text)
    return list(zip(accumulate(map(len, words), initial=0), words, strict=False))


def _is_unit_of(place: str, words: str) -> bool:
    """Some words are a numbered unit, and a place has another of its kind: 「16栋」."""
    told = [unit for unit in place_units.units(words) if unit.end - unit.start == len(words)]
    there = place_units.kinds(place) & place_units.NUMBERED
    return bool(told) and told[0].kind in there


def _plate(facts: str, words: str) -> str:
    """The number plate in the facts, where the words are one."""
    plate = PLATE.search(facts) if PLATE.search(words) else None
    return plate[0] if plate else ""


_PUT: dict[str, Callable[[Draft, str, Said], Draft]] = {
    "place": _place,
    "time": _time,
    "phone": _phone,
    "company": _company,
    "person": _person,
    "demand": _demand,
    "type": _type,
    "facts": _facts,
}


def _leaves_another(said: Said) -> bool:
    """「不留我的，留我爱人的180…」 leaves a number, in a clause behind one that keeps one out."""
    phone = said.details.phone
    clauses = re.split("[，,。；;]", said.text)
    clause = next((part for part in clauses if phone and phone in part), said.text)
    before, _, _ = said.text.partition(clause)
    return signs.keeps_out(before) and not signs.keeps_out(clause)


def takes_back(text: str) -> bool:
    """True for 「你改回来」, 「还是原来那个」: the last correction was none."""
    return len(text) <= LONGEST_BACK and bool(cues.BACK.search(text))


def wants_secrecy(text: str) -> bool:
    """True for 「请保密」, 「不要告诉他们是我」."""
    return bool(cues.SECRET.search(standard(text)))


def asks_to_change(draft: Draft, text: str, *, bare: bool = False) -> str:
    """The field that 「把时间改一下」 or 「不是66号」 is about, without saying how; '' for none.

    `bare`: the name of the field alone will do, because it was asked for.
    """
    plain = trimmed(text)
    denied = cues.NOT_SO.fullmatch(plain)
    if denied:
        return _holding(draft, denied["old"])
    if len(plain) > LONGEST_FIELD or not (cues.CHANGES.search(plain) or bare):
        return ""
    return next((name for name, called in cues.CALLED.items() if called.search(plain)), "")


def is_of_wrong_place(text: str) -> bool:
    """True for 「路名我讲错了」, 「地址不对」."""
    return bool(cues.CALLED["place"].search(text) and cues.CHANGES.search(text))


def _holding(draft: Draft, words: str) -> str:
    """The field in which some words stand."""
    if words in draft.place or words == draft.area:
        return "place"
    return "occurred_at" if words in draft.occurred_at else ""


def assign(draft: Draft, name: str, text: str, details: Details) -> Draft:
    """The draft with a field set to what was answered when asked for it."""
    value = trimmed(re.sub(r"^(?:是|应该是|改成|换成|改为|就|在|为|填|写)+", "", text.strip()))
    if not value:
        return draft
    return amendments.put(draft, name, value, details)


def trimmed(value: str) -> str:
    """A value without what citizens say around it."""
    return cues.TAIL.sub("", value.strip().removeprefix("一下").strip("，,：: "))
